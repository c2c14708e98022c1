"""The certified solution of a normal-form game, or of a batch of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.matrix import MatrixBatch, MatrixGame
from games.preference import PreferenceBatch, PreferenceGame
from solvers.normal_form.leaderboard import Columns, leaderboard, stacked, write_csv
from solvers.normal_form.problem import Game
from solvers.solution import Bound, Solution, finite

FloatArray = NDArray[np.float64]


def interval(ends: FloatArray | None) -> dict[str, list[float]] | None:
    """Return intervals [2, n] as JSON files have them."""
    return None if ends is None else {"low": ends[0].tolist(), "high": ends[1].tolist()}


MANY, UNIQUE, UNKNOWN = 0, 1, -1
"""How many equilibria a game has."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class NormalFormSolution(Solution):
    """A policy for every game, with certificates computed from the game.

    ``policies`` [games, actions]: in a matrix game the row player's probabilities, then the column player's. ``beta``
    is that of the game that was solved. ``duality_gaps``, ``exploitabilities``, ``iterations_of_games``: [games].
    ``solved`` [games]: whose gap is within the tolerance of the range of their own payoffs. ``queries`` in all games
    together. ``payoff_range``, ``rounding``: the largest of the games. ``uniqueness`` [games]: ``UNIQUE``, ``MANY`` or
    ``UNKNOWN``; ``dimension`` of the set of equilibria and ``policy_ranges`` [2, actions] of a single game, where they
    are known. ``bound``: what the theorem promised, if one applies.
    """

    game: Game
    beta: float
    policies: FloatArray
    duality_gaps: FloatArray
    exploitabilities: FloatArray
    iterations_of_games: NDArray[np.int64]
    queries: int
    bound: Bound | None
    solved: NDArray[np.bool_]
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

    @property
    def probabilities(self) -> dict[str, float]:
        """The policy by label, in a matrix game the row player's."""
        game = self._single()
        labels = game.labels if isinstance(game, PreferenceGame) else game.row_labels
        return dict(zip(labels, self.policy.tolist(), strict=True))

    def leaderboard(self, **others: Any) -> Columns:
        """Return the policy as a table with labels, a dictionary of columns (``pandas.DataFrame`` takes it).

        In a preference game ``score`` is P(y > policy), in a matrix game what the action earns its player against the
        other's policy; the players stand below each other, by the column ``player``. Where the equilibrium is not
        unique the columns ``range_low`` and ``range_high`` say what each probability can be. ``others``: further
        columns [n], or intervals [2, n], of a preference game.
        """
        many = self.unique is False
        game = self._single()
        spread = self.policy_range if many else None
        if isinstance(game, PreferenceGame):
            score = np.asarray(game.matrix @ self.policy)
            return leaderboard(game.labels, self.policy, score, reference=game.reference, range=spread, **others)
        rows, columns = self.policy, self.column_policy
        sides = {
            "row": (game.row_labels, rows, game.payoffs @ columns, game.row_reference, spread),
            "column": (
                *(game.column_labels, columns, -(rows @ game.payoffs), game.column_reference),
                self.column_policy_range if many else None,
            ),
        }
        tables = {
            name: leaderboard(labels, policy, score, reference=reference, range=ranges)
            for name, (labels, policy, score, reference, ranges) in sides.items()
        }
        return stacked(tables, "player")

    def to_csv(self, path: str | Path) -> None:
        """Write the leaderboard as CSV."""
        write_csv(Path(path), self.leaderboard())

    def plot(self, path: str | Path) -> None:
        """Write a picture of policy and gap as PNG, of a batch how many games were solved when."""
        from solvers.normal_form.pictures import Policies, plot_batch, plot_policy

        title = f"{self.algorithm}, beta = {self.beta:g}"
        if isinstance(self.game, PreferenceBatch | MatrixBatch):
            plot_batch(Path(path), self, title)
            return
        game = self._single()
        policies: Policies
        if isinstance(game, PreferenceGame):
            policies = [("probability", game.labels, self.policy, game.reference)]
        else:
            policies = [
                ("probability, row player", game.row_labels, self.policy, game.row_reference),
                ("probability, column player", game.column_labels, self.column_policy, game.column_reference),
            ]
        plot_policy(Path(path), self, policies, title)

    def to_dict(self) -> dict[str, Any]:
        """Return policies with their labels, their ranges and the summary, as JSON has them."""
        game, own = self.game, self.summary()
        if isinstance(game, PreferenceBatch | MatrixBatch):
            return {"policies": self.policies.tolist(), **own}
        if isinstance(game, PreferenceGame):
            named: dict[str, Any] = {"labels": list(game.labels), "policy": self.policy.tolist()}
        else:
            named = {
                "labels": list(game.row_labels),
                "policy": self.policy.tolist(),
                "column_labels": list(game.column_labels),
                "column_policy": self.column_policy.tolist(),
                "column_policy_range": interval(self.column_policy_range),
            }
        return {**named, "policy_range": interval(self.policy_range), **own}

    def _single(self) -> PreferenceGame | MatrixGame:
        if isinstance(self.game, PreferenceBatch | MatrixBatch):
            raise ValueError("a batch has a policy for each game: solve batch[k], or read policies [games, n]")
        return self.game

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
