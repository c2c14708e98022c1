"""How rollouts are spread over actions: evenly, or by racing.

Every action is evaluated in the *same* samples (hidden state, deck order, random numbers), so the difference between two
actions has a far smaller variance than either value. Racing uses that: it evaluates all actions in a few samples, drops
each action whose paired difference to the leader is beyond ``z`` standard errors, and goes on with the rest. The
survivors have seen exactly the samples they would have seen under even allocation, so the move is the same unless the
best action was dropped by mistake, at a fraction of the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Values(Protocol):
    """The part of ``search.planner.ActionValues`` that allocation needs."""

    maximum: float

    def returns(self, actions: NDArray[np.int64], start: int, stop: int) -> FloatArray:
        """Return [stop-start, actions] returns in samples ``start .. stop-1``."""
        ...


@dataclass(frozen=True)
class Estimate:
    """Estimated action values: all arrays [k], NaN where an action was never rolled out.

    ``active`` marks the actions still in the race (all of them under even allocation); ``samples`` is how many samples
    these have; ``rollouts`` counts all rollouts; ``maximal`` is True if the blueprint's action reached the maximum return
    in every sample tried, so that nothing else was looked at.
    """

    q: FloatArray
    standard_error: FloatArray
    active: NDArray[np.bool_]
    samples: int
    rollouts: int
    maximal: bool


class Allocation(Protocol):
    """A rule that spends a budget of samples on actions."""

    def estimate(
        self, values: Values, actions: NDArray[np.int64], handicap: FloatArray, blueprint: int, samples: int
    ) -> Estimate:
        """Estimate the values of ``actions`` with at most ``samples`` samples each.

        The action sought is ``argmax q + handicap``; ``blueprint`` is the index of the blueprint's action.
        """
        ...


def _summary(returns: FloatArray, active: NDArray[np.bool_], samples: int, maximal: bool) -> Estimate:
    """Means and standard errors of the columns of ``returns`` [samples, k], whose NaN cells were not rolled out."""
    done = ~np.isnan(returns)
    count = done.sum(axis=0)
    total = np.where(done, returns, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total.sum(axis=0) / count
        square = np.where(done, returns - mean, 0.0) ** 2
        error = np.sqrt(square.sum(axis=0) / (count - 1) / count)
    return Estimate(mean, error, active, samples, int(count.sum()), maximal)


def _blueprint_is_maximal(
    values: Values, actions: NDArray[np.int64], blueprint: int, samples: int, returns: FloatArray
) -> bool:
    """Roll out the blueprint's action in the first ``samples`` samples; True if each reached the maximum."""
    column = values.returns(actions[blueprint : blueprint + 1], 0, samples)[:, 0]
    returns[:samples, blueprint] = column
    return bool(np.all(column >= values.maximum))


def _only(blueprint: int, actions: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(len(actions), dtype=np.bool_)
    mask[blueprint] = True
    return mask


@dataclass(frozen=True)
class Even:
    """Every action in every sample (unless the blueprint's action is maximal in all of them)."""

    def estimate(
        self, values: Values, actions: NDArray[np.int64], handicap: FloatArray, blueprint: int, samples: int
    ) -> Estimate:
        returns = np.full((samples, len(actions)), np.nan)
        if _blueprint_is_maximal(values, actions, blueprint, samples, returns):
            return _summary(returns, _only(blueprint, actions), samples, True)
        others = ~_only(blueprint, actions)
        returns[:, others] = values.returns(actions[others], 0, samples)
        return _summary(returns, np.ones(len(actions), dtype=np.bool_), samples, False)


@dataclass(frozen=True)
class Racing:
    """Drop actions that are clearly behind; the rest share the remaining samples.

    Parameters
    ----------
    z : an action is dropped when it is behind the leader by more than ``z`` standard errors of the paired difference.
    first : samples before the first look; the next looks come after ``growth`` times as many each.
    variance : pseudo-observation added to each sum of squared differences (in squared units of the return), so that
        a few equal outcomes do not pass for certainty.
    """

    z: float = 3.0
    first: int = 40
    growth: float = 1.6
    variance: float = 1.0

    def __post_init__(self) -> None:
        if self.z <= 0 or self.first < 2 or self.growth <= 1.0 or self.variance < 0:
            raise ValueError("racing needs z > 0, first >= 2, growth > 1 and variance >= 0")

    def estimate(
        self, values: Values, actions: NDArray[np.int64], handicap: FloatArray, blueprint: int, samples: int
    ) -> Estimate:
        returns = np.full((samples, len(actions)), np.nan)
        done = min(self.first, samples)
        if _blueprint_is_maximal(values, actions, blueprint, done, returns):
            return _summary(returns[:done], _only(blueprint, actions), done, True)
        others = ~_only(blueprint, actions)
        returns[:done, others] = values.returns(actions[others], 0, done)
        active = np.ones(len(actions), dtype=np.bool_)
        while True:
            active = self._survivors(returns[:done], active, handicap)
            if active.sum() == 1 or done == samples:
                return _summary(returns[:done], active, done, False)
            target = min(samples, max(done + 1, int(done * self.growth)))
            returns[done:target, active] = values.returns(actions[active], done, target)
            done = target

    def _survivors(
        self, returns: FloatArray, active: NDArray[np.bool_], handicap: FloatArray
    ) -> NDArray[np.bool_]:
        """Return which active actions are not clearly behind; ``returns`` is complete in the active columns."""
        count = len(returns)
        alive = np.flatnonzero(active)
        objective = returns[:, alive].mean(axis=0) + handicap[alive]
        leader = int(np.argmax(objective))
        difference = returns[:, alive[leader], None] - returns[:, alive]
        squares = ((difference - difference.mean(axis=0)) ** 2).sum(axis=0)
        error = np.sqrt((squares + self.variance) / max(count - 1, 1) / count)
        keep = objective[leader] - objective <= self.z * error
        keep[leader] = True
        survivors = np.zeros_like(active)
        survivors[alive[keep]] = True
        return survivors
