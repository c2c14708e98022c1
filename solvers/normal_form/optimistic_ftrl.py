r"""Optimistic follow-the-regularised-leader (OFTRL): a best response, smoothed, to the past with its end counted twice.

.. math:: \pi_{t+1} \propto \pi_1 \exp\Bigl(\eta_t \Bigl[\sum_{s \le t} r_s + r_t\Bigr]\Bigr), \qquad r_t = P \pi_t

With the entropy as regulariser and a constant step these are the iterates of optimistic mirror descent, whose bound
holds (``solvers.normal_form.optimistic_mirror_descent``; Rakhlin and Sridharan 2013; Syrgkanis et al. 2015). With
other steps they are not: here a decreasing ``eta_t`` scales all of the past, so that early values keep their weight,
which is what sampled feedback wants.
"""

from __future__ import annotations

from games._base.jit import kernel
from solvers.normal_form import optimistic_mirror_descent
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.dual_averaging import add_values, remember_start
from solvers.normal_form.state import MEMORY, POLICY, STEP, STEP_TYPE, VALUES, ask_current, move
from solvers.updates import tilt

START = MEMORY  # log-probabilities of the first policy
SUM = MEMORY + 1  # of all values, up to a constant


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        remember_start(state, numbers, START)
        ask_current(state)
        return
    eta = numbers[STEP]
    add_values(state, SUM, 1.0, first)
    tilt(state[START], state[SUM], 0.0, eta, state[START], 0.0, state[POLICY])
    move(state, first, POLICY, VALUES, eta, POLICY, 0.0)


ALGORITHM = Algorithm(
    name="optimistic-ftrl",
    title="optimistic follow-the-regularised-leader",
    source="Syrgkanis et al., NeurIPS 2015, arXiv:1507.00407",
    step=step,
    default_step=optimistic_mirror_descent.default_step,
    target="equilibrium",
    returns="average",
    memory=2,
    largest_step=optimistic_mirror_descent.largest_step,
    bound=optimistic_mirror_descent.bound,
)
