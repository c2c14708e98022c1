r"""Magnetic mirror descent at every infoset, from action values: an agent quantal response equilibrium (AQRE).

.. math:: q(a) = \frac{v(a)}{reach(i)}, \qquad
          \pi_{t+1}(a) \propto \bigl[\pi_t(a)\, \rho(a)^{\eta\alpha}\, e^{\eta q(a)}\bigr]^{1/(1+\eta\alpha)}

with ``v`` the counterfactual values of the current policies and ``reach`` the probability that chance and the opponent
play to the infoset (``games.extensive.reach``), so that ``q(a)`` is the expected utility of the action given that the
infoset has been reached (Sokota et al., ICLR 2023, arXiv:2206.05825). A fixed point is ``pi ~ rho e^(q / alpha)`` at
every infoset, an ``alpha``-AQRE if the magnet is uniform (McKelvey and Palfrey, "Quantal response equilibria for
extensive form games", Experimental Economics 1998). Convergence to it is what the paper found in its experiments; no
theorem says so, and too long a step does not converge. The certificate is the largest violation of that equation.

An infoset that chance and the opponent never reach (their policies have full support, but may underflow) has no action
values: ``q = 0`` there, and its policy goes to the magnet.

The paper's settings are ``eta = alpha / 10`` (the default) for ``alpha`` of .05, .1, .2 and .5, and 50,000 iterations,
both players at once.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel
from games.extensive.game import ExtensiveGame
from solvers.extensive.algorithm import Algorithm, Settings
from solvers.extensive.magnetic import MAGNET_RATE, PULL, SOURCE, STEP, magnetic_numbers, proportional
from solvers.extensive.soft_maximum import piece_begin, soft_maximum
from solvers.extensive.state import ITERATION, MAGNET, MEMORY, POLICY, STEP_TYPE, VALUES
from solvers.schedules import Constant, Schedule
from solvers.updates import tilt

REACH = MEMORY  # [I], written by the driver
LOG_POLICY = MEMORY + 1  # log-probabilities of the current iterate, up to a constant at each infoset
TOPS = MEMORY + 2
SUMS = MEMORY + 3
ROWS = 4

_LEAST_REACH = 1e-290  # below, quotients lose their digits
_index = np.uint64  # see solvers.extensive.evaluation
_ONE = np.uint64(1)


@jitable(error_model="numpy")
def action_values(parent, first, begin, end, policy, values, reach):
    """Divide the counterfactual values of infosets ``begin .. end-1`` by their reach, having added them to parents'."""
    start = _index(first[end])
    i = _index(end)
    while i > _index(begin):
        i -= _ONE
        start, stop = _index(first[i]), start
        mean = 0.0
        s = start
        while s < stop:
            mean += policy[s] * values[s]
            s += _ONE
        values[_index(parent[i])] += mean
        scale = 1.0 / reach[i] if reach[i] > _LEAST_REACH else 0.0
        s = start
        while s < stop:
            values[s] *= scale
            s += _ONE


@kernel(STEP_TYPE)
def step(parent, first, state, numbers):
    """Take one step (``solvers.extensive.state.STEP_TYPE``)."""
    policy, values, magnet, log_policy = state[POLICY], state[VALUES], state[MAGNET], state[LOG_POLICY]
    if numbers[ITERATION] == 1.0:
        for s in range(policy.shape[0]):
            log_policy[s] = np.log(policy[s])
    rate = numbers[MAGNET_RATE]
    end = parent.shape[0]
    while end > 0:
        begin = piece_begin(first, end)
        action_values(parent, first, begin, end, policy, values, state[REACH])
        start, stop = first[begin], first[end]
        logits, anchor, q = log_policy[start:stop], magnet[start:stop], values[start:stop]
        tilt(logits, q, 0.0, numbers[STEP], anchor, numbers[PULL], logits)
        soft_maximum(first, begin, end, log_policy, policy, state[TOPS], state[SUMS])
        if rate > 0.0:
            tilt(anchor, q, 0.0, 0.0, logits, rate, anchor)
        end = begin


def default_step(game: ExtensiveGame, settings: Settings) -> Schedule:
    """Return ``alpha / 10``, and 0.1 at temperature 0."""
    if isinstance(settings.temperature, Constant) and settings.temperature.value == 0.0:
        return Constant(0.1)
    return proportional(settings.temperature, 0.1)


ALGORITHMS = (
    Algorithm(
        name="mmd-behavioural",
        title="magnetic mirror descent at every infoset",
        source=SOURCE,
        step=step,
        numbers=magnetic_numbers,
        memory=ROWS,
        target="agent-quantal-response",
        returns="last",
        alternating=False,
        step_size=Constant(0.01),
        step_size_of=default_step,
        temperature=Constant(0.1),
        logarithmic=True,
        reach=True,
    ),
)
