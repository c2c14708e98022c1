"""The sampled methods under the driver, on a compact tree in compiled code or on the game's own states in Python.

Where the game is small enough to be compiled to the sequence form, the policy is measured on the way, like that of the
others.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from games._base.files import present
from games.extensive import ExtensiveGame, NotTwoPlayerZeroSum, compile_game, compile_general_game
from games.extensive.compact import LARGEST, compact_tree
from games.extensive.compile import estimate_histories, turn_based
from games.extensive.general import GeneralGame
from games.extensive.open_spiel import load_open_spiel
from solvers.checkpoint import Record, opened
from solvers.extensive.evaluation import evaluate
from solvers.extensive.general import evaluate_general
from solvers.extensive.monte_carlo import Method, MonteCarlo
from solvers.extensive.solution import payoff_range
from solvers.extensive.tree_sampling import SAMPLING, TreeSampling
from solvers.run import Iterating, Pace, Report, Watch, drive
from solvers.schedules import Constant, Schedule
from solvers.solution import NONE, Checkpoint, Result, Solution

COMPILED = 1_000_000
"""Histories up to which a game is compiled, to measure the policy and to walk its tree."""

Engine = Literal["tree", "states"]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class SampledSolution(Solution):
    """What a sampled method has learnt.

    ``solver`` is the policy (``action_probabilities``); ``game`` the sequence form, or the ``pyspiel`` game where that
    is too large, and then ``value`` and ``exploitability`` are NaN.
    """

    solver: MonteCarlo | TreeSampling

    @property
    def value(self) -> float:
        return math.nan if self.history[-1].value is None else self.history[-1].value

    @property
    def exploitability(self) -> float:
        return self.history[-1].exploitability

    @property
    def nash_conv(self) -> float:
        return self.history[-1].duality_gap

    @property
    def engine(self) -> Engine:
        """What has walked: compiled code on a compact tree, or Python on the game's own states."""
        return "tree" if isinstance(self.solver, TreeSampling) else "states"

    def summary(self) -> dict[str, Any]:
        summary = super().summary()
        history, solver = summary.pop("history"), self.solver
        exploration = solver.parameters["exploration"] if isinstance(solver, TreeSampling) else solver.exploration
        return summary | {
            "seed": solver.seed,
            "alpha": None if isinstance(solver, TreeSampling) or self.temperature == NONE else solver.alpha,
            "exploration": exploration if solver.method == "outcome-mccfr" else None,
            "engine": self.engine,
            "target": self.target,
            "parameters": dict(solver.parameters) if isinstance(solver, TreeSampling) else {},
            "infosets": self.history[-1].infosets,
            "history": history,
        }


class _Measured(Iterating):
    """What sampled runs have in common: the exact measurement where the game is small enough to be compiled."""

    pace = Pace(from_start=False)
    compiled: ExtensiveGame | GeneralGame | None = None
    source: Any
    """The ``pyspiel`` game, or what has its face."""

    def prepare(self) -> None:
        """Compile the game, if it is small."""
        if self.compiled is None and estimate_histories(turn_based(self.source)) <= COMPILED:
            try:
                self.compiled = compile_game(self.source)
            except NotTwoPlayerZeroSum:
                self.compiled = compile_general_game(self.source)

    @abstractmethod
    def found(self) -> tuple[NDArray[np.float64], ...]:
        """Return the policy for the compiled game."""

    @abstractmethod
    def infosets_met(self) -> list[int]:
        """Return how many infosets of each player have been met."""

    def measure(self) -> Checkpoint:
        """Return the exact exploitability, NaN if the game is too large, and how many infosets were met."""
        value = gap = exploitability = math.nan
        if self.compiled is not None:
            game, policy = self.compiled, self.found()
            found = evaluate_general(game, policy) if isinstance(game, GeneralGame) else evaluate(game, policy)
            value, gap, exploitability = found.value, found.nash_conv, found.exploitability
        return Checkpoint(self.done, None, gap, exploitability, value=value, infosets=self.infosets_met())

    def settled(self, point: Checkpoint) -> bool:
        """Never: it runs for as long as it is asked to."""
        return False

    @abstractmethod
    def target(self) -> dict[str, Any]:
        """Return what the method tends to, and what was chosen for that."""

    def solution(self, record: Record) -> SampledSolution:
        """Return what was learnt."""
        assert isinstance(self, MonteCarlo | TreeSampling)
        return SampledSolution(
            game=self.source if self.compiled is None else self.compiled,
            algorithm=self.method,
            iterations=self.done,
            seconds=record.seconds,
            history=tuple(record.history),
            tolerance=0.0,
            payoff_range=payoff_range(self.compiled) if isinstance(self.compiled, ExtensiveGame) else math.nan,
            result=Result.ITERATION_LIMIT,
            remedy="a sampled method runs for as long as it is asked to: give more iterations",
            solver=self,
            **self.target(),
        )


class StatesRun(MonteCarlo, _Measured):
    """A sampled method that plays the game's own states."""

    @property
    def source(self) -> Any:
        return self.game

    def found(self) -> tuple[NDArray[np.float64], ...]:
        assert isinstance(self.compiled, ExtensiveGame)
        return self.policy(self.compiled)

    def infosets_met(self) -> list[int]:
        return [len(part) for part in self.infosets]

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

    def target(self) -> dict[str, Any]:
        if self.method != "sampled-mmd":
            return {"target": "nash"}
        return {
            "target": "agent-quantal-response",
            "step_size": str(self.step_size),
            "temperature": f"{self.alpha:.6g}",
        }


class TreeRun(TreeSampling, _Measured):
    """A sampled method on the game's compact tree."""

    def __init__(self, game: Any, method: str, seed: int, parameters: Mapping[str, float]) -> None:
        needed = method not in get_args(Method)
        self.source = game
        super().__init__(compact_tree(game, LARGEST if needed else COMPILED), method, seed=seed, parameters=parameters)

    def found(self) -> tuple[NDArray[np.float64], ...]:
        assert self.compiled is not None
        return self.policy(self.compiled)

    def infosets_met(self) -> list[int]:
        return self.met()

    def identity(self) -> dict[str, Any]:
        """Return what the run is."""
        return {
            "game": str(self.source),
            "--algorithm": self.method,
            "--engine": "tree",
            "--seed": self.seed,
            "--parameters": dict(self.parameters),
        }

    def target(self) -> dict[str, Any]:
        return {"target": "coarse-correlated" if isinstance(self.compiled, GeneralGame) else "nash"}


def solve_sampled(
    game: Any,
    method: str,
    *,
    iterations: int = 1000,
    seed: int = 0,
    alpha: Schedule | float | None = None,
    step_size: Schedule | float | None = None,
    parameters: Mapping[str, float] | None = None,
    engine: Engine | None = None,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
) -> SampledSolution:
    """Return what a sampled method learns of an OpenSpiel game (or its string) in so many iterations.

    Parameters
    ----------
    alpha, step_size : those of ``sampled-mmd``; ``alpha`` is a number.
    parameters : of the method, as ``solvers.extensive.registry.SAMPLED`` has them.
    engine : ``"tree"``, the compiled walks over a compact tree (``solvers.extensive.tree_sampling``), or ``"states"``,
        the game's own states in Python. By default the tree, where the method has it and the game at most ``COMPILED``
        histories; what the checkpoint was made with, if there is one.
    checkpoint, report, watch : as of ``solvers.extensive.solving.solve``.

    Raises
    ------
    ValueError
        The game cannot be played, a setting has no meaning, or the engine cannot do it.
    """
    if str(game).endswith(".npz"):
        raise ValueError(f"{method} plays OpenSpiel games, and {game} is an array file")
    loaded = load_open_spiel(game) if isinstance(game, str) else game
    run: StatesRun | TreeRun
    if (engine or _stored_engine(checkpoint) or _usual_engine(loaded, method)) == "tree":
        if method not in SAMPLING:
            raise ValueError(f"{method} plays the game's own states: leave the engine out")
        run = TreeRun(loaded, method, seed, parameters or {})
    else:
        if method not in get_args(Method):
            raise ValueError(f"{method} needs the tree of the game: leave the engine out, or take outcome-mccfr")
        settings: dict[str, Any] = dict(parameters or {})
        if only := settings.keys() - {"exploration"}:
            raise ValueError(f"{min(only)} is a parameter on trees, and {loaded} is played by its states")
        if alpha is not None:
            settings["alpha"] = _number(alpha)
        if step_size is not None:
            settings["step_size"] = Constant(step_size) if isinstance(step_size, int | float) else step_size
        run = StatesRun(loaded, method, seed=seed, **settings)  # type: ignore[arg-type]
    return run.solution(drive(run, iterations=iterations, path=checkpoint, report=report, watch=watch))


def _usual_engine(game: Any, method: str) -> Engine:
    """Return the engine that is taken if none is asked for."""
    if method not in get_args(Method):
        return "tree"
    return "tree" if method in SAMPLING and estimate_histories(turn_based(game)) <= COMPILED else "states"


def _stored_engine(checkpoint: Path | None) -> Engine | None:
    """Return the engine that a state was made with, if there is one."""
    if checkpoint is None or not present(checkpoint):
        return None
    with opened(checkpoint) as state:
        return "tree" if state.identity.get("--engine") == "tree" else "states"


def _number(alpha: Schedule | float) -> float:
    if isinstance(alpha, int | float):
        return float(alpha)
    if not isinstance(alpha, Constant):
        raise ValueError("alpha of sampled-mmd must be a number")
    return alpha.value
