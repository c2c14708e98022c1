"""How rollouts are spread over actions: evenly, or by racing.

Every action is evaluated in the *same* samples (hidden state, deck order, random numbers), so the difference between
two actions has a far smaller variance than either value. Racing uses that: it evaluates all actions in a few samples,
drops each action whose paired difference to the leader is beyond ``z`` standard errors, and goes on with the rest. The
survivors have seen exactly the samples they would have seen under even allocation, so the move is the same unless the
best action was dropped by mistake, at a fraction of the cost.

Samples need not be independent. Where they are made from the particles of a belief, several samples share a particle,
and the particles are a sample themselves: ``search.errors`` says what that does to a standard error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.allowance import Allowance, allowance
from search.errors import Origins, mean_error, origins_of

FloatArray = NDArray[np.float64]

FIRST = 20  # samples before the first look
GROWTH = 1.6  # the samples before the next look, as many times those before the last


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

    ``standard_error`` includes the sampling error of the belief that the samples were made from, where they know their
    origins (``search.errors``). ``difference_error`` is the same of the paired difference to the blueprint's action,
    over the samples that both have (0 for the blueprint's action itself); ``active`` marks the actions still in the
    race (all of them under even allocation); ``samples`` is how many samples these have, ``effective`` how many
    independent ones would be worth as much; ``rollouts`` counts all rollouts; ``maximal`` is True if the blueprint's
    action reached the maximum return in every sample tried, so that nothing else was looked at.
    """

    q: FloatArray
    standard_error: FloatArray
    difference_error: FloatArray
    active: NDArray[np.bool_]
    samples: int
    rollouts: int
    maximal: bool
    effective: float


class Allocation(Protocol):
    """A rule that spends what a decision may cost on actions."""

    def estimate(
        self,
        values: ActionValues,
        actions: NDArray[np.int64],
        handicap: FloatArray,
        blueprint: int,
        budget: int | Allowance,
    ) -> Estimate:
        """Estimate the values of ``actions`` within ``budget``: rollouts in all (at least one an action), or a clock.

        The action sought is ``argmax q + handicap``; ``blueprint`` is the index of the blueprint's action.
        """
        ...


def _summary(
    returns: FloatArray,
    blueprint: int,
    active: NDArray[np.bool_],
    variance: float,
    origins: Origins | None,
    maximal: bool = False,
) -> Estimate:
    """Summarise ``returns`` [samples, k]: of each action those of the first samples, then NaN.

    ``variance`` is added to each sum of squared differences, so that a few equal outcomes do not pass for certainty.
    """
    mean, error, paired = (np.full(returns.shape[1], np.nan) for _ in range(3))
    counts = (~np.isnan(returns)).sum(axis=0)
    for count in np.unique(counts[counts > 0]):
        columns = np.flatnonzero(counts == count)
        some = np.ascontiguousarray(returns[:count, columns])
        mean[columns] = some.mean(axis=0)
        error[columns] = mean_error(some, origins).standard_errors
        both = min(count, counts[blueprint])
        differences = some[:both] - returns[:both, blueprint : blueprint + 1]
        paired[columns] = mean_error(differences, origins, variance).standard_errors
    paired[blueprint] = 0.0
    effective = mean_error(np.zeros((len(returns), 0)), origins).effective
    return Estimate(mean, error, paired, active, len(returns), int(counts.sum()), maximal, effective)


class _Returns:
    """Returns of a decision as they come in: ``found`` [samples, k], NaN where an action was not rolled out.

    maximal : the blueprint's action reached the maximum in all of the first samples, and nothing else was tried.
    """

    def __init__(self, values: ActionValues, actions: NDArray[np.int64]) -> None:
        self._values, self._actions = values, actions
        self.found = np.empty((0, len(actions)))
        self.made = 0
        self.maximal = False

    @property
    def samples(self) -> int:
        return len(self.found)

    def add(self, active: NDArray[np.bool_], samples: int) -> None:
        """Roll out the active actions in so many more samples."""
        start, count = self.samples, len(self._actions)
        self.found = np.concatenate([self.found, np.full((samples, count), np.nan)])
        self.fill(active, start, start + samples)

    def fill(self, active: NDArray[np.bool_], start: int, stop: int) -> None:
        self.found[start:stop, active] = self._values.returns(self._actions[active], start, stop)
        self.made += (stop - start) * int(active.sum())

    def go_on(self, allowed: Allowance, active: NDArray[np.bool_], target: int) -> bool:
        """Roll out the active actions up to ``target`` samples, as far as that is allowed; False if not at all."""
        count = int(active.sum())
        samples = allowed.grant(self.made, (target - self.samples) * count) // count
        if samples > 0:
            self.add(active, samples)
        return samples > 0


def _begin(values: ActionValues, actions: NDArray[np.int64], blueprint: int, samples: int) -> _Returns:
    """Roll out the first ``samples``: the blueprint's action, and the others unless it reached the maximum in each.

    Samples that are worth less than half as many independent ones prove nothing.
    """
    returns, only = _Returns(values, actions), _only(blueprint, actions)
    returns.add(only, samples)
    column = returns.found[:, blueprint : blueprint + 1]
    effective = mean_error(np.ascontiguousarray(column), origins_of(values)).effective
    returns.maximal = bool(np.all(column >= values.maximum)) and 2.0 * effective >= samples
    if not returns.maximal:
        returns.fill(~only, 0, samples)
    return returns


def _only(blueprint: int, actions: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(len(actions), dtype=np.bool_)
    mask[blueprint] = True
    return mask


@dataclass(frozen=True)
class Even:
    """Every action in every sample (unless the blueprint's action is maximal in all of the first ones).

    Under a clock samples come in rounds, as those of ``Racing`` do, but nothing is dropped between them.
    """

    def estimate(
        self,
        values: ActionValues,
        actions: NDArray[np.int64],
        handicap: FloatArray,
        blueprint: int,
        budget: int | Allowance,
    ) -> Estimate:
        allowed, everything = allowance(budget), np.ones(len(actions), dtype=np.bool_)
        returns = _begin(values, actions, blueprint, allowed.share(len(actions)) or FIRST)
        if returns.maximal:
            return _summary(returns.found, blueprint, _only(blueprint, actions), 0.0, origins_of(values), True)
        while returns.go_on(allowed, everything, int(returns.samples * GROWTH)):
            pass
        return _summary(returns.found, blueprint, everything, 0.0, origins_of(values))


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
        budget: 1 saves what is not needed, more spends it on the contenders. Under a clock nobody knows what even
        allocation would get, and contenders get all that is left.
    """

    z: float = 3.0
    first: int = FIRST
    growth: float = GROWTH
    variance: float = 1.0
    reinvest: float = 1.0

    def __post_init__(self) -> None:
        if self.z <= 0 or self.first < 2 or self.growth <= 1.0 or self.variance < 0 or self.reinvest < 1.0:
            raise ValueError("racing needs z > 0, first >= 2, growth > 1, variance >= 0 and reinvest >= 1")

    def estimate(
        self,
        values: ActionValues,
        actions: NDArray[np.int64],
        handicap: FloatArray,
        blueprint: int,
        budget: int | Allowance,
    ) -> Estimate:
        allowed = allowance(budget)
        even = allowed.share(len(actions))
        most = math.inf if even is None else int(even * self.reinvest)
        returns = _begin(values, actions, blueprint, self.first if even is None else min(self.first, even))
        if returns.maximal:
            only = _only(blueprint, actions)
            return _summary(returns.found, blueprint, only, self.variance, origins_of(values), True)
        active = np.ones(len(actions), dtype=np.bool_)
        while True:
            active = self._survivors(returns.found, active, handicap, origins_of(values))
            done = returns.samples
            target = int(min(most, max(done + 1, int(done * self.growth))))
            if active.sum() == 1 or not returns.go_on(allowed, active, target):
                return _summary(returns.found, blueprint, active, self.variance, origins_of(values))

    def _survivors(
        self, returns: FloatArray, active: NDArray[np.bool_], handicap: FloatArray, origins: Origins | None
    ) -> NDArray[np.bool_]:
        """Return which active actions are not clearly behind; ``returns`` is complete in the active columns."""
        alive = np.flatnonzero(active)
        objective = returns[:, alive].mean(axis=0) + handicap[alive]
        leader = int(np.argmax(objective))
        difference = returns[:, alive[leader], None] - returns[:, alive]
        error = mean_error(difference, origins, self.variance).standard_errors
        error[np.isnan(error)] = np.inf  # one sample
        keep = objective[leader] - objective <= self.z * error
        keep[leader] = True
        survivors = np.zeros_like(active)
        survivors[alive[keep]] = True
        return survivors
