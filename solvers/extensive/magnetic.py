"""What all forms of magnetic mirror descent share: the numbers of an iteration, and the scales of their defaults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.extensive.game import ExtensiveGame
from solvers.extensive.algorithm import Settings
from solvers.extensive.state import PARAMETER
from solvers.schedules import Constant, Schedule

SOURCE = "Sokota et al., ICLR 2023, arXiv:2206.05825"

# The numbers of an iteration.
STEP = PARAMETER  # eta / (1 + eta alpha)
PULL = PARAMETER + 1  # eta alpha / (1 + eta alpha)
MAGNET_RATE = PARAMETER + 2  # how far the magnet follows: rho ~ rho^(1-rate) pi^rate


def magnetic_numbers(settings: Settings, first: int, count: int) -> NDArray[np.float64]:
    """Return ``STEP``, ``PULL`` and ``MAGNET_RATE`` = 0 of each iteration, [count, 3]."""
    eta = settings.step_size.values(first, count)
    pull = settings.temperature.values(first, count) * eta
    scale = 1.0 / (1.0 + pull)
    return np.column_stack([eta * scale, pull * scale, np.zeros(count)])


@dataclass(frozen=True)
class Proportional:
    """``factor`` times another schedule."""

    schedule: Schedule
    factor: float

    def values(self, first: int, count: int) -> NDArray[np.float64]:
        return self.factor * self.schedule.values(first, count)

    def __str__(self) -> str:
        return f"{self.factor:.6g} * ({self.schedule})"


def proportional(schedule: Schedule, factor: float) -> Schedule:
    """Return ``factor`` times a schedule, a constant where it is one."""
    if isinstance(schedule, Constant):
        return Constant(factor * schedule.value)
    return Proportional(schedule, factor)


def largest_payoff(game: ExtensiveGame) -> float:
    """Return ``max |A|`` (1 in a game without payoffs)."""
    return float(np.abs(game.payoffs[0].value).max(initial=0.0)) or 1.0


def half_range(game: ExtensiveGame) -> float:
    """Return half the range of the utilities (1 if there is only one utility)."""
    return 0.5 * game.utility_range or 1.0
