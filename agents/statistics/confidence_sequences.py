r"""Confidence sequences: intervals for a bounded mean that hold at *every* look, so that one may look and stop.

With observations in a known range, independent or only with the same conditional mean :math:`\mu`,
:math:`P(\exists t: \mu \notin C_t) \le \alpha`: an interval computed after each game may be watched, and play stopped
when it excludes 0, whatever made one stop. A t interval watched like this errs several times as often as it says.

Two constructions of Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024,
for observations scaled to [0, 1], with predictable :math:`\hat\mu_t = (\frac12 + \sum_{i \le t} X_i)/(t + 1)`,
:math:`\hat\sigma^2_t = (\frac14 + \sum_{i \le t} (X_i - \hat\mu_i)^2)/(t + 1)` and

.. math:: \lambda_t = \sqrt{\frac{2 \ln(2/\alpha)}{\hat\sigma^2_{t-1}\, t \ln(1 + t)}}.

- **betting** (default; their hedged capital, theorem 3): :math:`\mu = m` is rejected once a gambler who bets against it
  has multiplied a stake by :math:`1/\alpha`. Half the stake bets that the mean is larger,
  :math:`\prod_i (1 + \min(\lambda_i, \frac{1}{2m}) (X_i - m))`, half that it is smaller; what was never rejected, on a
  grid of m, is the interval, widened to the next points of the grid.
- **empirical-bernstein** (their theorem 2): :math:`\lambda_t` at most ½ and

  .. math:: \frac{\sum \lambda_i X_i}{\sum \lambda_i} \pm \frac{\ln(2/\alpha)
            + \sum (X_i - \hat\mu_{i-1})^2 (-\ln(1 - \lambda_i) - \lambda_i)}{\sum \lambda_i},

  a closed form in the manner of Howard, Ramdas, McAuliffe and Sekhon (Annals of Statistics 2021). About twice as wide
  in the first few hundred observations where these vary little in their range, and as wide later.

Intervals only ever shrink (running intersection). For k comparisons at once give each ``alpha / k``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

METHODS: Final = ("betting", "empirical-bernstein")

_CELLS = 2000  # of the grid of candidate means
_ROUNDING = 1e-12  # by which a scaled observation may leave [0, 1]
_TRUNCATION = 0.5  # of the bets, the constant c of the paper

_MEANS = np.linspace(0.0, 1.0, _CELLS + 1)
with np.errstate(divide="ignore"):
    _LIMITS = np.stack([_TRUNCATION / _MEANS, _TRUNCATION / (1.0 - _MEANS)])  # of bets upwards and downwards
_SIGNS = np.array([[1.0], [-1.0]])


def _check(alpha: float, low: float, high: float, method: str) -> None:
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"alpha must be between 0 and 1, not {alpha}")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"the range of the observations must be finite with low < high, not {low} to {high}")
    if method not in METHODS:
        raise ValueError(f"there is no method {method!r}: choose betting or empirical-bernstein")


@dataclass
class ConfidenceSequence:
    """The mean of observations in [low, high], with probability at least 1 − alpha inside at every look.

    ``update(x)`` takes one observation, ``interval()`` gives (lower, upper) in the units of the observations. It starts
    at (low, high). An empty intersection – evidence against the range or a constant mean, of probability at most alpha
    – is shown as the last interval before it. Raises ``ValueError`` for an observation out of range.
    """

    alpha: float
    low: float
    high: float
    method: str = "betting"
    count: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        _check(self.alpha, self.low, self.high, self.method)
        self._total, self._squares = 0.0, 0.0  # sums of the observations and of their squared deviations
        self._weighted, self._bets, self._spent = 0.0, 0.0, 0.0  # sums of λX, λ and vψ
        self._capital = np.ones((2, _CELLS + 1))
        self._alive = np.ones(_CELLS + 1, dtype=np.bool_)
        self._first, self._last = 0, _CELLS
        self._lower, self._upper = 0.0, 1.0

    def update(self, observation: float) -> None:
        """Take one observation."""
        x = (float(observation) - self.low) / (self.high - self.low)
        if not -_ROUNDING <= x <= 1.0 + _ROUNDING:
            raise ValueError(_out_of_range(self.low, self.high))
        mean, variance = (0.5 + self._total) / (self.count + 1), (0.25 + self._squares) / (self.count + 1)
        self.count += 1
        bet = math.sqrt(2.0 * math.log(2.0 / self.alpha) / (variance * self.count * math.log1p(self.count)))
        found = self._bet(x, bet) if self.method == "betting" else self._average(x, min(bet, _TRUNCATION), mean)
        lower, upper = max(self._lower, found[0]), min(self._upper, found[1])
        if lower <= upper:
            self._lower, self._upper = lower, upper
        self._total += x
        self._squares += (x - (0.5 + self._total) / (self.count + 1)) ** 2

    def extend(self, observations: Iterable[float]) -> None:
        """Take several observations, one after the other."""
        for observation in observations:
            self.update(observation)

    def interval(self) -> tuple[float, float]:
        """Return (lower, upper) in the units of the observations."""
        width = self.high - self.low
        return self.low + width * self._lower, self.low + width * self._upper

    def excludes(self, value: float) -> bool:
        """Return whether the mean is known not to be ``value``, with confidence 1 − alpha.

        Finer than ``interval`` by up to a cell of the grid; exact in the middle of the range, where ties are.
        """
        x = (value - self.low) / (self.high - self.low)
        if not self._lower <= x <= self._upper:
            return True
        place = x * _CELLS
        return not (self._alive[math.floor(place)] or self._alive[math.ceil(place)])

    def _bet(self, x: float, bet: float) -> tuple[float, float]:
        left = slice(self._first, self._last + 1)  # outside of it all means are rejected for good
        capital, alive = self._capital[:, left], self._alive[left]
        capital *= 1.0 + _SIGNS * np.minimum(bet, _LIMITS[:, left]) * (x - _MEANS[left])
        alive &= capital.sum(axis=0) < 2.0 / self.alpha
        kept = np.flatnonzero(alive)
        if len(kept):
            self._first, self._last = self._first + int(kept[0]), self._first + int(kept[-1])
        return float(_MEANS[max(self._first - 1, 0)]), float(_MEANS[min(self._last + 1, _CELLS)])

    def _average(self, x: float, bet: float, mean: float) -> tuple[float, float]:
        self._weighted += bet * x
        self._bets += bet
        self._spent += (x - mean) ** 2 * (-math.log1p(-bet) - bet)
        centre, margin = self._weighted / self._bets, (math.log(2.0 / self.alpha) + self._spent) / self._bets
        return centre - margin, centre + margin


def confidence_sequence(
    observations: ArrayLike, alpha: float, low: float, high: float, method: str = "betting"
) -> tuple[FloatArray, FloatArray]:
    """Return limits of the mean after every observation, of many sequences at once, that hold at every look together.

    The same numbers as ``ConfidenceSequence`` gives look by look; the module has the formulas.

    Parameters
    ----------
    observations : between ``low`` and ``high``. [runs, looks] or [looks]
    alpha : the probability, at most, that the mean is ever outside.
    low, high : the range of an observation.
    method : ``"betting"`` or ``"empirical-bernstein"``.

    Returns
    -------
    tuple
        Lower and upper limits, each of the observations' shape and units.

    Raises
    ------
    ValueError
        If an observation is out of range, or there is no such method.

    References
    ----------
    Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024).

    Examples
    --------
    >>> import tamaya
    >>> lower, upper = tamaya.confidence_sequence([1.0] * 50, alpha=0.05, low=-1.0, high=1.0)
    >>> lower[[0, 9, 49]].round(3).tolist(), float(upper[-1])
    ([-1.0, 0.056, 0.734], 1.0)
    """
    _check(alpha, low, high, method)
    given = np.asarray(observations, dtype=np.float64)
    x = (np.atleast_2d(given) - low) / (high - low)
    if not (x.min(initial=0.5) >= -_ROUNDING and x.max(initial=0.5) <= 1.0 + _ROUNDING):
        raise ValueError(_out_of_range(low, high))
    lower, upper = (_betting if method == "betting" else _empirical_bernstein)(x, alpha)
    return low + (high - low) * lower.reshape(given.shape), low + (high - low) * upper.reshape(given.shape)


def _out_of_range(low: float, high: float) -> str:
    return f"an observation is outside {low:g} to {high:g}, the range that it was said to be in"


def _bets(x: FloatArray, alpha: float) -> tuple[FloatArray, FloatArray]:
    """Return the bets λ_t and the predictable means before each observation. [runs, looks]"""
    looks = np.arange(1, x.shape[1] + 1)
    after = (0.5 + np.cumsum(x, axis=1)) / (looks + 1)
    before = np.concatenate([np.full((len(x), 1), 0.5), after[:, :-1]], axis=1)
    squares = np.cumsum((x - after) ** 2, axis=1)
    variance = (0.25 + np.concatenate([np.zeros((len(x), 1)), squares[:, :-1]], axis=1)) / looks
    return np.sqrt(2.0 * math.log(2.0 / alpha) / (variance * looks * np.log1p(looks))), before


def _empirical_bernstein(x: FloatArray, alpha: float) -> tuple[FloatArray, FloatArray]:
    bets, means = _bets(x, alpha)
    bets = np.minimum(bets, _TRUNCATION)
    total = np.cumsum(bets, axis=1)
    spent = np.cumsum((x - means) ** 2 * (-np.log1p(-bets) - bets), axis=1)
    centre, margin = np.cumsum(bets * x, axis=1) / total, (math.log(2.0 / alpha) + spent) / total
    return _shrinking(centre - margin, centre + margin)


def _betting(x: FloatArray, alpha: float) -> tuple[FloatArray, FloatArray]:
    from agents.statistics.confidence_kernels import betting_limits

    bets, _ = _bets(x, alpha)
    lower, upper = np.empty_like(x), np.empty_like(x)
    betting_limits(x, bets, _MEANS, _TRUNCATION, 2.0 / alpha, lower, upper)
    return lower, upper


def _shrinking(lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Intersect with all earlier intervals, and with [0, 1]; an empty intersection keeps the one before."""
    low, high = np.zeros(len(lower)), np.ones(len(upper))
    for look in range(lower.shape[1]):
        new_low, new_high = np.maximum(low, lower[:, look]), np.minimum(high, upper[:, look])
        sound = new_low <= new_high
        low, high = np.where(sound, new_low, low), np.where(sound, new_high, high)
        lower[:, look], upper[:, look] = low, high
    return lower, upper
