"""``solve("dark_hex", "pcfr+", iterations=100)``: run an algorithm on a phantom game, measured exactly, resumable."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games.phantom.game import PhantomGame, phantom_game
from games.phantom.policies import Policies
from games.phantom.symmetry import folded
from solvers.checkpoint import Record, opened
from solvers.phantom.iterate import ALIASES, Run, start
from solvers.run import Pace, Report, Watch, drive
from solvers.schedules import Constant, Power, Schedule
from solvers.solution import NONE, EvaluatedSolution, Result

PACE = Pace(growth=1.3, nearest=True, from_start=False, every=600.0)  # a state has up to five gigabytes
_DEFAULTS = {"mmd-annealed": (1.0, 1.0), "mmd-moving": (0.1, 1.0)}


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


def solve(
    game: str | PhantomGame,
    algorithm: str = "pcfr+",
    *,
    iterations: int = 100,
    tolerance: float = 0.0,
    eta: float | None = None,
    alpha: float | None = None,
    magnet_step: float = 0.05,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    workers: int | None = None,
) -> PhantomSolution:
    """Run an algorithm (``solvers.phantom.iterate``) and return a certified solution.

    Parameters
    ----------
    game : a phantom game or its name.
    algorithm : ``"cfr+"``, ``"pcfr+"``, ``"mmd-annealed"`` (or ``"mmd"``), ``"mmd-moving"``.
    iterations, tolerance : it stops after so many, or when the exploitability is at most the tolerance.
    eta, alpha, magnet_step : step size, temperature and rate of the magnet of mirror descent.
    report, watch : called at measurements – iterations 1, 2, 3, 4, 5, 6, 8, ..., each about 1.3 times the one before,
        and the last –, and on the way.
    checkpoint : a file that holds the whole run, from which it goes on to the same bits; written every ten minutes.
    workers : threads; the result does not depend on them.

    Raises
    ------
    ValueError
        One sentence for unknown games and algorithms, numbers that are not positive, and the checkpoint of another run.
    """
    found = phantom_game(game) if isinstance(game, str) else game
    name = ALIASES.get(algorithm, algorithm)
    steps = _DEFAULTS.get(name, (1.0, 1.0))
    numbers = {
        "eta": steps[0] if eta is None else eta,
        "alpha": steps[1] if alpha is None else alpha,
        "magnet_step": magnet_step,
    }
    for what, number in numbers.items():
        if not (number > 0.0 and math.isfinite(number)):
            raise ValueError(f"{what} must be positive and finite, not {number}")
    if iterations < 1:
        raise ValueError(f"the number of iterations must be at least 1, not {iterations}")
    run = start(folded(found), name, **numbers, workers=workers)
    record = drive(
        run,
        PACE,
        iterations=iterations,
        settled=lambda point: point.exploitability <= tolerance,
        path=checkpoint,
        report=report,
        watch=watch,
    )
    return conclude(run, record, tolerance)


def conclude(run: Run, record: Record, tolerance: float) -> PhantomSolution:
    """Return the solution that a run has come to."""
    evaluation, converged = run.evaluation(), run.evaluation().exploitability <= tolerance
    return PhantomSolution(
        game=run.states.game,
        algorithm=run.algorithm,
        policies=run.policies(),
        evaluation=evaluation,
        iterations=run.done,
        seconds=record.seconds,
        processor_seconds=record.processor_seconds,
        history=tuple(record.history),
        tolerance=tolerance,
        result=Result.CONVERGED if converged else Result.ITERATION_LIMIT,
        remedy="" if converged else "the exploitability is above the tolerance: give more iterations",
        step_size=_schedule(run, run.eta),
        temperature=_schedule(run, run.alpha),
        eta=run.eta,
        alpha=run.alpha,
        magnet_step=run.magnet_step,
    )


def _schedule(run: Run, number: float) -> str:
    """Return in words how a number of mirror descent changes with the iteration."""
    schedules: dict[str, Schedule] = {"mmd-annealed": Power(number), "mmd-moving": Constant(number)}
    return str(schedules[run.algorithm]) if run.algorithm in schedules else NONE


def run_of_state(path: Path) -> tuple[Run, Record] | None:
    """Return the run whose state a file is, and what it measured; ``None`` if it is no such file.

    Raises ``OSError`` as the disk does.
    """
    try:
        with opened(path) as state:
            what = state.identity
            eta, alpha, magnet_step = (float(what.get(name, 1.0)) for name in ("--eta", "--alpha", "--magnet-step"))
            run = start(folded(phantom_game(what["game"])), what["--algorithm"], eta, alpha, magnet_step)
            state.take_up(run)
    except ValueError:
        return None
    return run, state.record
