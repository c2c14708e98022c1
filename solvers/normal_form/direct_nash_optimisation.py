r"""Direct Nash optimisation (DNO), the update of its population: soft policy iteration on the win rates.

.. math:: \pi_{t+1} \propto \pi_t\, e^{r_t / \eta}, \qquad r_t(y) = P(y \succ \pi_t)

(Rosset et al. 2024, arXiv:2404.03715, which fits it by a contrastive loss on sampled pairs.) The step size of this
solver is ``1 / eta``. The last policy is returned, as DNO does. No theorem promises that it converges: where
preferences are transitive it goes to the best alternative, on a cycle it goes round and outwards; the average
(``average=True``) has the regret bound of multiplicative weights. DNO's default here is ``1/eta = 1/(2 L)``, one over
the range of the payoffs, by which no probability ratio changes by more than a factor ``e`` in one step.
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form.algorithm import Algorithm, per_range
from solvers.normal_form.state import POLICY, STEP, STEP_TYPE, VALUES, ask_current, move


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
    else:
        move(state, first, POLICY, VALUES, numbers[STEP], POLICY, 0.0)


ALGORITHM = Algorithm(
    name="dno",
    title="direct Nash optimisation",
    source="Rosset et al. 2024, arXiv:2404.03715",
    step=step,
    default_step=per_range(0.5),
    target="equilibrium",
)
