"""Theorem 1 of Sokota et al. (ICLR 2024): mirror descent with exact values improves a common-payoff game monotonically.

The update is the planner's own (``solvers.updates``), applied at all decision points at once; the games are OpenSpiel's
tiny_hanabi and real Hanabi with so few cards that the whole tree can be walked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial

import numpy as np
import pyspiel
import pytest

from games.hanabi import HanabiGame
from games.hanabi.state import HanabiState
from tests.search.exact_tree import Node, action_values, build, improve, random_policy

ONE_CARD = HanabiGame(players=2, colours=1, ranks=2, hand_size=1, information_tokens=1, life_tokens=2)
TWO_COLOURS = HanabiGame(players=2, colours=2, ranks=1, hand_size=1, information_tokens=1, life_tokens=1)


def tiny_hanabi() -> Node:
    def expand(state: pyspiel.State) -> tuple[float, Hashable | None, list[object], list[float]]:
        if state.is_terminal():
            return state.returns()[0], None, [], []
        if state.is_chance_node():
            outcomes = state.chance_outcomes()
            return 0.0, None, [state.child(a) for a, _ in outcomes], [p for _, p in outcomes]
        children = [state.child(a) for a in state.legal_actions()]
        return 0.0, state.information_state_string(), children, []

    return build(pyspiel.load_game("tiny_hanabi").new_initial_state(), expand)


def hanabi(game: HanabiGame) -> Node:
    """The whole tree of a tiny Hanabi: chance draws an order of the deck, players see their views."""

    def decks(counts: tuple[int, ...]) -> list[tuple[list[int], float]]:
        total = sum(counts)
        if total == 0:
            return [([], 1.0)]
        found = []
        for card, count in enumerate(counts):
            if count:
                rest = (*counts[:card], count - 1, *counts[card + 1 :])
                found += [([card, *deck], p * count / total) for deck, p in decks(rest)]
        return found

    def expand(item: object) -> tuple[float, Hashable | None, list[object], list[float]]:
        if item is None:
            chances = decks(game.copies * game.colours)
            roots: list[object] = [(HanabiState(game, deck), ((), ())) for deck, _ in chances]
            return 0.0, None, roots, [p for _, p in chances]
        state, seen = item  # type: ignore[misc]
        if state.is_terminal:
            return float(state.score), None, [], []
        seat = state.current_player
        key = (seat, *seen[seat], state.view(seat).tobytes())
        children: list[object] = []
        for move in state.legal_moves():
            child = state.copy()
            child.apply(move)
            views = tuple((*seen[s], state.view(s).tobytes()) for s in range(2))
            children.append((child, views))
        return 0.0, key, children, []

    return build(None, expand)


@pytest.mark.parametrize(
    ("game", "eta", "optimum", "steps", "starts"),
    [
        (tiny_hanabi, 0.05, 10.0, 15, 3),
        (partial(hanabi, ONE_CARD), 0.1, 2.0, 15, 3),
        (partial(hanabi, TWO_COLOURS), 0.2, 2.0, 4, 1),
    ],
    ids=["tiny_hanabi", "one-card", "two-colours"],
)
def test_mirror_descent_with_exact_values_improves_monotonically(
    game: Callable[[], Node], eta: float, optimum: float, steps: int, starts: int
) -> None:
    tree = game()
    for seed in range(starts):
        policy = random_policy(tree, seed)
        value, q = action_values(tree, policy)
        first = value
        for _ in range(steps):
            policy = improve(policy, q, eta)
            improved, q = action_values(tree, policy)
            assert improved >= value - 1e-12
            value = improved
        assert first + 1e-3 < value <= optimum + 1e-9  # strictly, unless at a local optimum


def test_too_large_a_step_can_make_things_worse() -> None:
    """The step must be small: with greedy steps both players of tiny_hanabi change at once and can miss each other."""
    worse = 0
    tree = tiny_hanabi()
    for seed in range(40):
        policy = random_policy(tree, seed)
        value, q = action_values(tree, policy)
        worse += action_values(tree, improve(policy, q, 100.0))[0] < value - 1e-9
    assert worse > 0


def test_the_tree_of_tiny_hanabi_has_openspiels_value() -> None:
    tree = tiny_hanabi()
    policy = random_policy(tree, 0)
    value, _ = action_values(tree, policy)
    game = pyspiel.load_game("tiny_hanabi")
    tabular = {str(key): [(int(a), float(p)) for a, p in enumerate(pi)] for key, pi in policy.items()}
    expected = pyspiel.expected_returns(game.new_initial_state(), pyspiel.TabularPolicy(tabular), -1, True)[0]
    assert value == pytest.approx(expected, abs=1e-12)
    assert np.isfinite(value)
