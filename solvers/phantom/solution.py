"""The certified solution of a phantom game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from games.phantom.game import PhantomGame
from games.phantom.policies import Policies
from solvers.solution import EvaluatedSolution


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class PhantomSolution(EvaluatedSolution):
    """Policies [rows, cells] of both players with their exact evaluation, and the way there.

    ``processor_seconds``: of iterations, on all cores. ``eta``, ``alpha``, ``magnet_step``: of mirror descent.
    """

    game: PhantomGame
    policies: Policies
    processor_seconds: float
    eta: float
    alpha: float
    magnet_step: float

    def summary(self) -> dict[str, Any]:
        summary = super().summary()
        history = summary.pop("history")
        if self.algorithm.startswith("mmd"):
            summary |= {"eta": self.eta, "alpha": self.alpha}
        if self.algorithm == "mmd-moving":
            summary["magnet_step"] = self.magnet_step
        return summary | {"processor_seconds": self.processor_seconds, "history": history}
