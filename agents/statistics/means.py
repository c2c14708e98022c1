"""Statistics of played games: means with standard errors, paired gains, rates with Wilson intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Mean(NamedTuple):
    """A sample mean and its standard error (``nan`` for fewer than two values)."""

    value: float
    standard_error: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.standard_error:.3f}"


def mean(values: Sequence[float] | NDArray[np.generic]) -> Mean:
    """Return the mean of independent values and its standard error ``s / sqrt(n)``; raises ``ValueError`` if empty."""
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        raise ValueError("the mean of no values is not defined")
    if array.size == 1:
        return Mean(float(array[0]), math.nan)
    return Mean(float(array.mean()), float(array.std(ddof=1) / math.sqrt(array.size)))


class Tally:
    """The mean of values that come one by one, without keeping them (Welford, Technometrics 1962)."""

    def __init__(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, value: float) -> None:
        """Count one more value."""
        self._count += 1
        step = value - self._mean
        self._mean += step / self._count
        self._squares += step * (value - self._mean)

    def mean(self) -> Mean:
        """Return the mean of what was counted, as ``mean`` does."""
        if self._count < 2:
            return Mean(self._mean, math.nan)
        return Mean(self._mean, math.sqrt(self._squares / (self._count - 1) / self._count))


def wilson_interval(successes: float, trials: float, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return Wilson's score interval for a rate (E. B. Wilson, JASA 1927); ``z`` defaults to 95 % confidence.

    Trials that are not independent count as fewer, which need not be a whole number.
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials is not a rate")
    rate = successes / trials
    centre = rate + z * z / (2 * trials)
    margin = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale)
