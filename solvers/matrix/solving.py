"""``solve`` of payoffs in memory: an array, a table with an index, or a game that is one already."""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np

from games.matrix import MatrixBatch, MatrixGame
from games.preference import PreferenceBatch, PreferenceGame
from solvers.normal_form.problem import Game
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solving import solve as solve_normal_form


def matrix_game(payoffs: Any) -> Game:
    """Return a game as it is; else the game of payoffs [m, n] (labels are those of an index), or a batch [games, m, n].

    Raises ``ValueError`` for what is no table of finite numbers.
    """
    if isinstance(payoffs, PreferenceGame | PreferenceBatch | MatrixGame | MatrixBatch):
        return payoffs
    if not hasattr(payoffs, "to_numpy") and np.ndim(payoffs) == 3:
        return MatrixBatch(np.asarray(payoffs))
    return MatrixGame(payoffs)


@wraps(solve_normal_form)
def solve(game: Any, algorithm: Any = None, **settings: Any) -> NormalFormSolution:
    """Solve a matrix game, or what ``matrix_game`` makes one of; see ``solvers.normal_form.solve``."""
    return solve_normal_form(matrix_game(game), algorithm, **settings)
