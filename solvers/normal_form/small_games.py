r"""Exact equilibria of many small zero-sum games: the simplex method compiled, a certificate for every game.

One call of a linear programming library takes milliseconds, whatever the size of the game; ten thousand games of a
dozen actions – one for each prompt, or for each table that some votes allow – need not wait for that. With all payoffs
made positive, ``B = A + c``, the column player's program needs no search for a first solution,

.. math:: \max\ \mathbf 1^\top q \quad\text{so that}\quad B q \le \mathbf 1,\quad q \ge 0,

``y = q / sum q``; the multipliers ``p`` give the row player's policy in the same way (Dantzig 1951). The table of the
method has a row and a column an action, and a pivot exchanges one of each. The steepest column enters, and after some
steps without progress the first one that ascends, with which the method ends (Bland 1977).

What the table leaves in rounding errors, is taken away as in ``linear_program``: with supports S and T of equal size
the policies are the solution of

.. math:: \begin{pmatrix} A_{ST} & -\mathbf 1 \\ \mathbf 1^\top & 0 \end{pmatrix}
          \begin{pmatrix} y_T \\ v \end{pmatrix} = \begin{pmatrix} 0 \\ 1 \end{pmatrix}

and likewise for x. If this system is regular and every action outside the supports is worse than the value by more than
rounding, the equilibrium is the only one: all equilibria have their support in S and T (Goldman and Tucker 1956), and
there the equations have one solution. Then, and only then, a game is called ``UNIQUE``; otherwise it is ``UNKNOWN``,
for ``selection`` to look at.

Every game is measured with products computed as if in twice the precision (Ogita, Rump and Oishi, "Accurate sum and dot
product", 2005, algorithm 5.3): an error of ``u |s| + n^2 u^2 |A| |y|``. A game that ends further from equilibrium than
roundings of its payoffs explain is ``OPEN``: whoever asked must solve it by other means.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games._base.jit import jitable, kernel
from games._base.threads import run_ranges
from solvers.exact import UNIT
from solvers.normal_form.iterate import chunk_of
from solvers.normal_form.problem import Problem
from solvers.normal_form.solution import UNIQUE, UNKNOWN

FloatArray = NDArray[np.float64]

OPEN = -2
"""The kind of a game that was not solved here."""

_LEAST = 1e-11  # reduced costs and pivots below, of payoffs between 1 and 2, are 0
_PATIENCE = 20  # steps without progress after which Bland's rule is followed
_PIVOTS = 50  # for each action, at most
_SUPPORT = 1e-9  # probabilities below are 0 in the basis
_CLEAR = 1e-7  # probabilities, slacks (of payoffs up to 1) and pivots above are certainly not 0
_REGULAR = 1e-10  # pivots below are 0: a vertex of a degenerate game, whose equations have many solutions
_ERRORS = 8  # roundings for each action that are no reason to solve a game again
_SPLIT = 2.0**27 + 1.0


@jitable
def _accurate_dot(left, right):
    """Return the product of two vectors as if computed in twice the precision (see the module)."""
    total = error = 0.0
    for k in range(left.shape[0]):
        a, b = left[k], right[k]
        product = a * b
        scaled = _SPLIT * a
        a_high = scaled - (scaled - a)
        a_low = a - a_high
        scaled = _SPLIT * b
        b_high = scaled - (scaled - b)
        b_low = b - b_high
        lost = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
        added = total + product
        part = added - total
        error += (total - (added - part)) + (product - part) + lost
        total = added
    return total + error


@jitable
def _size(row, policy):
    """Return what roundings of a value are in proportion to: the sum of the products' sizes."""
    total = 0.0
    for k in range(row.shape[0]):
        total += abs(row[k]) * policy[k]
    return total


@jitable
def _entering(table, outside, rows, columns, first):
    """Return the column that enters the basis, or -1 at the maximum."""
    best, least = -1, -_LEAST
    for c in range(columns):
        cost = table[rows, c]
        if cost < -_LEAST:
            if first:
                if best < 0 or outside[c] < outside[best]:
                    best = c
            elif cost < least:
                best, least = c, cost
    return best


@jitable
def _leaving(table, basic, rows, columns, column):
    """Return the row that becomes 0 first, of equals that of the first variable."""
    best, least = -1, np.inf
    for r in range(rows):
        if table[r, column] > _LEAST:
            ratio = table[r, columns] / table[r, column]
            if ratio < least or (ratio == least and basic[r] < basic[best]):
                best, least = r, ratio
    return best


@jitable
def _pivot(table, rows, columns, row, column):
    """Exchange the variables of a row and a column in place."""
    inverse = 1.0 / table[row, column]
    for c in range(columns + 1):
        table[row, c] *= inverse
    for r in range(rows + 1):
        factor = table[r, column]
        if r != row and factor != 0.0:
            for c in range(columns + 1):
                table[r, c] -= factor * table[row, c]
            table[r, column] = -factor * inverse
    table[row, column] = inverse


@jitable
def _simplex(table, basic, outside, rows, columns, x, y):
    """Fill both policies from a table of positive payoffs [rows + 1, columns + 1]; return whether that succeeded."""
    for r in range(rows):
        basic[r] = columns + r
        table[r, columns] = 1.0
        x[r] = 0.0
    for c in range(columns):
        outside[c] = c
        table[rows, c] = -1.0
        y[c] = 0.0
    table[rows, columns] = 0.0
    waited = 0
    for _ in range(_PIVOTS * (rows + columns)):
        column = _entering(table, outside, rows, columns, waited > _PATIENCE)
        if column < 0:
            break
        row = _leaving(table, basic, rows, columns, column)
        if row < 0:
            return False
        waited = 0 if table[row, columns] > _LEAST else waited + 1
        _pivot(table, rows, columns, row, column)
        basic[row], outside[column] = outside[column], basic[row]
    else:
        return False
    for r in range(rows):
        if basic[r] < columns:
            y[basic[r]] = max(table[r, columns], 0.0)
    for c in range(columns):
        if outside[c] >= columns:
            x[outside[c] - columns] = max(table[rows, c], 0.0)
    return _to_sum_one(x, rows) and _to_sum_one(y, columns)


@jitable
def _to_sum_one(policy, size):
    total = 0.0
    for a in range(size):
        total += policy[a]
    for a in range(size):
        policy[a] /= total
    return total > 0.0


@jitable
def _eliminate(system, size, goal):
    """Solve ``system z = goal`` in place by elimination with the largest pivots; return the smallest of these."""
    smallest = np.inf
    for k in range(size):
        best = k
        for r in range(k + 1, size):
            if abs(system[r, k]) > abs(system[best, k]):
                best = r
        if abs(system[best, k]) < smallest:
            smallest = abs(system[best, k])
            if smallest < _REGULAR:
                return 0.0
        if best != k:
            for c in range(k, size):
                system[k, c], system[best, c] = system[best, c], system[k, c]
            goal[k], goal[best] = goal[best], goal[k]
        for r in range(k + 1, size):
            factor = system[r, k] / system[k, k]
            for c in range(k + 1, size):
                system[r, c] -= factor * system[k, c]
            goal[r] -= factor * goal[k]
    for k in range(size - 1, -1, -1):
        for c in range(k + 1, size):
            goal[k] -= system[k, c] * goal[c]
        goal[k] /= system[k, k]
    return smallest


@jitable
def _level(matrix, support, opposed, size, system, goal, policy):
    """Write the policy on ``opposed`` that makes the actions of ``support`` level; return the smallest pivot, or 0.

    Nothing is written where there is none that is positive.
    """
    for k in range(size):
        for c in range(size):
            system[k, c] = matrix[support[k], opposed[c]]
        system[k, size], system[size, k], goal[k] = -1.0, 1.0, 0.0
    system[size, size], goal[size] = 0.0, 1.0
    smallest = _eliminate(system, size + 1, goal)
    total = 0.0
    for k in range(size):
        if not 0.0 <= goal[k] < np.inf:
            return 0.0
        total += goal[k]
    if not smallest > _REGULAR or not 0.0 < total < np.inf:
        return 0.0
    for c in range(policy.shape[0]):
        policy[c] = 0.0
    for k in range(size):
        policy[opposed[k]] = goal[k] / total
    return smallest


@jitable
def _support(policy, places):
    count = 0
    for a in range(policy.shape[0]):
        if policy[a] > _SUPPORT:
            places[count] = a
            count += 1
    return count


@jitable
def _gain(policy, values, out):
    """Write to ``out`` [3] what a player may gain, what rounding hides of it, and the least of all ``pi + slack``."""
    top = -np.inf
    for a in range(values.shape[0]):
        top = max(top, values[a])
    gain, size, least = 0.0, 0.0, np.inf
    for a in range(values.shape[0]):
        gain += policy[a] * (top - values[a])
        size += policy[a] * abs(values[a])
        least = min(least, max(policy[a], top - values[a]))
    out[0], out[1], out[2] = gain, 4.0 * UNIT * max(abs(top), size), least


@jitable
def _solve(payoffs, transposed, symmetric, work, x, y, values, measured, result):
    """Solve a game of payoffs up to 1 in size; fill ``x``, ``y`` and ``result`` [2] (gap, hidden); return the kind."""
    table, system, goal, basic, outside, support, opposed = work
    rows, columns = payoffs.shape
    low = np.inf
    for r in range(rows):
        for c in range(columns):
            low = min(low, payoffs[r, c])
    for r in range(rows):
        for c in range(columns):
            table[r, c] = payoffs[r, c] - low + 1.0
    if not _simplex(table, basic, outside, rows, columns, x, y):
        return OPEN
    size = _support(x, support)
    regular = 0.0
    if size == _support(y, opposed):
        regular = _level(payoffs, support, opposed, size, system, goal, y)
        if symmetric:
            same = True
            for k in range(size):
                same = same and support[k] == opposed[k]
            regular = regular if same else 0.0
        else:
            regular = min(regular, _level(transposed, opposed, support, size, system, goal, x))
    slack, top, bottom = _ERRORS * UNIT * (rows + columns), -np.inf, np.inf
    for r in range(rows):
        values[r] = _accurate_dot(payoffs[r], y)
        top = max(top, values[r] - slack * _size(payoffs[r], y))
    _gain(y if symmetric else x, values[:rows], measured[0])
    if symmetric:
        measured[1], bottom = measured[0], -top
    else:
        for c in range(columns):
            conceded = _accurate_dot(transposed[c], x)
            values[c] = -conceded
            bottom = min(bottom, conceded + slack * _size(transposed[c], x))
        _gain(y, values[:columns], measured[1])
    lost = (rows + columns) ** 2 * UNIT**2
    result[0], result[1] = measured[0, 0] + measured[1, 0], measured[0, 1] + measured[1, 1] + lost
    if not top <= bottom:
        return OPEN
    return UNIQUE if min(regular, measured[0, 2], measured[1, 2]) > _CLEAR else UNKNOWN


@kernel
def solve_range(row, log_reference, symmetric, policies, results, kinds, start, stop):
    """Solve the games ``start .. stop - 1``: fill ``policies`` [games, actions], ``results`` [games, 2] (duality gap,
    what rounding hides of it) and ``kinds`` [games].

    ``row`` [games, m, n]: payoffs of the row player's actions; actions exist where ``log_reference`` [games, actions]
    is finite.
    """
    m, n = row.shape[1], row.shape[2]
    side = max(m, n) + 1
    work = (
        np.empty((m + 1, n + 1)), np.empty((side, side)), np.empty(side), np.empty(m, np.int64),
        np.empty(n, np.int64), np.empty(side, np.int64), np.empty(side, np.int64),
    )  # fmt: skip
    x, y, values, measured = np.empty(m), np.empty(n), np.empty(side), np.empty((2, 3))
    payoffs, transposed = np.empty(m * n), np.empty(m * n)
    rows, columns = np.empty(m, np.int64), np.empty(n, np.int64)
    for game in range(start, stop):
        height = width = 0
        for a in range(m):
            if log_reference[game, a] > -np.inf:
                rows[height] = a
                height += 1
        for a in range(n):
            if log_reference[game, a if symmetric else m + a] > -np.inf:
                columns[width] = a
                width += 1
        largest = 0.0
        for r in range(height):
            for c in range(width):
                largest = max(largest, abs(row[game, rows[r], columns[c]]))
        largest = largest if largest > 0.0 else 1.0
        dense = payoffs[: height * width].reshape((height, width))
        other = transposed[: height * width].reshape((width, height))
        for r in range(height):
            for c in range(width):
                dense[r, c] = row[game, rows[r], columns[c]] / largest
                other[c, r] = dense[r, c]
        own, opposed = x[:height], y[:width]
        kinds[game] = _solve(dense, other, symmetric, work, own, opposed, values, measured, results[game])
        results[game, 0] *= largest
        results[game, 1] *= largest
        policies[game] = 0.0
        for c in range(width):
            policies[game, columns[c] if symmetric else m + columns[c]] = opposed[c]
        if not symmetric:
            for r in range(height):
                policies[game, rows[r]] = own[r]


class SmallSolutions(NamedTuple):
    """Policies [games, actions], duality gaps and what rounding hides of them [games], and kinds [games] (int8)."""

    policies: FloatArray
    gaps: FloatArray
    hidden: FloatArray
    kinds: NDArray[np.int8]


def solve_small_games(problem: Problem, workers: int | None = None) -> SmallSolutions:
    """Return an equilibrium of every game, with its certificate; what is ``OPEN`` has none.

    Examples
    --------
    >>> from games.preference import PreferenceBatch, comal_cycle
    >>> from solvers.normal_form.problem import problem_of
    >>> found = solve_small_games(problem_of(PreferenceBatch.from_games([comal_cycle()] * 2), 0.0))
    >>> (11.0 * found.policies[0]).round(9).tolist()
    [4.0, 3.0, 4.0]
    """
    policies = np.empty((problem.games, problem.actions))
    results = np.empty((problem.games, 2))
    kinds = np.empty(problem.games, dtype=np.int8)

    def work(start: int, stop: int) -> None:
        solve_range(problem.row, problem.log_reference, problem.symmetric, policies, results, kinds, start, stop)

    run_ranges(work, problem.games, workers, chunk=chunk_of(problem.games))
    return SmallSolutions(policies, results[:, 0], results[:, 1], kinds)
