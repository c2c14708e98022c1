r"""Optimistic mirror descent (OMWU, the exact form of ONPO): play as if the last values came once more.

.. math:: \pi_t \propto \hat\pi_t\, e^{\eta r_{t-1}}, \qquad
          \hat\pi_{t+1} \propto \hat\pi_t\, e^{\eta r_t}, \qquad r_t = P \pi_t,\ r_0 = 0

Theorem (Rakhlin and Sridharan 2013; Syrgkanis et al. 2015; for preferences Zhang et al. 2025, arXiv:2502.16852). For a
constant ``eta <= 1 / (2 sqrt(2) L)`` the average of the ``pi_t`` has duality gap at most
``(D / eta + 2 eta L^2) / T``, ``D`` the sum of both players' ``-log min mu``. For the regret to ``u`` in iteration
``t`` is at most

``[KL(u || pia_t) - KL(u || pia_{t+1}) - KL(pia_{t+1} || pi_t) - KL(pi_t || pia_t)] / eta + <r_t - r_{t-1}, pia_{t+1}
- pi_t>``;

the product is at most ``eta |r_t - r_{t-1}|^2 + |pia_{t+1} - pi_t|_1^2 / (4 eta)``, values move by ``L`` times what the
opponent moves, and Pinsker's inequality lets the negative divergences pay for all of it but the first iteration's
``eta L^2`` for each player.

The last iterate (``average=False``) converges linearly after some time if there is an equilibrium of full support
(Chen et al. 2025, arXiv:2512.24818, preferences) or a unique one (Wei et al. 2021, arXiv:2006.09517), but at a rate
that may be arbitrarily slow (Cai et al. 2024, arXiv:2406.10631), so it comes without a bound.
"""

from __future__ import annotations

import math

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, Settings
from solvers.normal_form.dual_averaging import add_values, divergence_of_both, remember_start
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import MEMORY, STEP, STEP_TYPE, VALUES, ask_current, move
from solvers.schedules import Constant, Schedule
from solvers.solution import Bound

ANCHOR = MEMORY  # log-probabilities of pia, up to a constant


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``); the next policy uses this iteration's ``eta`` twice."""
    if phase == 0:
        remember_start(state, numbers, ANCHOR)
        ask_current(state)
        return
    eta = numbers[STEP]
    add_values(state, ANCHOR, eta, first)
    move(state, first, ANCHOR, VALUES, eta, ANCHOR, 0.0)


def largest_step(problem: Problem) -> float:
    """Return ``1 / (2 sqrt(2) L)``."""
    return 1.0 / (2.0 * math.sqrt(2.0) * problem.half_range)


def default_step(problem: Problem) -> Schedule:
    """Return the largest step that the theorem allows."""
    return Constant(largest_step(problem))


def bound(problem: Problem, settings: Settings, iterations: int) -> Bound | None:
    """Return the bound on the gap of the average, for a constant step within the theorem."""
    step_size = settings.step_size
    if not isinstance(step_size, Constant) or not 0.0 < step_size.value <= largest_step(problem) * (1.0 + 1e-12):
        return None
    eta = step_size.value
    value = (divergence_of_both(problem) / eta + 2.0 * eta * problem.half_range**2) / iterations
    return Bound("duality gap", value, "(D / eta + 2 eta L^2) / T (Rakhlin and Sridharan 2013)")


ALGORITHM = Algorithm(
    name="optimistic-mirror-descent",
    title="optimistic mirror descent (ONPO, OMWU)",
    source="Rakhlin and Sridharan 2013; Zhang et al. 2025, arXiv:2502.16852",
    step=step,
    default_step=default_step,
    target="equilibrium",
    returns="average",
    memory=1,
    largest_step=largest_step,
    bound=bound,
)
