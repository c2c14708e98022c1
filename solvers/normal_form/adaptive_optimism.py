r"""Optimistic follow-the-regularised-leader whose step adapts to how much the values change: nothing to tune.

.. math:: \pi_{t+1} \propto \mu \exp\Bigl(\eta_{t+1} \bigl[\textstyle\sum_{s \le t} g_s + g_t\bigr]\Bigr), \qquad
          \eta_{t+1} = \frac{\eta_1}{\sqrt{1 + \frac{\eta_1^2}{D^2} \sum_{s \le t} \|g_s - g_{s-1}\|_*^2}}

with ``g_t`` the action values seen, ``g_0 = 0``, ``|.|_*`` half the span (values enter by their differences only), and
``D^2`` the player's ``-log min mu``. Theorem (Rakhlin and Sridharan 2013, lemma 3; in the stochastically extended
adversarial model Chen, Zhang, Tu, Zhao and Zhang 2023, arXiv:2302.04552, theorem 1): if no difference is above ``D /
eta_1``, the regret of each player is at most

.. math:: 2 D \sqrt{(D / \eta_1)^2 + \textstyle\sum_t \|g_t - g_{t-1}\|_*^2}.

Against opponents that come to rest the sum stays bounded, and so does the regret; with sampled duels it grows with
their variance and the root of ``T``, without a word about either in the settings. ``eta_1 = D / (2 L)`` by default: no
difference of exact values is above ``2 L``. The average is returned. The bound depends on what was seen, so it is
checked in the tests and not printed.
"""

from __future__ import annotations

import math

from games._base.jit import jitable, kernel
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.dual_averaging import add_values, divergence_of_both, remember_start
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import MEMORY, REFERENCE, STEP, STEP_TYPE, VALUES, ask_current, move
from solvers.schedules import Constant, Schedule

START = MEMORY  # log-probabilities of the first policy
SUM = MEMORY + 1  # of all values, up to a constant
LAST = MEMORY + 2  # values of the last iteration
CHANGES = MEMORY + 3  # [0] and [first]: each player's sum of squared differences


@jitable
def _half_span_of_change(values, last, reference):
    low, high = math.inf, -math.inf
    for a in range(values.shape[0]):
        if reference[a] > -math.inf:
            low = min(low, values[a] - last[a])
            high = max(high, values[a] - last[a])
    return 0.5 * (high - low)


@jitable
def _squared_diameter(reference):
    largest = 0.0
    for a in range(reference.shape[0]):
        if reference[a] > -math.inf:
            largest = max(largest, -reference[a])
    return largest


@jitable
def _scale(state, block, first_step):
    """Turn the values of a player into ``eta (sum of all values + the last ones)``."""
    values, last, sums, changes = state[VALUES, block], state[LAST, block], state[SUM, block], state[CHANGES, block]
    changes[0] += _half_span_of_change(values, last, state[REFERENCE, block]) ** 2
    diameter = _squared_diameter(state[REFERENCE, block])
    eta = first_step / math.sqrt(1.0 + first_step**2 * changes[0] / diameter) if diameter > 0.0 else 0.0
    for a in range(values.shape[0]):
        last[a] = values[a]
        values[a] = eta * (sums[a] + values[a])


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        remember_start(state, numbers, START)
        ask_current(state)
        return
    add_values(state, SUM, 1.0, first)
    _scale(state, slice(0, first), numbers[STEP])
    if first < state.shape[1]:
        _scale(state, slice(first, state.shape[1]), numbers[STEP])
    move(state, first, START, VALUES, 1.0, START, 0.0)


def default_step(problem: Problem) -> Schedule:
    """Return ``D / (2 L)``; ``D^2`` is the mean over the players, 1 at least, which only a game of one action needs."""
    return Constant(math.sqrt(max(divergence_of_both(problem) / 2.0, 1.0)) / (2.0 * problem.half_range))


ALGORITHM = Algorithm(
    name="optimistic-ftrl-adaptive",
    title="optimistic FTRL, steps that adapt",
    source="Rakhlin and Sridharan 2013; Chen et al. 2023, arXiv:2302.04552",
    step=step,
    default_step=default_step,
    target="equilibrium",
    returns="average",
    memory=4,
)
