"""The benchmark of policy-gradient estimators: signal and noise that are known, and its table."""

from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console

from benchmarks.hanabi_gradients import ESTIMATORS, compared, gradients, markdown, measured
from games.hanabi.game import small
from tests.agents.blueprints.networks import network


def test_signal_noise_and_cosine_are_told_apart() -> None:
    generator = np.random.default_rng(0)
    truth, other = np.zeros(50), np.zeros(50)
    truth[0], other[:2] = 2.0, (3.0, 4.0)  # cosine 0.6
    estimates = []
    for _ in range(400):
        one = truth + generator.normal(0.0, 0.5, (40, 50))
        two = other + 2.0 * (one - truth) + generator.normal(0.0, 1.0, (40, 50))  # noise in common cancels, too
        estimates.append(measured(two @ two.T, one @ one.T, two @ one.T))
    signal, noise, cosine, useful = np.mean(estimates, axis=0)
    assert signal == pytest.approx(25.0, rel=0.02) and noise == pytest.approx(100.0, rel=0.02)
    assert cosine == pytest.approx(0.6, abs=0.01) and useful == pytest.approx(0.36 * 0.25, rel=0.05)


def test_without_a_signal_there_is_no_cosine() -> None:
    table = np.array([[4.0, -1.0], [-1.0, 4.0]])
    signal, noise, cosine, useful = measured(table, table, table)
    assert (signal, noise) == (-1.0, 5.0) and np.isnan(cosine) and np.isnan(useful)


def test_errors_and_ratios_are_those_of_repetition() -> None:
    generator = np.random.default_rng(1)
    truth = np.zeros(50)
    truth[0] = 2.0

    def batches() -> np.ndarray:
        first = truth + generator.normal(0.0, 0.5, (40, 50))
        return np.stack([first, truth + generator.normal(0.0, 0.5, (40, 50)), truth + 2.0 * (first - truth)])

    repeated = np.array([compared(batches())[0] for _ in range(200)])
    values, errors = compared(batches())
    np.testing.assert_allclose(repeated.mean(axis=0)[2], [4.0 / 50.0, 1.0, 4.0 / 50.0, 0.25], rtol=0.1)
    np.testing.assert_allclose(errors[2], repeated.std(axis=0)[2], rtol=0.5, atol=0.003)
    assert values[1, 3] == 1.0 and errors[1, 3] == 0.0


def test_the_table_has_a_row_for_each_estimator() -> None:
    found, shares = gradients(network(small(2), "smart", 0.5), 3, 8, Console(quiet=True))
    names = {"command": "c", "date": "d", "version": "v", "packages": {"numba": "n"}, "cores": 2, "processor": "p"}
    lines = markdown(found, shares, names, "made", 8).splitlines()
    assert sum(line.startswith("| ") for line in lines) == len(ESTIMATORS) + 1
    for estimator, share, some in zip(ESTIMATORS, shares, found, strict=True):
        assert np.abs(some).max() > 0.0 and (estimator.kind != "drawn" or share <= estimator.share + 0.1)
        if estimator.kind == "all":
            assert share == pytest.approx(1.0)
    assert not np.allclose(found[0], found[1])
    assert not any("nan" in line for line in lines)
