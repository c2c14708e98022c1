"""``solve("leduc_poker", "cfr+", iterations=1000)``: run an algorithm on a compiled game, and certify what it returns.

``start`` gives a ``Run``, whose ``advance`` runs iterations and whose ``policy`` may be measured at any time; ``solve``
does so until the exploitability is within the tolerance. Certificates are exact: one best response for each player.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from games.extensive import ExtensiveGame, Policy, compile_game
from games.extensive.policies import checked_policy, uniform_policy
from games.extensive.reach import Reach, no_reach, reach_of
from solvers.extensive.algorithm import Algorithm, Settings, Target
from solvers.extensive.evaluation import Evaluation, behavioural_policy, evaluate
from solvers.extensive.iterate import realise_policy, run
from solvers.extensive.registry import LINEAR_PROGRAM
from solvers.extensive.registry import algorithm as algorithm_by_name
from solvers.extensive.state import AVERAGE, MAGNET, MEMORY, POLICY
from solvers.schedules import Schedule
from solvers.solution import Checkpoint, Result

FloatArray = NDArray[np.float64]

_PIECE = 0.5  # seconds of iterations between two pauses
_SMALLEST, _LARGEST = 1e-60, 1e60  # of utilities, as in solvers.normal_form: their squares and quotients are numbers
_ROUNDING = 1e-9  # of the first distance: below, what is left may be rounding errors, which do not fall


@dataclass
class Run:
    """An algorithm at work on a game. ``states``: [rows, sequences] of each player; ``done``: iterations so far."""

    algorithm: Algorithm
    game: ExtensiveGame
    settings: Settings
    average: bool
    alternating: bool
    states: tuple[FloatArray, FloatArray]
    reaches: tuple[Reach, Reach]
    done: int = 0

    def advance(self, count: int) -> None:
        """Run ``count`` more iterations."""
        keep_average = self.average or self.algorithm.returns == "average"
        numbers = self.algorithm.iteration_numbers(self.settings, self.done + 1, count, keep_average)
        run(self.algorithm.step, self.game, self.states, numbers, self.alternating, self.reaches)
        self.done += count

    def policy(self) -> Policy:
        """Return what the algorithm returns so far: the average or the current policy; NaN where numbers overflowed."""
        if self.average and self.done > 0:
            if not all(np.isfinite(state[AVERAGE]).all() for state in self.states):
                return np.full_like(self.states[0][AVERAGE], np.nan), np.full_like(self.states[1][AVERAGE], np.nan)
            first, second = (behavioural_policy(self.game, self.states[player][AVERAGE], player) for player in (0, 1))
        else:
            first, second = (np.array(state[POLICY]) for state in self.states)
        return first, second


@dataclass(frozen=True)
class ExtensiveSolution:
    """A policy for both players with its exact certificate; see ``solvers.solution`` for what the fields mean."""

    game: ExtensiveGame
    algorithm: str
    policy: Policy
    evaluation: Evaluation
    iterations: int
    seconds: float
    history: tuple[Checkpoint, ...]
    tolerance: float
    step_size: str
    temperature: str
    result: Result
    remedy: str
    target: Target = "nash"
    certificate: float | None = None
    """Where the target is a quantal response: the saddle-point gap of the regularised game, in units of utility.
    Where it is an agent quantal response: the residual of its equation, a probability
    (``solvers.extensive.quantal_response``).
    """

    @property
    def distance(self) -> float:
        """What decides convergence: the certificate if there is one, or the exploitability."""
        return self.exploitability if self.certificate is None else self.certificate

    @property
    def value(self) -> float:
        """Player 0's expected utility under the policy."""
        return self.evaluation.value

    @property
    def exploitability(self) -> float:
        """Half of NashConv."""
        return self.evaluation.exploitability

    @property
    def converged(self) -> bool:
        """Whether the distance from the target is within the tolerance."""
        return self.distance <= self.tolerance


def check_size(game: ExtensiveGame) -> None:
    """Raise ``ValueError`` if the utilities are too large or too small to compute with."""
    statistics = game.statistics
    largest = max(abs(statistics.minimum_utility), abs(statistics.maximum_utility))
    if largest > 0.0 and not _SMALLEST <= largest <= _LARGEST:
        raise ValueError(
            f"the largest utility is {largest:g}: take a unit in which it is between {_SMALLEST:g} and {_LARGEST:g}"
        )


def start(
    game: ExtensiveGame,
    algorithm: Algorithm,
    *,
    step_size: Schedule | float | None = None,
    alpha: Schedule | float | None = None,
    parameters: Mapping[str, float] | None = None,
    magnet: Policy | None = None,
    initial: Policy | None = None,
    average: bool | None = None,
    alternating: bool | None = None,
) -> Run:
    """Return a run at iteration 0: at ``initial``, the magnet or the uniform policy.

    Raises ``ValueError`` with one sentence for settings that have no meaning.
    """
    check_size(game)
    settings = algorithm.settings(step_size, alpha, parameters)
    if alpha is None and algorithm.temperature_of is not None:
        settings = replace(settings, temperature=algorithm.temperature_of(game))
    if step_size is None and algorithm.step_size_of is not None:
        settings = replace(settings, step_size=algorithm.step_size_of(game, settings))
    pull = uniform_policy(game) if magnet is None else checked_policy(game, magnet)
    begin = pull if initial is None else checked_policy(game, initial)
    for name, policy in (("magnet", pull), ("initial policy", begin)):
        if algorithm.logarithmic and any((part <= 0.0).any() for part in policy):
            raise ValueError(f"the {name} must be positive for every action: {algorithm.name} never leaves a zero")
    log_magnets = algorithm.log_magnet(game) if algorithm.log_magnet is not None and magnet is None else None
    states = []
    for player in (0, 1):
        state = np.zeros((MEMORY + algorithm.memory, game.sequences[player]))
        state[POLICY] = begin[player]
        with np.errstate(divide="ignore"):
            state[MAGNET] = np.log(pull[player]) if log_magnets is None else log_magnets[player]
        tree = game.treeplexes[player]
        realise_policy(tree, state)
        states.append(state)
    return Run(
        algorithm=algorithm,
        game=game,
        settings=settings,
        average=algorithm.returns == "average" if average is None else average,
        alternating=algorithm.alternating if alternating is None else alternating,
        states=(states[0], states[1]),
        reaches=reach_of(game) if algorithm.reach else (no_reach(), no_reach()),
    )


def next_measurement(done: int, growth: float) -> int:
    """Return the first iteration after ``done`` of the geometric series at which a run is measured: 1, 2, 3, ..."""
    at = 0
    while at <= done:
        at = max(at + 1, int(at * growth))
    return at


def iterate_to(
    run: Run,
    *,
    iterations: int,
    tolerance: float,
    growth: float = 1.15,
    report: Callable[[Checkpoint], None] | None = None,
    history: Sequence[Checkpoint] = (),
    seconds: float = 0.0,
    pause: Callable[[Sequence[Checkpoint], float], None] | None = None,
) -> tuple[list[Checkpoint], Evaluation, float]:
    """Advance until the exploitability is within the tolerance; return (history, evaluation, seconds of iterating).

    The seconds are those of the iterations only; measuring is left out, as it is in published comparisons. A run that
    goes on gives the ``history`` and ``seconds`` so far. ``pause(history, seconds)`` is called about every half second,
    between iterations: to save the run, or to raise what stops it.
    """
    evaluation = _evaluated(run)
    line = list(history) or [_checkpoint(run, evaluation, seconds)]
    piece = 1
    while run.done < iterations and _distance(line[-1]) > tolerance:  # NaN ends it, too
        following = min(next_measurement(run.done, growth), iterations)
        while run.done < following:
            count = following - run.done if pause is None else min(piece, following - run.done)
            began = time.perf_counter()
            run.advance(count)
            taken = time.perf_counter() - began
            seconds += taken
            piece = max(1, min(4 * piece, int(count * _PIECE / max(taken, 1e-9))))
            if pause is not None and run.done < following:
                pause(line, seconds)
        evaluation = _evaluated(run)
        line.append(_checkpoint(run, evaluation, seconds))
        if report is not None:
            report(line[-1])
        if pause is not None:
            pause(line, seconds)
    if line[-1].iteration < run.done:
        line.append(_checkpoint(run, evaluation, seconds))
    return line, evaluation, seconds


def _evaluated(run: Run) -> Evaluation:
    """Return the evaluation of what the run returns so far: NaN once it is no longer finite."""
    policy = run.policy()
    if not all(np.isfinite(part).all() for part in policy):
        return Evaluation(np.nan, (np.nan, np.nan))
    return evaluate(run.game, policy)


def _certificate(run: Run) -> float | None:
    """Return the distance from a regularised target, or None where the exploitability is that."""
    alpha = float(run.settings.temperature.values(max(run.done, 1), 1)[0])
    if run.algorithm.target == "nash" or alpha <= 0.0:
        return None
    from solvers.extensive.quantal_response import agent_residual, regularised_gap

    magnets = (run.states[0][MAGNET], run.states[1][MAGNET])
    if run.algorithm.target == "quantal-response":
        return regularised_gap(run.game, run.policy(), alpha, magnets)
    return agent_residual(run.game, run.policy(), alpha, magnets, run.reaches)


def _distance(point: Checkpoint) -> float:
    return point.exploitability if point.distance is None else point.distance


def _checkpoint(run: Run, evaluation: Evaluation, seconds: float) -> Checkpoint:
    return Checkpoint(
        iteration=run.done,
        queries=run.done * 2 * len(run.game.payoffs[0].column),
        duality_gap=evaluation.nash_conv,
        exploitability=evaluation.exploitability,
        seconds=seconds,
        distance=_certificate(run) if np.isfinite(evaluation.nash_conv) else None,
    )


def solve(
    game: ExtensiveGame | str,
    algorithm: str | Algorithm = "pcfr+",
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
    growth: float = 1.15,
    report: Callable[[Checkpoint], None] | None = None,
) -> ExtensiveSolution:
    """Solve a compiled game, or the OpenSpiel game of that name, and return a certified solution.

    ``iterations`` at most; it stops when the exploitability is at most ``tolerance`` (for a quantal response: the gap
    or residual of ``solvers.extensive.quantal_response``). ``step_size`` and ``alpha``
    (numbers or schedules, in units of utility) have defaults for each algorithm. ``magnet`` and ``initial``: policies;
    uniform, and the magnet, by default. ``average``: return the average instead of the last iterate, or the reverse.
    ``"lp"`` is exact and takes none of these but the tolerance (``solvers.extensive.linear_program``).

    Raises ``ValueError`` with one sentence for settings that have no meaning.
    """
    if algorithm == LINEAR_PROGRAM:
        from solvers.extensive.linear_program import solve_exactly

        given = (step_size, alpha, parameters, magnet, initial, average, alternating)
        if any(value is not None for value in given):
            raise ValueError("lp is exact: it has no step size, alpha, parameters, magnet, initial policy or order")
        return solve_exactly(compile_game(game) if isinstance(game, str) else game, tolerance=tolerance)
    chosen = algorithm_by_name(algorithm) if isinstance(algorithm, str) else algorithm
    if iterations < 0:
        raise ValueError(f"the number of iterations must be at least 0, not {iterations}")
    compiled = compile_game(game) if isinstance(game, str) else game
    going = start(
        compiled,
        chosen,
        step_size=step_size,
        alpha=alpha,
        parameters=parameters,
        magnet=magnet,
        initial=initial,
        average=average,
        alternating=alternating,
    )
    history, evaluation, seconds = iterate_to(
        going, iterations=iterations, tolerance=tolerance, growth=growth, report=report
    )
    return conclude(going, history, evaluation, seconds, tolerance)


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
    promised = _distance(half) * (1.0 + step * alpha) ** (0.5 * (half.iteration - run.done))
    least = _ROUNDING * _distance(history[0])
    # A largest step of 0 is no condition: at alpha = 0 the theorem says nothing.
    if not 0.0 < largest * (1.0 + 1e-9) < step or _distance(last) <= max(promised, least):
        return usual
    return Result.STEP_TOO_LARGE, (
        f"step size {step:.6g} is above {largest:.6g}, up to which the theorem of {run.algorithm.name} holds: take a "
        "smaller one"
    )


def conclude(
    run: Run, history: Sequence[Checkpoint], evaluation: Evaluation, seconds: float, tolerance: float
) -> ExtensiveSolution:
    """Return the solution that a run has come to; the arguments are what ``iterate_to`` returns."""
    if not np.isfinite(evaluation.nash_conv):
        result, remedy = Result.NOT_FINITE, "the policy is no longer finite: take a smaller step size"
    elif _distance(history[-1]) <= tolerance:
        result, remedy = Result.CONVERGED, ""
    else:
        result, remedy = _unfinished(run, history)
    return ExtensiveSolution(
        game=run.game,
        algorithm=run.algorithm.name,
        policy=run.policy(),
        evaluation=evaluation,
        iterations=run.done,
        seconds=seconds,
        history=tuple(history),
        tolerance=tolerance,
        step_size=str(run.settings.step_size),
        temperature=str(run.settings.temperature),
        result=result,
        remedy=remedy,
        target=run.algorithm.target,
        certificate=history[-1].distance,
    )
