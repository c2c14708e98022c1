r"""Quantal response equilibria of extensive-form games: their magnet, and the certificates of both kinds.

**Dilated form** (the reduced normal form's QRE). In the game where player ``p`` maximises ``u_p - alpha D(x; rho)``
(see ``solvers.extensive.dilated_mirror_descent``) the best response to the opponent is a soft maximum ``b``, and what
it gains over ``x`` is exactly

.. math:: \alpha D(x; b) = \alpha \sum_i x[parent_i]\, KL(\pi_i \,\|\, b_i),

since the objective is linear but for ``D``. The sum over both players is the saddle-point gap of the regularised game:
0 exactly at the QRE, and summed without cancellation (``solvers.divergence``), so that gaps far below 1e-12 mean what
they say.

**Agent form** (AQRE). The fixed-point equation at every infoset is ``pi = b``, ``b(a) ~ rho(a) exp(q(a) / alpha)``; the
residual is the largest ``|pi(a) - b(a)|``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games.extensive.game import ExtensiveGame, Policy
from games.extensive.policies import checked_policy, uniform_policy
from games.extensive.reach import Reach, add_reach_that_follows, reach_of
from solvers.divergence import divergence_term
from solvers.extensive.evaluation import add_what_follows, gradient, realise
from solvers.extensive.soft_maximum import dilated_soft_maximum, piece_begin, soft_maximum
from solvers.updates import tilt

FloatArray = NDArray[np.float64]
LogPolicy = tuple[FloatArray, FloatArray]

_LEAST_REACH = 1e-290


@kernel
def _plans(tree, logits, policy, tops, sums):
    dilated_soft_maximum(tree.parent, tree.first, logits, policy, tops, sums)


@kernel
def _regularised_gain(tree, payoffs, other_tree, policy, other_policy, log_magnet, alpha, best, scratch):
    """Return a player's gain by the soft best response, whose log-probabilities [S] are written to ``best``."""
    other_weights = np.empty(other_policy.shape[0])
    realise(other_tree, other_policy, other_weights)
    gradient(payoffs, other_weights, best)
    tilt(log_magnet, best, 0.0, 1.0 / alpha, log_magnet, 0.0, best)
    dilated_soft_maximum(tree.parent, tree.first, best, scratch[0], scratch[1], scratch[2])
    weights = scratch[0]
    realise(tree, policy, weights)
    total = 0.0
    for i in range(tree.parent.shape[0]):
        divergence = 0.0
        for s in range(tree.first[i], tree.first[i + 1]):
            log_policy = np.log(policy[s]) if policy[s] != 0.0 else -np.inf  # NaN goes on into the gap
            divergence += divergence_term(policy[s], log_policy, best[s])
        total += weights[tree.parent[i]] * divergence
    return alpha * total


@kernel
def _agent_residual(tree, payoffs, other_tree, policy, other_policy, log_magnet, alpha, reach, scratch):
    """Return the largest difference between the policy and the softmax of the module."""
    other_weights = np.empty(other_policy.shape[0])
    realise(other_tree, other_policy, other_weights)
    values, best, tops, sums, reaches = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    gradient(payoffs, other_weights, values)
    add_what_follows(tree, policy, values)
    gradient(reach, other_weights, reaches)
    add_reach_that_follows(reach.into, reaches)
    for s in range(1, values.shape[0]):
        probability = reaches[tree.owner[s]]
        values[s] = values[s] / probability if probability > _LEAST_REACH else 0.0
    tilt(log_magnet, values, 0.0, 1.0 / alpha, log_magnet, 0.0, values)
    end = tree.parent.shape[0]
    while end > 0:
        begin = piece_begin(tree.first, end)
        soft_maximum(tree.first, begin, end, values, best, tops, sums)
        end = begin
    worst = 0.0
    for s in range(1, values.shape[0]):
        difference = abs(policy[s] - best[s])
        if not difference <= worst:
            worst = difference
    return worst


def log_plan_magnet(game: ExtensiveGame) -> LogPolicy:
    """Return for each player the log-probabilities [S] of the policy under which all reduced pure strategies (plans)
    are equally probable: that of an action is in proportion to the number of plans for what follows it."""
    logs = []
    for player, tree in enumerate(game.treeplexes):
        logits, rest = np.zeros(game.sequences[player]), np.empty((3, game.sequences[player]))
        _plans(tree, logits, rest[0], rest[1], rest[2])
        logits[0] = 0.0
        logs.append(logits)
    return logs[0], logs[1]


def log_policy(game: ExtensiveGame, policy: Policy) -> LogPolicy:
    """Return the log-probabilities of a policy of full support; raises ``ValueError`` if it is not."""
    checked = checked_policy(game, policy)
    if any((part <= 0.0).any() for part in checked):
        raise ValueError("a magnet must be positive for every action")
    return np.log(checked[0]), np.log(checked[1])


def regularised_gap(game: ExtensiveGame, policy: Policy, alpha: float, log_magnet: LogPolicy | None = None) -> float:
    """Return the saddle-point gap of the game regularised by ``alpha`` > 0, in units of utility (see the module).

    ``log_magnet``: log-probabilities for each player [S]; those of the equally probable plans by default, which makes
    it the gap of the reduced normal form's QRE. Raises ``ValueError`` for a policy that is none.
    """
    checked = checked_policy(game, policy)
    magnets = log_plan_magnet(game) if log_magnet is None else log_magnet
    total, trees = 0.0, game.treeplexes
    for p in (0, 1):
        best, scratch = np.empty(game.sequences[p]), np.empty((3, game.sequences[p]))
        arguments = (trees[p], game.payoffs[p], trees[1 - p], checked[p], checked[1 - p], magnets[p])
        total += _regularised_gain(*arguments, _positive(alpha), best, scratch)
    return total


def agent_residual(
    game: ExtensiveGame,
    policy: Policy,
    alpha: float,
    log_magnet: LogPolicy | None = None,
    reaches: tuple[Reach, Reach] | None = None,
) -> float:
    """Return the residual of the AQRE equation at temperature ``alpha`` > 0, a probability (see the module).

    ``log_magnet``: log-probabilities for each player [S]; uniform by default. ``reaches``: those of the game, if they
    are at hand. Raises ``ValueError`` for a policy that is none, or if the game's chance probabilities are not known.
    """
    checked = checked_policy(game, policy)
    magnets = log_policy(game, uniform_policy(game)) if log_magnet is None else log_magnet
    known = reach_of(game) if reaches is None else reaches
    residuals, trees = [0.0], game.treeplexes
    for p in (0, 1):
        scratch = np.empty((5, game.sequences[p]))
        arguments = (trees[p], game.payoffs[p], trees[1 - p], checked[p], checked[1 - p], magnets[p])
        residuals.append(_agent_residual(*arguments, _positive(alpha), known[p], scratch))
    return float(np.max(residuals))


def _positive(alpha: float) -> float:
    if not (alpha > 0.0 and np.isfinite(alpha)):
        raise ValueError(f"a quantal response needs a temperature alpha above 0, not {alpha}")
    return float(alpha)
