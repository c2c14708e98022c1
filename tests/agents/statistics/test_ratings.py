"""Bradley–Terry with a prior: closed forms, a general optimiser, coverage, and the cases that break other packages."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logit

from agents.statistics.ratings import (
    ELO,
    VIRTUAL_DRAWS,
    Comparisons,
    bradley_terry,
    clustered,
    differences,
    likelihood_of_superiority,
)

FloatArray = NDArray[np.float64]


def loss(rating: FloatArray, wins: FloatArray, draws: float) -> float:
    """Return the negative logarithm of likelihood and prior, term by term."""
    total = 0.0
    for i in range(len(wins)):
        total += draws / 2 * (log_expit(rating[i]) + log_expit(-rating[i]))
        total += sum(wins[i, j] * log_expit(rating[i] - rating[j]) for j in range(len(wins)) if j != i)
    return -float(total)


def test_ten_to_one_is_four_hundred_points() -> None:
    found = bradley_terry([[0, 1e6], [1e5, 0]], virtual_draws=1e-3)
    assert found.elo[0] - found.elo[1] == pytest.approx(400.0, abs=1e-3)
    assert found.elo.sum() == pytest.approx(0.0, abs=1e-9)


def test_the_error_of_one_difference_is_the_binomials() -> None:
    found = bradley_terry([[0, 7000], [3000, 0]], virtual_draws=1e-6)
    difference, error = found.differences()
    assert difference[0, 1] == pytest.approx(ELO * logit(0.7), rel=1e-6)
    assert error[0, 1] == pytest.approx(ELO / np.sqrt(10_000 * 0.7 * 0.3), rel=1e-6)
    assert difference[1, 0] == -difference[0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_maximum_that_a_general_optimiser_finds(seed: int) -> None:
    generator = np.random.default_rng(seed)
    wins = generator.integers(0, 30, (6, 6)).astype(float)
    np.fill_diagonal(wins, 0.0)
    expected = scipy.optimize.minimize(loss, np.zeros(6), args=(wins, 2.0), method="BFGS", options={"gtol": 1e-8}).x
    found = bradley_terry(wins)
    np.testing.assert_allclose(found.elo / ELO, expected - expected.mean(), atol=1e-5)


def test_the_covariance_is_the_inverse_of_the_curvature() -> None:
    wins = np.array([[0.0, 12, 5.5], [8, 0, 9], [3.5, 4, 0]])
    rating = scipy.optimize.minimize(loss, np.zeros(3), args=(wins, 2.0), options={"gtol": 1e-9}).x
    step, identity = 1e-4, np.eye(3) * 1e-4
    curvature = np.array(
        [
            [
                (
                    loss(rating + a + b, wins, 2.0)
                    - loss(rating + a - b, wins, 2.0)
                    - loss(rating - a + b, wins, 2.0)
                    + loss(rating - a - b, wins, 2.0)
                )
                / (4 * step**2)
                for b in identity
            ]
            for a in identity
        ]
    )
    _, expected = differences(rating, np.linalg.inv(curvature))
    np.testing.assert_allclose(bradley_terry(wins).differences()[1], ELO * expected, rtol=1e-4)


def test_an_unbeaten_agent_has_a_finite_rating_that_grows_with_its_games() -> None:
    ratings = [bradley_terry([[0, n, n], [0, 0, n / 2], [0, n / 2, 0]]) for n in (10, 100, 1000)]
    best = [rating.elo[0] for rating in ratings]
    assert 0 < best[0] < best[1] < best[2] < 3000
    for rating in ratings:
        assert np.isfinite(rating.elo).all() and np.isfinite(rating.covariance).all()
        assert rating.elo[1] == pytest.approx(rating.elo[2])
        assert rating.superiority()[0, 1] > 0.99


def test_a_prior_of_draws_is_the_same_as_draws_against_an_average_player() -> None:
    found = bradley_terry([[0, 9], [1, 0]], virtual_draws=2.0)
    x = scipy.optimize.brentq(lambda x: 9 - 10 * expit(2 * x) + 2 * (0.5 - expit(x)), 0, 5)
    np.testing.assert_allclose(found.elo, [ELO * x, -ELO * x], rtol=1e-9)


def test_groups_that_never_met_are_compared_through_the_prior_only() -> None:
    wins = np.zeros((4, 4))
    wins[0, 1] = wins[2, 3] = 8
    wins[1, 0] = wins[3, 2] = 4
    found = bradley_terry(wins)
    assert found.elo[0] == pytest.approx(found.elo[2]) and found.elo[1] == pytest.approx(found.elo[3])
    _, errors = found.differences()
    assert errors[0, 2] > errors[0, 1]


def test_rock_paper_scissors_has_equal_ratings() -> None:
    found = bradley_terry([[0, 0, 50], [50, 0, 0], [0, 50, 0]])
    np.testing.assert_allclose(found.elo, 0.0, atol=1e-9)
    np.testing.assert_allclose(found.superiority(), 0.5)


def test_nobody_played_is_nobody_known() -> None:
    found = bradley_terry(np.zeros((3, 3)))
    np.testing.assert_allclose(found.elo, 0.0)
    assert (found.standard_errors > 200).all()


def test_intervals_of_differences_cover_in_simulated_tournaments() -> None:
    generator, truth = np.random.default_rng(8), np.array([0.9, 0.3, 0.0, -0.2, -1.0])
    chance = expit(truth[:, None] - truth[None, :])
    upper = np.triu_indices(5, 1)
    covered = total = 0
    for _ in range(300):
        wins = np.zeros((5, 5))
        wins[upper] = generator.binomial(60, chance[upper])
        wins.T[upper] = 60 - wins[upper]
        difference, error = bradley_terry(wins, virtual_draws=0.5).differences()
        inside = np.abs(difference - ELO * (truth[:, None] - truth[None, :])) <= 1.96 * error
        covered, total = covered + int(inside[upper].sum()), total + 10
    assert 0.93 <= covered / total <= 0.97


def test_likelihood_of_superiority_is_the_normal_distribution() -> None:
    found = likelihood_of_superiority(np.array([[0.0, 3.0], [-3.0, 0.0]]), np.array([[0.0, 1.5], [0.0, 0.0]]))
    np.testing.assert_allclose(found, [[0.5, scipy.stats.norm.cdf(2)], [0.0, 0.5]])


@pytest.mark.parametrize(
    ("scores", "draws", "message"),
    [
        ([[0, 1, 2]], 2.0, "must be a square table"),
        ([[0, -1], [1, 0]], 2.0, "none below 0"),
        ([[0, 1], [1, 0]], 0.0, "more than 0 virtual draws"),
    ],
)
def test_scores_without_meaning_are_refused(scores: list[list[float]], draws: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bradley_terry(scores, draws)


def comparisons(seed: int, agents: int, deals: int, shared: float = 0.0) -> Comparisons:
    """Return a round robin; ``shared`` is how much of the luck of a deal all its groups have in common."""
    generator = np.random.default_rng(seed)
    luck = generator.normal(size=deals)
    rows = []
    for i in range(agents):
        for j in range(i):
            for deal in range(deals):
                margin = 0.3 * (i - j) + shared * luck[deal] + generator.normal()
                rows.append((i, j, 1.0 if margin > 0.4 else 0.0 if margin < -0.4 else 0.5, 1.0, deal))
    first, second, score, weight, deal = (np.array(column) for column in zip(*rows, strict=True))
    return Comparisons(first, second, score, weight, deal)


def test_the_clustered_covariance_is_its_definition() -> None:
    given = comparisons(1, 4, 30, shared=1.0)
    found = clustered(given, 4)
    rating = scipy.optimize.minimize(loss, np.zeros(4), args=(given.table(4), VIRTUAL_DRAWS), options={"gtol": 1e-9}).x
    np.testing.assert_allclose(found.elo / ELO, rating - rating.mean(), atol=1e-6)
    curvature, step = np.zeros((4, 4)), 1e-4
    for i in range(4):
        for j in range(4):
            for one in (1, -1):
                for other in (1, -1):
                    moved = rating + step * (one * np.eye(4)[i] + other * np.eye(4)[j])
                    curvature[i, j] += one * other * loss(moved, given.table(4), VIRTUAL_DRAWS) / (4 * step * step)
    gradients = []
    for deal in range(30):
        gradient = np.zeros(4)
        for i, j, score, weight, where in zip(*given, strict=True):
            if where == deal:
                gradient += weight * (score - expit(rating[i] - rating[j])) * (np.eye(4)[i] - np.eye(4)[j])
        gradients.append(gradient)
    meat = 30 * np.cov(np.array(gradients).T)
    meat += np.diag([VIRTUAL_DRAWS / 2 * (expit(r) ** 2 + expit(-r) ** 2) for r in rating])
    covariance = np.linalg.inv(curvature) @ meat @ np.linalg.inv(curvature)
    expected = differences(rating, covariance)[1]
    np.testing.assert_allclose(found.differences()[1], ELO * expected, rtol=1e-4)


def test_the_same_deal_told_twice_is_no_more_evidence() -> None:
    once = comparisons(2, 3, 200)
    twice = Comparisons(*(np.concatenate([column, column]) for column in once))
    one, two = (clustered(given, 3, virtual_draws=1e-3).differences()[1][0, 1] for given in (once, twice))
    assert two == pytest.approx(one, rel=1e-3)
    one, two = (bradley_terry(given.table(3), 1e-3).differences()[1][0, 1] for given in (once, twice))
    assert two == pytest.approx(one / np.sqrt(2), rel=1e-3)


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_clustered_errors_are_the_spread(shared: float) -> None:
    """Over 400 fields whose pairs share luck, or do not: what is reported is what ratings vary by, and covers."""
    found = [clustered(comparisons(seed, 4, 60, shared), 4) for seed in range(400)]
    ratings = np.array([each.elo for each in found])
    reported = np.array([each.standard_errors for each in found]).mean(axis=0)
    np.testing.assert_allclose(reported, ratings.std(axis=0, ddof=1), rtol=0.12)
    inside = [abs(each.elo - ratings.mean(axis=0)) <= np.ptp(each.intervals(), axis=1) / 2 for each in found]
    assert 0.925 <= np.mean(inside) <= 0.975


def test_what_never_varied_is_not_known_for_sure() -> None:
    """An agent that won every game may be 200 points better or 2,000; an error near 0 would be a lie."""
    winner = Comparisons(np.zeros(50, int), np.ones(50, int), np.ones(50), np.ones(50), np.arange(50))
    found = clustered(winner, 2)
    assert found.differences()[1][0, 1] > 0.6 * bradley_terry(winner.table(2)).differences()[1][0, 1]


def test_a_single_deal_has_the_error_of_independent_games() -> None:
    given = comparisons(3, 3, 1)
    np.testing.assert_array_equal(clustered(given, 3).covariance, bradley_terry(given.table(3)).covariance)
