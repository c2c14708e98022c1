"""Action values against an opponent: the matrix-vector products in which the solvers spend their time.

A game is two arrays, ``row`` [games, n, m], payoffs of the row player's actions, and ``column`` [games, m, n], of the
column player's; in a symmetric game ``column`` has no rows, and the single policy plays against itself.
"""

from __future__ import annotations

from games._jit import SUMS, jitable, kernel


@jitable(fastmath=SUMS)
def _dot(matrix_row, vector):
    total = 0.0
    for b in range(vector.shape[0]):
        total += matrix_row[b] * vector[b]
    return total


@jitable(fastmath=SUMS)
def _four_dots(row_0, row_1, row_2, row_3, vector, out):
    """Write the products of four rows, which share the loads of the vector."""
    total_0 = total_1 = total_2 = total_3 = 0.0
    for b in range(vector.shape[0]):
        value = vector[b]
        total_0 += row_0[b] * value
        total_1 += row_1[b] * value
        total_2 += row_2[b] * value
        total_3 += row_3[b] * value
    out[0], out[1], out[2], out[3] = total_0, total_1, total_2, total_3


@jitable
def product(matrix, vector, out):
    """Write ``matrix @ vector``."""
    rows = out.shape[0]
    a = 0
    while a + 4 <= rows:
        _four_dots(
            matrix[a],
            matrix[a + 1],
            matrix[a + 2],
            matrix[a + 3],
            vector,
            out[a : a + 4],
        )
        a += 4
    while a < rows:
        out[a] = _dot(matrix[a], vector)
        a += 1


@jitable
def action_values(row, column, opponent, out):
    """Write each action's expected payoff against ``opponent`` [actions], block by block, [actions]."""
    first = row.shape[0]
    if column.shape[0] == 0:
        product(row, opponent, out)
    else:
        product(row, opponent[first:], out[:first])
        product(column, opponent[:first], out[first:])


@kernel
def action_values_range(row, column, opponent, out, start, stop):
    """Write the action values of actions ``start .. stop - 1`` only: one thread's share of a large product."""
    first = row.shape[0]
    if column.shape[0] == 0:
        product(row[start:stop], opponent, out[start:stop])
        return
    if start < first:
        end = min(stop, first)
        product(row[start:end], opponent[first:], out[start:end])
    if stop > first:
        begin = max(start, first)
        product(column[begin - first : stop - first], opponent[:first], out[begin:stop])
