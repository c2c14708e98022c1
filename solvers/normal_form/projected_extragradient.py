r"""The extragradient method in its first, Euclidean form: look ahead by a step, then step from where one stood.

.. math:: h_t = \Pi\bigl(x_t + \eta F(x_t)\bigr), \qquad x_{t+1} = \Pi\bigl(x_t + \eta F(h_t)\bigr)

with ``F`` each player's action values and the projection onto the simplices (Korpelevich, "The extragradient method for
finding saddle points and other problems", Matekon 13, 1977). Theorem: for ``eta < 1 / L_2`` every limit of the last
iterate is an equilibrium, and the distance to each of them never grows:

.. math:: \|x_{t+1} - x^*\|^2 \le \|x_t - x^*\|^2 - (1 - \eta^2 L_2^2)\, \|x_t - h_t\|^2.

In bilinear games over polytopes the convergence is linear (Tseng, "On linear convergence of iterative methods for the
variational inequality problem", 1995), at a rate that depends on the game, so no bound is printed. Two products an
iteration; the default step is ``0.95 / L_2``.
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.euclidean import ascend, largest_euclidean_step, per_norm
from solvers.normal_form.state import OPPONENT, PROBABILITY, STEP, STEP_TYPE, ask_current


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Ask for the policy, then for the half step, and take the step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
    else:
        ascend(state, first, PROBABILITY, numbers[STEP], OPPONENT if phase == 1 else PROBABILITY)


ALGORITHM = Algorithm(
    name="extragradient",
    title="extragradient, Euclidean",
    source="Korpelevich 1977; Tseng 1995",
    step=step,
    products=2,
    default_step=per_norm(0.95),
    largest_step=largest_euclidean_step,
    target="equilibrium",
    log_space=False,
)
