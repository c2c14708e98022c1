"""Divergences without cancellation against the definition in sixty digits."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from games._base.jit import kernel
from solvers.divergence import divergence, divergence_term

DIGITS = 60


@kernel
def _term(p, log_p, log_b):
    return divergence_term(p, log_p, log_b)


def exact_term(log_p: float, log_b: float) -> Decimal:
    with localcontext(prec=DIGITS):
        r = Decimal(log_p) - Decimal(log_b)
        return Decimal(log_p).exp() * ((-r).exp() - 1 + r)


@given(st.floats(-60, 0), st.integers(-1000, 1000).map(lambda n: n / 1000), st.integers(-16, 2))
@example(-1.0, 0.125, 0)
@example(-1.0, -0.125, 0)
@example(-1.0, 1.0, 0)
@example(-1.0, -1.0, 0)
def test_a_term_is_exact_to_the_last_digits_however_near_the_policies_are(
    log_p: float, mantissa: float, exponent: int
) -> None:
    log_b = log_p + mantissa * 10.0**exponent
    expected = exact_term(log_p, log_b)
    p = math.exp(log_p)
    for found in (divergence_term(p, log_p, log_b), _term(p, log_p, log_b)):
        assert found >= 0.0
        assert float(abs(Decimal(found) - expected)) <= 2e-14 * float(expected) + 1e-300


@given(st.lists(st.floats(-30, 0), min_size=2, max_size=6), st.floats(-3e-9, 3e-9))
def test_a_divergence_is_that_of_the_definition(logs: list[float], tilt: float) -> None:
    log_p = np.array(logs) - np.logaddexp.reduce(logs)
    log_b = log_p + tilt * np.arange(len(logs))
    log_b -= np.logaddexp.reduce(log_b)
    with localcontext(prec=DIGITS):
        p, b = ([Decimal(float(x)).exp() for x in part] for part in (log_p, log_b))
        total_p, total_b = sum(p), sum(b)
        expected = float(sum((x / total_p) * ((x / total_p) / (y / total_b)).ln() for x, y in zip(p, b, strict=True)))
    found = divergence(np.exp(log_p), log_p, log_b)
    assert found >= 0.0
    # Rounding of the logarithms, up to 30 in size, moves the root of a divergence by some 30 units in the last place.
    assert abs(math.sqrt(found) - math.sqrt(expected)) <= 1e-14


def test_zeros_and_infinities() -> None:
    assert divergence_term(0.0, -math.inf, math.log(0.25)) == pytest.approx(0.25)
    assert divergence_term(0.0, -math.inf, -math.inf) == 0.0
    assert divergence_term(0.5, math.log(0.5), -math.inf) == math.inf
    assert math.isnan(divergence_term(math.nan, math.nan, -1.0))
    assert divergence_term(1e-300, math.log(1e-300), math.log(0.75)) == pytest.approx(0.75)
    certain, other = np.array([1.0, 0.0]), np.log([0.75, 0.25])
    assert divergence(certain, np.array([0.0, -math.inf]), other) == pytest.approx(-math.log(0.75))
