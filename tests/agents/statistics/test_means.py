"""Statistics of played games against scipy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from agents.statistics import Mean, mean, wilson_interval


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (0, 40), (40, 40), (3, 10), (617, 1000), (1, 20000)])
@pytest.mark.parametrize("confidence", [0.95, 0.6])
def test_wilson_interval_is_scipys(successes: int, trials: int, confidence: float) -> None:
    z = float(scipy.stats.norm.ppf(0.5 + confidence / 2))
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert wilson_interval(successes, trials, z) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_interval_is_for_95_percent_by_default() -> None:
    expected = scipy.stats.binomtest(7, 30).proportion_ci(0.95, method="wilson")
    assert wilson_interval(7, 30) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_interval_refuses_what_is_not_a_rate(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        wilson_interval(successes, trials)


@pytest.mark.parametrize("size", [2, 3, 1000])
def test_mean_and_its_standard_error_are_scipys(size: int) -> None:
    scores = np.random.default_rng(size).integers(0, 26, size)
    found = mean(scores)
    assert found.value == pytest.approx(np.mean(scores), abs=1e-12)
    assert found.standard_error == pytest.approx(scipy.stats.sem(scores), abs=1e-12)
    assert mean(scores.tolist()) == found


def test_one_value_has_no_standard_error_and_none_has_no_mean() -> None:
    assert mean([17]).value == 17.0
    assert math.isnan(mean([17]).standard_error)
    with pytest.raises(ValueError, match="mean of no values"):
        mean([])


def test_a_mean_is_printed_with_its_standard_error() -> None:
    assert str(Mean(22.34567, 0.05)) == "22.346 ± 0.050"
