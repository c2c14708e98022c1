"""Action values against an opponent: the matrix-vector products in which the solvers spend their time.

A game is two arrays, ``row`` [games, n, m], payoffs of the row player's actions, and ``column`` [games, m, n], of the
column player's; in a symmetric game ``column`` has no rows, and the single policy plays against itself.

The payoffs of a symmetric game are antisymmetric, ``S[a, b] = -S[b, a]``. Beyond the size of the nearest caches the
time of a product is that of reading the matrix, so there only what lies above the diagonal is read, each entry for
both of the values it takes part in.
"""

from __future__ import annotations

from games._base.jit import SUMS, borrowed, jitable, kernel

# From this size on an antisymmetric matrix is read by half.
LEAST_ANTISYMMETRIC = 256


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


@jitable(fastmath=SUMS)
def _four_rows(row_0, row_1, row_2, row_3, own, others, out_own, out_others):
    """Add what four rows and the actions to their right give each other; ``own`` [4], ``others`` [right]."""
    weight_0, weight_1, weight_2, weight_3 = own[0], own[1], own[2], own[3]
    total_0 = total_1 = total_2 = total_3 = 0.0
    for b in range(others.shape[0]):
        value_0, value_1, value_2, value_3 = row_0[b], row_1[b], row_2[b], row_3[b]
        other = others[b]
        total_0 += value_0 * other
        total_1 += value_1 * other
        total_2 += value_2 * other
        total_3 += value_3 * other
        out_others[b] -= value_0 * weight_0 + value_1 * weight_1 + value_2 * weight_2 + value_3 * weight_3
    out_own[0] += total_0
    out_own[1] += total_1
    out_own[2] += total_2
    out_own[3] += total_3


@jitable
def antisymmetric_part(matrix, vector, part, parts, out):
    """Write one of ``parts`` summands of ``matrix @ vector``, from the entries above the diagonal of every parts-th
    four rows.
    """
    n = vector.shape[0]
    for a in range(n):
        out[a] = 0.0
    for start in range(4 * part, n, 4 * parts):
        stop = min(start + 4, n)
        for a in range(start, stop):
            for b in range(a + 1, stop):
                out[a] += matrix[a, b] * vector[b]
                out[b] -= matrix[a, b] * vector[a]
        if stop < n:
            _four_rows(
                matrix[start, stop:],
                matrix[start + 1, stop:],
                matrix[start + 2, stop:],
                matrix[start + 3, stop:],
                vector[start:stop],
                vector[stop:],
                out[start:stop],
                out[stop:],
            )


@jitable
def action_values(row, column, opponent, out):
    """Write each action's expected payoff against ``opponent`` [actions], block by block, [actions]."""
    first = row.shape[0]
    if column.shape[0] == 0 and first >= LEAST_ANTISYMMETRIC:
        antisymmetric_part(row, opponent, 0, 1, out)
    elif column.shape[0] == 0:
        product(row, opponent, out)
    else:
        product(row, opponent[first:], out[:first])
        product(column, opponent[:first], out[first:])


@kernel
def rows_range(matrix, vector, out, start, stop):
    """Write rows ``start .. stop - 1`` of ``matrix @ vector``: one thread's share of a large product."""
    product(matrix[start:stop], vector, out[start:stop])


@kernel
def antisymmetric_range(matrix, vector, out, start, stop):
    """Write the parts ``start .. stop - 1`` of ``matrix @ vector`` to the rows of ``out`` [parts, n]; they add up to
    it.
    """
    matrix, vector, out = borrowed(matrix), borrowed(vector), borrowed(out)
    for part in range(start, stop):
        antisymmetric_part(matrix, vector, part, out.shape[0], out[part])
