r"""Extragradient preference optimisation (EGPO): an extragradient step on the logits, the regulariser in its gradient.

.. math:: \theta_{1/2} = (1-\eta\beta)\,\theta + \eta\beta\,(\theta_{ref} + P \pi_\theta / \beta), \qquad
          \theta' = (1-\eta\beta)\,\theta + \eta\beta\,(\theta_{ref} + P \pi_{\theta_{1/2}} / \beta)

(Zhou, Fazel and Du 2025, arXiv:2503.08942: last-iterate linear convergence for ``eta <= 1 / (beta + 3)``, payoffs
between 0 and 1; for a range ``R`` that is ``1 / (beta + 3 R)``.) Two products an iteration.

The rate ``KL(pi* || pi_T) <= (1 - eta beta)^T KL(pi* || pi_0)`` also follows from Nash mirror prox: with
``g = eta / (1 - eta beta)`` its iteration is this one, and ``1 + g beta = 1 / (1 - eta beta)``. Its theorem covers
``g <= 1 / L``, that is ``eta <= 1 / (beta + L)`` – more than the step of the paper, which is the default here, so that
the two can be compared as published.
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, Entropic, explicit, linear_rate
from solvers.normal_form.extragradient import extragradient_phase
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import MEMORY, REFERENCE, STEP, STEP_TYPE, TEMPERATURE, ask_current
from solvers.schedules import Constant, Schedule

HALF = MEMORY  # log-probabilities of the half step


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Ask for the current policy, then for the half step, then move (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
        return
    eta, beta = numbers[STEP], numbers[TEMPERATURE]
    extragradient_phase(phase, state, first, eta, eta * beta, REFERENCE, HALF)


def largest_step(problem: Problem) -> float:
    """Return ``1 / (beta + L)``, up to which the rate is proved."""
    return 1.0 / (problem.beta + problem.half_range)


def default_step(problem: Problem) -> Schedule:
    """Return the paper's largest step, ``1 / (beta + 3 R)`` with ``R = 2 L``."""
    return Constant(1.0 / (problem.beta + 6.0 * problem.half_range))


ALGORITHM = Algorithm(
    name="egpo",
    title="extragradient preference optimisation",
    source="Zhou, Fazel and Du 2025, arXiv:2503.08942",
    step=step,
    entropic=Entropic(step, explicit),
    products=2,
    memory=1,
    default_step=default_step,
    largest_step=largest_step,
    bound=linear_rate(
        largest_step,
        lambda pull, iterations: (1.0 - pull) ** iterations,
        "(1 - eta beta)^T KL_0 (Zhou et al. 2025)",
    ),
)
