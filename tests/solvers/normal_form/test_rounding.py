"""Certificates where numbers are far from 1: betas from 1e-6 to 1e12, payoffs that are tiny, huge, or far from 0."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from games.matrix import MatrixBatch, MatrixGame, biased_rock_paper_scissors
from games.preference import PreferenceGame, comal_cycle
from solvers.normal_form.certificate import limits, rounding
from solvers.normal_form.problem import problem_of
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.run import measure
from solvers.normal_form.solving import solve
from solvers.solution import Result
from tests.solvers.normal_form.games_drawn import matrix_games, preference_games

DIGITS = 60
exponents = st.floats(-6, 12)


def regularised_gap(game: PreferenceGame, policy: np.ndarray, beta: float) -> Decimal:
    """Twice what the best response gains by the definition, ``max_p <p, q> - beta KL(p || mu)``, in sixty digits."""
    with localcontext(prec=DIGITS):
        p = [Decimal(float(x)) for x in policy]
        p = [x / sum(p) for x in p]
        mu, weight = [Decimal(float(x)) for x in game.reference], Decimal(beta)
        table = [[Decimal(float(x)) - Decimal("0.5") for x in row] for row in game.matrix]
        q = [sum((a * x for a, x in zip(row, p, strict=True)), Decimal(0)) for row in table]
        best = weight * sum((m * (v / weight).exp() for m, v in zip(mu, q, strict=True)), Decimal(0)).ln()
        best -= weight * sum(mu, Decimal(0)).ln()
        # The game may be antisymmetric only up to rounding, so the policy's own value is not left out.
        own = sum((x * v for x, v in zip(p, q, strict=True)), Decimal(0))
        own -= weight * sum((x * (x / (m / sum(mu))).ln() for x, m in zip(p, mu, strict=True) if x), Decimal(0))
        return 2 * (best - own)


@settings(max_examples=30)
@given(preference_games(), exponents, st.integers(0, 40))
def test_the_regularised_gap_is_that_of_the_definition_at_every_beta(
    game: PreferenceGame, exponent: float, iterations: int
) -> None:
    beta = 10.0**exponent
    policy = solve(game, "nash-mp", beta=beta, iterations=iterations, tolerance=0.0).policy
    problem = problem_of(game, beta)
    with np.errstate(divide="ignore"):
        found = measure(problem, np.log(policy)[None], policy[None], beta)[0, 0]
    expected = float(regularised_gap(game, policy, beta))
    assert found >= 0.0
    hidden = math.sqrt(rounding(problem, beta)[0])
    assert abs(math.sqrt(found) - math.sqrt(max(expected, 0.0))) <= hidden + 1e-12 * math.sqrt(found)


@settings(max_examples=30)
@given(preference_games(), exponents, st.sampled_from([1e-6, 1e-9, 1e-13, 1e-17]))
@example(comal_cycle(), 7.0, 1e-9)
@example(comal_cycle(), 10.0, 1e-9)
@example(comal_cycle(), 12.0, 1e-15)
def test_what_is_called_converged_is(game: PreferenceGame, exponent: float, tolerance: float) -> None:
    beta = 10.0**exponent
    solution = solve(game, "nash-mp", beta=beta, iterations=2000, tolerance=tolerance)
    if solution.converged:
        assert float(regularised_gap(game, solution.policy, beta)) <= tolerance * (1 + 1e-9)
    assert solution.converged or beta < 0.01 or tolerance <= solution.rounding


@pytest.mark.parametrize("name", [name for name in algorithm_names() if algorithm(name).target == "regularised"])
def test_every_regularised_algorithm_with_a_last_iterate_arrives_at_large_betas(name: str) -> None:
    one = algorithm(name)
    if one.returns == "average" or one.default_temperature is not None:
        return
    for beta in (1e4, 1e7, 1e10, 1e12):
        solution = solve(comal_cycle(), name, beta=beta, iterations=2000, tolerance=1e-9)
        gap = float(regularised_gap(comal_cycle(), solution.policy, beta))
        assert solution.converged == (gap <= 1e-9), (beta, gap, solution)


def exact_gap(game: MatrixGame, policy: np.ndarray) -> Fraction:
    """The gap of the game itself, in fractions, of the policy divided by its sums."""
    m = game.shape[0]
    x, y = ([Fraction(float(p)) for p in part] for part in (policy[:m], policy[m:]))
    table = [[Fraction(float(entry)) for entry in row] for row in game.payoffs]
    own = [sum((a * b for a, b in zip(row, y, strict=True)), Fraction(0)) / sum(y) for row in table]
    paid = [sum((a * b for a, b in zip(row, x, strict=True)), Fraction(0)) / sum(x) for row in zip(*table, strict=True)]
    return max(own) - min(paid)


def far_away(game: MatrixGame, exponent: int, offset: float) -> MatrixGame:
    return MatrixGame((np.round(game.payoffs * 2**10) / 2**10 + offset) * 2.0**exponent)


@given(matrix_games(), st.integers(-60, 60), st.sampled_from([0.0, 3.0, -17.0, 1e9]), st.integers(0, 30))
def test_the_gap_of_the_game_itself_is_off_by_no_more_than_is_said(
    game: MatrixGame, exponent: int, offset: float, iterations: int
) -> None:
    moved = far_away(game, exponent, offset)
    solution = solve(moved, "prm+", iterations=iterations, tolerance=0.0)
    expected = exact_gap(moved, solution.policies[0])
    # The policies' sums are 1 up to rounding, which counts in proportion to the gap.
    assert abs(Fraction(solution.duality_gap) - expected) <= Fraction(solution.rounding) + expected * Fraction(1e-14)
    assert solution.rounding <= 1e-14 * solution.payoff_range


@given(matrix_games(), st.integers(-60, 60), st.sampled_from([0.0, 1e9]), st.sampled_from([1e-3, 1e-9, 1e-14, 1e-16]))
def test_linear_programming_is_exact_in_every_unit(
    game: MatrixGame, exponent: int, offset: float, tolerance: float
) -> None:
    moved = far_away(game, exponent, offset)
    solution = solve(moved, "lp", tolerance=tolerance)
    gap = exact_gap(moved, solution.policies[0])
    assert gap <= 1e-15 * solution.payoff_range
    assert abs(Fraction(solution.duality_gap) - gap) <= Fraction(solution.rounding) + gap * Fraction(1e-14)
    assert not solution.converged or gap <= tolerance * solution.payoff_range
    assert solution.converged or tolerance < 1e-15


@pytest.mark.parametrize("name", algorithm_names())
@pytest.mark.parametrize(("exponent", "offset"), [(40, 0.0), (-40, 0.0), (20, 2.0**30)])
def test_the_unit_of_the_payoffs_changes_nothing(name: str, exponent: int, offset: float) -> None:
    """A power of two is exact: every bit of the policies stays, and so does the iteration at which the solve ends."""
    game, one = biased_rock_paper_scissors(), algorithm(name)
    beta = 0.25 if one.target == "regularised" else 0.0
    near, far = (
        solve(one_game, name, beta=beta * scale, iterations=500, tolerance=1e-3)
        for one_game, scale in ((far_away(game, 0, 0.0), 1.0), (far_away(game, exponent, offset), 2.0**exponent))
    )
    np.testing.assert_array_equal(near.policies, far.policies)
    assert (near.iterations, near.converged) == (far.iterations, far.converged)
    assert far.duality_gap == near.duality_gap * 2.0**exponent
    assert far.payoff_range == near.payoff_range * 2.0**exponent


@pytest.mark.parametrize("big", [1e9, 1e12, 1e18, 1e40])
def test_large_payoffs_do_not_hide_small_ones_from_linear_programming(big: float) -> None:
    solution = solve(MatrixGame(np.array([[big, -1.0], [-1.0, 1.0]])), "lp")
    np.testing.assert_allclose(solution.policy, [2 / (big + 3), (big + 1) / (big + 3)], rtol=1e-15)
    np.testing.assert_allclose(solution.column_policy, solution.policy, rtol=1e-15)
    assert solution.value == pytest.approx((big - 1) / (big + 3), rel=1e-14)
    assert solution.converged


def test_small_payoffs_are_no_convergence() -> None:
    """A cycle with payoffs of 1e-10 and the equilibrium (3, 1, 1)/5."""
    payoffs = 1e-10 * np.array([[0.0, 1.0, -1.0], [-1.0, 0.0, 3.0], [1.0, -3.0, 0.0]])
    game = MatrixGame(payoffs)
    assert solve(game, "prm+", iterations=3).result is Result.ITERATION_LIMIT
    solution = solve(game, "optimistic-mirror-descent", average=False, iterations=100_000, tolerance=1e-9)
    assert solution.converged and solution.iterations > 100
    for found in (solution, solve(game, "lp")):
        np.testing.assert_allclose(found.policy, [0.6, 0.2, 0.2], rtol=0, atol=1e-6)
    batch = solve(MatrixBatch(np.array([payoffs, 1e10 * payoffs])), "prm+", iterations=40, tolerance=1e-2)
    assert batch.iterations_of_games[0] == batch.iterations_of_games[1] > 1


def test_normal_payoffs_of_a_million_are_solved_by_linear_programming() -> None:
    solution = solve(MatrixGame(np.random.default_rng(0).normal(size=(20, 25)) * 1e6), "lp")
    assert solution.result is Result.CONVERGED
    assert solution.duality_gap < 1e-14 * solution.payoff_range


@pytest.mark.parametrize(("beta", "tolerance"), [(0.0, 1e-17), (1e12, 1e-21)])
def test_a_tolerance_that_rounding_hides_is_said_to_be(beta: float, tolerance: float) -> None:
    name = "optimistic-mirror-descent" if beta == 0.0 else "nash-mp"
    solution = solve(comal_cycle(), name, beta=beta, iterations=100, tolerance=tolerance)
    assert solution.result is Result.ITERATION_LIMIT
    assert "cannot be told from rounding errors here: ask for" in solution.remedy
    least = float(solution.remedy.split("ask for ")[1].split(" ")[0])
    assert (limits(problem_of(comal_cycle(), beta), beta, least) > 0.0).all()
    assert (limits(problem_of(comal_cycle(), beta), beta, 0.9 * solution.rounding) < 0.0).all()
