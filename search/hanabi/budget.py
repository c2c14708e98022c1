"""What the decisions of a searching seat may cost: a number of rollouts, or of seconds, each.

A budget is what somebody asks for; an ``Allowance`` (``search.allowance``) is what a decision is given of it. Light: a
specification of a search makes them (``search.hanabi.spec``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from search.allowance import Allowance, Clock, Count, Exactly, Until


class Budget(Protocol):
    """What each decision of a game may cost."""

    def allowance(self, turn: int, left: float, clock: Clock) -> Allowance:
        """Return what the decision of a turn may cost, which begins as ``clock`` (seconds) shows it.

        left : of the cards that nobody held at the start, the part that is still in the deck, from 1 down to 0.
        """
        ...


@dataclass(frozen=True)
class Rollouts:
    """So many rollouts a decision, at most; ``last`` of them once the deck is empty, and in between in proportion."""

    rollouts: int
    last: int | None = None

    def __post_init__(self) -> None:
        for rollouts in (self.rollouts, self.rollouts if self.last is None else self.last):
            if rollouts < 1:
                raise ValueError(f"rollouts must be at least 1, not {rollouts}")

    def allowance(self, turn: int, left: float, clock: Clock) -> Allowance:
        last = self.rollouts if self.last is None else self.last
        return Count(round(last + left * (self.rollouts - last)))


@dataclass(frozen=True)
class Seconds:
    """So many seconds a decision, its belief included: rollouts until they are over, or nothing is left in question."""

    seconds: float

    def allowance(self, turn: int, left: float, clock: Clock) -> Allowance:
        return Until(clock, clock() + self.seconds)


@dataclass(frozen=True)
class Recorded:
    """The rollouts that the decisions of a game had by a clock, for each turn: the same game again, without a clock."""

    rollouts: Sequence[int]

    def allowance(self, turn: int, left: float, clock: Clock) -> Allowance:
        return Exactly(self.rollouts[turn])


def budget_of(given: int | Budget) -> Budget:
    """Return a budget; a number is one of rollouts."""
    return Rollouts(given) if isinstance(given, int) else given
