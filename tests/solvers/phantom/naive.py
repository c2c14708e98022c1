"""Exact evaluation of phantom games by walking every joint history."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from games.phantom.information_states import InformationStates
from games.phantom.policies import Policies, uniform_policies
from games.phantom.sequences import attempts_of, row_of
from tests.games.phantom.naive import Attempts, Position, attempt, legal, start


class Evaluation(NamedTuple):
    value: float
    best_response_values: tuple[float, float]
    attempt_values: tuple[dict[tuple[Attempts, int], float], dict[tuple[Attempts, int], float]]
    """Counterfactual values of all attempts, in each player's own units."""
    reaches: tuple[dict[Attempts, float], dict[Attempts, float]]
    """The opponent's reach of all histories in which the player decides after these attempts."""


def evaluate(states: InformationStates, policies: Policies) -> Evaluation:
    game = states.game
    known: tuple[dict[Attempts, list[float]], dict[Attempts, list[float]]] = ({}, {})
    # What the games that end after an own sequence are worth, weighted by the opponent's reach.
    ends = [defaultdict(float), defaultdict(float)]
    attempt_values = [defaultdict(float), defaultdict(float)]
    reaches = [defaultdict(float), defaultdict(float)]

    def probabilities(player: int, attempts: Attempts) -> list[float]:
        if attempts not in known[player]:
            known[player][attempts] = policies[player][row_of(states, player, attempts)].tolist()
        return known[player][attempts]

    def walk(position: Position, reach: tuple[float, float]) -> float:
        if position.utility is not None:
            for player in range(2):
                sign = 1.0 - 2.0 * player
                ends[player][position.attempts[player]] += sign * position.utility * reach[1 - player]
            return position.utility
        player = position.player
        mine = position.attempts[player]
        row, value = probabilities(player, mine), 0.0
        reaches[player][mine] += reach[1 - player]
        for cell in legal(game, position):
            after = (reach[0] * row[cell], reach[1]) if player == 0 else (reach[0], reach[1] * row[cell])
            worth = walk(attempt(game, position, cell), after)
            attempt_values[player][mine, cell] += (1.0 - 2.0 * player) * worth * reach[1 - player]
            value += row[cell] * worth
        return value

    value = walk(start(), (1.0, 1.0))
    best = [_best(game.cells, ends[player], set(reaches[player])) for player in range(2)]
    return Evaluation(value, (best[0], best[1]), (attempt_values[0], attempt_values[1]), (reaches[0], reaches[1]))


def _best(cells: int, ends: dict[Attempts, float], deciding: set[Attempts], attempts: Attempts = ()) -> float:
    """The value of a best response from an own sequence on."""
    value = ends.get(attempts, 0.0)
    if attempts not in deciding:
        return value
    options = []
    for cell in set(range(cells)) - {cell for cell, _ in attempts}:
        children = [(*attempts, (cell, refused)) for refused in (False, True)]
        options.append(sum(_best(cells, ends, deciding, child) for child in children))
    return value + max(options)


def regret_matching_plus(states: InformationStates, iterations: int, predictive: bool) -> Policies:
    """The average of CFR+ or PCFR+ by their definitions, with regrets below 1e-13 taken for rounding errors."""
    policy = list(uniform_policies(states.game))
    legal = [array > 0.0 for array in policy]
    regrets, sums = [np.zeros_like(array) for array in policy], [np.zeros_like(array) for array in policy]
    for t in range(1, iterations + 1):
        for player in range(2):
            found = evaluate(states, (policy[0], policy[1]))
            new = policy[player].copy()
            for row in range(len(new)):
                attempts, old = attempts_of(states, player, row), policy[player][row]
                values = found.attempt_values[player]
                v = np.array([values.get((attempts, cell), 0.0) for cell in range(states.game.cells)])
                reach = 1.0
                for i, (cell, _) in enumerate(attempts):
                    reach *= policy[player][row_of(states, player, attempts[:i])][cell]
                sums[player][row] += t ** (2 if predictive else 1) * reach * old
                instant = np.where(legal[player][row], v - v @ old, 0.0)
                instant[abs(instant) < 1e-13] = 0.0
                regrets[player][row] = np.maximum(regrets[player][row] + instant, 0.0)
                weights = np.maximum(regrets[player][row] + predictive * instant, 0.0)
                new[row] = (weights if weights.sum() > 0.0 else legal[player][row]) / (
                    weights.sum() if weights.sum() > 0.0 else legal[player][row].sum()
                )
            policy[player] = new
    averages = []
    for total, allowed in zip(sums, legal, strict=True):
        weights = np.where(total.sum(axis=1, keepdims=True) > 0.0, total, allowed)
        averages.append(weights / weights.sum(axis=1, keepdims=True))
    return averages[0], averages[1]
