"""What every solver returns: the policy, how far it is from equilibrium, what the theory promised, and what to do.

``converged`` is decided by the distance from the target alone – a duality gap, an exploitability –, never by small
steps or many iterations.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from solvers.evaluation import Evaluation

NONE: Final = "none"
"""The step size or temperature of what has none."""
_WIDTH = 80  # characters of one entry of a short form


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


class Checkpoint(NamedTuple):
    """The solution as it was on the way: one line of the history.

    ``queries`` counts entries of the matrix read, or comparisons asked. ``duality_gap``: what best responses gain in
    the game solved, both players together. Both are NaN where the game is too large to measure. ``divergence``:
    KL(equilibrium || policy), where an equilibrium was given. ``distance``: from a regularised target, where that is
    what decides. ``value``: of player 0. ``infosets``: met so far by a sampled method, of each player. ``seconds``: of
    iterations alone, by the clock; ``processor_seconds``: of all cores.
    """

    iteration: int
    queries: int | None = None
    duality_gap: float = math.nan
    exploitability: float = math.nan
    divergence: float | None = None
    seconds: float = 0.0
    distance: float | None = None
    value: float | None = None
    infosets: list[int] | None = None
    processor_seconds: float | None = None

    @property
    def reached(self) -> float:
        """How far the policy is from the target of its algorithm: ``distance`` if there is one, or exploitability."""
        return self.exploitability if self.distance is None else self.distance

    def line(self) -> dict[str, Any]:
        """Return what was measured, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def reachable(wanted: float, hidden: float) -> float:
    """Return the measured distance at which the true one is at most ``wanted``, if rounding may hide ``hidden`` of it.

    -1, which no distance reaches, if that is all of it. To want 0 is to want a measured distance of 0.
    """
    if wanted == 0.0:
        return 0.0
    return wanted - hidden if wanted > hidden else -1.0


def unreachable(tolerance: float, least: float) -> str:
    """Return the remedy where a tolerance is smaller than ``least``, what rounding may hide of the payoffs' range."""
    return f"a tolerance of {tolerance:.2g} cannot be told from rounding errors here: ask for {1.1 * least:.2g} or more"


def finite(value: Any) -> Any:
    """Return the value, or ``None`` for NaN and infinity, which JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def history_lines(history: Sequence[Checkpoint]) -> list[dict[str, Any]]:
    """Return the history as JSON files have it."""
    return [{name: finite(value) for name, value in point.line().items()} for point in history]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Solution(ABC):
    """A policy with its certificate; each kind of game has its own, with ``policy``, ``value`` and ``exploitability``.

    Attributes
    ----------
    game : what was solved.
    algorithm : by which algorithm.
    iterations, seconds : what that took; seconds of iterations alone.
    history : what was measured on the way, and when.
    tolerance : what it was to converge to, relative: a part of the ``payoff_range``.
    result, remedy : how the solve ended, and one sentence on what to do if it did not converge to within the tolerance.
    step_size, temperature : in words, ``"none"`` of algorithms without them.
    target : what the algorithm converges to.
    certificate : the distance from the target, where that is not the exploitability.
    payoff_range : the largest payoff less the smallest (1 in preference games).
    rounding : the smallest distance that rounding errors cannot have made up; a tolerance below is never reached.

    Examples
    --------
    >>> import tamaya
    >>> solution = tamaya.solve([[0.0, 2.0], [1.0, 0.0]], "lp")
    >>> round(solution.value, 6), solution.converged
    (0.666667, True)
    """

    game: Any
    algorithm: str
    iterations: int
    seconds: float
    history: tuple[Checkpoint, ...]
    tolerance: float
    result: Result
    remedy: str
    step_size: str = NONE
    temperature: str = NONE
    target: str = "nash"
    certificate: float | None = None
    payoff_range: float = 1.0
    rounding: float = 0.0

    @property
    @abstractmethod
    def value(self) -> float:
        """Player 0's expected utility under the policy."""

    @property
    @abstractmethod
    def exploitability(self) -> float:
        """Half of NashConv: what a player loses on average to an opponent who knows the policy."""

    @property
    def nash_conv(self) -> float:
        """What best responses gain in the game itself, both players together."""
        return 2.0 * self.exploitability

    @property
    def duality_gap(self) -> float:
        """What best responses gain in the game that was solved, both players together."""
        return self.nash_conv

    @property
    def distance(self) -> float:
        """How far the policy is from what the algorithm converges to: the certificate, or the exploitability."""
        return self.exploitability if self.certificate is None else self.certificate

    @property
    def limit(self) -> float:
        """The distance that the tolerance allows, in units of the payoffs."""
        return self.tolerance * self.payoff_range

    @property
    def converged(self) -> bool:
        """Whether the distance is within the tolerance."""
        return self.result is Result.CONVERGED

    def summary(self) -> dict[str, Any]:
        """Return what ``solution.json`` says of every solution; the history comes last."""
        return {
            "algorithm": self.algorithm,
            "value": finite(self.value),
            "exploitability": finite(self.exploitability),
            "nash_conv": finite(self.nash_conv),
            "iterations": self.iterations,
            "seconds": self.seconds,
            "tolerance": self.tolerance,
            "payoff_range": finite(self.payoff_range),
            "rounding": finite(self.rounding),
            "converged": self.converged,
            "result": str(self.result),
            "remedy": self.remedy,
            "step_size": None if self.step_size == NONE else self.step_size,
            "history": history_lines(self.history),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the solution as JSON has it."""
        return self.summary()

    def __repr__(self) -> str:
        """Return the certificate in a line; neither game nor policies, which may have millions of entries."""
        name = str(getattr(self.game, "name", type(self.game).__name__))
        short = name if len(name) <= _WIDTH else name[: _WIDTH - 1] + "…"
        return (
            f"{type(self).__name__}(game={short!r}, algorithm={self.algorithm!r}, value={self.value:.9g}, "
            f"exploitability={self.exploitability:.3g}, iterations={self.iterations}, seconds={self.seconds:.3g}, "
            f"result={str(self.result)!r})"
        )


SolutionType = TypeVar("SolutionType", bound=Solution)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class EvaluatedSolution(Solution):
    """A solution whose policy was evaluated for each player."""

    evaluation: Evaluation

    @property
    def value(self) -> float:
        return self.evaluation.value

    @property
    def exploitability(self) -> float:
        return self.evaluation.exploitability

    @property
    def nash_conv(self) -> float:
        return self.evaluation.nash_conv

    def summary(self) -> dict[str, Any]:
        summary = super().summary()
        best = [finite(value) for value in self.evaluation.best_response_values]
        return {"best_response_values": best, **summary}


def ranked(
    solutions: Sequence[SolutionType],
    distance: Callable[[SolutionType], float],
    cost: Callable[[SolutionType], float],
) -> list[SolutionType]:
    """Return solutions in order: those within their tolerance by cost, then the others by distance."""

    def place(solution: SolutionType) -> tuple[bool, float]:
        reached = distance(solution) if math.isfinite(distance(solution)) else math.inf
        within = reached <= solution.limit
        return not within, cost(solution) if within else reached

    return sorted(solutions, key=place)
