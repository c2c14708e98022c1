r"""Regret matching+ (RM+): play in proportion to the cumulative regrets, cut off at zero.

.. math:: R_{t+1} = [R_t + q_t - \langle q_t, \pi_t\rangle]^+, \qquad \pi_{t+1} = R_{t+1} / \|R_{t+1}\|_1

with ``q_t = P pi_t``; where ``R`` is zero the policy is the reference. No step size. The (linearly weighted) average
has gap ``O(1/sqrt(T))`` (Tammelin et al., IJCAI 2015: ``R_T <= range sqrt(n T)``), usually far better. Actions may
get probability 0, so the policy is not kept in log space.
"""

from __future__ import annotations

import math

from games._base.jit import jitable, kernel
from solvers.normal_form.algorithm import Algorithm, Settings, linear_weights
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import MEMORY, OPPONENT, PROBABILITY, REFERENCE, STEP_TYPE, VALUES, ask_current
from solvers.schedules import Constant, Schedule
from solvers.solution import Bound

REGRET = MEMORY


@jitable
def regret_matching(regret, reference, probability):
    """Write the policy of one block: proportional to the positive part of ``regret``, or the reference (logs)."""
    total = 0.0
    for a in range(regret.shape[0]):
        total += max(regret[a], 0.0)
    for a in range(regret.shape[0]):
        probability[a] = max(regret[a], 0.0) / total if total > 0.0 else math.exp(reference[a])


@jitable
def _update_block(state, start, stop):
    values, regret = state[VALUES, start:stop], state[REGRET, start:stop]
    reference = state[REFERENCE, start:stop]
    mean = 0.0
    for a in range(stop - start):
        mean += state[OPPONENT, start + a] * values[a]
    for a in range(stop - start):
        if reference[a] > -math.inf:
            regret[a] = max(regret[a] + values[a] - mean, 0.0)
    regret_matching(regret, reference, state[PROBABILITY, start:stop])


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
        return
    _update_block(state, 0, first)
    if first < state.shape[1]:
        _update_block(state, first, state.shape[1])


def default_step(problem: Problem) -> Schedule:
    """There is no step size; the number is not read."""
    return Constant(1.0)


def bound(problem: Problem, settings: Settings, iterations: int) -> Bound:
    """Return the regret bound of the linear average: gap ``<= 2 * sum over players of range sqrt(n / T)``."""
    sizes = (problem.first,) * 2 if problem.symmetric else (problem.first, problem.actions - problem.first)
    value = 2.0 * sum(2.0 * problem.half_range * math.sqrt(n / iterations) for n in sizes)
    return Bound("duality gap", value, "2 range sqrt(n / T) for each player (Tammelin et al. 2015)")


ALGORITHM = Algorithm(
    name="rm+",
    title="regret matching+",
    source="Tammelin et al., IJCAI 2015",
    step=step,
    default_step=default_step,
    target="equilibrium",
    returns="average",
    memory=1,
    weights=linear_weights,
    bound=bound,
    log_space=False,
)
