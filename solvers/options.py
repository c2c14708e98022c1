"""The options that the commands of the solvers share, checked, and read in the same way.

Modules of options are light: the solvers are loaded, and numba with them, when the options have been read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from tyro.conf import FlagCreatePairsOff, arg

from games._base.command_line import option
from games._base.errors import UsageError
from solvers.schedules import Schedule, parse_schedule


def optional(metavar: str, default: str) -> Any:
    """Return how the help shows an option that may be left out."""
    return arg(metavar=metavar, help_behavior_hint=f"(default: {default})")


@dataclass(frozen=True)
class SolverOptions:
    """Options of every command that has a choice of algorithms."""

    step_size: Annotated[str | None, optional("SCHEDULE", "the algorithm's own")] = None
    """A number, or NUMBER/sqrt(t), NUMBER/t, NUMBER/t^POWER."""
    parameters: Annotated[str | None, optional("NAME=VALUE,...", "the algorithm's own")] = None
    """Further numbers of an algorithm."""
    average: Annotated[bool, FlagCreatePairsOff] = False
    """Return the average of the iterates, whatever the algorithm is known for."""
    last: Annotated[bool, FlagCreatePairsOff] = False
    """Return the last iterate, whatever the algorithm is known for."""
    seed: int = 0
    """Seed of everything random."""
    compare: Annotated[str | None, optional("all|NAME,NAME", "no comparison")] = None
    """Run other algorithms on the same game, too, each with its own settings, and show all of them."""
    list_algorithms: Annotated[bool, FlagCreatePairsOff] = False
    """Show the algorithms and stop."""

    def own_settings(self, **positive: bool) -> dict[str, Any]:
        """Return the settings of an algorithm that were given, as arguments of ``solve``.

        ``positive``: the options that are schedules, and whether they must begin above 0. Raises ``ValueError`` for
        what cannot be read.
        """
        found: dict[str, Any] = {
            name: schedule_of(option(name), text, positive=above)
            for name, above in positive.items()
            if (text := getattr(self, name)) is not None
        }
        if self.parameters is not None:
            found["parameters"] = parameters_of(self.parameters)
        if self.average or self.last:
            found["average"] = self.average
        return found


def parts_of_path(text: str) -> list[str]:
    """Return the temperatures of a path, which are written with commas between them."""
    return [part.strip() for part in text.split(",")]


def check_exclusive(options: Any, *pairs: tuple[str, str]) -> None:
    """Raise ``UsageError`` if both flags of a pair were given."""
    for one, other in pairs:
        if getattr(options, one) and getattr(options, other):
            raise UsageError(f"{option(one)} and {option(other)} exclude each other")


def refuse(who: str, given: Mapping[str, Any], advice: str) -> None:
    """Raise ``UsageError`` for the first option that was given; ``who`` does not have it."""
    for name, value in given.items():
        if value is not None:
            raise UsageError(f"{who} has no {name}: {advice}")


def schedule_of(name: str, text: str, *, positive: bool) -> Schedule:
    """Return the schedule that an option names; ``ValueError`` says which option is wrong, and why.

    ``positive``: it must begin above 0.
    """
    try:
        schedule = parse_schedule(text)
        if positive and not schedule.values(1, 1)[0] > 0.0:
            raise ValueError("it must be above 0")
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    return schedule


def parameters_of(text: str) -> dict[str, float]:
    """Return the numbers of ``--parameters NAME=NUMBER,NAME=NUMBER``; raises ``ValueError`` if it is not so written."""
    values = {}
    for part in text.split(","):
        name, equals, number = part.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals:
            raise ValueError(f"--parameters are written NAME=NUMBER,NAME=NUMBER, not {part!r}")
    return values
