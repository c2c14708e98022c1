"""How rollouts are spread over actions: evenly, or by racing.

Every action is evaluated in the *same* samples (hidden state, deck order, random numbers), so the difference between
two actions has a far smaller variance than either value. Racing uses that: it evaluates all actions in a few samples,
drops each action whose paired difference to the leader is beyond ``z`` standard errors, and goes on with the rest. The
survivors have seen exactly the samples they would have seen under even allocation, so the move is the same unless the
best action was dropped by mistake, at a fraction of the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class ActionValues(Protocol):
    """Estimator of action values at one information state, from numbered samples of what is hidden."""

    maximum: float
    """An upper bound of every return, from what the player knows (``inf`` if none is known)."""

    def returns(self, actions: NDArray[np.int64], start: int, stop: int) -> FloatArray:
        """Return the blueprint's return after each action in samples ``start .. stop-1``: [stop-start, actions].

        Sample ``i`` fixes the hidden state and all later chance, whatever the action and whatever the call.
        """
        ...


@dataclass(frozen=True)
class Estimate:
    """Estimated action values: all arrays [k], NaN where an action was never rolled out.

    ``difference_error`` is the standard error of the paired difference to the blueprint's action, over the samples that
    both have (0 for the blueprint's action itself); ``active`` marks the actions still in the race (all of them under
    even allocation); ``samples`` is how many samples these have; ``rollouts`` counts all rollouts; ``maximal`` is True
    if the blueprint's action reached the maximum return in every sample tried, so that nothing else was looked at.
    """

    q: FloatArray
    standard_error: FloatArray
    difference_error: FloatArray
    active: NDArray[np.bool_]
    samples: int
    rollouts: int
    maximal: bool


class Allocation(Protocol):
    """A rule that spends a budget of samples on actions."""

    def estimate(
        self, values: ActionValues, actions: NDArray[np.int64], handicap: FloatArray, blueprint: int, budget: int
    ) -> Estimate:
        """Estimate the values of ``actions`` with at most ``budget`` rollouts in all (at least one an action).

        The action sought is ``argmax q + handicap``; ``blueprint`` is the index of the blueprint's action.
        """
        ...


def _mean_and_error(returns: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Mean, standard error and count of each column, NaN cells left out (NaN where there are too few)."""
    done = ~np.isnan(returns)
    count = done.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(done, returns, 0.0).sum(axis=0) / count
        square = np.where(done, returns - mean, 0.0) ** 2
        error = np.sqrt(square.sum(axis=0) / (count - 1) / count)
    return mean, error, count


def _summary(
    returns: FloatArray, blueprint: int, active: NDArray[np.bool_], variance: float, maximal: bool = False
) -> Estimate:
    """Summarise ``returns`` [samples, k], whose NaN cells were not rolled out.

    ``variance`` is added to each sum of squared differences, so that a few equal outcomes do not pass for certainty.
    """
    mean, error, count = _mean_and_error(returns)
    _, paired, pairs = _mean_and_error(returns - returns[:, blueprint : blueprint + 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        paired = np.sqrt(paired**2 + variance / (pairs - 1) / pairs)
    paired[blueprint] = 0.0
    return Estimate(mean, error, paired, active, len(returns), int(count.sum()), maximal)


def _blueprint_is_maximal(
    values: ActionValues, actions: NDArray[np.int64], blueprint: int, samples: int, returns: FloatArray
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
        self, values: ActionValues, actions: NDArray[np.int64], handicap: FloatArray, blueprint: int, budget: int
    ) -> Estimate:
        samples = max(1, budget // len(actions))
        returns = np.full((samples, len(actions)), np.nan)
        if _blueprint_is_maximal(values, actions, blueprint, samples, returns):
            return _summary(returns, blueprint, _only(blueprint, actions), 0.0, True)
        others = ~_only(blueprint, actions)
        returns[:, others] = values.returns(actions[others], 0, samples)
        return _summary(returns, blueprint, np.ones(len(actions), dtype=np.bool_), 0.0)


@dataclass(frozen=True)
class Racing:
    """Drop actions that are clearly behind; go on with the rest.

    Parameters
    ----------
    z : an action is dropped when it is behind the leader by more than ``z`` standard errors of the paired difference.
    first : samples before the first look; the next looks come after ``growth`` times as many each.
    variance : pseudo-observation added to each sum of squared differences (in squared units of the return), so that
        a few equal outcomes do not pass for certainty.
    reinvest : a surviving action gets at most ``reinvest`` times the samples of even allocation, within the same
        budget: 1 saves what is not needed, more spends it on the contenders.
    """

    z: float = 3.0
    first: int = 20
    growth: float = 1.6
    variance: float = 1.0
    reinvest: float = 1.0

    def __post_init__(self) -> None:
        if self.z <= 0 or self.first < 2 or self.growth <= 1.0 or self.variance < 0 or self.reinvest < 1.0:
            raise ValueError("racing needs z > 0, first >= 2, growth > 1, variance >= 0 and reinvest >= 1")

    def estimate(
        self, values: ActionValues, actions: NDArray[np.int64], handicap: FloatArray, blueprint: int, budget: int
    ) -> Estimate:
        even = max(1, budget // len(actions))
        most = int(even * self.reinvest)
        returns = np.full((most, len(actions)), np.nan)
        done = min(self.first, even)
        if _blueprint_is_maximal(values, actions, blueprint, done, returns):
            return _summary(returns[:done], blueprint, _only(blueprint, actions), self.variance, True)
        others = ~_only(blueprint, actions)
        returns[:done, others] = values.returns(actions[others], 0, done)
        left = max(0, budget - done * len(actions))
        active = np.ones(len(actions), dtype=np.bool_)
        while True:
            active = self._survivors(returns[:done], active, handicap)
            remaining = int(active.sum())
            target = min(most, max(done + 1, int(done * self.growth)), done + left // remaining)
            if remaining == 1 or target == done:
                return _summary(returns[:done], blueprint, active, self.variance)
            returns[done:target, active] = values.returns(actions[active], done, target)
            left -= (target - done) * remaining
            done = target

    def _survivors(self, returns: FloatArray, active: NDArray[np.bool_], handicap: FloatArray) -> NDArray[np.bool_]:
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
