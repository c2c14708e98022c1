"""Linear programming against known equilibria, iterative solvers against it, and the regularised reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from games.matrix import MatrixGame, biased_rock_paper_scissors, from_openspiel, random_matrix_game
from games.preference import (
    PreferenceBatch,
    PreferenceGame,
    bradley_terry_game,
    comal_cycle,
    cyclic_game,
    egpo_protocol,
    random_batch,
    random_game,
    transitive_with_cycle,
)
from solvers.normal_form.feedback import Feedback
from solvers.normal_form.linear_program import maximin, solve_exactly
from solvers.normal_form.problem import Game
from solvers.normal_form.quantal_response import regularised_equilibrium
from solvers.normal_form.solving import solve
from tests.solvers.normal_form.games_drawn import biased_preferences, games

EXACT = 1e-13


@pytest.mark.parametrize(
    ("game", "policy"),
    [
        (comal_cycle(), np.array([4, 3, 4]) / 11),
        (biased_preferences(), np.array([1, 3, 3]) / 7),
        (cyclic_game(5), np.full(5, 0.2)),
        (transitive_with_cycle(6, 3), np.array([1, 1, 1, 0, 0, 0]) / 3),
        (bradley_terry_game([0.3, 2.0, -1.0, 1.9]), np.array([0, 1, 0, 0])),
        (PreferenceGame(np.array([[0.5]])), np.array([1.0])),
    ],
    ids=["comal", "biased-rps", "five-cycle", "cycle-on-top", "transitive", "one"],
)
def test_known_von_neumann_winners(game: PreferenceGame, policy: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    solution = solve(game, "lp")
    np.testing.assert_allclose(solution.policy, policy, rtol=0, atol=1e-12)
    assert solution.converged and solution.duality_gap < EXACT and solution.value == 0.5
    assert (solution.algorithm, solution.iterations) == ("lp", 0)
    assert solution.queries == game.alternatives**2


@pytest.mark.parametrize(
    ("name", "row", "column", "value"),
    [
        ("matrix_mp", [0.5, 0.5], [0.5, 0.5], 0.0),
        ("matrix_rps", [1 / 3] * 3, [1 / 3] * 3, 0.0),
        ("matrix_rpsw", None, None, 0.0),
        ("blotto(coins=5,fields=3)", None, None, 0.0),
    ],
)
def test_openspiel_matrix_games(name: str, row: list[float] | None, column: list[float] | None, value: float) -> None:
    solution = solve_exactly(from_openspiel(name))
    assert solution.duality_gap < 1e-12
    assert solution.value == pytest.approx(value, abs=1e-12)
    if row is not None:
        np.testing.assert_allclose(solution.policy, row, atol=1e-12)
        np.testing.assert_allclose(solution.column_policy, column, atol=1e-12)


@settings(derandomize=True, max_examples=60)
@given(arrays(np.float64, 4, elements=st.integers(-9, 9)))
def test_two_by_two_games_have_the_textbook_solution(entries: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """A saddle point, or x = (d - c, a - b) / (a + d - b - c) and the value (a d - b c) / (a + d - b - c)."""
    a, b, c, d = entries
    payoffs = entries.reshape(2, 2)
    x, y, value = maximin(payoffs)
    if payoffs.min(axis=1).max() == payoffs.max(axis=0).min():
        assert value == pytest.approx(payoffs.min(axis=1).max(), abs=1e-13)
    else:
        np.testing.assert_allclose(x, np.array([d - c, a - b]) / (a + d - b - c), atol=1e-13)
        np.testing.assert_allclose(y, np.array([d - b, a - c]) / (a + d - b - c), atol=1e-13)
        assert value == pytest.approx((a * d - b * c) / (a + d - b - c), abs=1e-13)


@pytest.mark.parametrize("shift", [-5.0, 0.0, 1e3])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_units_do_not_matter(shift: float, scale: float) -> None:
    payoffs = np.array([[2.0, -1.0], [-1.0, 1.0]])  # equilibrium (2, 3)/5 for both, value 1/5
    solution = solve_exactly(MatrixGame(scale * (payoffs + shift)))
    np.testing.assert_allclose(solution.policy, [0.4, 0.6], rtol=0, atol=1e-9)
    np.testing.assert_allclose(solution.column_policy, [0.4, 0.6], rtol=0, atol=1e-9)
    assert solution.value == pytest.approx(scale * (0.2 + shift), rel=1e-9)


@settings(derandomize=True, max_examples=60)
@given(games)
def test_there_is_no_gap_in_any_game_degenerate_ones_included(game: Game) -> None:
    solution = solve(game, "lp")
    assert solution.duality_gap < EXACT
    assert (solution.policies >= 0.0).all()


@pytest.mark.parametrize(
    "payoffs",
    [np.zeros((3, 2)), np.full((2, 4), 7.0), np.ones((1, 1)), np.eye(4), np.array([[1.0, 2.0, 3.0]]), np.ones((5, 1))],
)
def test_degenerate_matrices(payoffs: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    solution = solve_exactly(MatrixGame(payoffs))
    assert solution.duality_gap < EXACT
    assert solution.policy.sum() == pytest.approx(1.0) and solution.column_policy.sum() == pytest.approx(1.0)


def test_all_ties_and_clones_are_solved_by_some_equilibrium() -> None:
    assert solve(PreferenceGame(np.full((4, 4), 0.5)), "lp").duality_gap < EXACT
    order = [0, 1, 1, 2, 2, 2]
    cloned = PreferenceGame(comal_cycle().matrix[np.ix_(order, order)])
    policy = solve(cloned, "lp").policy
    np.testing.assert_allclose(np.bincount(order, policy), np.array([4, 3, 4]) / 11, atol=1e-12)


def test_a_ragged_batch_is_solved_game_by_game() -> None:
    members = [egpo_protocol(1, 6), comal_cycle(), PreferenceGame(np.array([[0.5]])), egpo_protocol(2, 4)]
    solution = solve(PreferenceBatch.from_games(members), "lp")
    assert solution.converged and solution.duality_gap < EXACT
    for policy, game in zip(solution.policies, members, strict=True):
        np.testing.assert_allclose(policy[: game.alternatives], solve(game, "lp").policy, atol=1e-12)
        assert (policy[game.alternatives :] == 0.0).all()


@pytest.mark.parametrize("alternatives", [150, 250], ids=["simplex", "interior-point"])
def test_a_large_game_has_a_small_gap(alternatives: int) -> None:
    assert solve(random_game(alternatives, np.random.default_rng(5)), "lp").duality_gap < 1e-12


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("optimistic-mirror-descent", 1e-9),
        ("optimistic-ftrl", 1e-9),
        ("prm+", 1e-3),
        ("opmd", 1e-3),
        ("rm+", 5e-3),
        ("mwu", 1e-2),
        ("fictitious-play", 2e-2),
    ],
)
def test_every_solver_of_the_game_itself_agrees_with_the_linear_program(name: str, tolerance: float) -> None:
    average = False if name in ("optimistic-mirror-descent", "optimistic-ftrl") else None
    for game in (egpo_protocol(12, 5), comal_cycle(), random_matrix_game(4, 3, np.random.default_rng(8))):
        exact = solve(game, "lp")
        found = solve(game, name, iterations=20_000, tolerance=tolerance, average=average)
        assert found.converged, (name, found.duality_gap)
        assert found.value == pytest.approx(exact.value, abs=found.limit)
        np.testing.assert_allclose(found.policies, exact.policies, rtol=0, atol=max(1e-6, 20 * tolerance))


@pytest.mark.parametrize(
    "settings_", [{"beta": 0.1}, {"step_size": 0.1}, {"feedback": Feedback("duels", 1)}, {"average": True}]
)
def test_settings_that_linear_programming_has_not_are_refused(settings_: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="lp, which solves the game itself at once, has no"):
        solve(comal_cycle(), "lp", **settings_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alpha", "policy"),
    [
        (0.05, [0.1517447, 0.46794775, 0.38030755]),
        (0.1, [0.17347803, 0.48630324, 0.34021873]),
        (0.2, [0.22364492, 0.47798817, 0.29836691]),
        (0.5, [0.29813319, 0.41382045, 0.28804635]),
    ],
)
def test_the_regularised_reference_gives_the_published_quantal_response_equilibria(
    alpha: float, policy: list[float]
) -> None:
    np.testing.assert_allclose(regularised_equilibrium(biased_preferences(), alpha)[0], policy, rtol=0, atol=1e-8)


@pytest.mark.parametrize("beta", [0.01, 0.3])
@pytest.mark.parametrize(
    "game",
    [egpo_protocol(1), biased_rock_paper_scissors(), random_batch(4, 5, np.random.default_rng(0), smallest=2)],
    ids=["egpo", "matrix", "batch"],
)
def test_it_solves_the_fixed_point_equation_to_the_last_digits(game: Game, beta: float) -> None:
    policies = regularised_equilibrium(game, beta)
    pairs: list[tuple[object, object, object]] = []
    if isinstance(game, MatrixGame):
        x, y = np.split(policies[0], [3])
        pairs = [(x, game.payoffs @ y, game.row_reference), (y, -game.payoffs.T @ x, game.column_reference)]
    else:
        members = list(game) if isinstance(game, PreferenceBatch) else [game]
        for policy, member in zip(policies, members, strict=True):
            p = policy[: member.alternatives]
            pairs.append((p, member.payoffs @ p, member.reference))
    for p, q, mu in pairs:
        response = np.log(mu) + q / beta  # type: ignore[operator]
        response = np.exp(response - response.max())
        np.testing.assert_allclose(p, response / response.sum(), rtol=1e-11, atol=0)


def test_too_few_iterations_are_said_to_be() -> None:
    with pytest.raises(ValueError, match="allow more of them"):
        regularised_equilibrium(comal_cycle(), 0.001, iterations=3)
