r"""Convex minimisation over the set of all equilibria, given in coordinates: entropy, or one probability.

The equilibria are a polytope :math:`\{g = b + G t \ge 0\}` in the coordinates t of its affine hull: the first rows of g
are the probabilities of the actions that some equilibrium holds, the others what the remaining actions fall short of
the value. ``t = 0`` is in its interior. A primal-dual interior-point method minimises

.. math:: w \sum_i g_i \ln g_i + \langle \text{cost}, t \rangle, \qquad g \ge 0

over it: with w = 1 and no cost, the equilibrium of maximum entropy; with w = 0, a linear program.
"""

from __future__ import annotations

import math

import numpy as np

from games._base.jit import jitable, kernel

_END = 1e-16  # product of a row and its multiplier at which it is solved
_SMALL = 1e-13  # gradient and last step, likewise
_STEPS = 100


@jitable
def _step_length(values, direction):
    """Return how far to go in a direction: 1, or .99 of the way to where a value is 0."""
    longest = 1.0
    for i in range(values.shape[0]):
        if direction[i] < 0.0:
            longest = min(longest, -0.99 * values[i] / direction[i])
    return longest


@kernel
def minimise(base, slopes, probabilities, weight, costs, out, start, stop):
    """Write ``out`` [problems, rows]: the values of all rows at the minimum of the problems ``start .. stop - 1``.

    ``base`` [rows] > 0; ``slopes`` [rows, d]; ``probabilities``: how many rows, the first, are; ``costs`` [problems,
    d]; ``weight`` of the entropy.
    """
    rows, d = slopes.shape
    transposed = np.ascontiguousarray(slopes.T)
    multiplier, turn = np.empty(rows), np.empty(rows)
    gradient, weighted = np.empty(rows), np.empty((rows, d))
    for problem in range(start, stop):
        values = out[problem]
        for i in range(rows):
            values[i] = base[i]
            multiplier[i] = (1e-2 if weight > 0.0 else 1.0) / base[i]
        for _ in range(_STEPS):
            aim = 0.0
            for i in range(rows):
                aim += 0.1 * multiplier[i] * values[i] / rows
            for i in range(rows):
                curvature = multiplier[i] / values[i]
                gradient[i] = -aim / values[i]
                if i < probabilities:
                    curvature += weight / values[i]
                    gradient[i] += weight * (math.log(values[i]) + 1.0)
                for k in range(d):
                    weighted[i, k] = curvature * slopes[i, k]
            hessian = np.dot(transposed, weighted)
            for k in range(d):
                hessian[k, k] *= 1.0 + 1e-14
            move = np.linalg.solve(hessian, -np.dot(transposed, gradient) - costs[problem])
            change = np.dot(slopes, move)
            for i in range(rows):
                turn[i] = (aim - multiplier[i] * change[i]) / values[i] - multiplier[i]
            forth, back = _step_length(values, change), _step_length(multiplier, turn)
            worst, longest = 0.0, 0.0
            for i in range(rows):
                values[i] += forth * change[i]
                multiplier[i] += back * turn[i]
                worst = max(worst, multiplier[i] * values[i])
                longest = max(longest, abs(change[i]))
            if worst <= _END and (longest <= _SMALL or weight == 0.0):
                break
