"""The simplex method in integers against HiGHS and the conditions of optimality, and products against fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from solvers.exact import exact_product, maximum

numbers = st.floats(-1e30, 1e30).map(lambda x: x if abs(x) > 1e-30 else 0.0)


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=2, max_size=5)))
def test_products_are_rounded_once(rows: list[list[float]]) -> None:
    *matrix, vector = rows
    found = exact_product(np.array(matrix), np.array(vector))
    for row, value in zip(matrix, found, strict=True):
        exact = sum((Fraction(a) * Fraction(b) for a, b in zip(row, vector, strict=True)), Fraction(0))
        assert value == float(exact)


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[list[int]], list[int], list[int]]:
    m, n = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    matrix = draw(st.lists(st.lists(st.integers(-3, 5), min_size=n, max_size=n), min_size=m, max_size=m))
    bounds = draw(st.lists(st.integers(0, 2), min_size=m, max_size=m))  # many 0: degenerate
    return matrix, bounds, draw(st.lists(st.integers(-2, 3), min_size=n, max_size=n))


@given(programs())
def test_programs_are_solved_as_by_highs(program: tuple[list[list[int]], list[int], list[int]]) -> None:
    matrix, bounds, goal = program
    expected = linprog(-np.array(goal), A_ub=matrix, b_ub=bounds, method="highs")
    fractions = [[Fraction(entry, 3) for entry in row] for row in matrix]
    arguments = fractions, [Fraction(bound, 3) for bound in bounds], [Fraction(c) for c in goal]
    if expected.status != 0:
        with pytest.raises(ValueError, match="unbounded"):
            maximum(*arguments)
        return
    x, y = maximum(*arguments)[:2]
    assert float(np.dot(goal, x)) == pytest.approx(-expected.fun, abs=1e-9)
    assert float(np.dot(bounds, y)) / 3 == pytest.approx(-expected.fun, abs=1e-9)
    assert (x >= 0).all() and (y >= 0).all()
    assert (np.array(matrix) @ x <= np.array(bounds) + 1e-9).all()
    assert (y @ np.array(matrix) / 3 >= np.array(goal) - 1e-9).all()
