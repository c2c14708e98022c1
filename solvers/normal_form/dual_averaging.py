r"""What methods share that sum up the values of the past: the running sum, and what their regret says about the gap.

In self-play with payoffs of both players summing to zero, the duality gap of the average policies is the sum of the
players' regrets divided by the number of iterations ``T`` (Freund and Schapire 1999); in a symmetric game both players
are the one policy, whose regret counts twice.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import ITERATION, POLICY, REFERENCE, VALUES, copy
from solvers.schedules import Schedule

_CHUNK = 1_000_000


@jitable
def remember_start(state, numbers, row):
    """Keep the log-probabilities of the first policy in a row of the state."""
    if numbers[ITERATION] == 1.0:
        copy(state[POLICY], state[row])


@jitable
def _centre(sums, reference):
    top = -np.inf
    for a in range(sums.shape[0]):
        if reference[a] > -np.inf:
            top = max(top, sums[a])
    for a in range(sums.shape[0]):
        sums[a] -= top


@jitable
def add_values(state, row, weight, first):
    """Add ``weight`` times the values to a row of the state; the largest sum of each block becomes 0.

    No update sees a constant, and sums that grow without limit would lose digits.
    """
    for a in range(state.shape[1]):
        state[row, a] += weight * state[VALUES, a]
    _centre(state[row, :first], state[REFERENCE, :first])
    if first < state.shape[1]:
        _centre(state[row, first:], state[REFERENCE, first:])


def divergence_of_both(problem: Problem) -> float:
    """Return ``D``: the sum over both players of ``-log min mu``, at least ``KL(any policy || mu)``."""
    return problem.initial_divergence() * (2.0 if problem.symmetric else 1.0)


def sum_of_steps(schedule: Schedule, iterations: int) -> tuple[float, float, bool]:
    """Return the sum of the first steps, the last one, and whether they never increase."""
    total, last, falls = 0.0, np.inf, True
    for first in range(1, iterations + 1, _CHUNK):
        steps = schedule.values(first, min(_CHUNK, iterations + 1 - first))
        falls = falls and bool(steps[0] <= last and (np.diff(steps) <= 0.0).all())
        total += float(steps.sum())
        last = float(steps[-1])
    return total, last, falls
