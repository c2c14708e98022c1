r"""The strictly complementary equilibrium of a zero-sum game, by an interior-point method.

Both players' policies are one vector z, their payoffs one antisymmetric matrix K: ``K = A`` in a symmetric game, where
the players share their policy, else ``K = [[0, A], [-A^T, 0]]``. With a constant c for each player (the most that a
deviation earns) the slacks are :math:`s = c - K z \ge 0`, and as :math:`z^\top K z = 0` the duality gap is
:math:`z^\top s`. The *central path* is where all products :math:`z_i s_i` are the same; it begins at any positive z and
ends in the equilibrium whose support is the largest of all, with s > 0 on everything else (Goldman and Tucker 1956): an
action is then either in some equilibrium or worse than the value against another. Newton's method with Mehrotra's
predictor and corrector (1992) follows it; a step solves one system of all actions,

.. math:: (\operatorname{diag}(s / z) - K)\,\Delta z + \Delta c = r / z, \qquad \textstyle\sum \Delta z = 0

whose matrix has a positive definite symmetric part, so that it is regular.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel

# Average product z s at which the path is left; payoffs are at most 1. Its root, 1e-10, is the slack that counts as
# none: with 1e-8 actions of sparse logs of 1,000 alternatives, whose probabilities are as small, are misjudged.
_END = 1e-20
_LEAST = 1e-14  # on the diagonal of the system: below, a game with many equilibria makes it singular
_STEPS = 100


@jitable
def _direction(matrix, block, ends, target, direction, change):
    """Solve ``matrix d + change[block] = target`` with the sum of d over each block 0. Fills d and change [blocks]."""
    n, blocks = target.shape[0], ends.shape[0]
    columns = np.zeros((n, blocks + 1))
    for i in range(n):
        columns[i, 0] = target[i]
        columns[i, 1 + block[i]] = 1.0
    solved = np.linalg.solve(matrix, columns)
    small = np.zeros((blocks, blocks))
    sums = np.zeros(blocks)
    for i in range(n):
        sums[block[i]] += solved[i, 0]
        for b in range(blocks):
            small[block[i], b] += solved[i, 1 + b]
    found = np.linalg.solve(small, sums)
    for b in range(blocks):
        change[b] = found[b]
    for i in range(n):
        direction[i] = solved[i, 0]
        for b in range(blocks):
            direction[i] -= solved[i, 1 + b] * found[b]


@jitable
def _longest(values, direction):
    """Return how far values may go in a direction and stay at least 0."""
    longest = np.inf
    for i in range(values.shape[0]):
        if direction[i] < 0.0:
            longest = min(longest, -values[i] / direction[i])
    return longest


@kernel
def central_path(payoffs, block, ends, policy, slack, constant):
    """Fill ``policy`` and ``slack`` [n] at the end of the central path, and the ``constant`` [blocks]; return the gap.

    ``payoffs`` [n, n] are antisymmetric, at most 1; ``block`` [n]: whose action it is; ``ends`` [blocks]: where the
    actions of each end.
    """
    n = policy.shape[0]
    start = 0
    for b in range(ends.shape[0]):
        policy[start : ends[b]] = 1.0 / (ends[b] - start)
        start = ends[b]
    earned = payoffs @ policy
    constant[:] = -np.inf
    for i in range(n):
        constant[block[i]] = max(constant[block[i]], earned[i])
    constant += 0.5
    for i in range(n):
        slack[i] = constant[block[i]] - earned[i]
    direction, change = np.empty(n), np.empty(ends.shape[0])
    target, sloped = np.empty(n), np.empty(n)
    matrix = np.empty((n, n))
    for _ in range(_STEPS):
        mean = (policy * slack).sum() / n
        if mean <= _END:
            break
        matrix[:] = -payoffs
        for i in range(n):
            matrix[i, i] += max(slack[i] / policy[i], _LEAST)
            target[i] = -slack[i]
        _direction(matrix, block, ends, target, direction, change)
        for i in range(n):
            sloped[i] = target[i] - slack[i] / policy[i] * direction[i]
        step = min(1.0, _longest(policy, direction), _longest(slack, sloped))
        reached = ((policy + step * direction) * (slack + step * sloped)).sum() / n
        centre = mean * (reached / mean) ** 3
        for i in range(n):
            target[i] = -slack[i] + (centre - direction[i] * sloped[i]) / policy[i]
        _direction(matrix, block, ends, target, direction, change)
        for i in range(n):
            sloped[i] = target[i] - slack[i] / policy[i] * direction[i]
        step = min(1.0, 0.99 * _longest(policy, direction), 0.99 * _longest(slack, sloped))
        if not step > 1e-10:
            break
        policy += step * direction
        slack += step * sloped
        constant += step * change
    return (policy * slack).sum()
