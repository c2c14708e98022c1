"""Values and best responses in games of any number of players and any utilities (``games.extensive.general``).

With perfect recall a best response is found as for two players (``solvers.extensive.evaluation``): every terminal
history gives the player's sequence there its utility, times the probability that chance and all others play to it; one
sweep from the leaves to the root then adds what follows, under the policy or with the best action. NashConv is what the
players gain together; in a game of more than two players a policy with NashConv 0 is a Nash equilibrium, but players
who each take their part from different equilibria need not play one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from games._base.jit import kernel
from games.arrays import far_middle
from games.extensive.game import Floats
from games.extensive.general import GeneralGame
from solvers.evaluation import Evaluation
from solvers.extensive.evaluation import (
    Regrets,
    add_best_that_follows,
    add_what_follows,
    gain,
    greedy,
    realisation_weights_of,
    realise,
    regrets_of_values,
)


@kernel
def _realise(tree, policy, weights):
    realise(tree, policy, weights)


@kernel
def _add_what_follows(tree, policy, values, best_values):
    add_what_follows(tree, policy, values)
    add_best_that_follows(tree, best_values)


def evaluate_general(game: GeneralGame, policy: Sequence[Floats]) -> Evaluation:
    """Return the values of a policy, an array [S] for each player, and of best responses to it."""
    reaches = []
    for tree, part, at_end in zip(game.treeplexes, policy, game.at_end, strict=True):
        weights = np.empty(len(part))
        _realise(tree, part, weights)
        reaches.append(weights[at_end])
    values, best_values, gained = list[float](), list[float](), list[float]()
    for player, tree in enumerate(game.treeplexes):
        others = game.chances.copy()
        for other, reach in enumerate(reaches):
            if other != player:
                others *= reach
        own = game.utilities[player]
        middle = float(far_middle(own.min(), own.max()))
        gains = np.bincount(game.at_end[player], others * (own - middle), len(policy[player]))
        best = gains.copy()
        _add_what_follows(tree, policy[player], gains, best)
        values.append(float(gains[0]) + middle)
        best_values.append(float(best[0]) + middle)
        gained.append(gain(tree, policy[player], best))
    return Evaluation(tuple(values), tuple(best_values), tuple(gained))


def general_values(game: GeneralGame, policy: Sequence[Floats], player: int) -> tuple[Floats, Floats]:
    """Return a player's counterfactual values [S] against the others, with the own policy and with best responses."""
    others = game.chances.copy()
    for other, (tree, part) in enumerate(zip(game.treeplexes, policy, strict=True)):
        if other != player:
            others *= realisation_weights_of(tree, part)[game.at_end[other]]
    weighted = np.bincount(game.at_end[player], others * game.utilities[player], len(policy[player]))
    values = weighted.astype(np.float64)
    best = values.copy()
    _add_what_follows(game.treeplexes[player], policy[player], values, best)
    return values, best


def general_best_response(game: GeneralGame, policy: Sequence[Floats], player: int) -> Floats:
    """Return a player's best response [S] to the others' policies: probabilities 0 and 1."""
    best = general_values(game, policy, player)[1]
    response = np.empty_like(best)
    greedy(game.treeplexes[player], best, response)
    return response


def general_regrets(game: GeneralGame, policy: Sequence[Floats], player: int) -> Regrets:
    """Return a player's regret at every infoset (``solvers.extensive.evaluation.Regrets``)."""
    return regrets_of_values(game.treeplexes[player], policy[player], *general_values(game, policy, player))
