from __future__ import annotations

import numpy as np
import pytest

from games.matrix import random_matrix_game
from games.preference.generators import random_game
from solvers.normal_form import iterate
from solvers.normal_form.problem import Problem, problem_of
from solvers.normal_form.products import LEAST_ANTISYMMETRIC, antisymmetric_range
from solvers.normal_form.registry import algorithm
from solvers.normal_form.run import measure, start
from solvers.normal_form.solving import solve


def opponent_of(problem: Problem, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    parts = [generator.dirichlet(np.ones(problem.first))]
    if not problem.symmetric:
        parts.append(generator.dirichlet(np.ones(problem.actions - problem.first)))
    return np.concatenate(parts)


def expected(problem: Problem, opponent: np.ndarray) -> np.ndarray:
    if problem.symmetric:
        return problem.row[0] @ opponent
    first = problem.first
    return np.concatenate([problem.row[0] @ opponent[first:], problem.column[0] @ opponent[:first]])


@pytest.mark.parametrize("n", [1, 2, 3, 5, 254, 256, 257, 258, 259, 301])
def test_values_inside_the_loop_are_products(n: int) -> None:
    # One step of MMD at a huge step size shows the values: log pi' - log pi = eta * values / (1 + eta beta) + constant.
    game = random_game(n, np.random.default_rng(n))
    problem = problem_of(game, 0.0)
    going = start(problem, algorithm("mmd"), step_size=1.0)
    going.advance(1)
    shown = going.policies()[0][0] - problem.log_reference[0]
    exact = expected(problem, np.exp(problem.log_reference[0]))
    np.testing.assert_allclose(shown - shown.mean(), exact - exact.mean(), atol=1e-13)


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("n", [1, 4, 6, 29, 64])
def test_parts_of_an_antisymmetric_product_add_up(n: int, parts: int) -> None:
    generator = np.random.default_rng(n)
    half = generator.normal(size=(n, n))
    matrix, vector = half - half.T, generator.random(n)
    out = np.full((parts, n), np.nan)
    antisymmetric_range(matrix, vector, out, 0, parts)
    np.testing.assert_allclose(out.sum(axis=0), matrix @ vector, atol=1e-12)


@pytest.mark.parametrize("symmetric", [True, False])
def test_threads_give_the_same_products(symmetric: bool) -> None:
    generator = np.random.default_rng(0)
    game = random_game(70, generator) if symmetric else random_matrix_game(33, 50, generator)
    problem = problem_of(game, 0.1)
    opponent = opponent_of(problem, 1)
    out = np.empty(problem.actions)
    iterate.threaded_values(problem)(opponent, out)
    np.testing.assert_allclose(out, expected(problem, opponent), atol=1e-14)


@pytest.mark.parametrize("symmetric", [True, False])
def test_large_games_are_solved_as_small_ones(symmetric: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(3)
    game = random_game(40, generator) if symmetric else random_matrix_game(20, 30, generator)
    compiled = solve(game, "nash-mp", beta=0.2, iterations=20, tolerance=0.0)
    monkeypatch.setattr(iterate, "_LARGE", 0)
    from_python = solve(game, "nash-mp", beta=0.2, iterations=20, tolerance=0.0)
    np.testing.assert_allclose(from_python.policies, compiled.policies, atol=1e-14)
    assert from_python.duality_gap == pytest.approx(compiled.duality_gap, rel=1e-6)
    averages = [solve(game, "mwu", iterations=20, tolerance=0.0)]
    monkeypatch.undo()
    averages.append(solve(game, "mwu", iterations=20, tolerance=0.0))
    np.testing.assert_allclose(averages[0].policies, averages[1].policies, atol=1e-14)


def test_a_game_beyond_the_threshold_is_certified_like_any_other() -> None:
    game = random_game(LEAST_ANTISYMMETRIC + 3, np.random.default_rng(5))
    problem = problem_of(game, 0.0)
    policy = opponent_of(problem, 2)[None]
    gap, exploitability, _ = measure(problem, np.log(policy), policy, 0.0)[0]
    best = (game.matrix @ policy[0]).max() - 0.5
    assert exploitability == pytest.approx(best, abs=1e-13)
    assert gap == pytest.approx(2.0 * best, abs=1e-13)
