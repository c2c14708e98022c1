"""What one decision may cost: so many rollouts, or so many seconds by a clock.

An allocation asks before every round how many rollouts may follow those that were made. What it does is a function of
the answers, and a decision that was stopped by a clock can be made again without one, from the number of rollouts that
it had (``Exactly``): rounds have sizes of their own (``search.allocation``), and the first one that the clock cuts
short is the last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Clock = Callable[[], float]
"""A clock, in seconds."""

MOST = 1_000_000  # rollouts of a decision that a clock grants: returns are kept in memory


class Allowance(Protocol):
    """What a decision may cost, from its begin to its end."""

    def share(self, actions: int) -> int | None:
        """Return the samples of each of so many actions if all get the same, at least one; ``None``: nobody knows yet.

        It is asked once, before the first rollout.
        """
        ...

    def grant(self, made: int, wanted: int) -> int:
        """Return how many of ``wanted`` rollouts may follow the ``made`` ones of this decision."""
        ...


@dataclass(frozen=True)
class Count:
    """So many rollouts in all."""

    rollouts: int

    def share(self, actions: int) -> int | None:
        return max(1, self.rollouts // actions)

    def grant(self, made: int, wanted: int) -> int:
        return min(wanted, max(0, self.rollouts - made))


@dataclass(frozen=True)
class Exactly:
    """The rollouts that a decision had by a clock, to make it again: the same rounds, and so the same decision."""

    rollouts: int

    def share(self, actions: int) -> int | None:
        return None

    def grant(self, made: int, wanted: int) -> int:
        return min(wanted, max(0, self.rollouts - made))


class Until:
    """Rollouts until a clock shows ``end``, at most ``MOST``, as far as their speed so far tells how many that will be.

    Nothing stops a round that has begun; the first one is granted whatever the clock says.
    """

    def __init__(self, clock: Clock, end: float) -> None:
        self._clock, self._end = clock, end
        self._began = clock()
        self._spent = False

    def share(self, actions: int) -> int | None:
        self._began = self._clock()
        return None

    def grant(self, made: int, wanted: int) -> int:
        now = self._clock()
        elapsed, left = now - self._began, self._end - now
        if self._spent or left <= 0:
            return 0
        possible = MOST - made if elapsed <= 0 else min(MOST - made, int(made / elapsed * left))
        self._spent = possible < wanted
        return max(0, min(wanted, possible))


def allowance(budget: int | Allowance) -> Allowance:
    """Return what a budget allows: a number is one of rollouts."""
    return Count(budget) if isinstance(budget, int) else budget
