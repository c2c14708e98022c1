"""Many small games at once: against HiGHS, game by game, and against what theorems say; ties and copies among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from games.matrix import MatrixBatch
from games.preference import PreferenceBatch
from solvers.normal_form.choice import default_algorithm
from solvers.normal_form.problem import problem_of
from solvers.normal_form.small_games import OPEN, solve_small_games
from solvers.normal_form.solution import UNIQUE
from solvers.normal_form.solving import solve

FloatArray = NDArray[np.float64]


def drawn(seed: int, games: int, n: int, levels: int) -> FloatArray:
    """Return preferences of few levels, so that ties are many; the last alternative is a copy of the first."""
    generator = np.random.default_rng(seed)
    above = np.triu(generator.integers(0, levels, size=(games, n, n)) / (levels - 1), 1)
    tables = above + np.tril(1.0 - above.swapaxes(1, 2), -1)
    tables[:, range(n), range(n)] = 0.5
    places = np.arange(n) if seed % 2 else np.append(np.arange(n - 1), 0)
    return tables[:, places[:, None], places]


def value_and_policy(payoffs: FloatArray) -> tuple[float, FloatArray]:
    """Return the value of a game and one policy of the row player, by HiGHS on the definition."""
    rows, columns = payoffs.shape
    found = linprog(
        np.append(np.zeros(rows), -1.0),
        A_ub=np.hstack([-payoffs.T, np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=np.append(np.ones(rows), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0.0, None)] * rows + [(None, None)],
    )
    return float(found.x[-1]), found.x[:rows]


@settings(derandomize=True, max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 12), levels=st.sampled_from([2, 3, 5, 1000]))
def test_preference_games_against_highs(seed: int, n: int, levels: int) -> None:
    tables = drawn(seed, 4, n, levels)
    sizes = np.random.default_rng(seed).integers(1, n, size=4, endpoint=True)
    batch = PreferenceBatch(tables, np.arange(n) < sizes[:, None])
    found = solve_small_games(problem_of(batch, 0.0))
    assert (found.kinds != OPEN).all()
    for game, size in enumerate(sizes):
        payoffs, policy = tables[game, :size, :size] - 0.5, found.policies[game, :size]
        assert policy.min() >= 0.0 and policy.sum() == pytest.approx(1.0, abs=1e-14)
        assert (found.policies[game, size:] == 0.0).all()
        gap = 2.0 * (payoffs @ policy).max() - 2.0 * policy @ payoffs @ policy
        assert gap == pytest.approx(found.gaps[game], abs=1e-14) and found.gaps[game] < 1e-13
        if found.kinds[game] == UNIQUE:
            np.testing.assert_allclose(policy, value_and_policy(payoffs)[1], rtol=0, atol=1e-7)


@settings(derandomize=True, max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), shape=st.tuples(st.integers(1, 7), st.integers(1, 7)))
def test_matrix_games_against_highs(seed: int, shape: tuple[int, int]) -> None:
    payoffs = np.random.default_rng(seed).integers(-2, 3, size=(4, *shape)).astype(float)
    found = solve_small_games(problem_of(MatrixBatch(payoffs), 0.0))
    for game in range(4):
        x, y = np.split(found.policies[game], [shape[0]])
        value, own = value_and_policy(payoffs[game])
        assert (payoffs[game] @ y).max() == pytest.approx(value, abs=1e-9)
        assert (x @ payoffs[game]).min() == pytest.approx(value, abs=1e-9)
        if found.kinds[game] == UNIQUE:
            np.testing.assert_allclose(x, own, rtol=0, atol=1e-7)


def test_a_condorcet_cycle_is_solved_in_closed_form() -> None:
    """In a cycle of three each alternative gets what the two others differ by."""
    margins = np.random.default_rng(3).uniform(0.01, 0.5, size=(50, 3))  # of 1 over 2, 2 over 3, 3 over 1
    tables = np.full((50, 3, 3), 0.5)
    for k in range(3):
        tables[:, k, (k + 1) % 3] += margins[:, k]
        tables[:, (k + 1) % 3, k] -= margins[:, k]
    found = solve_small_games(problem_of(PreferenceBatch(tables), 0.0))
    opposite = np.roll(margins, -1, axis=1)
    np.testing.assert_allclose(found.policies, opposite / opposite.sum(axis=1, keepdims=True), rtol=1e-12)
    assert (found.kinds == UNIQUE).all()


def test_a_tournament_without_ties_has_one_equilibrium_on_an_odd_number() -> None:
    """Fisher and Ryan 1992; what is outside the support is worse than the value."""
    batch = PreferenceBatch(drawn(1, 200, 11, 2))
    found = solve_small_games(problem_of(batch, 0.0))
    assert (found.kinds == UNIQUE).all()
    assert ((found.policies > 0.0).sum(axis=1) % 2 == 1).all()


def test_a_batch_gets_what_its_games_get_alone() -> None:
    """Alone a game is solved by HiGHS; where equilibria are many, both return the one of maximum entropy."""
    batch = PreferenceBatch(drawn(4, 12, 6, 3))
    together = solve(batch, "lp")
    assert together.converged and together.uniqueness is not None
    for game in range(12):
        alone = solve(batch[game], "lp")
        np.testing.assert_allclose(together.policies[game], alone.policy, rtol=0, atol=1e-9)
        assert (together.uniqueness[game] == UNIQUE) == alone.unique
    np.testing.assert_array_equal(solve(batch[3:9], "lp", workers=1).policies, together.policies[3:9])


def test_payoffs_of_many_sizes_are_left_to_integers() -> None:
    payoffs = np.array([[[1e12, -1.0], [-1.0, 1.0]], [[2.0, -1.0], [-1.0, 1.0]]])
    found = solve(MatrixBatch(payoffs), "lp")
    np.testing.assert_allclose(found.policies[0, :2], [2 / (1e12 + 3), 1 - 2 / (1e12 + 3)], rtol=1e-14)
    np.testing.assert_allclose(found.policies[1], [0.4, 0.6, 0.4, 0.6], rtol=1e-14)


def test_ten_thousands_of_small_games_are_solved_exactly_by_default() -> None:
    assert default_algorithm(0.0, (16, 100_000))[0] == "lp"
    assert default_algorithm(0.0, (200, 100_000))[0] == "prm+"
