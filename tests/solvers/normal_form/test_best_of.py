"""The best of k answers: against enumeration, closed forms, the von Neumann winner, and the promise of k / (k + 1)."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from games.preference import PreferenceGame, RankingModel, Votes
from solvers.normal_form.best_of import BestOf, _Places, solve_best_of

FloatArray = NDArray[np.float64]


def naive_values(votes: Votes, policy: FloatArray, answers: int) -> FloatArray:
    """Return what each alternative wins against draws of the policy: all draws, one by one, ties shared."""
    assert votes.ballots is not None
    n = len(policy)
    values = np.zeros(n)
    weights = votes.ballots.weights / votes.ballots.weights.sum()
    for ranks, weight in zip(votes.ballots.ranks, weights, strict=True):
        for drawn in itertools.product(range(n), repeat=answers):
            chance = float(np.prod(policy[list(drawn)]))
            for y in range(n):
                places = [ranks[z] for z in drawn]
                if ranks[y] <= min(places):
                    values[y] += weight * chance / (1 + places.count(ranks[y]))
    return values


@st.composite
def elections(draw: st.DrawFn) -> Votes:
    """Up to five ballots over up to four alternatives, ties among them."""
    n = draw(st.integers(2, 4))
    ballot = st.lists(st.integers(0, n - 1), min_size=n, max_size=n)
    ranks = [*draw(st.lists(ballot, max_size=4)), list(range(n))]
    return Votes.from_ballots(ranks, draw(st.lists(st.integers(1, 5), min_size=len(ranks), max_size=len(ranks))))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(elections(), st.integers(1, 3))
def test_the_values_are_those_of_enumeration_and_the_promise_is_kept(votes: Votes, answers: int) -> None:
    found = solve_best_of(votes, answers, tolerance=1e-7)
    assert found.converged and found.shortfall <= 1e-7
    assert found.policy.sum() == pytest.approx(1.0, abs=1e-12) and found.policy.min() >= 0.0
    values = naive_values(votes, found.policy, answers)
    np.testing.assert_allclose(found.values, values, atol=1e-12)
    assert found.policy @ values == pytest.approx(1.0 / (answers + 1.0), abs=1e-12)
    assert found.win_rate >= answers / (answers + 1.0) - 1e-7


@settings(max_examples=30, deadline=None, derandomize=True)
@given(elections(), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_the_game_is_monotone(votes: Votes, answers: int, seed: int) -> None:
    """The inequality of the module, for policies at random; the values at any policy come without solving."""
    n = len(votes.labels)
    policies = np.random.default_rng(seed).dirichlet(np.full(n, 0.5), size=2)
    first, second = (_values(votes, policy, answers) for policy in policies)
    assert (first - second) @ (policies[0] - policies[1]) <= 1e-12


def _values(votes: Votes, policy: FloatArray, answers: int) -> FloatArray:
    return _Places(RankingModel.from_votes(replace(votes, prior=0.0))).values(policy, answers)


@pytest.mark.parametrize("share", [0.2, 0.35, 0.5, 0.6, 0.65, 0.9])
def test_two_answers_of_two_alternatives_follow_the_closed_form(share: float) -> None:
    """Both win 1/3 where ``p (3 - 3x + x^2) + (1 - p) x^2 = 1``, whose root in [0, 1] is ``3 p - 1``."""
    found = solve_best_of(Votes.from_ballots([[0, 1], [1, 0]], [share, 1 - share]), 2)
    assert found.policy[0] == pytest.approx(min(max(3 * share - 1, 0.0), 1.0), abs=1e-6)


def test_one_answer_is_the_von_neumann_winner() -> None:
    votes = Votes.from_ballots([[0, 1, 2], [2, 0, 1], [1, 2, 0]], [3, 2, 2], prior=0.0)
    found = solve_best_of(votes, 1, tolerance=1e-10)
    payoffs = PreferenceGame.from_votes(votes).payoffs
    assert (payoffs @ found.policy).max() <= 1e-9
    weights = np.array([payoffs[1, 2], payoffs[2, 0], payoffs[0, 1]])
    np.testing.assert_allclose(found.policy, weights / weights.sum(), atol=1e-8)


def test_many_answers_go_to_everybody_who_is_a_first_choice_and_a_majority_is_not_all() -> None:
    ballots = Votes.from_ballots([[0, 1, 2], [1, 0, 2]], [60, 40])
    single, many = solve_best_of(ballots, 1), solve_best_of(ballots, 40)
    np.testing.assert_allclose(single.policy, [1, 0, 0], atol=1e-8)
    np.testing.assert_allclose(many.policy[:2], [0.6, 0.4], atol=0.02)
    assert many.policy[2] == pytest.approx(0.0, abs=1e-9)


def test_what_has_no_rankings_is_refused() -> None:
    with pytest.raises(ValueError, match="no rankings were recorded"):
        solve_best_of(Votes([[0, 1], [2, 0]]), 2)
    with pytest.raises(ValueError, match="a recorded ranking leaves out"):
        solve_best_of(Votes.from_ballots([[0, 1, -1], [0, 1, 2]]), 2)
    with pytest.raises(ValueError, match="draw some from the model first"):
        solve_best_of(RankingModel.plackett_luce([1.0, 2.0]), 2)
    with pytest.raises(ValueError, match="the number of answers must be at least 1, not 0"):
        solve_best_of(Votes.from_ballots([[0, 1]]), 0)


def test_a_model_is_solved_by_rankings_drawn_from_it_and_too_few_iterations_are_said() -> None:
    model = RankingModel.plackett_luce([5.0, 2.0, 1.0])
    drawn = model.draw(500, np.random.default_rng(0))
    found: BestOf = solve_best_of(RankingModel(-drawn.ranks.astype(float), noise=np.zeros(500)), 3)
    assert found.converged and found.bound == 0.75
    hasty = solve_best_of(Votes.from_ballots([[0, 1], [1, 0]], [6, 4]), 2, iterations=1)
    assert not hasty.converged and hasty.iterations == 1 and hasty.shortfall > 0.0
