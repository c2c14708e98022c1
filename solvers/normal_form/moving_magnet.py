r"""Magnetic mirror descent with a moving magnet: the magnet follows the policy slowly.

.. math:: \pi_{t+1} \propto \bigl[\pi_t\, \rho_t^{\eta\alpha}\, e^{\eta P \pi_t}\bigr]^{1/(1+\eta\alpha)}, \qquad
          \rho_{t+1} \propto \rho_t^{1-m}\, \pi_{t+1}^{m}

(Sokota et al., ICLR 2023, arXiv:2206.05825.) A magnet that has caught up with the policy pulls no more, so that the
last iterate goes to an equilibrium of the game itself; no rate is claimed. Defaults, in units of the payoffs:
``alpha = L``, ``eta = 0.1 / L`` and ``magnet_rate`` ``m = 0.05``.
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, of_range, per_range
from solvers.normal_form.magnetic_mirror_descent import magnetic_step
from solvers.normal_form.magnets import MAGNET, start_magnet
from solvers.normal_form.state import PARAMETER, POLICY, STEP_TYPE, VALUES, ask_current
from solvers.updates import tilt


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Move the policy, then the magnet (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        start_magnet(state, numbers)
        ask_current(state)
        return
    magnetic_step(state, first, VALUES, MAGNET, numbers)
    tilt(state[MAGNET], state[VALUES], 0.0, 0.0, state[POLICY], numbers[PARAMETER], state[MAGNET])


ALGORITHM = Algorithm(
    name="mmd-moving",
    title="magnetic mirror descent, moving magnet",
    source="Sokota et al., ICLR 2023, arXiv:2206.05825",
    step=step,
    memory=1,
    default_step=per_range(0.1),
    default_temperature=of_range(1.0),
    target="equilibrium",
    parameters={"magnet_rate": 0.05},
    limits={"magnet_rate": (0.0, 1.0)},
)
