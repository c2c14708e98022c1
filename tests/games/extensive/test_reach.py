"""Reaches of infosets against sums over histories, and where the chance probabilities behind them come from."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.extensive import ExtensiveGame, GameError, Policy, compile_game, from_arrays, from_tree
from games.extensive.policies import random_policy
from games.extensive.reach import add_reach_that_follows, reach_of
from games.extensive.reduction import reduce_game
from games.extensive.store import read_game, write_game
from solvers.extensive.evaluation import gradient, realisation_weights
from tests.solvers.extensive import naive as naive
from tests.solvers.extensive import naive_mirror_descent


def reaches(game: ExtensiveGame, policy: Policy, player: int) -> dict[str, float]:
    """The function under test, by information state; without infosets where there is nothing to choose."""
    rows = reach_of(game)[player]
    out = np.full(game.sequences[player], np.nan)
    gradient(rows, realisation_weights(game, policy, 1 - player), out)
    add_reach_that_follows(rows.into, out)
    counts = np.diff(game.treeplexes[player].first)
    states = zip(game.names[player].information_states, counts, out[: len(counts)].tolist(), strict=True)
    return {state: reach for state, count, reach in states if count > 1}


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4), st.integers(0, 1000))
def test_reach_is_the_sum_over_the_histories_of_chance_and_opponent(
    source: random.Random, depth: int, seed: int
) -> None:
    tree = naive.random_tree(source, depth)
    game = from_tree(tree)
    policy = random_policy(game, seed)
    for player in (0, 1):
        widths = naive.widths(tree, player)
        expected = naive_mirror_descent.reaches(tree, naive.table_of(game, policy), player)
        assert reaches(game, policy, player) == pytest.approx(
            {state: reach for state, reach in expected.items() if widths[state] > 1}, abs=1e-12
        )


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker", "liars_dice(dice_sides=3)", "goofspiel(num_cards=3)"])
def test_chance_probabilities_of_all_terminal_histories_sum_to_one_under_any_policy(name: str) -> None:
    game = compile_game(name)
    policy = random_policy(game, 1)
    assert game.chances is not None
    start, column, value = game.chances
    row = np.repeat(np.arange(game.sequences[0]), np.diff(start))
    weights = [realisation_weights(game, policy, player) for player in (0, 1)]
    assert (weights[0][row] * weights[1][column] * value).sum() == pytest.approx(1.0, abs=1e-12)


def test_reaches_survive_a_file(tmp_path: Path) -> None:
    game = compile_game("kuhn_poker")
    write_game(tmp_path / "game.npz", game)
    again = read_game(tmp_path / "game.npz")
    assert again is not None
    policy = random_policy(game, 3)
    assert reaches(again, policy, 0) == reaches(game, policy, 0)


def test_contracting_forced_moves_keeps_the_reaches_of_the_others() -> None:
    game = compile_game("liars_dice(dice_sides=2)")
    reduction = reduce_game(game, merge=False)
    assert sum(reduction.game.infosets) < sum(game.infosets)
    policy = random_policy(reduction.game, 4)
    for player in (0, 1):
        large = reaches(game, reduction.lift(policy), player)
        for state, reach in reaches(reduction.game, policy, player).items():
            assert reach == pytest.approx(large[state], abs=1e-14)


def test_arrays_may_give_chances_and_without_them_reaches_are_refused() -> None:
    arrays = ([0], [0]), ([2], [2]), ([1, 1, 2, 2], [1, 2, 1, 2], [0.5, -0.5, -0.5, 0.5])
    with pytest.raises(GameError, match="chance probabilities"):
        reach_of(from_arrays(*arrays))
    with pytest.raises(GameError, match="4 probabilities"):
        from_arrays(*arrays, chances=[1.0, 1.0])
    game = from_arrays(*arrays, chances=[1.0, 1.0, 1.0, 1.0])
    assert reaches(game, random_policy(game, 0), 0) == {"0": pytest.approx(1.0)}
