"""Hodge decomposition, Nash averaging and alpha-rank on games whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from numpy.typing import NDArray
from scipy.special import expit

from agents.statistics.cyclicity import decided_cycles, hodge_decomposition, log_odds
from agents.statistics.nash_averaging import alpha_rank, nash_average
from games.matrix import biased_rock_paper_scissors
from games.preference import PreferenceGame
from solvers.preference import solve

FloatArray = NDArray[np.float64]

ROCK_PAPER_SCISSORS = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])


def antisymmetric(n: int, seed: int) -> FloatArray:
    table = np.random.default_rng(seed).normal(size=(n, n))
    return np.asarray(table - table.T)


def test_rock_paper_scissors_is_all_cycle_and_differences_of_ratings_are_none() -> None:
    assert hodge_decomposition(ROCK_PAPER_SCISSORS).share == pytest.approx(1.0)
    ratings = np.array([3.0, -1.0, 0.5, -2.5])
    found = hodge_decomposition(
        ratings[:, None] - ratings[None, :], np.random.default_rng(0).random() * np.ones((4, 4))
    )
    assert found.share == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(found.potential, ratings, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_potentials_are_the_weighted_least_squares(seed: int) -> None:
    table, n = antisymmetric(6, seed), 6
    weights = np.random.default_rng(seed + 50).random((n, n)) * (np.random.default_rng(seed).random((n, n)) < 0.8)
    weights = weights + weights.T
    found = hodge_decomposition(table, weights)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if weights[i, j] > 0]
    rows = np.zeros((len(pairs), n))
    for row, (i, j) in enumerate(pairs):
        rows[row, i], rows[row, j] = 1.0, -1.0
    roots = np.sqrt([weights[pair] for pair in pairs])
    values = np.array([table[pair] for pair in pairs])
    expected, *_ = np.linalg.lstsq(roots[:, None] * rows, roots * values, rcond=None)
    np.testing.assert_allclose(found.potential, expected, atol=1e-9)
    left = float(((roots * (values - rows @ expected)) ** 2).sum())
    assert found.share == pytest.approx(left / float(((roots * values) ** 2).sum()))


def test_chance_alone_is_called_cyclic_as_rarely_as_promised() -> None:
    generator, ratings = np.random.default_rng(1), np.array([0.8, 0.2, 0.0, -0.3, -0.9])
    chance = expit(ratings[:, None] - ratings[None, :])
    upper = np.triu_indices(5, 1)
    values = []
    for _ in range(400):
        wins = np.zeros((5, 5))
        wins[upper] = generator.binomial(100, chance[upper])
        wins.T[upper] = 100 - wins[upper]
        values.append(hodge_decomposition(*log_odds(wins)).p_value)
    assert 0.02 <= np.mean(np.array(values) < 0.05) <= 0.08
    assert 0.4 < np.mean(values) < 0.6


def test_log_odds_of_pairs_that_never_met_have_no_weight() -> None:
    table, weights = log_odds([[0, 3, 0], [1, 0, 0], [0, 0, 0]])
    assert table[0, 1] == pytest.approx(np.log(3.5 / 1.5)) == -table[1, 0]
    assert weights[0, 1] == pytest.approx(1 / (1 / 3.5 + 1 / 1.5))
    assert weights[0, 2] == table[0, 2] == 0.0
    found = hodge_decomposition(table, weights)
    assert found.share == pytest.approx(0.0, abs=1e-12) and found.p_value == 1.0


def test_decided_cycles_name_each_cycle_once_and_the_surest_first() -> None:
    likely = 0.5 + 0.48 * ROCK_PAPER_SCISSORS
    assert decided_cycles(likely, 0.95) == [(0, 2, 1)]
    assert decided_cycles(likely, 0.99) == []
    four = np.full((4, 4), 0.5)
    for (i, j), chance in {(0, 1): 0.99, (1, 2): 0.99, (2, 0): 0.96, (2, 3): 0.999, (3, 0): 0.98}.items():
        four[i, j], four[j, i] = chance, 1 - chance
    assert decided_cycles(four, 0.95) == [(0, 1, 2)]
    assert decided_cycles(four.T, 0.95, limit=1) == [(0, 2, 1)]


def test_tables_that_are_not_antisymmetric_are_refused() -> None:
    with pytest.raises(ValueError, match="antisymmetric"):
        hodge_decomposition([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="antisymmetric"):
        nash_average([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="every pair to have met"):
        nash_average([[0.0, np.nan], [np.nan, 0.0]])
    with pytest.raises(ValueError, match="weights must be symmetric"):
        hodge_decomposition(ROCK_PAPER_SCISSORS, np.triu(np.ones((3, 3))))


def test_known_equilibria() -> None:
    np.testing.assert_allclose(nash_average(ROCK_PAPER_SCISSORS).policy, 1 / 3, atol=1e-12)
    biased = nash_average(biased_rock_paper_scissors().payoffs)
    np.testing.assert_allclose(biased.policy, np.array([1, 3, 3]) / 7, atol=1e-12)
    np.testing.assert_allclose(nash_average(np.zeros((4, 4))).policy, 0.25)
    dominated = nash_average([[0.0, 0.0, 1.0], [0.0, 0.0, 2.0], [-1.0, -2.0, 0.0]])
    np.testing.assert_allclose(dominated.policy, [0.5, 0.5, 0.0], atol=1e-12)
    np.testing.assert_allclose(dominated.ratings, [0.0, 0.0, -1.5], atol=1e-12)
    assert nash_average([[0.0]]).policy.tolist() == [1.0]


@pytest.mark.parametrize("seed", range(4))
def test_copies_of_an_agent_change_nothing_but_share_its_probability(seed: int) -> None:
    table = antisymmetric(5, seed)
    places = [0, 1, 2, 2, 2, 3, 4, 0]
    once, often = nash_average(table), nash_average(table[np.ix_(places, places)])
    np.testing.assert_allclose(often.ratings, once.ratings[places], atol=1e-9)
    for agent in range(5):
        copies = [place for place, original in enumerate(places) if original == agent]
        assert often.policy[copies].sum() == pytest.approx(once.policy[agent], abs=1e-9)
        assert np.ptp(often.policy[copies]) < 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_no_equilibrium_has_more_entropy(seed: int) -> None:
    generator = np.random.default_rng(seed)
    table = np.triu(generator.choice([-1.0, 0.0, 0.0, 1.0], (8, 8)), 1)
    table = table - table.T
    found = nash_average(table)
    assert found.duality_gap < 1e-9
    equilibria = []
    for _ in range(30):  # vertices of the set of equilibria, and mixtures of them
        solved = scipy.optimize.linprog(
            generator.normal(size=8), A_ub=table, b_ub=np.zeros(8), A_eq=np.ones((1, 8)), b_eq=[1.0]
        )
        equilibria.append(np.maximum(solved.x, 0.0))
    for _ in range(200):
        mixed = generator.dirichlet(np.full(30, 0.3)) @ np.array(equilibria)
        positive = mixed[mixed > 0]
        assert -(positive * np.log(positive)).sum() <= found.entropy + 1e-7
        # At the maximum of a concave function over a convex set, no direction into the set leads up.
        held = found.policy > 0
        assert ((mixed - found.policy)[held] * -np.log(found.policy[held])).sum() <= 1e-6


@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_the_limit_of_regularised_equilibria(seed: int) -> None:
    table = np.triu(np.random.default_rng(seed).choice([-1.0, 0.0, 1.0], (6, 6)), 1)
    table = table - table.T
    limit = nash_average(table).policy
    game = PreferenceGame(0.5 + table / 2)
    away = [
        float(np.abs(solve(game, "nash-mp", beta=beta, tolerance=1e-10).policy - limit).max())
        for beta in (0.02, 0.008, 0.002)
    ]
    assert away[2] < 0.5 * away[1] < 0.3 * away[0] < 0.03


def test_alpha_rank_is_the_chain_in_which_the_better_agent_takes_over() -> None:
    np.testing.assert_allclose(alpha_rank(ROCK_PAPER_SCISSORS), 1 / 3, atol=1e-9)
    best = np.array([[0.0, 1.0, 2.0], [-1.0, 0.0, 1.0], [-2.0, -1.0, 0.0]])
    np.testing.assert_allclose(alpha_rank(best), [1.0, 0.0, 0.0], atol=1e-3)
    cycle = np.zeros((4, 4))
    cycle[:3, :3], cycle[:3, 3], cycle[3, :3] = ROCK_PAPER_SCISSORS, 1.0, -1.0
    np.testing.assert_allclose(alpha_rank(cycle), [1 / 3, 1 / 3, 1 / 3, 0.0], atol=1e-3)
    assert alpha_rank([[0.0]]).tolist() == [1.0]
