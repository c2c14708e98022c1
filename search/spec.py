"""Searches by name: the update of each, the ways to spread samples, and the numbers that each of them reads.

One table for Hanabi, for OpenSpiel's games and for whatever comes: a name means the same update everywhere. This file
is light; a planner is imported when a name is turned into what it stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from search.allocation import Allocation
    from search.planner import Update

UpdateName = Literal["mds", "mmds", "sparta", "monte-carlo"]
AllocationName = Literal["racing", "even"]

READS: dict[str, tuple[str, ...]] = {
    "mds": ("eta",),
    "mmds": ("eta", "alpha"),
    "sparta": ("threshold",),
    "monte-carlo": (),
    "none": (),
    "racing": ("reinvest",),
    "even": (),
}
"""The numbers that belong to one update or allocation and not to all."""


class OptionError(ValueError):
    """An option that makes no sense: its name, and what is wrong with it. ``str`` is the whole sentence."""

    def __init__(self, option: str, fault: str) -> None:
        super().__init__(option, fault)
        self.option, self.fault = option, fault

    def __str__(self) -> str:
        return f"{self.option} {self.fault}"


def refuse_unread(name: str, **given: Any) -> None:
    """Raise ``OptionError`` for a number that is given (not ``None``) and that the update or allocation never reads."""
    for option, value in given.items():
        if value is not None and option not in READS[name]:
            readers = " and ".join(reader for reader, numbers in READS.items() if option in numbers)
            raise OptionError(option, f"has no effect here: it is read by {readers} only")


def update_of(name: str, *, eta: float, alpha: float = 0.0, threshold: float = 0.0) -> Update:
    """Return the learner whose next iterate a search of that name plays; it takes the numbers that it reads."""
    from search.planner import MagneticMirrorDescent, MirrorDescent, PolicyIteration

    if name == "mds":
        return MirrorDescent(eta)
    if name == "mmds":
        return MagneticMirrorDescent(eta, alpha)
    return PolicyIteration(threshold if name == "sparta" else 0.0)


def allocation_of(name: AllocationName, reinvest: float = 1.0) -> Allocation:
    """Return the rule that spreads samples over actions."""
    from search.allocation import Even, Racing

    return Racing(reinvest=reinvest) if name == "racing" else Even()
