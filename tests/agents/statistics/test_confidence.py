"""Confidence sequences: the definition in plain loops, coverage at every look, and what peeking at t intervals does."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from agents.statistics.confidence_sequences import METHODS, ConfidenceSequence, confidence_sequence

FloatArray = NDArray[np.float64]


def naive_capital(observations: FloatArray, mean: FloatArray | float, alpha: float) -> FloatArray:
    """Return half the sum of both capitals after each observation in [0, 1], from the formulas of the paper."""
    seen: list[float] = []
    centres: list[float] = []
    up: FloatArray | float = 1.0
    down: FloatArray | float = 1.0
    capital = []
    for t, x in enumerate(observations, start=1):
        variance = (0.25 + sum((a - b) ** 2 for a, b in zip(seen, centres, strict=True))) / t
        bet = math.sqrt(2 * math.log(2 / alpha) / (variance * t * math.log(1 + t)))
        up = up * (1 + np.minimum(bet, 0.5 / mean) * (x - mean))
        down = down * (1 - np.minimum(bet, 0.5 / (1 - mean)) * (x - mean))
        capital.append((up + down) / 2)
        seen.append(float(x))
        centres.append((0.5 + sum(seen)) / (t + 1))
    return np.array(capital)


def draws(kind: str, runs: int, looks: int) -> tuple[FloatArray, float, tuple[float, float]]:
    """Return observations [runs, looks], their mean, and their range."""
    generator = np.random.default_rng(20)
    if kind == "wins":
        return generator.binomial(1, 0.4, (runs, looks)).astype(float), 0.4, (0.0, 1.0)
    if kind == "rare":
        return generator.binomial(1, 0.02, (runs, looks)).astype(float), 0.02, (0.0, 1.0)
    values, chances = np.array([-13.0, -1.0, 0.0, 1.0, 7.0]), np.array([0.01, 0.4, 0.2, 0.35, 0.04])
    return generator.choice(values, (runs, looks), p=chances), float(values @ chances), (-13.0, 13.0)


@pytest.mark.parametrize("mean", [0.1, 0.35, 0.5, 0.9])
def test_a_mean_is_rejected_when_the_bets_against_it_have_won_one_over_alpha(mean: float) -> None:
    observations = np.random.default_rng(3).beta(2, 1, 120)
    alpha = 0.1
    capital = naive_capital(observations, mean, alpha)
    sequence = ConfidenceSequence(alpha, 0.0, 1.0)
    for look, observation in enumerate(observations):
        sequence.update(observation)
        assert sequence.excludes(mean) == (capital[: look + 1].max() >= 1 / alpha)


def test_the_interval_is_one_cell_wider_than_the_means_that_are_not_rejected() -> None:
    observations = np.random.default_rng(4).beta(1, 3, 300)
    sequence = ConfidenceSequence(0.05, 0.0, 1.0)
    sequence.extend(observations)
    grid = np.arange(1, 2000) / 2000
    kept = grid[naive_capital(observations, grid, 0.05).max(axis=0) < 20]
    assert sequence.interval() == pytest.approx((kept[0] - 0.0005, kept[-1] + 0.0005), abs=1e-12)


def test_empirical_bernstein_is_the_formula_of_the_paper() -> None:
    x, alpha = np.random.default_rng(5).random(50), 0.05
    lower, upper = 0.0, 1.0
    sequence = ConfidenceSequence(alpha, 0.0, 1.0, "empirical-bernstein")
    for t in range(1, 51):
        sequence.update(x[t - 1])
        means = [(0.5 + x[:i].sum()) / (i + 1) for i in range(t + 1)]
        variances = [(0.25 + sum((x[k] - means[k + 1]) ** 2 for k in range(i))) / (i + 1) for i in range(t)]
        bets = [
            min(0.5, math.sqrt(2 * math.log(2 / alpha) / (variances[i - 1] * i * math.log(1 + i))))
            for i in range(1, t + 1)
        ]
        spent = sum(4 * (x[i] - means[i]) ** 2 * (-math.log(1 - b) - b) / 4 for i, b in enumerate(bets))
        centre, margin = float(np.dot(bets, x[:t]) / sum(bets)), (math.log(2 / alpha) + spent) / sum(bets)
        lower, upper = max(lower, centre - margin), min(upper, centre + margin)
        assert sequence.interval() == pytest.approx((lower, upper), abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_many_sequences_at_once_are_the_same_as_one_look_after_the_other(method: str) -> None:
    values, _, (low, high) = draws("skewed", 3, 200)
    lower, upper = confidence_sequence(values, 0.05, low, high, method)
    for run in range(3):
        sequence = ConfidenceSequence(0.05, low, high, method)
        for look in range(200):
            sequence.update(values[run, look])
            assert sequence.interval() == pytest.approx((lower[run, look], upper[run, look]), abs=1e-9)
        assert sequence.count == 200
    single = confidence_sequence(values[0], 0.05, low, high, method)
    np.testing.assert_array_equal(single, (lower[0], upper[0]))
    assert (np.diff(lower, axis=1) >= 0).all() and (np.diff(upper, axis=1) <= 0).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["wins", "rare", "skewed"])
def test_the_mean_is_inside_at_every_look_as_often_as_promised(method: str, kind: str) -> None:
    values, mean, (low, high) = draws(kind, 300, 1000)
    lower, upper = confidence_sequence(values, 0.05, low, high, method)
    missed = ((lower > mean) | (upper < mean)).any(axis=1).mean()
    assert missed <= 0.05
    assert (upper - lower)[:, -1].mean() < 0.2 * (high - low)


def test_looking_at_t_intervals_until_one_excludes_the_mean_errs_far_too_often() -> None:
    values, mean, _ = draws("wins", 300, 1000)
    n = np.arange(1, 1001)
    centre = np.cumsum(values, axis=1) / n
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt((np.cumsum(values**2, axis=1) / n - centre**2) / (n - 1))
        misses = np.abs(centre - mean) > scipy.stats.t.ppf(0.975, n - 1) * error
    assert misses[:, -1].mean() < 0.08  # once, at the end, it holds
    assert misses[:, 9:].any(axis=1).mean() > 0.3  # looked at after every game, it does not


def test_a_true_advantage_is_found() -> None:
    values = np.random.default_rng(6).choice([-1.0, 1.0], 2000, p=[0.4, 0.6])
    looks = {}
    for method in METHODS:
        sequence = ConfidenceSequence(0.05, -1.0, 1.0, method)
        looks[method] = next(
            look for look, value in enumerate(values, 1) if sequence.update(value) is None and sequence.excludes(0.0)
        )
    assert max(looks.values()) < 1000


def test_betting_needs_far_fewer_observations_of_little_variance() -> None:
    values, _, (low, high) = draws("skewed", 20, 100)
    widths = {
        method: float(np.subtract(*confidence_sequence(values, 0.05, low, high, method)[::-1])[:, -1].mean())
        for method in METHODS
    }
    assert widths["betting"] < 0.6 * widths["empirical-bernstein"]


def test_it_starts_with_the_whole_range_and_survives_a_mean_that_moves() -> None:
    sequence = ConfidenceSequence(0.05, 2.0, 4.0)
    assert sequence.interval() == (2.0, 4.0)
    assert not sequence.excludes(2.0) and sequence.excludes(1.0)
    sequence.extend([2.0] * 200)
    sequence.extend([4.0] * 4000)
    low, high = sequence.interval()
    assert 2.0 <= low <= high <= 4.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 0.0, 1.0), "alpha must be between 0 and 1"),
        ((0.05, 1.0, 1.0), "must be finite with low < high"),
        ((0.05, 0.0, math.inf), "must be finite with low < high"),
        ((0.05, 0.0, 1.0, "hope"), "choose betting or empirical-bernstein"),
    ],
)
def test_settings_without_meaning_are_refused(arguments: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ConfidenceSequence(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1.5, -0.1, math.nan])
def test_an_observation_out_of_range_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="outside 0 to 1"):
        ConfidenceSequence(0.05, 0.0, 1.0).update(value)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        confidence_sequence([0.5, value], 0.05, 0.0, 1.0)
