r"""Group-relative policy optimisation in exact form: OPMD, and the expected group-relative REINFORCE step.

**OPMD** (online policy mirror descent, in the terms of Yao et al. 2025, arXiv:2509.24203) maximises
``<r, pi> - tau KL(pi || pi_old)`` exactly and renews ``pi_old`` every ``K`` iterations:

.. math:: \pi_{t+1} \propto \pi_{old}\, e^{r_t / \tau}, \qquad r_t = P \pi_t

The step size of this solver is ``1 / tau``, ``K`` its parameter ``refresh``. With ``K = 1`` that is mirror descent,
whose last iterate circles. With ``K > 1`` the iterations between renewals are a fixed-point iteration towards the
*implicit* step ``pi ~ pi_old exp(P pi / tau)``, a proximal-point step, whose sequence does converge. A softmax moves in
the 1-norm by no more than its logits in the maximum norm, so each iteration brings the fixed point closer by the factor
``L / tau``; the default, ``tau = 2 L`` and ``K = 10``, leaves 2^-10 of the error.

**Group-relative REINFORCE** weights the samples of a group by their reward minus the group's mean. Its expectation in
an infinite group is the softmax policy gradient on the logits ``theta``:

.. math:: \theta' = \theta + \eta\, \pi\,(r - \langle \pi, r\rangle)

Its second derivative in a direction ``u`` is ``E[(r - <pi, r>) (u - <pi, u>)^2] <= R |u|^2 / 2``, ``R = 2 L`` the range
of the payoffs, so the default ``eta = 2 / R`` never lowers the expected reward against a *fixed* opponent (which then
converges, Mei et al. 2020, arXiv:2005.06392); against itself no theorem holds, and on a cycle it goes outwards.
"""

from __future__ import annotations

import math

from games._base.jit import jitable, kernel
from solvers.normal_form.algorithm import Algorithm, per_range
from solvers.normal_form.state import (
    ITERATION,
    MEMORY,
    OPPONENT,
    PARAMETER,
    POLICY,
    PROBABILITY,
    STEP,
    STEP_TYPE,
    VALUES,
    ask_current,
    copy,
    move,
    normalise,
)

OLD = MEMORY  # log-probabilities of pi_old


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step of OPMD (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        if (numbers[ITERATION] - 1.0) % numbers[PARAMETER] == 0.0:
            copy(state[POLICY], state[OLD])
        ask_current(state)
        return
    move(state, first, OLD, VALUES, numbers[STEP], OLD, 0.0)


@jitable
def _ascend(state, eta, start, stop):
    mean = 0.0
    for a in range(start, stop):
        mean += state[OPPONENT, a] * state[VALUES, a]
    for a in range(start, stop):
        if state[POLICY, a] > -math.inf:
            state[POLICY, a] += eta * state[OPPONENT, a] * (state[VALUES, a] - mean)


@kernel(STEP_TYPE)
def reinforce_step(phase, state, first, numbers):
    """Take one expected REINFORCE step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
        return
    _ascend(state, numbers[STEP], 0, first)
    _ascend(state, numbers[STEP], first, state.shape[1])
    normalise(state[POLICY], state[PROBABILITY], first)


ALGORITHM = Algorithm(
    name="opmd",
    title="online policy mirror descent",
    source="Yao et al. 2025, arXiv:2509.24203",
    step=step,
    default_step=per_range(0.5),
    target="equilibrium",
    memory=1,
    parameters={"refresh": 10.0},
    limits={"refresh": (1.0, 1e9)},
)

REINFORCE = Algorithm(
    name="group-relative",
    title="expected group-relative REINFORCE",
    source="Yao et al. 2025, arXiv:2509.24203",
    step=reinforce_step,
    default_step=per_range(1.0),
    target="equilibrium",
)
