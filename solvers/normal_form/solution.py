"""The certified solution of a normal-form game, or of a batch of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.matrix import MatrixBatch, MatrixGame
from games.preference import PreferenceBatch
from solvers.normal_form.problem import Game
from solvers.solution import Bound, Solution, finite

FloatArray = NDArray[np.float64]


MANY, UNIQUE, UNKNOWN = 0, 1, -1
"""How many equilibria a game has."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class NormalFormSolution(Solution):
    """A policy for every game, with certificates computed from the game.

    ``policies`` [games, actions]: in a matrix game the row player's probabilities, then the column player's. ``beta``
    is that of the game that was solved. ``duality_gaps``, ``exploitabilities``, ``iterations_of_games``: [games].
    ``queries`` in all games together. ``uniqueness`` [games]:
    ``UNIQUE``, ``MANY`` or ``UNKNOWN``; ``dimension`` of the set of equilibria and ``policy_ranges`` [2, actions] of a
    single game, where they are known. ``bound``: what the theorem promised, if one applies.
    """

    game: Game
    beta: float
    policies: FloatArray
    duality_gaps: FloatArray
    exploitabilities: FloatArray
    iterations_of_games: NDArray[np.int64]
    queries: int
    bound: Bound | None
    uniqueness: NDArray[np.int8] | None = None
    dimension: int | None = None
    policy_ranges: FloatArray | None = None

    @property
    def unique(self) -> bool | None:
        """Whether the game that was solved has one equilibrium only, in a batch every game; ``None``: unknown.

        Regularised games have one.
        """
        if self.beta > 0.0:
            return True
        if self.uniqueness is None:
            return None
        return False if (self.uniqueness == MANY).any() else None if (self.uniqueness == UNKNOWN).any() else True

    @property
    def policy_range(self) -> FloatArray | None:
        """The least and the most of each probability of ``policy`` over all equilibria; ``None``: unknown. [2, n]"""
        if self.policy_ranges is None:
            return None
        return self.policy_ranges[:, : self.game.shape[0] if isinstance(self.game, MatrixGame) else None]

    @property
    def column_policy_range(self) -> FloatArray | None:
        """Likewise of the column player's policy in a matrix game. [2, n]"""
        if not isinstance(self.game, MatrixGame):
            raise ValueError("only a matrix game has a column player")
        return None if self.policy_ranges is None else self.policy_ranges[:, self.game.shape[0] :]

    @property
    def policy(self) -> FloatArray:
        """The policy of a single preference game [n], of a matrix game's row player [m], or all of a batch."""
        if isinstance(self.game, PreferenceBatch | MatrixBatch):
            return self.policies
        last = self.game.shape[0] if isinstance(self.game, MatrixGame) else None
        only: FloatArray = self.policies[0, :last]
        return only

    @property
    def column_policy(self) -> FloatArray:
        """The column player's policy [n] of a matrix game."""
        if not isinstance(self.game, MatrixGame):
            raise ValueError("only a matrix game has a column player")
        return self.policies[0, self.game.shape[0] :]

    @property
    def duality_gap(self) -> float:
        """The largest duality gap of the games."""
        return float(self.duality_gaps.max(initial=0.0))

    @property
    def exploitability(self) -> float:
        """The largest exploitability of the games."""
        return float(self.exploitabilities.max(initial=0.0))

    @property
    def distance(self) -> float:
        return self.duality_gap

    @property
    def value(self) -> float:
        """The row player's expected payoff in a matrix game; 1/2 by symmetry in preference games; NaN in a batch of
        matrix games, which have one each.
        """
        if isinstance(self.game, MatrixGame):
            return float(self.policy @ self.game.payoffs @ self.column_policy)
        return math.nan if isinstance(self.game, MatrixBatch) else 0.5

    def summary(self) -> dict[str, Any]:
        summary = super().summary()
        history, bound = summary.pop("history"), self.bound
        return summary | {
            "beta": self.beta,
            "unique": self.unique,
            "step_size": self.step_size,
            "duality_gap": finite(self.duality_gap),
            "queries": self.queries,
            "divergence": history[-1].get("divergence") if history else None,
            "bound": None
            if bound is None
            else {"quantity": bound.quantity, "value": bound.value, "theorem": bound.theorem},
            "history": history,
        }
