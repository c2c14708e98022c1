"""``solve(game, "nash-mp", beta=0.1)``: run an algorithm to a tolerance, and certify what it returns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from solvers.checkpoint import Record
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.choice import LINEAR_PROGRAM, default_algorithm, size_of
from solvers.normal_form.feedback import Feedback
from solvers.normal_form.problem import Game, problem_of
from solvers.normal_form.registry import algorithm as algorithm_by_name
from solvers.normal_form.run import Run, start
from solvers.normal_form.solution import NormalFormSolution
from solvers.run import Pace, Report, Watch, drive
from solvers.schedules import Schedule
from solvers.solution import Bound, Result

FloatArray = NDArray[np.float64]

SINGLE = Pace(growth=1.1, first=64, piece=1.0)
BATCH = Pace(growth=1.3, least=8, first=64, piece=1.0)


def solve(
    game: Game,
    algorithm: str | Algorithm | None = None,
    *,
    beta: float = 0.0,
    iterations: int = 100_000,
    tolerance: float = 1e-9,
    step_size: Schedule | float | None = None,
    temperature: Schedule | float | None = None,
    parameters: Mapping[str, float] | None = None,
    initial: FloatArray | None = None,
    average: bool | None = None,
    feedback: Feedback | None = None,
    equilibrium: FloatArray | None = None,
    growth: float | None = None,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    workers: int | None = None,
) -> NormalFormSolution:
    """Solve a preference game, a batch of them or a matrix game, and return a certified solution.

    Parameters
    ----------
    game : the game, or a batch.
    algorithm : by default ``"nash-mp"`` if beta is above 0, else ``"lp"``, or ``"prm+"`` where linear programming
        (``solvers.normal_form.linear_program``, all at once) is no choice.
    beta : temperature of the regularised game, in units of the payoffs; 0: the game itself.
    iterations, tolerance : it stops after so many, or when the duality gap is at most the tolerance; in a batch each
        game by itself.
    step_size : a number or schedule, by default what the algorithm's theorem allows in this game.
    temperature : a schedule, of algorithms that anneal. parameters : further numbers of an algorithm.
    initial : the policies to start from [games, actions], by default the references.
    average : return the average instead of the last iterate, or the reverse.
    feedback : action values from sampled comparisons instead of exact ones; certificates stay exact.
    equilibrium : [actions]; record KL(equilibrium || policy) in the history.
    growth : from one measurement to the next, in iterations; by default 1.1 in single games, and 1.3, but at least 8
        iterations, in batches, where gaps are those of the worst game. report, watch : called at measurements, and on
        the way.
    checkpoint : a file that holds the whole run, from which it goes on to the same bits.
    workers : threads; the result does not depend on them.

    Raises
    ------
    ValueError
        One sentence for settings that have no meaning, and for the checkpoint of another run.
    """
    problem = problem_of(game, beta)
    if algorithm is None:
        algorithm = default_algorithm(beta, size_of(game), exact=feedback is None)[0]
    if algorithm == LINEAR_PROGRAM:
        from solvers.normal_form.linear_program import solve_exactly

        settings: dict[str, object] = {"beta": beta or None, "step size": step_size, "temperature": temperature}
        settings |= {"parameters": parameters, "initial policy": initial, "average": average, "feedback": feedback}
        if given := [name for name, value in settings.items() if value is not None]:
            raise ValueError(f"lp, which solves the game itself at once, has no {given[0]}: leave it out")
        return solve_exactly(game, tolerance=tolerance)
    chosen = algorithm_by_name(algorithm) if isinstance(algorithm, str) else algorithm
    if iterations < 0:
        raise ValueError(f"the number of iterations must be at least 0, not {iterations}")
    if not tolerance >= 0.0:
        raise ValueError(f"the tolerance must be at least 0, not {tolerance}")
    going = start(
        problem,
        chosen,
        step_size=step_size,
        temperature=temperature,
        parameters=parameters,
        initial=initial,
        average=average,
        feedback=feedback,
        tolerance=tolerance,
        equilibrium=equilibrium,
        workers=workers,
    )
    record = drive(
        going,
        pace(problem.games, growth),
        iterations=iterations,
        settled=going.settled,
        reach=going.reach,
        path=checkpoint,
        report=report,
        watch=watch,
    )
    return conclude(game, going, record)


def pace(games: int, growth: float | None = None) -> Pace:
    """Return when a run on so many games is measured."""
    if growth is not None:
        return replace(SINGLE, growth=growth)
    return SINGLE if games == 1 else BATCH


def _outcome(going: Run) -> tuple[Result, str]:
    """Return how the run ended and the remedy, one sentence."""
    algorithm, gaps, tolerance = going.algorithm, going.measured[:, 0], going.tolerance
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


def _promise(going: Run) -> Bound | None:
    """Return the theorem's bound where it applies: exact values, from the reference, the policy it is about.

    No theorem speaks of a game that was solved before the first iteration, and so of a batch that contains one.
    """
    algorithm = going.algorithm
    usual = going.average == (algorithm.returns == "average")
    least = int(going.iterations.min())
    if algorithm.bound is None or not usual or len(going.feedback) or least == 0 or going.initial is not None:
        return None
    return algorithm.bound(going.problem, going.settings, least)


def conclude(game: Game, going: Run, record: Record) -> NormalFormSolution:
    """Return the solution that a run has come to."""
    algorithm = going.algorithm
    result, remedy = _outcome(going)
    return NormalFormSolution(
        game=game,
        algorithm=algorithm.name,
        beta=going.beta,
        policies=going.policies()[1],
        duality_gaps=going.measured[:, 0],
        exploitabilities=going.measured[:, 1],
        iterations=int(going.iterations.max(initial=0)),
        iterations_of_games=going.iterations,
        tolerance=going.tolerance,
        step_size=str(going.settings.step_size),
        temperature=str(going.settings.temperature),
        target=algorithm.target,
        queries=going.queries(),
        seconds=record.seconds,
        history=tuple(record.history),
        bound=_promise(going),
        result=result,
        remedy=remedy,
    )
