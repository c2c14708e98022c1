"""What every solver returns: the policy, how far it is from equilibrium, what the theory promised, and what to do.

``converged`` is decided by the duality gap alone, never by small steps or many iterations.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """How a solve ended; ``remedy`` of the solution says what to do about it."""

    CONVERGED = "converged"  # the gap is within the tolerance
    ITERATION_LIMIT = "iteration limit"  # it was still on its way
    STEP_TOO_LARGE = "step size too large"  # the iteration limit, with a step size that the theorem does not cover
    NOT_FINITE = "not finite"  # numbers overflowed


@dataclass(frozen=True)
class Bound:
    """A theorem's promise for the policy returned: ``quantity <= value``, with the theorem in words."""

    quantity: str
    value: float
    theorem: str


@dataclass(frozen=True)
class Checkpoint:
    """The solution as it was on the way: one line of the history. ``queries`` counts entries of the matrix read."""

    iteration: int
    queries: int
    duality_gap: float
    exploitability: float
    divergence: float | None = None  # KL(equilibrium || policy), where an equilibrium was given
    seconds: float = 0.0
    distance: float | None = None  # from a regularised target, where that is what decides (``solvers.extensive``)

    def line(self) -> dict[str, Any]:
        """Return the line as it stands in files; without an equilibrium there is no ``divergence``, and so on."""
        line: dict[str, Any] = {
            "iteration": self.iteration,
            "queries": self.queries,
            "duality_gap": self.duality_gap,
            "exploitability": self.exploitability,
            "seconds": self.seconds,
        }
        further = {"divergence": self.divergence, "distance": self.distance}
        return line | {name: value for name, value in further.items() if value is not None}
