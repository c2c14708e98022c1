r"""Predictive regret matching+ (PRM+): regret matching+ that expects the last regrets once more.

.. math:: \theta_t = [z_{t-1} + r_{t-1}]^+, \quad \pi_t = \theta_t / \|\theta_t\|_1, \quad
          r_t = q_t - \langle q_t, \pi_t\rangle, \quad z_t = [z_{t-1} + r_t]^+, \qquad q_t = P \pi_t

(Farina, Kroer and Sandholm, AAAI 2021, arXiv:2007.14358.) Where ``theta`` is zero the policy is the reference. No step
size. The quadratically weighted average is returned, as in the paper's experiments; for another one give ``solve`` a
``dataclasses.replace(ALGORITHM, weights=linear_weights, bound=None)``.

Bound. Both lines are projected gradient steps and ``<r_t, theta_t> = 0``, from which ``|z_T|^2 <= sum_t |r_t -
r_{t-1}|^2 <= 4 n R^2 T``, ``R`` the range of the payoffs. Sums of regrets from any ``t`` on are at most ``z_T``, hence
those with increasing weights ``w`` at most ``w_T |z_T|``, so that the gap of the average is at most ``2 R sqrt(n T)
w_T / sum(w)`` for each player: ``6 R sqrt(n / T)`` with quadratic weights. In practice it is far below.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, Settings
from solvers.normal_form.problem import Problem
from solvers.normal_form.regret_matching_plus import default_step, match_regrets
from solvers.normal_form.state import STEP_TYPE, ask_current
from solvers.solution import Bound
from solvers.updates import PREDICTIVE_REGRET_MATCHING_PLUS


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
    else:
        match_regrets(state, first, PREDICTIVE_REGRET_MATCHING_PLUS, False)


def quadratic_weights(first: int, count: int) -> NDArray[np.float64]:
    """Iteration ``t`` counts ``t^2`` times in the average."""
    return np.arange(first, first + count, dtype=np.float64) ** 2


def bound(problem: Problem, settings: Settings, iterations: int) -> Bound:
    """Return the regret bound of the quadratic average."""
    sizes = (problem.first,) * 2 if problem.symmetric else (problem.first, problem.actions - problem.first)
    share = 6.0 * iterations / ((iterations + 1.0) * (2.0 * iterations + 1.0))  # w_T / sum(w)
    value = share * sum(4.0 * problem.half_range * math.sqrt(n * iterations) for n in sizes)
    return Bound("duality gap", value, "6 range sqrt(n / T) for each player (Farina et al. 2021)")


ALGORITHM = Algorithm(
    name="prm+",
    title="predictive regret matching+",
    source="Farina, Kroer and Sandholm, AAAI 2021, arXiv:2007.14358",
    step=step,
    default_step=default_step,
    target="equilibrium",
    returns="average",
    memory=1,
    weights=quadratic_weights,
    bound=bound,
    log_space=False,
)
