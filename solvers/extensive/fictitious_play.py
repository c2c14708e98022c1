r"""Extensive-form fictitious play: always a best response to the average of what the opponent has played.

With ``b`` a pure best response and averages of realisation weights, not of behavioural probabilities,

.. math:: b_t = \arg\max_x \langle x, A \bar y_t \rangle, \qquad
          \bar x_{t+1} = \Big(1 - \frac{1}{t+1}\Big) \bar x_t + \frac{1}{t+1}\, b_t,

so that it is fictitious play (Brown 1951) of the reduced normal form without ever writing that down (Heinrich, Lanctot
and Silver, "Fictitious self-play in extensive-form games", ICML 2015). The initial policy counts as the first play. The
average converges (Robinson 1951); exploitability falls by about ``1 / sqrt(T)`` in practice, slower than regret
minimisation. Ties go to the first action. Where the average does not come the policy is the best response.

The iterate is the average itself, so ``returns="last"``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games._base.jit import borrowed, kernel
from solvers.extensive.algorithm import Algorithm, Settings
from solvers.extensive.state import MEMORY, PARAMETER, POLICY, STEP_TYPE, VALUES, WEIGHTS
from solvers.updates import best_action

FRESH = PARAMETER  # weight of the best response in the new average
RESPONSE = MEMORY  # realisation weights of the best response

_LEAST = 1e-290  # weight from which on an infoset counts as one that the average comes to: parts of less lose digits


@kernel(STEP_TYPE)
def step(parent, first, state, numbers):
    """Take one step: a best response from the leaves, then its average from the root (``STEP_TYPE``)."""
    state = borrowed(state)
    values, policy, average, response = state[VALUES], state[POLICY], state[WEIGHTS], state[RESPONSE]
    fresh = numbers[FRESH]
    for i in range(parent.shape[0] - 1, -1, -1):
        best = best_action(values, values, first[i], first[i + 1])
        for s in range(first[i], first[i + 1]):
            response[s] = 1.0 if s == best else 0.0
        values[parent[i]] += values[best]
    response[0] = 1.0
    for i in range(parent.shape[0]):
        played, reach = response[parent[i]], average[parent[i]]
        before = (1.0 - fresh) * reach
        total = before + fresh * played
        for s in range(first[i], first[i + 1]):
            if total > _LEAST:
                policy[s] = (before * policy[s] + fresh * played * response[s]) / total
            else:
                policy[s] = response[s]
            response[s] *= played


def _numbers(settings: Settings, first: int, count: int) -> NDArray[np.float64]:
    return (1.0 / np.arange(first + 1, first + count + 1, dtype=np.float64))[:, None]


ALGORITHMS = (
    Algorithm(
        name="fictitious-play",
        title="extensive-form fictitious play",
        source="Heinrich, Lanctot and Silver, ICML 2015",
        step=step,
        numbers=_numbers,
        memory=1,
        returns="last",
        alternating=False,
    ),
)
