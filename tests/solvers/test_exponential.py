"""The compiled exponential against numpy's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from games._base.jit import kernel
from solvers.exponential import exponential, exponentials

Vector = NDArray[np.float64]


@kernel
def _one_by_one(x, out):
    for i in range(x.shape[0]):
        out[i] = exponential(x[i])


@kernel
def _eight_at_a_time(x, top, out):
    exponentials(x, top, out)


def one_by_one(x: Vector) -> Vector:
    out = np.empty_like(x)
    _one_by_one(x, out)
    return out


def eight_at_a_time(x: Vector) -> Vector:
    out = np.full_like(x, np.nan)
    _eight_at_a_time(x, 0.0, out)
    return out


both_forms = pytest.mark.parametrize("compiled", [one_by_one, eight_at_a_time])


@both_forms
def test_it_is_within_a_unit_in_the_last_place_over_the_whole_range(compiled: Callable[[Vector], Vector]) -> None:
    generator = np.random.default_rng(0)
    x = np.concatenate(
        [
            np.linspace(-707.999, 708.999, 400_001),
            generator.uniform(-1, 1, 200_000),
            np.log(2) * (np.arange(-1020, 1022) + 0.5),  # where the reduced argument is largest
            np.nextafter(np.log(2) * np.arange(-1020, 1022), 0),
        ]
    )
    # Half a unit of numpy's rounding and a unit of ours, relative to the value: at most 2.3e-16 apart.
    np.testing.assert_allclose(compiled(x), np.exp(x), rtol=2.3e-16, atol=0)


@both_forms
def test_the_corners(compiled: Callable[[Vector], Vector]) -> None:
    tiny = np.array([0.0, -0.0, 1e-300, -1e-300, 5e-324, 1e-17])
    np.testing.assert_array_equal(compiled(tiny), np.ones(6))
    assert compiled(np.array([1e-15]))[0] == np.exp(1e-15)
    np.testing.assert_array_equal(compiled(np.array([-np.inf, -1e308, -1000.0, -708.0])), np.zeros(4))
    np.testing.assert_array_equal(compiled(np.array([np.inf, 1e308, 1000.0, 709.0])), np.full(4, np.inf))


@pytest.mark.parametrize("count", [1, 3, 7, 8, 9, 15, 16, 17, 23])
def test_eight_at_a_time_for_any_number_and_any_top(count: int) -> None:
    x = np.random.default_rng(count).normal(0.0, 20.0, count)
    padded = np.full(count + 2, np.nan)
    _eight_at_a_time(x, x.max(), padded[1:-1])
    np.testing.assert_allclose(padded[1:-1], np.exp(x - x.max()), rtol=2.3e-16, atol=0)
    assert np.isnan(padded[[0, -1]]).all()  # nothing is written beyond the ends
