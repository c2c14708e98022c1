r"""Magnetic preference optimisation (MPO): magnetic mirror descent whose magnet is reset to the policy now and then.

.. math:: \pi_{t+1} \propto \bigl[\pi_t\, \rho^{\eta\alpha}\, e^{\eta P \pi_t}\bigr]^{1/(1+\eta\alpha)}, \qquad
          \rho \leftarrow \pi_{t+1} \text{ every } K \text{ iterations}

(Wang et al. 2024, arXiv:2410.16714: the last iterate converges to an equilibrium of the game itself.) Between two
resets MMD converges linearly to the equilibrium regularised around ``rho``; the resets make this an inexact
proximal-point method, of which ``comal`` is the exact form. ``alpha`` large: fast inner, slow outer convergence.
Defaults: ``alpha = L / 5``, the largest step ``eta = alpha / L^2`` of MMD's theorem, and ``period`` ``K = 50``, in
which the inner divergence falls by ``(1 + eta alpha)^-50 = 0.14``.
"""

from __future__ import annotations

import math

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, of_range, per_range
from solvers.normal_form.magnetic_mirror_descent import magnetic_step
from solvers.normal_form.magnets import MAGNET, start_magnet
from solvers.normal_form.state import (
    ITERATION,
    PARAMETER,
    POLICY,
    STEP_TYPE,
    VALUES,
    ask_current,
    copy,
)


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Move the policy, and every ``period`` iterations the magnet (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        start_magnet(state, numbers)
        ask_current(state)
        return
    magnetic_step(state, first, VALUES, MAGNET, numbers)
    if numbers[ITERATION] % numbers[PARAMETER] == 0.0:
        copy(state[POLICY], state[MAGNET])


ALGORITHM = Algorithm(
    name="mpo",
    title="magnetic preference optimisation",
    source="Wang et al. 2024, arXiv:2410.16714",
    step=step,
    memory=1,
    default_step=per_range(0.2),
    default_temperature=of_range(0.2),
    target="equilibrium",
    parameters={"period": 50.0},
    limits={"period": (1.0, math.inf)},
)
