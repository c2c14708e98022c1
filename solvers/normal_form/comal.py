r"""Convergent meta-alignment (COMAL), the proximal-point method: regularised games around a magnet that follows.

.. math:: \rho_{k+1} = \text{equilibrium of the game regularised by } \tau \text{ around } \rho_k

Outer theorem (proximal point; Liu et al. 2024, arXiv:2410.23223, prove that the last iterate converges to an
equilibrium of the game itself): with exact inner solutions ``KL(pi* || rho_k)`` never increases, by at least
``KL(rho_{k+1} || rho_k)`` less each time, for every equilibrium ``pi*``.

The inner games are solved by Nash mirror prox, linearly; one iteration here is one inner iteration of two products, so
that queries compare with other algorithms. The inner loop has arrived when its policy has all but stopped moving:

.. math:: \|\pi_{k+1} - \pi_k\|_1 \le \sigma\, \|\pi_{k+1} - \rho\|_1,

a step that is short beside the way come from the magnet. This is a relative criterion, as Solodov and Svaiter (1999)
use: the tolerance shrinks with the outer steps by itself, and no accuracy is wasted at the start. ``tolerance``:
``sigma``, 0.003. The temperature ``tau`` defaults to ``L / 100`` and the inner step to ``1 / L``: a small ``tau`` takes
long outer steps, which pays where the equilibrium leaves out most alternatives. With sampled feedback the policy never
stops moving: take ``mpo``, which counts.
"""

from __future__ import annotations

from games._base.jit import jitable, kernel
from solvers.exponential import exponential
from solvers.normal_form.algorithm import Algorithm, of_range, per_range
from solvers.normal_form.extragradient import extragradient_phase
from solvers.normal_form.magnets import MAGNET, start_magnet
from solvers.normal_form.state import (
    ITERATION,
    MEMORY,
    OPPONENT,
    PARAMETER,
    POLICY,
    PROBABILITY,
    STEP,
    STEP_TYPE,
    TEMPERATURE,
    ask_current,
    copy,
)

HALF = MEMORY + 1  # log-probabilities of the half step
MAGNET_PROBABILITY = MEMORY + 2


@jitable
def _distance(left, right):
    total = 0.0
    for a in range(left.shape[0]):
        total += abs(left[a] - right[a])
    return total


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one inner iteration, and let the magnet follow if it was the last (``STEP_TYPE``)."""
    if phase == 0:
        start_magnet(state, numbers)
        if numbers[ITERATION] == 1.0:
            for a in range(state.shape[1]):
                state[MAGNET_PROBABILITY, a] = exponential(state[MAGNET, a])
        ask_current(state)
        return
    g, tau = numbers[STEP], numbers[TEMPERATURE]
    scale = 1.0 / (1.0 + g * tau)
    if phase == 2:
        copy(state[PROBABILITY], state[OPPONENT])
    extragradient_phase(phase, state, first, g * scale, g * tau * scale, MAGNET, HALF)
    if phase == 2:
        moved = _distance(state[PROBABILITY], state[OPPONENT])
        if moved <= numbers[PARAMETER] * _distance(state[PROBABILITY], state[MAGNET_PROBABILITY]):
            copy(state[POLICY], state[MAGNET])
            copy(state[PROBABILITY], state[MAGNET_PROBABILITY])


ALGORITHM = Algorithm(
    name="comal",
    title="proximal point with Nash mirror prox inside (COMAL)",
    source="Liu et al. 2024, arXiv:2410.23223",
    step=step,
    products=2,
    memory=3,
    default_step=per_range(1.0),
    default_temperature=of_range(0.01),
    target="equilibrium",
    parameters={"tolerance": 0.003},
    limits={"tolerance": (0.0, 1.0)},
)
