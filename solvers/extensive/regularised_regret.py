r"""RTCFR+: regret matching whose last iterate goes to a Nash equilibrium, by a regularisation that moves.

CFR+ circles in its last iterate; on a game that is *strongly* monotone it does not. So the game is made so (Meng, Yang,
Zhang, Ge, Yang, Ding, Li, An and Gao, "Efficient last-iterate convergence in solving extensive-form games", NeurIPS
2025, who call this reward-transformation CFR+ and prove that CFR+ converges in its last iterate on each perturbed
regularised game): with ``x`` the player's realisation weights, ``r`` those of a reference and ``g`` the gradient, each
sequence is worth

.. math:: g[s] - \mu\,(x[s] - r[s]) ,

and every ``period`` iterations the reference becomes the current policy: a proximal-point method whose stages are
solved by CFR+, the sibling of ``mmd-reset``. Policies are perturbed, ``(1 - gamma n) sigma + gamma`` at an infoset of
``n`` actions, so that nothing has probability 0; ``gamma`` is halved at each change of the reference. Of a policy that
is played with such errors the regret of an action is ``(1 - gamma n)`` times that of ``sigma``, a factor that regret
matching does not see; parents get the value of the policy played.

``mu`` is ``alpha``, the weight of the regularisation, by default 0.01 times the largest chance-weighted payoff of a
terminal history: the same game in another unit has the same iterates. That unit, the default of ``period`` and the way
in which perturbed policies enter the regrets are ours. No rate is claimed; the exploitability, which is exact, says how
far it got.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games._base.jit import borrowed, kernel
from solvers.extensive.algorithm import Algorithm, Settings
from solvers.extensive.magnetic import largest_payoff
from solvers.extensive.state import MEMORY, PARAMETER, POLICY, STEP_TYPE, VALUES, WEIGHTS
from solvers.schedules import Constant
from solvers.updates import REGRET_MATCHING_PLUS, mean_value, normalise_weights, regret_matching_update

WEIGHT_OF_PAYOFF = 0.01
"""The default of ``mu`` in units of the largest entry of the payoff matrix."""

REGRET, REFERENCE = MEMORY, MEMORY + 1
MU, GAMMA, RESET = PARAMETER, PARAMETER + 1, PARAMETER + 2


@kernel(STEP_TYPE)
def step(parent, first, state, numbers):
    """Take one step: a sweep from the leaves (``solvers.extensive.state.STEP_TYPE``)."""
    state = borrowed(state)
    values, policy, weights = state[VALUES], state[POLICY], state[WEIGHTS]
    regrets, reference = state[REGRET], state[REFERENCE]
    mu, gamma = numbers[MU], numbers[GAMMA]
    if numbers[RESET] > 0.0:
        reference[:] = weights
    for s in range(1, values.shape[0]):
        values[s] -= mu * (weights[s] - reference[s])
    for i in range(parent.shape[0] - 1, -1, -1):
        start, stop = first[i], first[i + 1]
        kept = 1.0 - gamma * (stop - start)
        total = 0.0
        for s in range(start, stop):
            total += values[s]
        mean = mean_value(policy, values, start, stop)
        values[parent[i]] += mean
        own = (mean - gamma * total) / kept
        positive = regret_matching_update(values, own, False, REGRET_MATCHING_PLUS, start, stop, regrets, policy)
        normalise_weights(policy, positive, start, stop)
        for s in range(start, stop):
            policy[s] = kept * policy[s] + gamma


def numbers(settings: Settings, first: int, count: int) -> NDArray[np.float64]:
    """Return mu, gamma, and whether the reference changes, [count, 3]."""
    own = settings.parameters
    period = own["period"]
    if not (period >= 1.0 and period % 1.0 == 0.0):
        raise ValueError(f"period must be a whole number of iterations of at least 1, not {period}")
    before = np.arange(first - 1, first - 1 + count)
    stage = before // int(period)
    out = np.empty((count, 3))
    out[:, 0] = settings.temperature.values(first, count)
    out[:, 1] = own["gamma"] * 0.5 ** np.minimum(stage, 1000)
    out[:, 2] = before % int(period) == 0
    return out


ALGORITHMS = (
    Algorithm(
        name="rtcfr+",
        title="reward-transformation CFR+",
        source="Meng et al., NeurIPS 2025",
        step=step,
        numbers=numbers,
        memory=2,
        returns="last",
        temperature=Constant(0.01),
        temperature_of=lambda game: Constant(WEIGHT_OF_PAYOFF * largest_payoff(game)),
        parameters={"gamma": 1e-10, "period": 100.0},
        limits={"gamma": (0.0, 1e-3)},
    ),
)
