"""Slow definitions of mirror descent in extensive form: over trees, over dictionaries, and over all pure strategies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from games.extensive import Chance, Decision, ExtensiveGame, Policy
from games.extensive.tree import Node
from tests.solvers.extensive import naive as naive

Floats = npt.NDArray[np.float64]
Numbers = Sequence[float] | Floats


def updated(policy: Numbers, q: Numbers, magnet: Numbers, eta: float, alpha: float) -> list[float]:
    """The MMD update at one infoset, as its formula stands."""
    weights = [
        (p * math.exp(eta * value) * m ** (alpha * eta)) ** (1 / (1 + alpha * eta))
        for p, value, m in zip(policy, q, magnet, strict=True)
    ]
    return [weight / sum(weights) for weight in weights]


def reaches(root: Node, table: naive.Table, player: int) -> dict[str, float]:
    """Information state → sum over its histories of chance × opponent's probabilities."""
    found: dict[str, float] = {}

    def visit(node: Node, reach: float) -> None:
        if isinstance(node, Chance):
            for probability, child in node.outcomes:
                visit(child, reach * probability)
        elif isinstance(node, Decision):
            if node.player == player:
                found[node.information_state] = found.get(node.information_state, 0.0) + reach
            for a, child in enumerate(node.actions.values()):
                own = node.player == player
                visit(child, reach * (1.0 if own else table[node.player, node.information_state][a]))

    visit(root, 1.0)
    return found


def behavioural_step(root: Node, table: naive.Table, magnets: naive.Table, eta: float, alpha: float) -> naive.Table:
    """One simultaneous iteration at every infoset, from expected utilities given that it is reached."""
    following = {}
    for player in (0, 1):
        values, reach = naive.counterfactual_values(root, table, player), reaches(root, table, player)
        for state, probability in reach.items():
            policy = table[player, state]
            q = [values[state, a] / probability if probability > 0 else 0.0 for a in range(len(policy))]
            following[player, state] = updated(policy, q, magnets[player, state], eta, alpha)
    return following


def matrix(game: ExtensiveGame) -> Floats:
    """The payoff matrix of the sequence form, dense."""
    dense = np.zeros(game.sequences)
    start, column, value = game.payoffs[0]
    for s in range(game.sequences[0]):
        for k in range(start[s], start[s + 1]):
            dense[s, column[k]] += value[k]
    return dense


def weights(game: ExtensiveGame, policy: Policy, player: int) -> Floats:
    """Realisation weights."""
    tree, out = game.treeplexes[player], np.ones(game.sequences[player])
    for i, parent in enumerate(tree.parent):
        for s in range(tree.first[i], tree.first[i + 1]):
            out[s] = out[parent] * policy[player][s]
    return out


def gradients(game: ExtensiveGame, policy: Policy) -> tuple[Floats, Floats]:
    """Each player's gradient, in the player's own utility."""
    dense = matrix(game)
    return dense @ weights(game, policy, 1), -dense.T @ weights(game, policy, 0)


def dilated_step(
    game: ExtensiveGame, player: int, gradient: Floats, policy: Floats, magnet: Floats, eta: float, alpha: float
) -> Floats:
    """The maximiser of ``<g, x> - alpha D(x; magnet) - D(x; policy) / eta``, by recursion over infosets."""
    tree = game.treeplexes[player]
    out = np.ones(game.sequences[player])

    def best(sequence: int) -> float:
        """The maximum of what follows a sequence."""
        return sum(best_at(i) for i in range(len(tree.parent)) if tree.parent[i] == sequence)

    def best_at(i: int) -> float:
        actions = range(tree.first[i], tree.first[i + 1])
        q = [gradient[s] + best(s) for s in actions]
        chosen = updated([policy[s] for s in actions], q, [magnet[s] for s in actions], eta, alpha)
        out[list(actions)] = chosen
        return math.fsum(
            p * (value - alpha * math.log(p / magnet[s]) - math.log(p / policy[s]) / eta)
            for p, value, s in zip(chosen, q, actions, strict=True)
        )

    best(0)
    return out


def divergence(game: ExtensiveGame, player: int, policy: Floats, other: Floats) -> float:
    """The dilated divergence of one policy [S] from another."""
    tree = game.treeplexes[player]
    own = weights(game, (policy, policy), player)
    total = 0.0
    for i, parent in enumerate(tree.parent):
        for s in range(tree.first[i], tree.first[i + 1]):
            if policy[s] > 0:
                total += own[parent] * policy[s] * math.log(policy[s] / other[s])
    return total


def plans(game: ExtensiveGame, player: int) -> list[frozenset[int]]:
    """All reduced pure strategies, each as the set of its sequences (the empty one included)."""
    tree = game.treeplexes[player]

    def after(sequence: int) -> list[frozenset[int]]:
        parts = [at(i) for i in range(len(tree.parent)) if tree.parent[i] == sequence]
        return [frozenset().union(*choice) for choice in itertools.product(*parts)]

    def at(i: int) -> list[frozenset[int]]:
        return [plan | {s} for s in range(tree.first[i], tree.first[i + 1]) for plan in after(s)]

    return [plan | {0} for plan in after(0)]


def plan_probabilities(chosen: Sequence[frozenset[int]], policy: Floats) -> Floats:
    """The probability of each plan if every choice in it is made by the policy."""
    return np.array([math.prod(policy[s] for s in plan) for plan in chosen])


def marginals(chosen: Sequence[frozenset[int]], probabilities: Floats, sequences: int) -> Floats:
    """Realisation weights of a mixture of plans."""
    return np.array(
        [sum(p for plan, p in zip(chosen, probabilities, strict=True) if s in plan) for s in range(sequences)]
    )
