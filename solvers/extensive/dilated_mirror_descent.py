r"""Magnetic mirror descent on the sequence form, with dilated entropy: a quantal response equilibrium, linearly.

**Update.** For one player with gradient ``g = A y`` and realisation weights ``x``, let ``D(x; x')`` be the dilated
divergence: the sum over infosets of ``x[parent]`` times the Kullback-Leibler divergence of the policies there. Then

.. math:: x_{t+1} = \arg\max_x \langle g, x\rangle - \alpha D(x; \rho) - \tfrac1\eta D(x; x_t)

(Sokota et al., ICLR 2023, arXiv:2206.05825). With ``k = 1 / (1 + eta alpha)`` the maximum is found from the leaves up,

.. math:: z(a) = k\,(\log\pi_t(a) + \eta\alpha\log\rho(a) + \eta g(a)) + \sum_{j\,:\,parent(j)=a} \log Z_j, \qquad
          \pi_{t+1}(a) = e^{z(a)} / Z_i, \qquad Z_i = \sum_a e^{z(a)} .

Proof: at infoset ``i`` the terms with ``x[parent_i]`` as a factor are ``<g + V, p> - alpha KL(p; rho) - KL(p; pi_t) /
eta`` with ``V`` the maxima of the infosets below; its maximum is ``log(Z_i) / (eta k)``, at the softmax.

**Magnet.** ``D(x; rho)`` with the uniform policy is not the dilated entropy: they differ by ``sum_i x[parent_i] log
n_i``, which prefers infosets with many actions. The entropy of reduced pure strategies, that of the reduced normal
form, is got with the policy that chooses all *plans* with the same probability, ``rho(a) ~ number of plans that go on
after a`` (``log_plan_magnet``). It is the default, and the fixed point is then the ``alpha``-quantal response
equilibrium (QRE) of the reduced normal form; this and the uniform policy as the first iterate make the iterates those
of OpenSpiel's ``MMDDilatedEnt``. Any other policy of full support may be the magnet.

**Rate.** Theorem 3.4 of the paper: where the mirror map is 1-strongly convex and the payoff operator ``L``-Lipschitz,
``eta <= alpha / L^2`` gives ``D(x*; x_{t+1}) <= D(x*; x_1) / (1 + eta alpha)^t`` for both players together, in
simultaneous play. The iterates here are the marginals of those of the reduced normal form (the multiplicative weights
of a plan are products of its sequences' factors), where ``L`` is the largest expected payoff of two plans, at most the
largest utility less the smallest, halved (a constant changes nothing). That is ``largest_step``. The default is
``alpha / max |A|^2``, as in OpenSpiel: far longer steps in games with chance, where ``A`` has small entries, and
without this proof; the certificate says whether they worked.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel
from games.extensive.game import ExtensiveGame
from solvers.extensive.algorithm import Algorithm, Settings
from solvers.extensive.magnetic import (
    MAGNET_RATE,
    PULL,
    SOURCE,
    STEP,
    half_range,
    largest_payoff,
    magnetic_numbers,
    proportional,
)
from solvers.extensive.quantal_response import log_plan_magnet
from solvers.extensive.soft_maximum import dilated_soft_maximum
from solvers.extensive.state import ITERATION, MAGNET, MEMORY, POLICY, STEP_TYPE, VALUES
from solvers.schedules import Constant, Schedule
from solvers.updates import tilt

LOG_POLICY = MEMORY  # log-probabilities of the current iterate
TOPS = MEMORY + 1
SUMS = MEMORY + 2
ROWS = 3


@jitable
def remember_logarithms(state, numbers):
    """Write the logarithm of the first policy in the first iteration."""
    if numbers[ITERATION] == 1.0:
        policy, log_policy = state[POLICY], state[LOG_POLICY]
        for s in range(policy.shape[0]):
            log_policy[s] = np.log(policy[s])


@jitable
def dilated_update(parent, first, state, numbers):
    """Move the policy by one update with the gradient in ``VALUES``."""
    log_policy, values, magnet = state[LOG_POLICY], state[VALUES], state[MAGNET]
    tilt(log_policy, values, 0.0, numbers[STEP], magnet, numbers[PULL], log_policy)
    dilated_soft_maximum(parent, first, log_policy, state[POLICY], state[TOPS], state[SUMS])
    log_policy[0] = 0.0


@jitable
def dilated_magnet_update(parent, first, state, rate):
    """Move the magnet towards the policy: the plan that minimises ``(1 - rate) D(x; rho) + rate D(x; pi)``."""
    magnet, values = state[MAGNET], state[VALUES]
    tilt(magnet, values, 0.0, 0.0, state[LOG_POLICY], rate, magnet)
    if rate < 1.0:
        dilated_soft_maximum(parent, first, magnet, values, state[TOPS], state[SUMS])
        magnet[0] = 0.0


@kernel(STEP_TYPE)
def step(parent, first, state, numbers):
    """Take one step (``solvers.extensive.state.STEP_TYPE``)."""
    remember_logarithms(state, numbers)
    dilated_update(parent, first, state, numbers)
    if numbers[MAGNET_RATE] > 0.0:
        dilated_magnet_update(parent, first, state, numbers[MAGNET_RATE])


def largest_step(game: ExtensiveGame, alpha: float) -> float:
    """Return the step size up to which the rate of the module is proved: ``alpha / (utility range / 2)^2``."""
    return alpha / half_range(game) ** 2


def default_step(game: ExtensiveGame, settings: Settings) -> Schedule:
    """Return ``alpha / max|A|^2``, and ``1 / max|A|`` at temperature 0."""
    size = largest_payoff(game)
    if isinstance(settings.temperature, Constant) and settings.temperature.value == 0.0:
        return Constant(1.0 / size)
    return proportional(settings.temperature, 1.0 / size**2)


ALGORITHMS = (
    Algorithm(
        name="mmd-dilated",
        title="magnetic mirror descent with dilated entropy",
        source=SOURCE,
        step=step,
        numbers=magnetic_numbers,
        memory=ROWS,
        target="quantal-response",
        returns="last",
        alternating=False,
        step_size=Constant(1.0),
        step_size_of=default_step,
        temperature=Constant(0.1),
        log_magnet=log_plan_magnet,
        logarithmic=True,
        largest_step=largest_step,
    ),
)
