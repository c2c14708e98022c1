r"""Nash mirror descent (Nash-MD): mirror descent against, and from, a geometric mixture with the reference policy.

.. math:: \pi^\mu_t \propto \pi_t^{1-\eta_t\beta}\, \mu^{\eta_t\beta}, \qquad
          \pi_{t+1} \propto \pi^\mu_t\, e^{\eta_t P \pi^\mu_t}

Theorem (Munos et al. 2023, arXiv:2312.00886), for payoffs between 0 and 1 and ``eta_t beta <= 1``:
``KL(pi* || pi_{t+1}) <= (1 - eta_t beta) KL(pi* || pi_t) + 2 eta_t^2``. With ``eta_t = 2 / (beta (t + 2))``, ``t`` from
0, the last iterate has ``KL(pi* || pi_T) <= 8 / (beta^2 (T + 1))``: the algorithm ``nash-md``. A constant step gives
``(1 - eta beta)^T KL_0 + 2 eta / beta``, a linear rate down to a floor: ``nash-md-constant``. Its default
``eta = log(T) / (beta T)`` balances the two for a horizon of ``T`` = 10,000 iterations – ``KL_0 / T`` is left of the
beginning, and the floor is ``2 log(T) / (beta^2 T)`` – or is the step whose floor is ``KL_0``, where that is smaller.

Payoffs of another range ``R`` are those of ``beta / R`` and ``eta R``, and in a two-player game the divergences of both
players add up: ``R^2`` and the number of players stand before ``eta^2``.
"""

from __future__ import annotations

import math
from dataclasses import replace

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, Settings
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import (
    MEMORY,
    OPPONENT,
    POLICY,
    REFERENCE,
    STEP,
    STEP_TYPE,
    TEMPERATURE,
    VALUES,
    move,
    tilt_row,
)
from solvers.schedules import Constant, Harmonic, Schedule
from solvers.solution import Bound

MIXTURE = MEMORY  # log-probabilities of the geometric mixture
HORIZON = 10_000  # iterations for which the constant step is chosen


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Ask for the mixture, then step from it (``solvers.normal_form.state.STEP_TYPE``)."""
    eta, beta = numbers[STEP], numbers[TEMPERATURE]
    if phase == 0:
        tilt_row(state, first, POLICY, VALUES, 0.0, REFERENCE, eta * beta, MIXTURE, OPPONENT)
    else:
        move(state, first, MIXTURE, VALUES, eta, MIXTURE, 0.0)


def largest_step(problem: Problem) -> float:
    """Return ``1 / beta``."""
    return 1.0 / problem.beta


def noise(problem: Problem) -> float:
    """Return what stands before ``eta^2`` in the theorem: ``2 R^2`` for each player."""
    return 2.0 * problem.players * (2.0 * problem.half_range) ** 2


def decreasing_step(problem: Problem) -> Schedule:
    """Return ``2 / (beta (t + 2))``."""
    return Harmonic(problem.beta)


def constant_step(problem: Problem) -> Schedule:
    """Return ``log(T) / (beta T)`` for the horizon ``T``, or the step at which the floor is the bound of ``KL_0``."""
    floor_is_start = problem.beta * problem.initial_divergence() / noise(problem)
    return Constant(min(math.log(HORIZON) / (problem.beta * HORIZON), floor_is_start))


def bound(problem: Problem, settings: Settings, iterations: int) -> Bound | None:
    """Return the theorem's bound for the decreasing step, or for a constant one."""
    schedule, beta, scale = settings.step_size, problem.beta, noise(problem)
    if schedule == Harmonic(beta):
        value = 4.0 * scale / (beta**2 * (iterations + 1.0))
        theorem = "8 R^2 / (beta^2 (T + 1)) for each player (Munos et al. 2023)"
    elif isinstance(schedule, Constant) and 0.0 < schedule.value * beta <= 1.0:
        eta = schedule.value
        value = (1.0 - eta * beta) ** iterations * problem.initial_divergence() + scale * eta / beta
        theorem = "(1 - eta beta)^T KL_0 + 2 R^2 eta / beta for each player (Munos et al. 2023)"
    else:
        return None
    return Bound("KL(equilibrium || policy)", value, theorem)


ALGORITHM = Algorithm(
    name="nash-md",
    title="Nash mirror descent, decreasing step",
    source="Munos et al. 2023, arXiv:2312.00886",
    step=step,
    default_step=decreasing_step,
    memory=1,
    largest_step=largest_step,
    bound=bound,
    needs_beta=True,
)

CONSTANT = replace(
    ALGORITHM, name="nash-md-constant", title="Nash mirror descent, constant step", default_step=constant_step
)
