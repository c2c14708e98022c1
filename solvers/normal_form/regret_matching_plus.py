r"""Regret matching+ (RM+): play in proportion to the cumulative regrets, cut off at zero.

.. math:: R_{t+1} = [R_t + q_t - \langle q_t, \pi_t\rangle]^+, \qquad \pi_{t+1} = R_{t+1} / \|R_{t+1}\|_1

with ``q_t = P pi_t``; where ``R`` is zero the policy is the reference. No step size. The (linearly weighted) average
has gap ``O(1/sqrt(T))`` (Tammelin et al., IJCAI 2015: ``R_T <= range sqrt(n T)``), usually far better. Actions may
get probability 0, so the policy is not kept in log space.
"""

from __future__ import annotations

import math

from games._base.jit import borrowed, jitable, kernel
from solvers.normal_form.algorithm import Algorithm, Settings, linear_weights
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import MEMORY, OPPONENT, PROBABILITY, REFERENCE, STEP_TYPE, VALUES, ask_current
from solvers.schedules import Constant, Schedule
from solvers.solution import Bound
from solvers.updates import REGRET_MATCHING_PLUS, mean_value, normalise_weights, regret_matching_update

REGRET = MEMORY


@jitable
def _match_block(state, block, rule, sum_first):
    values, reference, probability = state[VALUES, block], state[REFERENCE, block], state[PROBABILITY, block]
    actions = values.shape[0]
    mean = mean_value(state[OPPONENT, block], values, 0, actions)
    for a in range(actions):
        if not reference[a] > -math.inf:
            values[a] = mean  # what does not exist is not regretted
    total = regret_matching_update(values, mean, sum_first, rule, 0, actions, state[REGRET, block], probability)
    if total > 0.0:
        normalise_weights(probability, total, 0, actions)
    else:
        for a in range(actions):
            probability[a] = math.exp(reference[a])


@jitable
def match_regrets(state, first, rule, sum_first):
    """Update regrets and policy by a rule of ``solvers.updates.regret``; where no regret is left, to the reference."""
    state = borrowed(state)
    _match_block(state, slice(0, first), rule, sum_first)
    if first < state.shape[1]:
        _match_block(state, slice(first, state.shape[1]), rule, sum_first)


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
    else:
        match_regrets(state, first, REGRET_MATCHING_PLUS, True)


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
