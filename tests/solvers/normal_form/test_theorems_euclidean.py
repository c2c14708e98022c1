"""Euclidean solvers of the game itself: distances that never grow, last iterates at an equilibrium, products needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from games.matrix import MatrixGame, random_matrix_game
from games.preference import PreferenceGame, comal_cycle, egpo_protocol
from solvers.normal_form.problem import Game, problem_of
from solvers.normal_form.registry import algorithm
from solvers.normal_form.run import start
from solvers.normal_form.solving import solve
from tests.solvers.normal_form.games_drawn import games

EUCLIDEAN = ("extragradient", "optimistic-gradient", "restarted-extragradient", "euclidean-proximal-point")
NASH = np.array([4.0, 3.0, 4.0]) / 11.0


def equilibrium(game: Game) -> np.ndarray:
    """An equilibrium, by linear programming."""
    solution = solve(game, "lp")
    if isinstance(game, MatrixGame):
        return np.concatenate([solution.policy, solution.column_policy])
    return np.asarray(solution.policy)


@pytest.mark.parametrize(("name", "every"), [("extragradient", 1), ("euclidean-proximal-point", 3000)])
@settings(derandomize=True, max_examples=15)
@given(games)
def test_the_distance_to_an_equilibrium_never_grows(name: str, every: int, game: Game) -> None:
    """Of the proximal point: from anchor to anchor, with inner games that are solved."""
    parameters = {"inner": float(every)} if every > 1 else None
    run = start(problem_of(game, 0.0), algorithm(name), parameters=parameters)
    target, before = equilibrium(game), np.inf
    for _ in range(6):
        run.advance(every)
        distance = float(np.linalg.norm(run.policies()[1][0] - target))
        assert distance <= before + 1e-8
        before = distance


@pytest.mark.parametrize("name", EUCLIDEAN)
@settings(derandomize=True, max_examples=10)
@given(games)
def test_the_last_iterate_goes_to_an_equilibrium_of_the_game_itself(name: str, game: Game) -> None:
    solution = solve(game, name, iterations=100_000, tolerance=1e-7)
    assert solution.converged and solution.bound is None
    exact = solve(game, "lp")
    assert abs(solution.exploitability - exact.exploitability) <= 1e-7


@pytest.mark.parametrize("name", [*EUCLIDEAN, "gabp"])
def test_the_cycle_has_its_published_equilibrium(name: str) -> None:
    solution = solve(comal_cycle(), name, iterations=20_000, tolerance=0.0)
    np.testing.assert_allclose(solution.policy, NASH, rtol=0, atol=1e-3 if name == "gabp" else 1e-12)


@pytest.mark.parametrize("name", EUCLIDEAN)
def test_a_dominated_action_gets_probability_zero_exactly(name: str) -> None:
    matrix = np.full((4, 4), 0.5)
    matrix[:3, :3] = comal_cycle().matrix
    matrix[:3, 3], matrix[3, :3] = 0.9, 0.1
    assert solve(PreferenceGame(matrix), name, iterations=5000).policy[3] == 0.0


def test_restarts_and_adapted_steps_save_products() -> None:
    """The median over EGPO's protocol to a gap of 1e-9; 700 is what docs/preference_games.md promises to beat."""
    plain, adapted = [], []
    for seed in range(25):
        solution = solve(egpo_protocol(seed), "restarted-extragradient", iterations=50_000, tolerance=1e-9, growth=1.05)
        assert solution.converged
        adapted.append(2 * solution.iterations)
        plain.append(2 * solve(egpo_protocol(seed), "extragradient", iterations=3000, tolerance=1e-9).iterations)
    assert np.median(adapted) <= 700 < np.median(plain)


def test_the_spectral_norm_of_a_large_game_is_that_of_the_small_way() -> None:
    game = random_matrix_game(300, 270, np.random.default_rng(5))
    norm = problem_of(game, 0.0).spectral_norm
    assert norm == pytest.approx(np.linalg.norm(game.payoffs, 2), rel=1e-10)
    assert problem_of(MatrixGame(np.zeros((3, 2))), 0.0).spectral_norm == 1.0
