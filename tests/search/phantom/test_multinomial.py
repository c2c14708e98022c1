from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from games._base.rng import fold
from search.phantom.multinomial import binomial, log_factorials, multinomial

LOGARITHMS = log_factorials(100_000)


@pytest.mark.parametrize(
    ("count", "probability"),
    [(1, 0.3), (10, 0.04), (10, 0.5), (100, 0.97), (1000, 1e-4), (1000, 0.31), (10_000, 0.5), (100_000, 1.0 - 1e-6)],
)
def test_every_count_has_its_share_of_the_numbers(count: int, probability: float) -> None:
    """Inversion maps an interval of numbers to each count: the evenly spaced ones measure how long it is."""
    numbers = (np.arange(4_000) + 0.5) / 4_000
    found = np.bincount([binomial(count, probability, number, LOGARITHMS) for number in numbers], minlength=count + 1)
    expected = stats.binom.pmf(np.arange(count + 1), count, probability)
    assert np.abs(found / 4_000 - expected).max() <= 1.0 / 4_000 + 1e-9


def test_certain_and_impossible_categories() -> None:
    assert binomial(7, 0.0, 0.5, LOGARITHMS) == 0
    assert binomial(7, 1.0, 0.5, LOGARITHMS) == 7
    assert binomial(0, 0.4, 0.9, LOGARITHMS) == 0
    for number in (0.0, np.nextafter(1.0, 0.0)):  # the ends, where rounding errors might fall through
        assert all(0 <= binomial(n, 0.37, number, LOGARITHMS) <= n for n in range(1, 60))
    out = np.full(4, -1)
    multinomial(50, np.array([0.0, 2.0, 0.0, 0.0]), np.uint64(3), LOGARITHMS, out)
    assert out.tolist() == [0, 50, 0, 0]


@pytest.mark.filterwarnings("ignore:overflow")  # of 64-bit words, outside compiled code
def test_counts_together_are_multinomial() -> None:
    count, draws = 4, 4000
    weights = np.array([3.0, 0.0, 1.0, 2.0])
    found: dict[tuple[int, ...], int] = {}
    out = np.zeros(4, np.int64)
    for seed in range(draws):
        multinomial(count, weights, fold(np.uint64(1), seed), LOGARITHMS, out)
        assert out.sum() == count and out[1] == 0
        found[tuple(out.tolist())] = found.get(tuple(out.tolist()), 0) + 1
    possible = [(a, 0, c, count - a - c) for a, c in product(range(count + 1), repeat=2) if a + c <= count]
    expected = draws * stats.multinomial.pmf([[a, c, d] for a, _, c, d in possible], count, weights[[0, 2, 3]] / 6.0)
    statistic = sum((found.get(k, 0) - e) ** 2 / e for k, e in zip(possible, expected, strict=True))
    assert statistic < stats.chi2.ppf(0.999, len(possible) - 1)
