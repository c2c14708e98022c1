r"""Magnetic mirror descent (MMD): a mirror-descent step that is also pulled towards a magnet, the reference policy.

.. math:: \pi_{t+1} \propto \bigl[\pi_t\, \mu^{\eta\beta}\, e^{\eta P \pi_t}\bigr]^{1/(1+\eta\beta)}

Theorem (Sokota et al., ICLR 2023, Theorem 3.4 with Corollary 3.5): for ``eta <= beta / L^2`` the last iterate converges
linearly to the regularised equilibrium, ``KL(pi* || pi_t) <= (1 + eta beta)^{-t} KL(pi* || pi_0)``. Here ``L`` is half
the range of the payoffs, 1/2 in a preference game, so that ``eta = 4 beta``.

*Annealed* (``mmd-annealed``), the temperature falls, so that the target moves to the equilibrium of the game itself:
``alpha_t = L / sqrt(t)`` and ``eta_t = 1 / (L sqrt(t))`` (Sokota et al. anneal both by ``1/sqrt(t)``). Each step then
obeys the condition of the theorem for its own temperature, ``eta_t <= alpha_t / L^2``. No rate of the whole is claimed;
as the equilibrium at temperature ``alpha`` is exploitable by up to ``alpha KL``, at best the gap falls like
``1/sqrt(t)``.
"""

from __future__ import annotations

from games._base.jit import jitable, kernel
from solvers.normal_form.algorithm import Algorithm, Entropic, implicit, linear_rate, of_range, per_range
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


@jitable(forceinline=True)
def magnetic_step(state, first, values, magnet, numbers):
    """Move the policy towards the values in one row and the magnet in another, whose logits need not be normalised."""
    eta, alpha = numbers[STEP], numbers[TEMPERATURE]
    scale = 1.0 / (1.0 + eta * alpha)
    move(state, first, POLICY, values, eta * scale, magnet, eta * alpha * scale)


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
    else:
        magnetic_step(state, first, VALUES, REFERENCE, numbers)


def largest_step(problem: Problem) -> float:
    """Return ``beta / L^2``."""
    return problem.beta / problem.half_range**2


def default_step(problem: Problem) -> Schedule:
    """Return the largest step that the theorem allows; at beta 0, where it is MD, ``1 / (L sqrt(t))``."""
    return Constant(largest_step(problem)) if problem.beta > 0.0 else Power(1.0 / problem.half_range)


bound = linear_rate(
    largest_step,
    lambda pull, iterations: (1.0 + pull) ** -float(iterations),
    "(1 + eta beta)^-t KL_0 (Sokota et al. 2023, Corollary 3.5)",
)

ALGORITHM = Algorithm(
    name="mmd-constant",
    title="magnetic mirror descent, constant step (mmd)",
    source="Sokota et al., ICLR 2023, arXiv:2206.05825",
    step=step,
    entropic=Entropic(step, implicit),
    default_step=default_step,
    largest_step=largest_step,
    bound=bound,
)

ANNEALED = Algorithm(
    name="mmd-annealed",
    title="magnetic mirror descent, annealed",
    source="Sokota et al., ICLR 2023, arXiv:2206.05825",
    step=step,
    default_step=per_range(1.0, Power),
    default_temperature=of_range(1.0, Power),
    target="equilibrium",
)
