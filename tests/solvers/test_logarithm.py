"""The logarithm of compiled loops against numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from games._base.jit import kernel
from solvers.logarithm import logarithm


@kernel
def logarithms(x, out):
    for i in range(x.shape[0]):
        out[i] = logarithm(x[i])


@pytest.mark.parametrize(
    "numbers",
    [
        np.random.default_rng(0).uniform(1.0, 100.0, 20_000),
        np.exp(np.random.default_rng(1).uniform(-700.0, 700.0, 20_000)),
        1.0 + np.random.default_rng(2).uniform(-1e-6, 1e-6, 20_000),
        np.array([1.0, 2.0, 0.5, np.sqrt(2.0), np.sqrt(0.5), np.nextafter(1.0, 0.0), 1e300, 2.3e-308]),
    ],
)
def test_it_is_within_two_units_in_the_last_place(numbers: np.ndarray) -> None:
    out, expected = np.empty_like(numbers), np.log(numbers)
    logarithms(numbers, out)
    assert (np.abs(out - expected) <= 2.0 * np.spacing(np.abs(expected))).all()
