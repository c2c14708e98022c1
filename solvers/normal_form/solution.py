"""The certified solution of a normal-form game, or of a batch of them, and its JSON form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from games.matrix import MatrixBatch, MatrixGame
from games.preference import PreferenceBatch
from solvers.normal_form.problem import Game, Problem
from solvers.solution import Bound, Checkpoint, Result

if TYPE_CHECKING:
    from solvers.normal_form.algorithm import Algorithm
    from solvers.normal_form.solve import Run

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class NormalFormSolution:
    """A policy for every game, with certificates computed from the game.

    ``policies`` [games, actions]: in a matrix game the row player's probabilities, then the column player's. ``beta``
    is that of the game that was solved. ``duality_gaps``, ``exploitabilities``, ``iterations``, ``converged``:
    [games]. ``bound``: what the theorem promised, if one applies. ``result`` and ``remedy``: how it ended, and what
    to do.
    """

    game: Game
    algorithm: str
    beta: float
    policies: FloatArray
    duality_gaps: FloatArray
    exploitabilities: FloatArray
    iterations_of_games: NDArray[np.int64]
    tolerance: float
    step_size: str
    queries: int
    seconds: float
    history: tuple[Checkpoint, ...]
    bound: Bound | None
    result: Result
    remedy: str

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
    def iterations(self) -> int:
        """The iterations of the game that took most."""
        return int(self.iterations_of_games.max(initial=0))

    @property
    def converged(self) -> bool:
        """Whether the gap of every game is within the tolerance."""
        return bool((self.duality_gaps <= self.tolerance).all())

    @property
    def value(self) -> float:
        """The row player's expected payoff in a matrix game; 1/2 by symmetry in a preference game."""
        if isinstance(self.game, MatrixGame):
            return float(self.policy @ self.game.payoffs @ self.column_policy)
        return 0.5

    def summary(self) -> dict[str, Any]:
        """Return what all forms of ``solution.json`` have in common."""
        return {
            "algorithm": self.algorithm,
            "beta": self.beta,
            "step_size": self.step_size,
            "duality_gap": _finite(self.duality_gap),
            "exploitability": _finite(self.exploitability),
            "tolerance": self.tolerance,
            "iterations": self.iterations,
            "queries": self.queries,
            "converged": self.converged,
            "result": str(self.result),
            "remedy": self.remedy,
            "bound": None
            if self.bound is None
            else {"quantity": self.bound.quantity, "value": self.bound.value, "theorem": self.bound.theorem},
            "seconds": self.seconds,
            "history": [{key: _finite(value) for key, value in point.line().items()} for point in self.history],
        }


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _outcome(algorithm: Algorithm, going: Run, gaps: FloatArray, tolerance: float) -> tuple[Result, str]:
    """Return how the run ended and the remedy, one sentence."""
    if not np.isfinite(gaps).all():
        return Result.NOT_FINITE, "the policy is no longer finite: take a smaller step size"
    if (gaps <= tolerance).all():
        return Result.CONVERGED, ""
    open_games = int((gaps > tolerance).sum())
    where = "" if len(gaps) == 1 else f" in {open_games} of {len(gaps)} games"
    largest = algorithm.largest_step(going.problem) if algorithm.largest_step is not None else math.inf
    used = float(going.settings.step_size.values(1, 1)[0])
    # A largest step of 0 is no condition: at beta = 0 the theorem says nothing.
    if used > largest * (1.0 + 1e-9) and largest > 0.0:
        return Result.STEP_TOO_LARGE, (
            f"step size {used:.6g} is above {largest:.6g}, up to which the theorem of {algorithm.name} holds{where}: "
            "leave it out to get one that is safe"
        )
    if len(going.feedback):
        advice = "more iterations, more samples, or a step size that decreases"
    elif algorithm.target == "regularised" and going.problem.beta == 0.0 and not going.average:
        advice = (
            "a beta above 0, the average, or an algorithm whose last iterate converges without "
            "regularisation (comal or mpo)"
        )
    else:
        advice = "more iterations, or an algorithm with a faster rate (nash-mp; lp solves beta = 0 exactly)"
    return Result.ITERATION_LIMIT, f"the gap is still above the tolerance{where}: try {advice}"


def _promise(algorithm: Algorithm, going: Run, problem: Problem) -> Bound | None:
    """Return the theorem's bound where it applies: exact values, from the reference, the policy it is about.

    No theorem speaks of a game that was solved before the first iteration, and so of a batch that contains one.
    """
    usual = going.average == (algorithm.returns == "average")
    least = int(going.iterations.min())
    if algorithm.bound is None or not usual or len(going.feedback) or least == 0 or going.warm:
        return None
    return algorithm.bound(problem, going.settings, least)


def solution_of(
    game: Game,
    going: Run,
    history: Sequence[Checkpoint],
    certificates: FloatArray,
    tolerance: float,
    seconds: float,
) -> NormalFormSolution:
    """Return the solution of a finished run with its certificates [games, 3]."""
    algorithm, problem = going.algorithm, going.problem
    gaps = certificates[:, 0]
    result, remedy = _outcome(algorithm, going, gaps, tolerance)
    return NormalFormSolution(
        game=game,
        algorithm=algorithm.name,
        beta=0.0 if algorithm.target == "equilibrium" else problem.beta,
        policies=going.policies()[1],
        duality_gaps=gaps,
        exploitabilities=certificates[:, 1],
        iterations_of_games=going.iterations,
        tolerance=tolerance,
        step_size=str(going.settings.step_size),
        queries=going.queries(),
        seconds=seconds,
        history=tuple(history),
        bound=_promise(algorithm, going, problem),
        result=result,
        remedy=remedy,
    )
