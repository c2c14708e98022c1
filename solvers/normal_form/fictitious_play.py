r"""Fictitious play: always a best response to the average of what the opponent has played.

.. math:: b_{t+1} = \arg\max_y \sum_{s \le t} (P b_s)(y), \qquad \bar\pi_T = \frac1T \sum_{t \le T} b_t

The first play is the reference; ties go to the lowest index. Values are asked against the last play and summed up
(Brown 1951), which makes sampled values average out. The average converges in every zero-sum game (Robinson 1951); how
fast is not known for such ties – often near ``1 / sqrt(T)``, which Karlin conjectured, while with adversarial ties it
can be exponentially slow in the number of actions (Daskalakis and Pan 2014) – so no bound is given.
"""

from __future__ import annotations

from games._base.jit import borrowed, jitable, kernel
from solvers.normal_form.algorithm import Algorithm, uniform_weights
from solvers.normal_form.dual_averaging import add_values
from solvers.normal_form.regret_matching_plus import default_step
from solvers.normal_form.state import MEMORY, PROBABILITY, REFERENCE, STEP_TYPE, ask_current
from solvers.updates import best_action

SUM = MEMORY  # of all values, up to a constant


@jitable
def _respond(state, start, stop):
    best = best_action(state[REFERENCE], state[SUM], start, stop)
    for a in range(start, stop):
        state[PROBABILITY, a] = 1.0 if a == best else 0.0


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
        return
    state = borrowed(state)
    add_values(state, SUM, 1.0, first)
    _respond(state, 0, first)
    if first < state.shape[1]:
        _respond(state, first, state.shape[1])


ALGORITHM = Algorithm(
    name="fictitious-play",
    title="fictitious play",
    source="Brown 1951; Robinson 1951",
    step=step,
    default_step=default_step,
    target="equilibrium",
    returns="average",
    memory=1,
    weights=uniform_weights,
    log_space=False,
)
