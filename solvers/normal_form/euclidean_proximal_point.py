r"""The proximal-point method in the Euclidean geometry: games pulled to an anchor that follows.

.. math:: a_{k+1} = \text{equilibrium of the game with } -\tfrac{\mu}{2}\|x - a_k\|^2
          \text{ for each player}

(Rockafellar, "Monotone operators and the proximal point algorithm", 1976.) With exact inner solutions the distance to
every equilibrium never grows, and in matrix games, which are sharp, it falls linearly. The inner games are solved by
``inner`` extragradient steps of the perturbed values ``F(x) - mu (x - a)``, which contract; an iteration here is one of
them, two products. ``comal`` is the same with the entropy's divergence in place of the distance. Defaults: ``mu = 0.1
L_2``, step ``0.85 / L_2`` (below ``1 / (L_2 + mu)``), ``inner`` 30.
"""

from __future__ import annotations

import math

from games._base.jit import jitable, kernel
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.euclidean import ascend, of_norm, per_norm
from solvers.normal_form.state import (
    ITERATION,
    MEMORY,
    OPPONENT,
    PARAMETER,
    PROBABILITY,
    STEP,
    STEP_TYPE,
    TEMPERATURE,
    VALUES,
    ask_current,
    copy,
)

ANCHOR = MEMORY  # probabilities


@jitable
def _pull(state, mu):
    """Turn the values against ``OPPONENT`` into those of the game pulled to the anchor."""
    for a in range(state.shape[1]):
        state[VALUES, a] -= mu * (state[OPPONENT, a] - state[ANCHOR, a])


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one inner step, and let the anchor follow if it was the last (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        if numbers[ITERATION] == 1.0:
            copy(state[PROBABILITY], state[ANCHOR])
        ask_current(state)
        return
    _pull(state, numbers[TEMPERATURE])
    ascend(state, first, PROBABILITY, numbers[STEP], OPPONENT if phase == 1 else PROBABILITY)
    if phase == 2 and numbers[ITERATION] % numbers[PARAMETER] == 0.0:
        copy(state[PROBABILITY], state[ANCHOR])


ALGORITHM = Algorithm(
    name="euclidean-proximal-point",
    title="proximal point with extragradient inside, Euclidean",
    source="Rockafellar 1976",
    step=step,
    products=2,
    memory=1,
    default_step=per_norm(0.85),
    default_temperature=of_norm(0.1),
    target="equilibrium",
    parameters={"inner": 30.0},
    limits={"inner": (1.0, math.inf)},
    log_space=False,
)
