r"""What a move loses against the best one, without the optimism of a maximum.

The best of several noisy values is on average higher than any of them is worth, and so is what another move loses
against it in the same worlds: a game of nothing but best moves seems to lose points. Here the worlds are cut into two
halves. The move :math:`b_1` that is best in the first is measured in the second, and the other way round:

.. math:: \hat\ell(m) = \frac1W \Big[ \sum_{w \in 2} R(b_1, w) - R(m, w) + \sum_{w \in 1} R(b_2, w) - R(m, w) \Big].

For a move :math:`m` that was not chosen in these worlds that is without bias what the move found by half of them is
worth more. It falls short of the loss against the truly best move by what half of the worlds fail to find, and may be
negative. Where moves are equally good in a half, the move itself is taken to be its best.

Halves must not share what is random. Samples of one particle of a belief are all in the same half, unless the particle
was bound to be there (``search.errors``): then half of its samples are in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.errors import FloatArray, Origins, mean_error

_LEAST = 2  # worlds of a half


class Loss(NamedTuple):
    """A mean loss, its standard error, and how many independent worlds it is worth; NaN where they are not known."""

    mean: float = float("nan")
    error: float = float("nan")
    worlds: float = 0.0


def halves(count: int, origins: Origins | None = None) -> NDArray[np.bool_]:
    """Return which of the worlds ``0 .. count-1`` are in the first half."""
    first_half, filled = np.zeros(count, np.bool_), [0, 0]
    if origins is None:
        first_half[::2] = True
        return first_half
    found, first, cluster, sizes = np.unique(
        origins.particles[:count], return_index=True, return_inverse=True, return_counts=True
    )
    bound = origins.inclusion[found] * np.minimum(1.0, count * origins.weights[found]) >= 0.5
    members = np.split(np.argsort(cluster, kind="stable"), np.cumsum(sizes)[:-1])
    for one in sorted(range(len(found)), key=lambda i: (not bound[i], -sizes[i], first[i])):
        smaller = int(filled[1] < filled[0])
        parts = (members[one][::2], members[one][1::2]) if bound[one] else (members[one], members[one][:0])
        for side, part in zip((smaller, 1 - smaller), parts, strict=True):
            first_half[part] = side == 0
            filled[side] += len(part)
    return first_half


class CrossedLoss:
    """Losses of the moves of a decision, against the best of ``tried``: returns of moves in all of the same worlds."""

    def __init__(self, tried: Mapping[int, FloatArray], origins: Origins | None = None) -> None:
        self._origins, self._moves = origins, list(tried)
        self._returns = np.stack(list(tried.values()), axis=1) if tried else np.empty((0, 0))
        self._first = halves(len(self._returns), origins)
        sides = (self._first, ~self._first)
        self._enough = bool(self._moves) and min(int(side.sum()) for side in sides) >= _LEAST
        self._means = [self._returns[side].mean(axis=0) for side in sides] if self._enough else []

    def of(self, move: int, returns: FloatArray) -> Loss:
        """Return what a move lost, whose returns in the first of the worlds are given."""
        count = len(returns)
        first = self._first[:count]
        if not self._enough or min(int(first.sum()), int((~first).sum())) < _LEAST:
            return Loss()
        best = np.empty(count)
        for measured, means in ((first, self._means[1]), (~first, self._means[0])):
            best[measured] = self._returns[:count][measured, self._best(move, means)]
        error = mean_error((best - returns)[:, None], self._origins)
        return Loss(float((best - returns).mean()), float(error.standard_errors[0]), error.effective)

    def _best(self, move: int, means: FloatArray) -> int:
        column = int(np.argmax(means))
        own = self._moves.index(move) if move in self._moves else column
        return own if means[own] >= means[column] - 1e-9 else column
