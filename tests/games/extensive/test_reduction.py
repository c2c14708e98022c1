"""Reduced games against the originals, by exact values (which tests/solvers/test_exploitability.py checks)."""

from __future__ import annotations

import random

import numpy as np
import pyspiel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.extensive import Chance, Decision, ExtensiveGame, Policy, Terminal, compile_game, from_tree
from games.extensive.policies import checked_policy, random_policy, to_open_spiel, uniform_policy
from games.extensive.reduction import reduce_game
from games.extensive.tree import Node
from solvers.extensive.evaluation import counterfactual_values, evaluate
from tests.solvers.extensive import naive as naive

GAMES = [
    "kuhn_poker",
    "leduc_poker",
    "liars_dice(dice_sides=3)",
    "dark_hex(board_size=2)",
    "goofspiel(num_cards=4,imp_info=True,points_order=descending)",
    "blotto(coins=5,fields=3,players=2)",
    "battleship(board_width=2,board_height=2,ship_sizes=[1],ship_values=[1],num_shots=2,"
    "allow_repeated_shots=False,loss_multiplier=1.0)",
]


def assert_lifts_exactly(game: ExtensiveGame, seed: int, **options: bool) -> None:
    """Any policy of the reduced game is worth the same in the original, and so are best responses to it."""
    reduction = reduce_game(game, **options)
    policy = random_policy(reduction.game, seed)
    lifted = reduction.lift(policy)
    checked_policy(game, lifted)
    small, large = evaluate(reduction.game, policy), evaluate(game, lifted)
    assert small.value == pytest.approx(large.value, abs=1e-12)
    assert small.best_response_values == pytest.approx(large.best_response_values, abs=1e-12)
    for mine, again in zip(policy, reduction.lower(lifted), strict=True):
        np.testing.assert_allclose(mine, again, atol=1e-12)


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize(("forced_moves", "merge"), [(True, False), (False, True), (True, True)])
def test_policies_of_a_reduced_game_are_worth_the_same_in_the_original(
    name: str, forced_moves: bool, merge: bool
) -> None:
    assert_lifts_exactly(compile_game(name), 1, forced_moves=forced_moves, merge=merge)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4), st.integers(0, 1000))
def test_policies_of_reduced_random_games_are_worth_the_same(source: random.Random, depth: int, seed: int) -> None:
    assert_lifts_exactly(from_tree(naive.random_tree(source, depth, widest=2)), seed)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3), st.integers(0, 1000))
def test_a_game_that_chance_copies_is_merged_into_one(source: random.Random, depth: int, seed: int) -> None:
    """Both players see which copy they are in, so that the copies have infosets of their own."""
    tree = naive.random_tree(source, depth)
    once, twice = from_tree(tree), from_tree(Chance([(0.25, renamed(tree, "x")), (0.75, renamed(tree, "y"))]))
    assert_lifts_exactly(twice, seed)
    even = from_tree(Chance([(0.5, renamed(tree, "x")), (0.5, renamed(tree, "y"))]))
    assert_lifts_exactly(even, seed)
    small = reduce_game(even).game
    assert small.infosets == reduce_game(once).game.infosets
    assert small.sequences == reduce_game(once).game.sequences


def renamed(node: Node, prefix: str) -> Node:
    if isinstance(node, Terminal):
        return node
    if isinstance(node, Chance):
        return Chance([(probability, renamed(child, prefix)) for probability, child in node.outcomes])
    actions = {name: renamed(child, prefix) for name, child in node.actions.items()}
    return Decision(node.player, prefix + node.information_state, actions)


def test_suits_in_leduc_poker_are_merged_as_open_spiel_merges_them_by_hand() -> None:
    reduced = reduce_game(compile_game("leduc_poker")).game
    by_hand = compile_game("leduc_poker(suit_isomorphism=True)")
    assert reduced.infosets == by_hand.infosets == (144, 144)
    assert reduced.sequences == by_hand.sequences
    for mine, theirs in zip(reduced.payoffs, by_hand.payoffs, strict=True):
        assert len(mine.value) == len(theirs.value)
        np.testing.assert_allclose(np.sort(mine.value), np.sort(theirs.value), atol=1e-15)


def test_a_game_that_cannot_be_reduced_is_returned_as_it_is() -> None:
    game = compile_game("kuhn_poker")
    reduction = reduce_game(game)
    assert reduction.game is game
    policy = random_policy(game, 2)
    for mine, lifted in zip(policy, reduction.lift(policy), strict=True):
        np.testing.assert_array_equal(mine, lifted)


def test_full_symmetry_solves_rock_paper_scissors() -> None:
    game = compile_game("matrix_rps")
    reduction = reduce_game(game)
    assert reduction.game.infosets == (0, 0)
    solution = reduction.lift(uniform_policy(reduction.game))
    assert solution[0].tolist() == pytest.approx([1.0, 1 / 3, 1 / 3, 1 / 3])
    assert evaluate(game, solution).exploitability == pytest.approx(0.0, abs=1e-15)


def test_forced_moves_are_contracted() -> None:
    tree = Decision(0, "1", {"on": Decision(0, "2", {"only": Terminal(2.0)}), "out": Terminal(-1.0)})
    reduction = reduce_game(from_tree(tree), merge=False)
    assert reduction.game.sequences == (3, 1)
    assert list(reduction.game.names[0].information_states) == ["1"]
    assert reduction.lift((np.array([1.0, 0.25, 0.75]), np.ones(1)))[0].tolist() == [1.0, 0.25, 0.75, 1.0]


def test_regret_matching_takes_the_same_steps_in_the_reduced_game() -> None:
    """Leduc poker, where no two actions are merged: the reduced game's CFR, lifted, is OpenSpiel's CFR."""
    game = compile_game("leduc_poker")
    reduction = reduce_game(game)
    current = cfr_current_policy(reduction.game, 3)
    solver = pyspiel.CFRSolver(pyspiel.load_game("leduc_poker"))
    for _ in range(3):
        solver.evaluate_and_update_policy()
    expected = solver.tabular_current_policy().policy_table()
    for text, row in to_open_spiel(game, reduction.lift(current)).policy_table().items():
        assert [p for _, p in row] == pytest.approx([p for _, p in expected[text]], abs=1e-10)


def cfr_current_policy(game: ExtensiveGame, iterations: int) -> Policy:
    """Plain CFR with alternating updates, written for reading."""
    policy = [array.copy() for array in uniform_policy(game)]
    sums = [np.zeros(count) for count in game.sequences]
    for _ in range(iterations):
        for player, tree in enumerate(game.treeplexes):
            values = counterfactual_values(game, policy, player)
            for i in range(len(tree.parent)):
                part = slice(tree.first[i], tree.first[i + 1])
                sums[player][part] += values[part] - policy[player][part] @ values[part]
                positive = np.maximum(sums[player][part], 0.0)
                total = positive.sum()
                policy[player][part] = positive / total if total > 0.0 else 1.0 / len(positive)
    return policy[0], policy[1]
