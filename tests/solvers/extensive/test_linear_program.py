"""The sequence-form linear program against known values, the normal form's, and regret minimisation."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.extensive import Decision, Terminal, compile_game, from_arrays, from_tree
from games.extensive.policies import random_policy, uniform_policy
from solvers.extensive.evaluation import realisation_weights
from solvers.extensive.linear_program import constraints, equilibrium, solve_exactly
from solvers.extensive.solving import solve
from solvers.normal_form.linear_program import maximin
from solvers.solution import Result
from tests.solvers.extensive.naive import random_tree

# Kuhn 1950; the value of Leduc as computed by OpenSpiel's own linear program, and in the literature to six digits.
VALUES = {
    "kuhn_poker": -1 / 18,
    "leduc_poker": -0.085606424078,
    "liars_dice(dice_sides=4)": 1 / 16,
    "matrix_rps": 0.0,
    "goofspiel(num_cards=3,imp_info=True)": 0.0,
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_those_known_and_nothing_is_exploitable(name: str) -> None:
    solution = solve(name, "lp")
    assert solution.value == pytest.approx(VALUES[name], abs=1e-10)
    assert solution.exploitability < 1e-12
    assert solution.result is Result.CONVERGED
    assert (solution.algorithm, solution.iterations, len(solution.history)) == ("lp", 0, 1)


def test_the_constraints_are_those_of_realisation_weights() -> None:
    game = compile_game("leduc_poker")
    for player, tree in enumerate(game.treeplexes):
        matrix = constraints(tree)
        right = np.zeros(matrix.shape[0])
        right[0] = 1.0
        weights = realisation_weights(game, random_policy(game, 3), player)
        np.testing.assert_allclose(matrix @ weights, right, atol=1e-15)
        weights[-1] += 0.25
        assert abs(matrix @ weights - right).max() > 0.2


@given(st.integers(0, 10_000))
def test_random_games_are_solved_to_rounding_and_regret_minimisation_agrees(seed: int) -> None:
    game = from_tree(random_tree(random.Random(seed), 6))
    exact = solve_exactly(game)
    assert exact.exploitability < 1e-9
    iterated = solve(game, "cfr+", iterations=200)
    assert abs(iterated.value - exact.value) <= 2.0 * iterated.exploitability + 1e-9


def test_a_matrix_game_has_the_value_that_the_normal_form_solver_finds() -> None:
    payoffs = np.random.default_rng(0).integers(-5, 6, (4, 5)).astype(float)
    rows, columns = np.indices(payoffs.shape)
    game = from_arrays(([0], [0]), ([4], [5]), (rows.ravel() + 1, columns.ravel() + 1, payoffs.ravel()))
    assert solve(game, "lp").value == pytest.approx(maximin(payoffs)[2], abs=1e-12)


def test_a_game_without_payoffs_and_one_without_decisions() -> None:
    nothing = from_tree(Decision(0, "a", {"x": Terminal(0.0), "y": Terminal(0.0)}))
    assert solve(nothing, "lp").exploitability == 0.0
    over = from_tree(Terminal(2.0))
    assert solve(over, "lp").value == 2.0


def test_settings_that_it_does_not_have_are_refused() -> None:
    game = compile_game("kuhn_poker")
    with pytest.raises(ValueError, match="lp is exact"):
        solve(game, "lp", alpha=0.1)
    with pytest.raises(ValueError, match="lp is exact"):
        solve(game, "lp", initial=uniform_policy(game))


def test_the_equilibrium_is_a_policy_where_the_opponent_cannot_come() -> None:
    game = compile_game("liars_dice(dice_sides=3)")
    for player, part in enumerate(equilibrium(game)):
        first = game.treeplexes[player].first
        np.testing.assert_allclose(np.add.reduceat(part, first[:-1]), 1.0, atol=1e-12)
