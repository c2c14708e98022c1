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


@jitable
def product(matrix, vector, out):
    """Write ``matrix @ vector``."""
    for a in range(out.shape[0]):
        out[a] = _dot(matrix[a], vector)


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
