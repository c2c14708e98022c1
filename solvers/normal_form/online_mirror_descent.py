r"""Online mirror descent in self-play on the regularised game (OMD), the exact form of INPO.

.. math:: \pi_{t+1} \propto \pi_t^{1-e\tau}\, \mu^{e\tau}\, e^{e P \pi_t}

(Zhang et al. 2024, arXiv:2407.00617, whose step size is ``1 / e``; ``tau`` is beta here.) INPO fits this policy by
regression on sampled pairs; a table has it in closed form.

Taking the regulariser by its gradient, as here, or exactly, as in magnetic mirror descent, is the same thing with
another step: MMD with ``eta = e / (1 - e beta)`` is this iteration, and ``1 + eta beta = 1 / (1 - e beta)``. Its
theorem therefore holds for ``e <= beta / (L^2 + beta^2)``, the default: ``KL(pi* || pi_t) <= (1 - e beta)^t KL(pi* ||
pi_0)``. At ``beta = 0`` it is multiplicative weights.
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, Entropic, explicit, linear_rate
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import (
    POLICY,
    REFERENCE,
    STEP,
    STEP_TYPE,
    TEMPERATURE,
    VALUES,
    ask_current,
    move,
)
from solvers.schedules import Constant, Power, Schedule


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
        return
    e, beta = numbers[STEP], numbers[TEMPERATURE]
    move(state, first, POLICY, VALUES, e, REFERENCE, e * beta)


def largest_step(problem: Problem) -> float:
    """Return ``beta / (L^2 + beta^2)``."""
    return problem.beta / (problem.half_range**2 + problem.beta**2)


def default_step(problem: Problem) -> Schedule:
    """Return the largest step that the theorem allows; at beta 0 ``1 / (L sqrt(t))``."""
    return Constant(largest_step(problem)) if problem.beta > 0.0 else Power(1.0 / problem.half_range)


ALGORITHM = Algorithm(
    name="omd",
    title="online mirror descent (INPO)",
    source="Zhang et al. 2024, arXiv:2407.00617",
    step=step,
    entropic=Entropic(step, explicit),
    default_step=default_step,
    largest_step=largest_step,
    bound=linear_rate(
        largest_step,
        lambda pull, iterations: (1.0 - pull) ** iterations,
        "(1 - e beta)^t KL_0 (Sokota et al. 2023 with eta = e / (1 - e beta))",
    ),
)
