r"""Mirror descent policy optimisation (MDPO) in its exact, tabular form, on-policy and off-policy.

.. math:: \pi_{k+1} = \arg\max_\pi \langle A_k, \pi\rangle - \lambda KL(\pi\,\|\,\mu) - \tfrac{1}{t_k}
KL(\pi\,\|\,\pi_k)
          \propto \bigl[\pi_k\, \mu^{t_k \lambda}\, e^{t_k A_k}\bigr]^{1/(1 + t_k \lambda)}

with the advantages ``A_k = P pi_k - <pi_k, P pi_k>`` (the constant drops out), a trust region of width ``t_k`` and the
entropy weight ``lambda = beta``; the entropy is taken relative to the reference, which is the entropy itself where the
reference is uniform (Tomar et al., ICLR 2022, arXiv:2005.09814). It is magnetic mirror descent with a schedule, whose
theorem holds for a constant ``t_k <= beta / L^2``. The default falls like ``1 / (lambda k)``, as the trust regions with
which Shani et al. (2020, arXiv:1909.02769), on whom MDPO builds, have the fast rate of regularised problems:
``t_k = 1 / (lambda (k + k_0))``, started at ``1 / L`` at most. Without regularisation it is ``1 / (L sqrt(k))``, and
the last iterate need not converge.

Off-policy, the values come from a critic that learns from what older policies met,

.. math:: \bar q_k = (1 - \kappa)\, \bar q_{k-1} + \kappa\, P \pi_k, \qquad \bar q_1 = P \pi_1,

the tabular form of a critic trained from a replay buffer of mean age ``1 / kappa`` iterations. No theorem covers it;
its fixed points are those of the on-policy form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from solvers.normal_form import magnetic_mirror_descent
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.magnetic_mirror_descent import magnetic_step
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import (
    ITERATION,
    MEMORY,
    PARAMETER,
    REFERENCE,
    STEP_TYPE,
    VALUES,
    ask_current,
)
from solvers.schedules import Power, Schedule

CRITIC = MEMORY


@dataclass(frozen=True)
class AdaptiveTrustRegion:
    """``1 / (beta (t + offset))``, ``t = 1, 2, ...``"""

    beta: float
    offset: float

    def values(self, first: int, count: int) -> NDArray[np.float64]:
        return 1.0 / (self.beta * (np.arange(first, first + count, dtype=np.float64) + self.offset))

    def __str__(self) -> str:
        return f"1 / ({self.beta:.6g} (t + {self.offset:.6g}))"


@kernel(STEP_TYPE)
def off_policy_step(phase, state, first, numbers):
    """Teach the critic and take one step by it (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
        return
    rate = 1.0 if numbers[ITERATION] == 1.0 else numbers[PARAMETER]
    for a in range(state.shape[1]):
        state[CRITIC, a] += rate * (state[VALUES, a] - state[CRITIC, a])
    magnetic_step(state, first, CRITIC, REFERENCE, numbers)


def default_step(problem: Problem) -> Schedule:
    """Return ``1 / (beta (k + k_0))`` from ``1 / L`` down; at beta 0 ``1 / (L sqrt(k))``."""
    if problem.beta == 0.0:
        return Power(1.0 / problem.half_range)
    return AdaptiveTrustRegion(problem.beta, max(1.0, problem.half_range / problem.beta - 1.0))


ALGORITHM = Algorithm(
    name="mdpo",
    title="mirror descent policy optimisation, on-policy",
    source="Tomar et al., ICLR 2022, arXiv:2005.09814",
    step=magnetic_mirror_descent.step,
    default_step=default_step,
    bound=magnetic_mirror_descent.bound,
)

OFF_POLICY = Algorithm(
    name="mdpo-off-policy",
    title="mirror descent policy optimisation, off-policy",
    source="Tomar et al., ICLR 2022, arXiv:2005.09814",
    step=off_policy_step,
    default_step=default_step,
    memory=1,
    parameters={"kappa": 0.5},
    limits={"kappa": (1e-6, 1.0)},
)
