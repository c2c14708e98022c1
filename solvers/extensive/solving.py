"""``solve("leduc_poker", "cfr+", iterations=1000)``: run an algorithm on a compiled game, and certify what it returns.

``solvers.extensive.run.start`` gives a ``Run``, whose ``advance`` runs iterations and whose ``policy`` may be measured
at any time; ``solve`` does so until the exploitability is within the tolerance. Certificates are exact: one best
response for each player.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from games.extensive import ExtensiveGame, Policy, compile_game
from games.extensive.store import game_from_file
from solvers.extensive.algorithm import Algorithm
from solvers.extensive.registry import LINEAR_PROGRAM, default_algorithm
from solvers.extensive.registry import algorithm as algorithm_by_name
from solvers.extensive.run import Run, start
from solvers.extensive.solution import ExtensiveSolution
from solvers.run import Pace, Report, Watch, drive
from solvers.schedules import Schedule
from solvers.solution import NONE, Checkpoint, Result

PACE = Pace()
_ROUNDING = 1e-9  # of the first distance: below, what is left may be rounding errors, which do not fall


def compiled(game: Any, progress: bool = False) -> ExtensiveGame:
    """Return a game in sequence form: from OpenSpiel or its string, or from a file, ``*.efg`` or ``*.npz``.

    Raises ``GameError`` or another ``ValueError`` with one sentence if it is none.
    """
    if isinstance(game, ExtensiveGame):
        return game
    text = str(game) if isinstance(game, Path) else game
    if isinstance(text, str) and text.endswith(".npz"):
        return game_from_file(Path(text))
    return compile_game(text, progress=progress)


def solve(
    game: Any,
    algorithm: str | Algorithm | None = None,
    *,
    iterations: int = 1000,
    tolerance: float = 0.0,
    step_size: Schedule | float | None = None,
    alpha: Schedule | float | None = None,
    parameters: Mapping[str, float] | None = None,
    magnet: Policy | None = None,
    initial: Policy | None = None,
    average: bool | None = None,
    alternating: bool | None = None,
    growth: float = PACE.growth,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
) -> ExtensiveSolution:
    """Solve a game and return a certified solution.

    Parameters
    ----------
    game : a compiled game, an OpenSpiel game or its string, or a file (``*.efg``, ``*.npz``).
    algorithm : by default ``"mmd"`` if there is an ``alpha``, else ``"pcfr+"``. ``"lp"`` is exact and takes only the
        tolerance (``solvers.extensive.linear_program``).
    iterations, tolerance : it stops after so many, or when the exploitability is at most the tolerance (for a quantal
        response: the gap or residual of ``solvers.extensive.quantal_response``).
    step_size, alpha : numbers or schedules, in units of utility, with defaults for each algorithm.
    magnet, initial : policies; uniform, and the magnet, by default.
    average : return the average instead of the last iterate, or the reverse.
    alternating : player 1 answers player 0's new policy, or both the old ones.
    growth : from one measurement to the next, in iterations. report, watch : called at measurements, and on the way.
    checkpoint : a file that holds the whole run, from which it goes on to the same bits.

    Raises
    ------
    ValueError
        One sentence for settings that have no meaning, and for the checkpoint of another run.
    """
    if algorithm is None:
        algorithm = default_algorithm(alpha is not None)
    if algorithm == LINEAR_PROGRAM:
        from solvers.extensive.linear_program import solve_exactly

        given = (step_size, alpha, parameters, magnet, initial, average, alternating)
        if any(value is not None for value in given):
            raise ValueError("lp is exact: it has no step size, alpha, parameters, magnet, initial policy or order")
        return solve_exactly(compiled(game), tolerance=tolerance)
    chosen = algorithm_by_name(algorithm) if isinstance(algorithm, str) else algorithm
    if iterations < 0:
        raise ValueError(f"the number of iterations must be at least 0, not {iterations}")
    going = start(
        compiled(game),
        chosen,
        step_size=step_size,
        alpha=alpha,
        parameters=parameters,
        magnet=magnet,
        initial=initial,
        average=average,
        alternating=alternating,
    )
    record = drive(
        going,
        replace(PACE, growth=growth),
        iterations=iterations,
        settled=lambda point: not point.reached > tolerance,  # NaN ends it, too
        path=checkpoint,
        report=report,
        watch=watch,
    )
    return conclude(going, record.history, record.seconds, tolerance)


def _unfinished(run: Run, history: Sequence[Checkpoint]) -> tuple[Result, str]:
    """Return how a run ended that is not within the tolerance, and the remedy, one sentence.

    A step size beyond what a theorem covers is to blame if, since half of the iterations, the distance has not fallen
    at the rate of the theorem, not even in twice the time.
    """
    last = history[-1]
    what = "exploitability is" if last.distance is None else "distance from the quantal response is"
    usual = Result.ITERATION_LIMIT, f"the {what} above the tolerance: give more iterations"
    if run.algorithm.largest_step is None or run.done < 2:
        return usual
    step, alpha = (float(one.values(run.done, 1)[0]) for one in (run.settings.step_size, run.settings.temperature))
    largest = run.algorithm.largest_step(run.game, alpha)
    half = next(point for point in reversed(history) if 2 * point.iteration <= run.done)
    promised = half.reached * (1.0 + step * alpha) ** (0.5 * (half.iteration - run.done))
    least = _ROUNDING * history[0].reached
    # A largest step of 0 is no condition: at alpha = 0 the theorem says nothing.
    if not 0.0 < largest * (1.0 + 1e-9) < step or last.reached <= max(promised, least):
        return usual
    return Result.STEP_TOO_LARGE, (
        f"step size {step:.6g} is above {largest:.6g}, up to which the theorem of {run.algorithm.name} holds: take a "
        "smaller one"
    )


def conclude(run: Run, history: Sequence[Checkpoint], seconds: float, tolerance: float) -> ExtensiveSolution:
    """Return the solution that a run has come to; the last of the history is its measurement."""
    evaluation, algorithm = run.evaluation(), run.algorithm
    if not np.isfinite(evaluation.nash_conv):
        result, remedy = Result.NOT_FINITE, "the policy is no longer finite: take a smaller step size"
    elif history[-1].reached <= tolerance:
        result, remedy = Result.CONVERGED, ""
    else:
        result, remedy = _unfinished(run, history)
    return ExtensiveSolution(
        game=run.game,
        algorithm=algorithm.name,
        policy=run.policy(),
        evaluation=evaluation,
        iterations=run.done,
        seconds=seconds,
        history=tuple(history),
        tolerance=tolerance,
        step_size=NONE if algorithm.step_size is None else str(run.settings.step_size),
        temperature=NONE if algorithm.temperature is None else str(run.settings.temperature),
        result=result,
        remedy=remedy,
        target=algorithm.target,
        certificate=history[-1].distance,
        parameters=run.settings.parameters,
        average=run.average,
        alternating=run.alternating,
    )
