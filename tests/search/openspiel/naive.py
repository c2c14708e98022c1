"""Posterior action values by recursion over ``pyspiel`` states and dictionaries: the slow, obvious definition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Policy = Callable[[Any], dict[int, float]]
"""state → {action: probability} of the player to move."""


def outcomes(state: Any, policy: Policy) -> list[tuple[int, float]]:
    return state.chance_outcomes() if state.is_chance_node() else list(policy(state).items())


def expectation(state: Any, policy: Policy) -> list[float]:
    """Return everybody's expected utility."""
    if state.is_terminal():
        return list(state.returns())
    total = [0.0] * state.num_players()
    for action, probability in outcomes(state, policy):
        for player, value in enumerate(expectation(state.child(action), policy)):
            total[player] += probability * value
    return total


def posterior(game: Any, policy: Policy) -> dict[tuple[int, str], dict[str, float]]:
    """Return (player, information state) → {history: probability}, all players' reach weighed in."""
    weights: dict[tuple[int, str], dict[str, float]] = defaultdict(dict)

    def walk(state: Any, reach: float) -> None:
        if state.is_terminal():
            return
        if not state.is_chance_node():
            weights[state.current_player(), state.information_state_string()][str(state.history())] = reach
        for action, probability in outcomes(state, policy):
            walk(state.child(action), reach * probability)

    walk(game.new_initial_state(), 1.0)
    return {
        infoset: {history: weight / sum(found.values()) for history, weight in found.items()}
        for infoset, found in weights.items()
    }


def action_values(game: Any, policy: Policy) -> dict[tuple[int, str], dict[int, float]]:
    """Return (player, information state) → {action: expected utility given that the information state is reached}."""
    weights = posterior(game, policy)
    values: dict[tuple[int, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))

    def walk(state: Any) -> None:
        if state.is_terminal():
            return
        if not state.is_chance_node():
            player = state.current_player()
            infoset = (player, state.information_state_string())
            for action in state.legal_actions():
                value = expectation(state.child(action), policy)[player]
                values[infoset][action] += weights[infoset][str(state.history())] * value
        for action in state.legal_actions():
            walk(state.child(action))

    walk(game.new_initial_state())
    return {infoset: dict(found) for infoset, found in values.items()}
