"""``solve(game, "nash-mp", beta=0.1)``: run an algorithm to a tolerance, and certify what it returns.

``start`` / ``advance`` are the steps in between for those who want to look or interfere: a ``Run`` holds the state of
an algorithm on a problem, ``advance`` runs iterations, ``certificates`` measures. ``solve`` calls them until the
duality gap of every game is within the tolerance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from games.interrupts import check_interrupted
from games.threads import run_ranges
from solvers.normal_form.algorithm import Algorithm, Settings
from solvers.normal_form.certificate import certify, certify_state
from solvers.normal_form.feedback import QUERIES, Feedback
from solvers.normal_form.iterate import chunk_of, is_large, run, threaded_values
from solvers.normal_form.problem import Game, Problem, problem_of
from solvers.normal_form.registry import algorithm as algorithm_by_name
from solvers.normal_form.solution import NormalFormSolution, solution_of
from solvers.normal_form.state import AVERAGE, MEMORY, POLICY, PROBABILITY, REFERENCE
from solvers.schedules import Schedule
from solvers.solution import Checkpoint

FloatArray = NDArray[np.float64]


@dataclass
class Run:
    """An algorithm at work on a problem. ``state`` [games, rows, actions]; ``active``: indices of games still
    iterated; ``warm``: it did not start at the reference, where the theorems start.
    """

    algorithm: Algorithm
    problem: Problem
    settings: Settings
    average: bool
    state: FloatArray
    feedback: NDArray[np.int64]
    active: NDArray[np.int64]
    warm: bool = False
    iterations: NDArray[np.int64] = field(init=False)
    done: int = 0

    def __post_init__(self) -> None:
        self.iterations = np.zeros(self.problem.games, dtype=np.int64)

    def advance(self, count: int, workers: int | None = None) -> None:
        """Run ``count`` more iterations of the active games."""
        keep_average = self.average or self.algorithm.returns == "average"
        numbers = self.algorithm.numbers(self.settings, self.done + 1, count, keep_average)
        run(
            self.algorithm,
            self.problem,
            self.state,
            numbers,
            self.feedback,
            self.active,
            workers,
        )
        self.done += count
        self.iterations[self.active] += count

    def policies(self) -> tuple[FloatArray, FloatArray]:
        """Return (log-probabilities, probabilities) of what the algorithm returns, [games, actions]."""
        if self.averaged:
            probability = np.array(self.state[:, AVERAGE])
            first = self.problem.first
            probability[:, :first] /= probability[:, :first].sum(axis=1, keepdims=True)
            if not self.problem.symmetric:
                probability[:, first:] /= probability[:, first:].sum(axis=1, keepdims=True)
        else:
            probability = np.array(self.state[:, PROBABILITY])
            if self.algorithm.log_space:
                return np.array(self.state[:, POLICY]), probability
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(probability), probability

    @property
    def averaged(self) -> bool:
        """Whether the policy returned is the average; before the first iteration there is none."""
        return self.average and self.done > 0

    def queries(self) -> int:
        """Return the number of matrix entries read, or of comparisons asked, in all games together."""
        if len(self.feedback):
            return int(self.feedback[:, QUERIES].sum())
        entries = self.problem.entries // self.problem.games * self.problem.players
        return int(self.iterations.sum()) * self.algorithm.products * entries

    def certificates(self, target: FloatArray | None = None) -> FloatArray:
        """Return [active games, 3]: duality gap, exploitability, and KL(target || policy) or NaN."""
        problem = self.problem
        beta = 0.0 if self.algorithm.target == "equilibrium" else problem.beta
        if is_large(problem):
            return measure(problem, *self.policies(), beta, target)[self.active]
        out = np.empty((len(self.active), 3))
        arrays = (
            problem.row,
            problem.column,
            self.state,
            self.averaged,
            self.algorithm.log_space,
        )
        known = _target_rows(target, problem)

        def work(start: int, stop: int) -> None:
            certify_state(
                *arrays,
                problem.log_reference,
                beta,
                known,
                self.active,
                out,
                start,
                stop,
            )

        run_ranges(work, len(self.active), chunk=chunk_of(len(self.active)))
        return out


def _target_rows(target: FloatArray | None, problem: Problem) -> FloatArray:
    """Return the target as [games, actions] or, if there is none, [0, actions]."""
    return np.empty((0, problem.actions)) if target is None else np.ascontiguousarray(np.atleast_2d(target))


def measure(
    problem: Problem,
    log_policy: FloatArray,
    probability: FloatArray,
    beta: float,
    target: FloatArray | None = None,
) -> FloatArray:
    """Return [games, 3]: gap at ``beta``, exploitability, KL(target || policy), of any policies [games, actions]."""
    out = np.empty((problem.games, 3))
    values = np.empty_like(probability)
    large = is_large(problem)
    if large:
        threaded_values(problem)(probability[0], values[0])
    known = _target_rows(target, problem)

    def work(start: int, stop: int) -> None:
        arrays = (problem.row, problem.column, log_policy, probability, values)
        certify(*arrays, large, problem.log_reference, beta, known, out, start, stop)

    run_ranges(work, problem.games, chunk=chunk_of(problem.games))
    return out


def start(
    problem: Problem,
    algorithm: Algorithm,
    *,
    step_size: Schedule | float | None = None,
    temperature: Schedule | float | None = None,
    parameters: Mapping[str, float] | None = None,
    initial: FloatArray | None = None,
    average: bool | None = None,
    feedback: Feedback | None = None,
) -> Run:
    """Return a run at iteration 0: at ``initial`` (probabilities, [games, actions], full support) or the reference."""
    settings = algorithm.settings(problem, step_size, temperature, parameters)
    state = np.zeros((problem.games, MEMORY + algorithm.memory, problem.actions))
    state[:, REFERENCE] = problem.log_reference
    state[:, POLICY] = problem.log_reference
    if initial is not None:
        state[:, POLICY] = _checked_initial(np.atleast_2d(initial), problem)
    state[:, PROBABILITY] = np.exp(state[:, POLICY])
    no_feedback = np.empty((0, 0), dtype=np.int64)
    return Run(
        algorithm=algorithm,
        problem=problem,
        settings=settings,
        average=algorithm.returns == "average" if average is None else average,
        state=state,
        feedback=no_feedback if feedback is None else feedback.array(problem),
        active=np.arange(problem.games),
        warm=initial is not None,
    )


def _checked_initial(initial: FloatArray, problem: Problem) -> FloatArray:
    exists = np.isfinite(problem.log_reference)
    if initial.shape != exists.shape:
        raise ValueError(f"the initial policy has shape {initial.shape}, the game needs {exists.shape}")
    if not (np.isfinite(initial).all() and (initial[exists] > 0.0).all() and (initial[~exists] == 0.0).all()):
        raise ValueError(
            "the initial policy must be positive for every alternative: mirror descent never leaves a zero"
        )
    first = problem.first
    sums = [initial[:, :first].sum(axis=1)] + ([] if problem.symmetric else [initial[:, first:].sum(axis=1)])
    if any(np.abs(total - 1.0).max() > 1e-6 for total in sums):
        raise ValueError("the initial policy must sum to 1")
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(initial), dtype=np.float64)


def _advance_to(run: Run, iteration: int, workers: int | None) -> None:
    """Advance in pieces of about a second, between which an interrupt is heard."""
    piece = 1
    while run.done < iteration:
        began = time.perf_counter()
        piece = min(piece, iteration - run.done)
        run.advance(piece, workers)
        check_interrupted()
        if time.perf_counter() - began < 0.5:
            piece *= 4


def _next_check(done: int, growth: float) -> int:
    """Return the iteration of the next checkpoint: every one at first, then ``growth`` times further each time."""
    return max(done + 1, int(done * growth))


def iterate_to(
    run: Run,
    *,
    iterations: int,
    tolerance: float,
    target: FloatArray | None = None,
    growth: float | None = None,
    report: Callable[[Checkpoint], None] | None = None,
    workers: int | None = None,
) -> tuple[list[Checkpoint], FloatArray, float]:
    """Advance until every game's gap is within the tolerance; return (history, certificates, seconds).

    Games that have converged are left alone. In the history of a batch, gaps are those of the worst game. Checkpoints
    are ``growth`` times apart, by default 1.1 in single games and 1.3 in batches.
    """
    growth = growth or (1.1 if run.problem.games == 1 else 1.3)
    began = time.perf_counter()
    certificates = run.certificates(target)
    history = [_checkpoint(run, certificates, began)]
    run.active = np.flatnonzero(~(certificates[:, 0] <= tolerance))
    while run.done < iterations and len(run.active):
        _advance_to(run, min(_next_check(run.done, growth), iterations), workers)
        measured = run.certificates(target)
        certificates[run.active] = measured
        history.append(_checkpoint(run, certificates, began))
        if report is not None:
            report(history[-1])
        run.active = run.active[np.isfinite(measured[:, 0]) & ~(measured[:, 0] <= tolerance)]
    return history, certificates, time.perf_counter() - began


def _checkpoint(run: Run, certificates: FloatArray, began: float) -> Checkpoint:
    gap, exploitability, divergence = certificates.max(axis=0)
    return Checkpoint(
        iteration=run.done,
        queries=run.queries(),
        duality_gap=float(gap),
        exploitability=float(exploitability),
        divergence=None if np.isnan(divergence) else float(divergence),
        seconds=time.perf_counter() - began,
    )


def solve(
    game: Game,
    algorithm: str | Algorithm = "nash-mp",
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
    report: Callable[[Checkpoint], None] | None = None,
    workers: int | None = None,
) -> NormalFormSolution:
    """Solve a preference game, a batch of them or a matrix game, and return a certified solution.

    ``beta``: temperature of the regularised game, in units of the payoffs; 0: the game itself. ``iterations`` at most;
    it stops when the duality gap is at most ``tolerance``. ``step_size`` (number or schedule) defaults to what the
    algorithm's theorem allows in this game. ``temperature``: schedule of algorithms that anneal. ``average``: return
    the average instead of the last iterate, or the reverse. ``feedback``: action values from sampled comparisons
    instead of exact ones; certificates stay exact. ``equilibrium`` [actions]: record KL(equilibrium || policy) in the
    history. ``"lp"`` is linear programming (``solvers.normal_form.linear_program``), all at once.

    Raises ``ValueError`` with one sentence for settings that have no meaning.
    """
    if algorithm == "lp":
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
    problem = problem_of(game, beta)
    going = start(
        problem,
        chosen,
        step_size=step_size,
        temperature=temperature,
        parameters=parameters,
        initial=initial,
        average=average,
        feedback=feedback,
    )
    history, certificates, seconds = iterate_to(
        going,
        iterations=iterations,
        tolerance=tolerance,
        target=equilibrium,
        growth=growth,
        report=report,
        workers=workers,
    )
    return solution_of(game, going, history, certificates, tolerance, seconds)
