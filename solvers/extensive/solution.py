"""The certified solution of an extensive-form game, and the size of utilities that can be computed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from games.extensive import ExtensiveGame, Policy
from solvers.solution import NONE, EvaluatedSolution, finite

_SMALLEST, _LARGEST = 1e-60, 1e60  # of utilities, as in solvers.normal_form: their squares and quotients are numbers


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ExtensiveSolution(EvaluatedSolution):
    """A policy for both players with its exact certificate; see ``solvers.solution`` for what the fields mean.

    The tolerance is a part of the payoff range; of a residual, a probability, it is the residual itself.
    ``certificate``: where the target is a quantal response, the saddle-point gap of the regularised game, in units of
    utility; where it is an agent quantal response, the residual of its equation, a probability
    (``solvers.extensive.quantal_response``). ``average``: whether the policy is the average of the iterates;
    ``alternating``: whether player 1 answered player 0's new policy; both ``None`` if there are no iterates.
    """

    game: ExtensiveGame
    policy: Policy
    parameters: Mapping[str, float] = field(default_factory=dict)
    average: bool | None = None
    alternating: bool | None = None

    @property
    def limit(self) -> float:
        return self.tolerance if self.target == "agent-quantal-response" else super().limit

    def summary(self) -> dict[str, Any]:
        summary = super().summary()
        history = summary.pop("history")
        return summary | {
            "target": self.target,
            "distance": None if self.certificate is None else finite(self.certificate),
            "alpha": None if self.temperature == NONE else self.temperature,
            "parameters": dict(self.parameters),
            "average": self.average,
            "alternating": self.alternating,
            "history": history,
        }


def largest_utility(game: ExtensiveGame) -> float:
    """Return the largest absolute utility; raises ``ValueError`` if it is too large or too small to compute with."""
    statistics = game.statistics
    largest = max(abs(statistics.minimum_utility), abs(statistics.maximum_utility))
    if largest > 0.0 and not _SMALLEST <= largest <= _LARGEST:
        raise ValueError(
            f"the largest utility is {largest:g}: take a unit in which it is between {_SMALLEST:g} and {_LARGEST:g}"
        )
    return largest


def payoff_range(game: ExtensiveGame) -> float:
    """Return the unit of tolerances: the largest utility less the smallest; where there is only one, its size, or 1.

    In a game from arrays, in which each payoff includes its chance, the largest and the smallest entry take their part.
    """
    return game.utility_range or largest_utility(game) or 1.0
