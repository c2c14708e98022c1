"""The one form in which normal-form games reach the solvers: payoffs per player, stacked over games.

A preference game is symmetric: one policy against itself with payoffs ``P - 1/2``. A matrix game has two policies. Both
may come as a batch, ragged ones padded: absent actions have reference ``-inf`` and payoff 0.

A constant that is added to all payoffs changes no policy, but would hide the differences between them: from payoffs
that are large beside their range the middle is subtracted, which is exact then. The scale needs no such care, because
floating-point numbers have none; what is small is said in units of the range.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from games.arrays import far_middle
from games.matrix import MatrixBatch, MatrixGame
from games.preference import PreferenceBatch, PreferenceGame

FloatArray = NDArray[np.float64]
Game = PreferenceGame | PreferenceBatch | MatrixGame | MatrixBatch

_SMALL = 256  # actions up to which all singular values are computed at once
_SMALLEST, _LARGEST = 1e-60, 1e60  # of payoffs and beta: their squares and quotients are then numbers


@dataclass(frozen=True)
class Problem:
    """Games ready to be solved, at temperature ``beta`` around their references.

    ``row`` [games, n, m]: payoffs of the row player's actions; ``column`` [games, m, n]: of the column player's, no
    rows in a symmetric game. ``log_reference`` [games, actions]. ``binary``: payoffs are win probabilities minus 1/2,
    so that a sampled comparison is a win or a loss. ``game``: what it was made of.
    """

    row: FloatArray
    column: FloatArray
    log_reference: FloatArray
    beta: float
    binary: bool
    game: Game | None = None

    @property
    def games(self) -> int:
        return int(self.row.shape[0])

    @property
    def symmetric(self) -> bool:
        return bool(self.column.shape[1] == 0)

    @property
    def first(self) -> int:
        """The number of actions of the row player; the column player's follow."""
        return int(self.row.shape[1])

    @property
    def actions(self) -> int:
        return int(self.log_reference.shape[1])

    @property
    def players(self) -> int:
        return 1 if self.symmetric else 2

    @cached_property
    def half_range(self) -> float:
        """Half the range of the payoffs, the largest over the games: the ``L`` of the theorems.

        ``|q - q'| <= L |pi - pi'|_1`` up to a constant, which no update sees. In preference games it is taken as 1/2,
        whatever the table: default steps are then the published ones, and the same in a batch as alone.
        """
        if self.binary:
            return 0.5
        low = self.row.min(axis=(1, 2), initial=np.inf)
        high = self.row.max(axis=(1, 2), initial=-np.inf)
        # In a game whose payoffs are all the same every step will do: those for the range of a preference game.
        return float((high - low).max()) / 2.0 or 0.5

    @cached_property
    def spectral_norm(self) -> float:
        """The largest singular value of the payoffs, over the games: the Lipschitz constant ``L_2`` of action values in
        the Euclidean norm, ``|q - q'|_2 <= L_2 |pi - pi'|_2``.
        """
        if max(self.row.shape[1:]) <= _SMALL:
            norm = float(np.linalg.norm(self.row, 2, axis=(1, 2)).max())
        else:
            from scipy.sparse.linalg import svds  # half a second, for large games only

            start = np.ones(min(self.row.shape[1:]))
            norm = max(
                float(svds(payoffs, k=1, v0=start, return_singular_vectors=False)[0]) if payoffs.any() else 0.0
                for payoffs in self.row
            )
        return norm or 1.0  # all payoffs are 0: every step will do

    @cached_property
    def ranges(self) -> FloatArray:
        """The range of the payoffs of each game [games], the unit of tolerances.

        It is 1 in preference games, and where all payoffs are the same.
        """
        if self.binary:
            return np.ones(self.games)
        low, high = self.row.min(axis=(1, 2), initial=np.inf), self.row.max(axis=(1, 2), initial=-np.inf)
        return np.where(high > low, high - low, 1.0)

    @cached_property
    def largest(self) -> FloatArray:
        """The largest payoff of each game in size [games], after what ``centred`` takes away."""
        low, high = self.row.min(axis=(1, 2), initial=0.0), self.row.max(axis=(1, 2), initial=0.0)
        return np.asarray(np.maximum(high, -low))

    @property
    def entries(self) -> int:
        """Entries of the payoff matrix that one exact product reads, in all games."""
        return int(self.row[0].size * self.games)

    def of_games(self, games: slice | NDArray[np.intp]) -> Problem:
        """Return the problem of some of the games."""
        row, column, log_reference = self.row[games], self.column[games], self.log_reference[games]
        return replace(self, row=row, column=column, log_reference=log_reference)

    def initial_divergence(self) -> float:
        """Return an upper bound of ``KL(equilibrium || reference)``, summed over the players, in any of the games.

        ``KL(p || mu) <= -log min mu``; and at an equilibrium deviating to ``mu`` does not pay, so that
        ``beta KL(pi* || mu)`` is at most the range of the payoffs (half of it in a symmetric game).
        """
        finite = np.where(np.isfinite(self.log_reference), self.log_reference, 0.0)
        support = -finite[:, : self.first].min(axis=1)
        if not self.symmetric:
            support = support - finite[:, self.first :].min(axis=1)
        bound = float(support.max())
        if self.beta > 0.0:
            bound = min(bound, self.half_range * (1.0 if self.symmetric else 4.0) / self.beta)
        return bound


def _log(reference: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(reference), dtype=np.float64)


def payoff_range(game: Game) -> float:
    """Return the largest of ``Problem.ranges``."""
    if not isinstance(game, MatrixGame | MatrixBatch):
        return 1.0
    own = game.payoffs.reshape(-1, game.payoffs.shape[-2] * game.payoffs.shape[-1])
    return float((own.max(axis=1) - own.min(axis=1)).max()) or 1.0


def centred(payoffs: FloatArray) -> FloatArray:
    """Return the payoffs [games, m, n], in each game less their middle if all are far from 0, which is exact."""
    middle = far_middle(payoffs.min(axis=(1, 2), keepdims=True), payoffs.max(axis=(1, 2), keepdims=True))
    return payoffs - middle if middle.any() else payoffs


def _two_player(game: Game, payoffs: FloatArray, reference: FloatArray, beta: float) -> Problem:
    largest = float(np.abs(payoffs).max())
    if largest > 0.0 and not _SMALLEST <= largest <= _LARGEST:
        raise ValueError(
            f"the largest payoff is {largest:g}: take a unit in which it is between {_SMALLEST:g} and {_LARGEST:g}"
        )
    row = np.array(centred(payoffs), dtype=np.float64, order="C")
    column = np.array(-row.swapaxes(1, 2), dtype=np.float64, order="C")
    return Problem(row, column, _log(reference), beta, binary=False, game=game)


def problem_of(game: Game, beta: float) -> Problem:
    """Return the problem of finding the equilibrium of ``game`` regularised by ``beta`` around its reference."""
    if not (beta >= 0.0 and np.isfinite(beta)):
        raise ValueError(f"beta must be at least 0 and finite, not {beta}")
    if beta > 0.0 and not _SMALLEST <= beta <= _LARGEST:
        raise ValueError(f"beta must be 0 or between {_SMALLEST:g} and {_LARGEST:g}, not {beta:g}")
    if isinstance(game, MatrixGame):
        reference = np.concatenate([game.row_reference, game.column_reference])[None]
        return _two_player(game, game.payoffs[None], reference, beta)
    if isinstance(game, MatrixBatch):
        games, rows, columns = game.payoffs.shape
        reference = np.repeat([1.0 / rows, 1.0 / columns], [rows, columns])
        return _two_player(game, game.payoffs, np.tile(reference, (games, 1)), beta)
    if isinstance(game, PreferenceGame):
        row = (game.matrix - 0.5)[None]
        reference = game.reference[None]
    elif not isinstance(game, PreferenceBatch):
        raise ValueError(
            f"a PreferenceGame, PreferenceBatch, MatrixGame or MatrixBatch can be solved, not a {type(game).__name__}: "
            "PreferenceGame(table) makes one of a table of win rates"
        )
    else:
        row = game.matrices - 0.5
        reference = game.references
    games, n, _ = row.shape
    return Problem(np.ascontiguousarray(row), np.empty((games, 0, n)), _log(reference), beta, binary=True, game=game)
