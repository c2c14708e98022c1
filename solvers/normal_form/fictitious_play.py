r"""Fictitious play: always a best response to the average of what the opponent has played.

.. math:: \bar\pi_{t+1} = \bar\pi_t + \frac{b_t - \bar\pi_t}{t + 1}, \qquad b_t = \arg\max_y\, (P \bar\pi_t)(y)

The first play is the reference; ties go to the lowest index. The average is the iterate itself, and is returned. It
converges in every zero-sum game (Robinson 1951); how fast is not known for such ties – often near ``1 / sqrt(T)``,
which Karlin conjectured, while with adversarial ties it can be exponentially slow in the number of actions (Daskalakis
and Pan 2014, arXiv:1412.4840) – so no bound is given.
"""

from __future__ import annotations

import math

from games._jit import jitable, kernel
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.regret_matching_plus import default_step
from solvers.normal_form.state import ITERATION, PROBABILITY, REFERENCE, STEP_TYPE, VALUES, ask_current


@jitable
def _respond(state, start, stop, weight):
    best = -1
    for a in range(start, stop):
        if state[REFERENCE, a] > -math.inf and (best < 0 or state[VALUES, a] > state[VALUES, best]):
            best = a
    for a in range(start, stop):
        state[PROBABILITY, a] -= weight * state[PROBABILITY, a]
    state[PROBABILITY, best] += weight


@kernel(STEP_TYPE)
def step(phase, state, first, numbers):
    """Take one step (``solvers.normal_form.state.STEP_TYPE``)."""
    if phase == 0:
        ask_current(state)
        return
    weight = 1.0 / (numbers[ITERATION] + 1.0)
    _respond(state, 0, first, weight)
    if first < state.shape[1]:
        _respond(state, first, state.shape[1], weight)


ALGORITHM = Algorithm(
    name="fictitious-play",
    title="fictitious play",
    source="Brown 1951; Robinson 1951",
    step=step,
    default_step=default_step,
    target="equilibrium",
    log_space=False,
)
