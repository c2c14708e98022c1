"""The sampled methods under the driver: the game is played, not compiled, and the state is the infosets met.

Where the game is small enough to be compiled after all, the policy is measured on the way, like that of the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games.extensive import ExtensiveGame, compile_game
from games.extensive.compile import estimate_histories
from solvers.checkpoint import Record
from solvers.extensive.evaluation import evaluate
from solvers.extensive.monte_carlo import Method, MonteCarlo
from solvers.extensive.solution import payoff_range
from solvers.run import Iterating, Pace, Report, Watch, drive
from solvers.schedules import Constant, Schedule
from solvers.solution import NONE, Checkpoint, Result, Solution

_COMPILED = 1_000_000  # histories: up to which the game is compiled to measure the policy


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class SampledSolution(Solution):
    """What a sampled method has learnt.

    ``solver`` is the policy (``action_probabilities``); ``game`` the sequence form, or the ``pyspiel`` game where that
    is too large, and then ``value`` and ``exploitability`` are NaN.
    """

    solver: MonteCarlo

    @property
    def value(self) -> float:
        return math.nan if self.history[-1].value is None else self.history[-1].value

    @property
    def exploitability(self) -> float:
        return self.history[-1].exploitability

    def summary(self) -> dict[str, Any]:
        summary = super().summary()
        history = summary.pop("history")
        return summary | {
            "seed": self.solver.seed,
            "alpha": None if self.temperature == NONE else self.solver.alpha,
            "exploration": self.solver.exploration if self.solver.method == "outcome-mccfr" else None,
            "infosets": self.history[-1].infosets,
            "history": history,
        }


class Run(MonteCarlo, Iterating):
    """A sampled solver that is measured in ``compiled``, the sequence form of its game, if there is one."""

    pace = Pace(from_start=False)
    compiled: ExtensiveGame | None = None

    def prepare(self) -> None:
        """Compile the game, if it is small."""
        if self.compiled is None and estimate_histories(self.game) <= _COMPILED:
            self.compiled = compile_game(self.game)

    def measure(self) -> Checkpoint:
        """Return the exact exploitability, NaN if the game is too large, and how many infosets were met."""
        value = gap = exploitability = math.nan
        if self.compiled is not None:
            found = evaluate(self.compiled, self.policy(self.compiled))
            value, gap, exploitability = found.value, found.nash_conv, found.exploitability
        met = [len(part) for part in self.infosets]
        return Checkpoint(self.done, None, gap, exploitability, value=value, infosets=met)

    def identity(self) -> dict[str, Any]:
        """Return what the run is."""
        return {
            "game": str(self.game),
            "--algorithm": self.method,
            "--seed": self.seed,
            "--alpha": self.alpha,
            "--step-size": repr(self.step_size),
            "--parameters": self.exploration,
        }

    def settled(self, point: Checkpoint) -> bool:
        """Never: it runs for as long as it is asked to."""
        return False

    def solution(self, record: Record) -> SampledSolution:
        """Return what was learnt."""
        regularised = self.method == "sampled-mmd"
        return SampledSolution(
            game=self.game if self.compiled is None else self.compiled,
            algorithm=self.method,
            iterations=self.done,
            seconds=record.seconds,
            history=tuple(record.history),
            tolerance=0.0,
            payoff_range=math.nan if self.compiled is None else payoff_range(self.compiled),
            result=Result.ITERATION_LIMIT,
            remedy="a sampled method runs for as long as it is asked to: give more iterations",
            step_size=str(self.step_size) if regularised else NONE,
            temperature=f"{self.alpha:.6g}" if regularised else NONE,
            target="agent-quantal-response" if regularised else "nash",
            solver=self,
        )


def solve_sampled(
    game: Any,
    method: Method,
    *,
    iterations: int = 1000,
    seed: int = 0,
    alpha: Schedule | float | None = None,
    step_size: Schedule | float | None = None,
    parameters: Mapping[str, float] | None = None,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
) -> SampledSolution:
    """Return what a sampled method learns of an OpenSpiel game (or its string) in so many iterations.

    ``alpha`` (a number) and ``step_size`` are those of ``sampled-mmd``; ``parameters``: the ``exploration`` of
    ``outcome-mccfr``. The rest is as in ``solvers.extensive.solving``. Raises ``ValueError`` for a game that cannot be
    played or settings without meaning.
    """
    settings: dict[str, Any] = dict(parameters or {})
    if alpha is not None:
        settings["alpha"] = _number(alpha)
    if step_size is not None:
        settings["step_size"] = Constant(step_size) if isinstance(step_size, int | float) else step_size
    if str(game).endswith(".npz"):
        raise ValueError(f"{method} plays OpenSpiel games, and {game} is an array file")
    run = Run(game, method, seed=seed, **settings)
    return run.solution(drive(run, iterations=iterations, path=checkpoint, report=report, watch=watch))


def _number(alpha: Schedule | float) -> float:
    if isinstance(alpha, int | float):
        return float(alpha)
    if not isinstance(alpha, Constant):
        raise ValueError("alpha of sampled-mmd must be a number")
    return alpha.value
