r"""Gradient ascent with boosting payoff perturbation (GABP): a pull to where one stood, and a little to the start.

.. math:: x_{t+1} = \Pi\Bigl(x_t + \eta \bigl[F(x_t) - \mu \bigl(x_t - \tfrac{k \sigma_k + \sigma_1}{k + 1}\bigr)
          \bigr]\Bigr)

The anchor ``sigma_k`` becomes the policy every ``period`` steps; ``sigma_1`` is where the method began (Abe, Sakamoto,
Ariu and Iwasaki, ICLR 2025, arXiv:2410.02388). Theirs is the rate ``O(log T / T)`` for the gap of the *last* iterate in
the game itself, whatever the game; its constants are large, and no bound is printed. One product an iteration. It
is slow where the sharpness of matrix games can be used, as ``restarted-extragradient`` does, and serves where a rate
must not depend on the game. Defaults: ``mu = 0.3 L_2``, ``eta = 0.17 / L_2`` (below ``mu / (L_2 +
mu)^2``), ``period`` 20.
"""

from __future__ import annotations

import math

from games._base.jit import jitable, kernel
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.euclidean import ascend, of_norm, per_norm
from solvers.normal_form.state import (
    ITERATION,
    MEMORY,
    PARAMETER,
    PROBABILITY,
    STEP,
    STEP_TYPE,
    TEMPERATURE,
    VALUES,
    ask_current,
    copy,
)

ANCHOR = MEMORY  # sigma_k
BEGINNING = MEMORY + 1  # sigma_1


@jitable
def _perturb(state, mu, k):
    for a in range(state.shape[1]):
        anchor = (k * state[ANCHOR, a] + state[BEGINNING, a]) / (k + 1.0)
        state[VALUES, a] -= mu * (state[PROBABILITY, a] - anchor)


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one perturbed step; the anchor follows every ``period`` (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        if numbers[ITERATION] == 1.0:
            copy(state[PROBABILITY], state[ANCHOR])
            copy(state[PROBABILITY], state[BEGINNING])
        ask_current(state)
        return
    t, period = numbers[ITERATION], numbers[PARAMETER]
    _perturb(state, numbers[TEMPERATURE], math.floor((t - 1.0) / period) + 1.0)
    ascend(state, first, PROBABILITY, numbers[STEP], PROBABILITY)
    if t % period == 0.0:
        copy(state[PROBABILITY], state[ANCHOR])


ALGORITHM = Algorithm(
    name="gabp",
    title="gradient ascent with boosting payoff perturbation",
    source="Abe et al., ICLR 2025, arXiv:2410.02388",
    step=step,
    memory=2,
    default_step=per_norm(0.17),
    default_temperature=of_norm(0.3),
    target="equilibrium",
    parameters={"period": 20.0},
    limits={"period": (1.0, math.inf)},
    log_space=False,
)
