r"""Nash mirror prox (Nash-MP): two implicit-regularisation steps from the same policy, the second against the first.

.. math:: \log\pi' = \frac{\log\pi_k + g\,(P\,o + \beta\log\mu)}{1 + g\beta} + const,

once with the opponent ``o = pi_k``, which gives the half step ``h``, then from the same ``pi_k`` with ``o = h``.

Theorem (Tiapkin et al. 2025, arXiv:2505.19731): with ``g = 1/L``, which is 2 in a preference game,
``KL(pi* || pi_k) <= (1 + g beta)^{-k} KL(pi* || pi_0)``, so ``(1 + 2 beta)^{-k}`` – linear, and the rate falls with
``beta`` only, not with its square as for one-step methods.

At ``beta = 0`` it is mirror prox (Nemirovski 2004), and the average of the half steps has gap ``O(1/k)``.
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, Entropic, implicit, linear_rate, per_range
from solvers.normal_form.extragradient import extragradient_phase
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import MEMORY, REFERENCE, STEP, STEP_TYPE, TEMPERATURE, ask_current

HALF = MEMORY  # log-probabilities of the half step


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Ask for the current policy, then for the half step, then move (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
        return
    g, beta = numbers[STEP], numbers[TEMPERATURE]
    scale = 1.0 / (1.0 + g * beta)
    extragradient_phase(phase, state, first, g * scale, g * beta * scale, REFERENCE, HALF)


def largest_step(problem: Problem) -> float:
    """Return ``1 / L``."""
    return 1.0 / problem.half_range


ALGORITHM = Algorithm(
    name="nash-mp",
    title="Nash mirror prox",
    source="Tiapkin et al. 2025, arXiv:2505.19731",
    step=step,
    entropic=Entropic(step, implicit),
    products=2,
    memory=1,
    default_step=per_range(1.0),
    largest_step=largest_step,
    bound=linear_rate(
        largest_step,
        lambda pull, iterations: (1.0 + pull) ** -float(iterations),
        "(1 + g beta)^-k KL_0 (Tiapkin et al. 2025)",
    ),
)
