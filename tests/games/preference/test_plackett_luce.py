"""The fit of the Plackett–Luce model: closed forms, a general optimiser, the conditions of its maximum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from games.preference import RankingModel, Votes, fit_plackett_luce

FloatArray = NDArray[np.float64]


def naive_log_likelihood(logs: FloatArray, votes: Votes, prior: float) -> float:
    """Return the penalised log-likelihood, ranking by ranking and choice by choice, as the definition has it."""
    total = 0.0
    n = len(logs)
    if votes.ballots is None:
        for i in range(n):
            for j in range(n):
                total += votes.wins[i, j] * (logs[i] - np.logaddexp(logs[i], logs[j]))
    else:
        for ranks, weight in zip(votes.ballots.ranks, votes.ballots.weights, strict=True):
            ranked = [int(i) for i in np.argsort(ranks, kind="stable") if ranks[i] >= 0]
            while ranked and ranks[ranked[0]] < max(ranks[i] for i in ranked):
                total += weight * (logs[ranked[0]] - np.logaddexp.reduce([logs[i] for i in ranked]))
                del ranked[0]
    for i in range(n):
        for j in range(n):
            total += prior * (logs[i] - np.logaddexp(logs[i], logs[j])) * (i != j)
    return float(total)


def naive_fit(votes: Votes, prior: float) -> FloatArray:
    """Return the log-strengths, mean 0, at which a general optimiser finds the maximum."""
    found = minimize(
        lambda logs: -naive_log_likelihood(logs, votes, prior), np.zeros(len(votes.labels)), method="BFGS", tol=1e-10
    )
    return np.asarray(found.x - found.x.mean())


@st.composite
def logs_of_rankings(draw: st.DrawFn) -> Votes:
    """Some rankings of up to four, partial ones and shared last places among them, or votes on pairs."""
    n = draw(st.integers(2, 4))
    if draw(st.booleans()):
        wins = np.array(draw(st.lists(st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=n, max_size=n)))
        np.fill_diagonal(wins, 0)
        wins[0, 1] += 1
        return Votes(wins)
    ranks = []
    for _ in range(draw(st.integers(1, 6))):
        order, kept = draw(st.permutations(range(n))), draw(st.integers(2, n))
        last = draw(st.integers(1, kept - 1))
        ballot = np.full(n, -1)
        for place, alternative in enumerate(order[:kept]):
            ballot[alternative] = min(place, last)
        ranks.append(ballot)
    return Votes.from_ballots(ranks, draw(st.lists(st.integers(1, 5), min_size=len(ranks), max_size=len(ranks))))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(logs_of_rankings(), st.sampled_from([0.25, 1.0]))
def test_the_maximum_is_that_of_a_general_optimiser(votes: Votes, prior: float) -> None:
    fit = fit_plackett_luce(votes, prior=prior)
    assert fit.converged and fit.prior == prior
    np.testing.assert_allclose(fit.log_strengths, naive_fit(votes, prior), atol=2e-4)
    assert fit.log_likelihood == pytest.approx(naive_log_likelihood(fit.log_strengths, votes, 0.0), abs=1e-9)
    nothing = np.zeros(len(votes.labels))
    assert fit.log_likelihood_of_chance == pytest.approx(naive_log_likelihood(nothing, votes, 0.0), abs=1e-9)
    before = naive_log_likelihood(nothing, votes, prior)
    assert naive_log_likelihood(fit.log_strengths, votes, prior) >= before - 1e-9


def test_two_alternatives_have_their_share_of_wins_as_odds() -> None:
    fit = fit_plackett_luce(Votes([[0.0, 7.5], [2.5, 0.0]]), prior=0)
    assert fit.log_strengths[0] - fit.log_strengths[1] == pytest.approx(np.log(3.0), abs=1e-8)
    assert fit.log_likelihood == pytest.approx(7.5 * np.log(0.75) + 2.5 * np.log(0.25), abs=1e-12)
    assert fit.misfit()[2] == pytest.approx(0.0, abs=1e-8)


def test_first_choices_alone_have_their_shares_as_strengths() -> None:
    """Where only a first place is given, the model is a multinomial of it: strengths are the shares."""
    ranks = 1 - np.eye(3, dtype=int)
    fit = fit_plackett_luce(Votes.from_ballots(ranks, [5, 3, 2]), prior=0)
    strengths = np.exp(fit.log_strengths)
    np.testing.assert_allclose(strengths / strengths.sum(), [0.5, 0.3, 0.2], atol=1e-8)


def test_rankings_of_a_known_model_lead_back_to_it() -> None:
    strengths = np.array([0.4, 0.3, 0.2, 0.1])
    drawn = RankingModel.plackett_luce(strengths).draw(20_000, np.random.default_rng(0))
    fit = fit_plackett_luce(Votes.from_ballots(drawn.ranks, prior=0))
    logs = np.log(strengths)
    np.testing.assert_allclose(fit.log_strengths, logs - logs.mean(), atol=0.03)
    assert fit.log_likelihood > fit.log_likelihood_of_chance


def test_the_game_of_the_model_is_transitive_and_knows_where_the_votes_are_not() -> None:
    votes = Votes([[0, 8, 1], [2, 0, 8], [8, 1, 0]], labels=("a", "b", "c"))
    fit = fit_plackett_luce(votes)
    matrix, logs = fit.game.matrix, fit.log_strengths
    np.testing.assert_allclose(matrix, 1.0 / (1.0 + np.exp(logs[None, :] - logs[:, None])), atol=1e-14)
    assert fit.game.votes is fit.votes and fit.game.rankings is not None
    winner, loser, above = fit.misfit()
    assert above == pytest.approx((votes.probabilities - matrix).max()) and above > 0.2
    assert fit.summary()["misfit"] == {"winner": "abc"[winner], "loser": "abc"[loser], "difference": above}


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        (Votes([[0, 1], [0, 0]], labels=("a", "b")), "'b' was never chosen before the other"),
        (Votes([[0, 1, 1], [0, 0, 1], [0, 1, 0]]), "none of '1', '2' was ever chosen before the other"),
        (Votes.from_ballots([[0, 1, 2], [1, 0, 2]]), "'2' was never chosen before any of the 2 others"),
        (Votes([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]), "before any of the 2 others"),
    ],
)
def test_strengths_without_a_maximum_are_refused_without_a_prior_and_found_with_one(votes: Votes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_plackett_luce(votes, prior=0)
    assert fit_plackett_luce(votes, prior=0.5).converged


def test_ties_are_refused_but_in_the_last_place() -> None:
    with pytest.raises(ValueError, match="a ranking puts 'a' level with 'c': only the last place may be shared"):
        fit_plackett_luce(Votes.from_ballots([[0, 1, 0], [0, 1, 2]], labels=("a", "b", "c")))


@pytest.mark.parametrize("prior", [-1.0, np.nan, np.inf])
def test_a_prior_without_meaning_is_refused(prior: float) -> None:
    with pytest.raises(ValueError, match="the prior must be a number of at least 0"):
        fit_plackett_luce(Votes([[0, 1], [1, 0]]), prior=prior)


def test_too_few_iterations_are_said() -> None:
    fit = fit_plackett_luce(Votes([[0, 9, 0], [1, 0, 9], [0, 1, 0]], prior=0), iterations=3)
    assert fit.iterations == 3 and not fit.converged
