"""Votes: smoothing, invariances, and a bootstrap whose moments are those of its distribution."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from games.preference import Votes, smoothed
from games.preference.game import PreferenceGame

WINS = np.array([[0.0, 6.5, 2.0], [3.5, 0.0, 0.0], [0.0, 0.0, 0.0]])
TIES = np.array([[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def counts(n: int) -> st.SearchStrategy[NDArray[np.float64]]:
    return arrays(np.float64, (n, n), elements=st.integers(0, 50).map(float)).map(lambda wins: wins * (1 - np.eye(n)))


def naive_probability(wins: NDArray[np.float64], prior: float, i: int, j: int) -> float:
    votes = wins[i, j] + wins[j, i] + 2.0 * prior
    return 0.5 if i == j or votes == 0.0 else (wins[i, j] + prior) / votes


@settings(derandomize=True, max_examples=100)
@given(st.integers(2, 5).flatmap(counts), st.sampled_from([0.0, 0.5, 1.0, 3.0]))
def test_probabilities_are_the_smoothed_fractions(wins: NDArray[np.float64], prior: float) -> None:
    wins[0, 1] += 1.0
    game = PreferenceGame.from_votes(Votes(wins, prior=prior))
    expected = [[naive_probability(wins, prior, i, j) for j in range(len(wins))] for i in range(len(wins))]
    np.testing.assert_allclose(game.matrix, expected, rtol=0, atol=1e-15)
    assert game.votes is not None
    assert game.votes.prior == prior


def test_the_prior_is_the_mean_of_a_beta_posterior() -> None:
    matrix = PreferenceGame.from_votes(Votes(WINS, TIES)).matrix
    assert matrix[0, 2] == pytest.approx(3 / 4)  # Beta(1 + 2, 1 + 0)
    assert matrix[1, 2] == 0.5  # never compared
    assert matrix[0, 1] == pytest.approx(7.5 / 12)
    assert PreferenceGame.from_votes(Votes(WINS, TIES), prior=0).matrix[0, 1] == pytest.approx(0.65)
    assert PreferenceGame.from_votes(Votes(WINS, TIES), prior=0).matrix[0, 2] == 1.0


@settings(derandomize=True, max_examples=50)
@given(st.integers(2, 5).flatmap(counts), st.randoms(use_true_random=False))
def test_relabelling_votes_permutes_the_probabilities(wins: NDArray[np.float64], random: Any) -> None:
    wins[0, 1] += 1.0
    order = list(range(len(wins)))
    random.shuffle(order)
    permuted = Votes(wins[np.ix_(order, order)]).probabilities
    np.testing.assert_array_equal(permuted, Votes(wins).probabilities[np.ix_(order, order)])


@settings(derandomize=True, max_examples=30)
@given(st.integers(2, 5).flatmap(counts), st.integers(0, 2**32))
def test_a_replicate_has_as_many_votes_and_only_between_pairs_that_were_compared(
    wins: NDArray[np.float64], seed: int
) -> None:
    wins[0, 1] += 1.0
    resampled = Votes(wins).bootstrap(np.random.default_rng(seed), 5)
    np.testing.assert_array_equal(resampled.sum(axis=(1, 2)), wins.sum())
    assert (resampled[:, wins == 0.0] == 0.0).all()
    np.testing.assert_array_equal(resampled, np.rint(resampled))


def test_the_bootstrap_has_the_moments_of_a_multinomial_over_wins_losses_and_ties() -> None:
    resampled = Votes(WINS, TIES).bootstrap(np.random.default_rng(1), 40_000)
    total = WINS.sum()
    cells = {"first": 5.0, "tie": 3.0, "second": 2.0}
    mean = cells["first"] + 0.5 * cells["tie"]
    square = cells["first"] + 0.25 * cells["tie"]  # N E[x²] of one vote's contribution x
    variance = square - mean**2 / total
    sample = resampled[:, 0, 1]
    assert sample.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / 40_000))
    assert sample.var() == pytest.approx(variance, rel=0.05)
    assert set(np.unique(2.0 * sample % 2.0)) == {0.0, 1.0}  # ties are drawn as ties: half votes appear


def test_fractional_weights_are_resampled_by_dirichlet_weights_of_the_same_mean() -> None:
    wins = np.array([[0.0, 4.5], [1.5, 0.0]])
    resampled = Votes(wins).bootstrap(np.random.default_rng(2), 40_000)
    np.testing.assert_allclose(resampled.sum(axis=(1, 2)), 6.0)
    variance = 4.5 * 1.5 / (6.0 + 1.0)
    sample = resampled[:, 0, 1]
    assert sample.mean() == pytest.approx(4.5, abs=4 * np.sqrt(variance / 40_000))
    assert sample.var() == pytest.approx(variance, rel=0.05)


def test_ballots_are_counted_pair_by_pair_and_resampled_whole() -> None:
    ranks = [[0, 1, 2], [1, 0, -1], [0, 0, 1]]
    votes = Votes.from_ballots(ranks, [3, 2, 4], ("a", "b", "c"))
    np.testing.assert_array_equal(votes.ties, [[0, 4, 0], [4, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(votes.wins, [[0, 3 + 2, 7], [2 + 2, 0, 7], [0, 0, 0]])
    resampled = votes.bootstrap(np.random.default_rng(0), 200)
    # Whoever ranks c ranks a and b above it: both pairs come from the same voters, so they always agree.
    np.testing.assert_array_equal(resampled[:, 0, 2], resampled[:, 1, 2])
    assert np.unique(resampled[:, 0, 2]).size > 3
    pairs = Votes(votes.wins, votes.ties).bootstrap(np.random.default_rng(0), 200)
    assert (pairs[:, 0, 2] != pairs[:, 1, 2]).any()


def test_many_ballots_are_counted_in_blocks() -> None:
    generator = np.random.default_rng(5)
    ranks = np.argsort(generator.random((3000, 30)), axis=1)
    weights = generator.integers(1, 4, size=3000).astype(np.float64)
    votes = Votes.from_ballots(ranks, weights)
    i, j = 4, 17
    assert votes.wins[i, j] == weights[ranks[:, i] < ranks[:, j]].sum()
    np.testing.assert_array_equal(votes.wins + votes.wins.T, weights.sum() * (1 - np.eye(30)))


def test_smoothed_works_on_a_stack_of_replicates() -> None:
    resampled = Votes(WINS, TIES).bootstrap(np.random.default_rng(1), 7)
    stacked = smoothed(resampled, 1.0)
    for wins, matrix in zip(resampled, stacked, strict=True):
        np.testing.assert_array_equal(smoothed(wins, 1.0), matrix)


VOTE_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no votes": ({"wins": np.zeros((2, 2))}, "there are no votes: at least one vote with a weight above 0 is needed"),
    "negative": ({"wins": np.array([[0, -1], [1, 0]])}, "wins must be finite counts of at least 0"),
    "NaN": ({"wins": np.array([[0, np.nan], [1, 0]])}, "wins must be finite counts of at least 0"),
    "shape": ({"wins": np.ones((2, 3))}, "wins must be a square matrix of counts, not of shape (2, 3)"),
    "itself": (
        {"wins": np.ones((2, 2)), "labels": ("a", "b")},
        "alternative 'a' is compared with itself",
    ),
    "ties not symmetric": (
        {"wins": WINS, "ties": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])},
        "ties must be a symmetric matrix: a tie of i with j is one of j with i",
    ),
    "ties above wins": ({"wins": WINS, "ties": 3.0 * TIES}, "wins must contain half of every tie"),
    "prior": ({"wins": WINS, "prior": -1.0}, "the prior must be a number of at least 0, not -1.0"),
    "labels": ({"wins": WINS, "labels": ("a",)}, "there is 1 label for 3 alternatives: give one each"),
}


@pytest.mark.parametrize("fault", VOTE_FAULTS)
def test_faulty_votes_give_one_sentence(fault: str) -> None:
    fields, sentence = VOTE_FAULTS[fault]
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        Votes(**fields)


def test_counts_too_large_to_be_drawn_one_by_one_are_resampled_all_the_same() -> None:
    wins = np.array([[0.0, 3e19], [2e19, 0.0]])
    resampled = Votes(wins).bootstrap(np.random.default_rng(0), 5)
    np.testing.assert_allclose(resampled, np.broadcast_to(wins, (5, 2, 2)), rtol=1e-8)


def test_a_bootstrap_too_large_or_of_nothing_is_refused() -> None:
    votes = Votes(np.triu(np.ones((500, 500)), 1))
    with pytest.raises(ValueError, match=r"^100000 bootstrap replicates of 500 alternatives need .* GiB, more than"):
        votes.bootstrap(np.random.default_rng(0), 100_000)
    with pytest.raises(ValueError, match=r"^the number of bootstrap replicates must be at least 1, not 0$"):
        votes.bootstrap(np.random.default_rng(0), 0)
