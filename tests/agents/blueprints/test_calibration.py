"""The calibration of a network's value: the mean of capped scores, by integration, and its way through files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.blueprints.neural.blueprint import blueprint_of_file, neural_blueprint
from agents.blueprints.neural.calibration import Calibration, calibration_of, points_to_come, write_calibration
from agents.blueprints.neural.weights import load, save
from benchmarks.hanabi_values import bias, fitted
from games._base.jit import kernel
from games.hanabi.state import HanabiState
from tests.search.hanabi.test_batched import SMALL
from tests.search.hanabi.test_unfinished_rollouts import valued

_points_to_come = kernel(points_to_come)


def header(*calibration: float) -> np.ndarray:
    parameters = np.zeros(16, np.float32)
    write_calibration(parameters, Calibration(*calibration))
    return parameters


@given(st.floats(0.05, 2.0), st.floats(-2.0, 30.0), st.floats(-1.0, 1.0), st.integers(0, 80), st.integers(0, 25))
def test_it_is_the_mean_of_capped_scores(spread: float, value: float, shift: float, turn: int, left: int) -> None:
    given_header = header(spread, shift, 0.01, -0.0001)
    spread, shift, by_turn, by_square = calibration_of(given_header)  # as float32 keeps them
    quantiles = (np.arange(200_000) + 0.5) / 200_000
    errors = spread * np.log(quantiles / (1.0 - quantiles))  # logistic
    mean = np.minimum(left, value + shift + by_turn * turn + by_square * turn**2 + errors).mean()
    assert _points_to_come(given_header, turn, left, value) == pytest.approx(mean, abs=1e-3)


def test_without_a_spread_a_value_is_what_it_is() -> None:
    assert _points_to_come(header(), 7, 3, 12.25) == 12.25
    for wrong in ((-1.0, 0.0, 0.0, 0.0), (1.0, np.nan, 0.0, 0.0)):
        with pytest.raises(ValueError, match="a calibration has finite numbers"):
            header(*wrong)


def test_it_is_part_of_the_weights(tmp_path: Path) -> None:
    network = valued(SMALL, "smart")
    plain = neural_blueprint(replace(network))
    write_calibration(network.parameters, Calibration(0.5, 0.75, -0.01, 0.0))
    save(tmp_path / "some.safetensors", network)
    again = load(tmp_path / "some.safetensors")
    assert np.array_equal(again.parameters, network.parameters)
    blueprint = blueprint_of_file(tmp_path / "some.safetensors")
    assert blueprint.weights(SMALL) != plain.weights(SMALL)
    state = HanabiState.from_seed(SMALL, 0)
    view = state.view(0)
    before, after = (
        float(each.value(SMALL.rules, view, each.new_memories(SMALL)[0])) for each in (plain, blueprint) if each.value
    )
    assert after == pytest.approx(_points_to_come(network.parameters, 0, SMALL.types, before), abs=1e-6)
    assert abs(after - before) > 0.1


def test_the_fit_finds_the_bias() -> None:
    generator = np.random.default_rng(3)
    games, turns = np.divmod(np.arange(12_000), 40)
    likely = 22.0 + 2.5 * generator.random(len(games))
    scores = np.minimum(25.0, likely + 0.3 * generator.logistic(size=len(games)))
    value = likely - 10.0 - 0.4 * (1.0 - turns / 40.0)
    table = np.stack([games, turns, np.full(len(games), 10.0), np.full(len(games), 25.0), value, scores], axis=1)
    found = fitted(table)
    np.testing.assert_allclose([found.spread, found.shift, found.by_turn * 40], [0.3, 0.4, -0.4], atol=0.12)
    known = np.array([_points_to_come(header(*found), turn, 15, v) for turn, v in zip(turns, value, strict=True)])
    mean, error = bias(table, 10.0 + known)
    assert abs(mean) < 3 * error + 0.01
    assert error == pytest.approx((10.0 + known - scores).std() / np.sqrt(len(games)), rel=0.2)
