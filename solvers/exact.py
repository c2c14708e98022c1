r"""Exact arithmetic for linear programs of games: products without rounding errors, and the simplex method on integers.

Floating-point solvers find a basis up to *absolute* tolerances (HiGHS drops coefficients below 1e-9), and so the wrong
one where payoffs differ by many orders of magnitude: in ``[[1e12, -1], [-1, 1]]`` the whole value lies below what they
see. Whether their answer holds is decided by ``exact_product``, and where it does not, ``maximum`` solves the program
anew with integers: every payoff is one, divided by a power of two.

A game with payoffs that are all positive needs no search for a first solution. In its sequence form (von Stengel 1996;
a matrix game is the case of one infoset a player)

.. math:: \max\ q_0 \quad\text{so that}\quad F^\top q - A^\top x \le 0,\quad E x \le e,\quad x, q \ge 0

the equations may be inequalities, because more weight never hurts the player who receives what is positive, and
``x = q = 0`` is feasible. The multipliers of the first inequalities are the opponent's realisation weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

UNIT = 2.0**-53
"""The relative error of one rounding."""
LARGEST_PROGRAM = 800
"""Rows times columns of a program up to which ``maximum`` takes a second at most."""
_SPLIT = 2.0**27 + 1.0
_PATIENCE = 20  # steps without progress after which the rule that cannot go round in circles is followed


def exact_product(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Return ``matrix @ vector`` [m] of finite numbers, each entry rounded once.

    Each product is the sum of two numbers (Dekker, "A floating-point technique for extending the available precision",
    1971), and ``math.fsum`` adds without error. Sizes must be between 1e-140 and 1e140, or 0, for no part to be lost.
    """
    product = matrix * vector
    high, low = _parts(matrix)
    vector_high, vector_low = _parts(vector)
    error = ((high * vector_high - product) + high * vector_low + low * vector_high) + low * vector_low
    return np.array([math.fsum(row) for row in np.concatenate([product, error], axis=1)])


def _parts(numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two numbers of 26 bits whose sum is the number."""
    scaled = _SPLIT * numbers
    high = scaled - (scaled - numbers)
    return high, numbers - high


class Optimum(NamedTuple):
    """An exact solution of a linear program, its numbers rounded once; what is 0 is exactly 0.

    ``solution`` and ``costs`` [n]: what each variable is, and what the goal loses by one unit of it; ``multipliers``
    and ``slacks`` [m] of the inequalities. ``unique``: whether there is no other solution and are no other multipliers,
    which is so exactly where neither the basis nor its multipliers are degenerate.
    """

    solution: FloatArray
    multipliers: FloatArray
    costs: FloatArray
    slacks: FloatArray
    unique: bool


def maximum(matrix: Sequence[Sequence[Fraction]], bounds: Sequence[Fraction], goal: Sequence[Fraction]) -> Optimum:
    r"""Return the ``x >= 0`` [n] that maximises ``<goal, x>`` with ``matrix x <= bounds``, and the multipliers [m].

    All exact, then rounded to the nearest floating-point numbers; ``bounds`` [m] must not be below 0. The simplex
    method (Dantzig 1951) with integer pivoting (Edmonds 1967): a table ``T`` of integers over a common denominator
    ``d``, in which a pivot ``p`` makes of every other entry ``(p T[i, j] - T[i, c] T[r, j]) / d``, without remainder.
    The column of the steepest ascent enters, and after some steps without progress the first one that ascends, with
    which the method ends (Bland 1977). Raises ``ValueError`` if the maximum is infinite.
    """
    rows, columns = len(bounds), len(goal)
    denominator = math.lcm(*(entry.denominator for line in (*matrix, bounds, goal) for entry in line))
    table = np.empty((rows + 1, columns + 1), dtype=object)
    for i, line in enumerate(matrix):
        table[i] = [int(entry * denominator) for entry in (*line, bounds[i])]
    table[rows] = [*(int(-entry * denominator) for entry in goal), 0]
    basic, outside = list(range(columns, columns + rows)), list(range(columns))
    divisor, waited = 1, 0
    while (column := _entering(table[rows, :-1], outside, waited > _PATIENCE)) is not None:
        row = _leaving(table, basic, column)
        waited = 0 if table[row, -1] else waited + 1
        divisor = _pivot(table, row, column, divisor)
        basic[row], outside[column] = outside[column], basic[row]
    primal, dual = np.zeros(columns + rows), np.zeros(columns + rows)
    for row, variable in enumerate(basic):
        primal[variable] = float(Fraction(table[row, -1], divisor))
    for column, variable in enumerate(outside):
        dual[variable] = float(Fraction(table[rows, column], divisor))
    unique = bool((table[:-1, -1] > 0).all() and (table[-1, :-1] > 0).all())
    return Optimum(primal[:columns], dual[columns:], dual[:columns], primal[columns:], unique)


def _entering(costs: NDArray[np.object_], outside: list[int], first: bool) -> int | None:
    """Return the column that enters the basis; None at the maximum."""
    ascending = [column for column, cost in enumerate(costs) if cost < 0]
    if not ascending:
        return None
    return min(ascending, key=lambda column: outside[column] if first else costs[column])


def _leaving(table: NDArray[np.object_], basic: list[int], column: int) -> int:
    """Return the row that becomes 0 first, of equals that of the first variable."""
    limiting = [row for row in range(len(basic)) if table[row, column] > 0]
    if not limiting:
        raise ValueError("the program has no maximum: it is unbounded")
    return min(limiting, key=lambda row: (Fraction(table[row, -1], table[row, column]), basic[row]))


def _pivot(table: NDArray[np.object_], row: int, column: int, divisor: int) -> int:
    """Exchange the variables of a row and a column in place; return the new denominator."""
    pivot, old_row, old_column = table[row, column], table[row].copy(), table[:, column].copy()
    table[:] = (table * pivot - np.outer(old_column, old_row)) // divisor
    table[row], table[:, column] = old_row, -old_column
    table[row, column] = divisor
    return int(pivot)
