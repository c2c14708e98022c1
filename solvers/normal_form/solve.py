"""``solve(game, "nash-mp", beta=0.1)``: run an algorithm to a tolerance, and certify what it returns.

``start`` / ``advance`` are the steps in between for those who want to look or interfere: a ``Run`` holds the state of
an algorithm on a problem, ``advance`` runs iterations, ``certificates`` measures. ``solve`` calls them until the
duality gap of every game is within the tolerance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from games._base.interrupts import check_interrupted
from games._base.threads import run_ranges
from solvers.normal_form.algorithm import Algorithm, Settings
from solvers.normal_form.certificate import certify
from solvers.normal_form.feedback import QUERIES, Feedback
from solvers.normal_form.iterate import Checks, chunk_of, is_large, run, run_with, threaded_values
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
        if self.by_hand:
            run_with(
                self.algorithm, threaded_values(self.problem), self.state[0], self.problem.first, self._numbers(count)
            )
            self.done += count
            self.iterations += count
        else:
            self._compiled(count, [], 0.0, None, workers)

    def advance_measured(
        self, stops: Sequence[int], tolerance: float, target: FloatArray | None = None, workers: int | None = None
    ) -> FloatArray:
        """Run the active games to each of the iterations ``stops`` (increasing, counted from the start) and measure.

        Returns certificates [active games, stops, 3]. A game whose gap is within the tolerance stops there.
        """
        if self.by_hand:
            self.advance(stops[0] - self.done, workers)
            return self.certificates(target)[:, None]
        return self._compiled(stops[-1] - self.done, stops, tolerance, target, workers)

    @property
    def by_hand(self) -> bool:
        """Whether one product is worth several threads, so that Python makes the products, one checkpoint at a time."""
        return is_large(self.problem) and len(self.feedback) == 0

    @property
    def beta(self) -> float:
        """The temperature of the game that the algorithm solves."""
        return 0.0 if self.algorithm.target == "equilibrium" else self.problem.beta

    def _numbers(self, count: int) -> FloatArray:
        keep_average = self.average or self.algorithm.returns == "average"
        return self.algorithm.numbers(self.settings, self.done + 1, count, keep_average)

    def _compiled(
        self, count: int, stops: Sequence[int], tolerance: float, target: FloatArray | None, workers: int | None
    ) -> FloatArray:
        relative = np.array(stops, dtype=np.int64) - self.done
        average = self.average and self.done + count > 0
        checks = Checks(relative, tolerance, average, self.algorithm.log_space, self.beta)
        feedback = self.feedback if len(self.feedback) else np.empty((self.problem.games, 0), dtype=np.int64)
        certificates, taken = run(
            self.algorithm,
            self.problem,
            self.state,
            self._numbers(count),
            feedback,
            self.active,
            checks,
            _target_rows(target, self.problem),
            workers,
        )
        self.done += count
        self.iterations[self.active] += taken
        return certificates

    def policies(self) -> tuple[FloatArray, FloatArray]:
        """Return (log-probabilities, probabilities) of what the algorithm returns, [games, actions]."""
        if self.averaged:
            # A game that was solved at its start has no average: its policy is the first one.
            begun = self.iterations[:, None] > 0
            probability = np.where(begun, self.state[:, AVERAGE], self.state[:, PROBABILITY])
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
        return self.queries_of(int(self.iterations.sum()))

    def queries_of(self, iterations: int) -> int:
        """Return the queries of so many iterations of one game; where they are sampled, those asked so far."""
        if len(self.feedback):
            return int(self.feedback[:, QUERIES].sum())
        entries = self.problem.entries // self.problem.games * self.problem.players
        return iterations * self.algorithm.products * entries

    def certificates(self, target: FloatArray | None = None) -> FloatArray:
        """Return [active games, 3]: duality gap, exploitability, and KL(target || policy) or NaN."""
        if self.by_hand:
            return measure(self.problem, *self.policies(), self.beta, target)[self.active]
        return self._compiled(0, [self.done], np.inf, target, None)[:, 0]


def _target_rows(target: FloatArray | None, problem: Problem) -> FloatArray:
    """Return the target as [games, actions] or, if there is none, [0, actions]."""
    if target is None:
        return np.empty((0, problem.actions))
    rows = np.ascontiguousarray(np.atleast_2d(target), dtype=np.float64)
    if rows.shape != (problem.games, problem.actions):
        needed = (problem.games, problem.actions)
        raise ValueError(f"the equilibrium to measure from has shape {rows.shape}, the game needs {needed}")
    return rows


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


def checkpoints(done: int, iterations: int, growth: float, least: int) -> Iterator[int]:
    """Yield the iterations after ``done`` at which to measure, each ``growth`` times the last, ``least`` apart."""
    while done < iterations:
        done = min(max(done + least, int(done * growth)), iterations)
        yield done


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
    are ``growth`` times apart, by default 1.1 in single games and 1.3, but at least 8 iterations, in batches. Calls
    into compiled code are kept to about a second, so that an interrupt is heard.
    """
    single = run.problem.games == 1
    least = 1 if single or growth is not None else 8
    growth = growth or (1.1 if single else 1.3)
    began = time.perf_counter()
    certificates = run.certificates(target)
    history = [_checkpoint(run, certificates, run.done, run.queries(), began)]
    run.active = np.flatnonzero(~(certificates[:, 0] <= tolerance))
    longest = 64
    following = list(checkpoints(run.done, iterations, growth, least))
    while following and len(run.active):
        called = time.perf_counter()
        before = run.done
        if following[0] > run.done + longest:
            run.advance(longest, workers)
        else:
            stops = _next_stops(run, following, longest)
            del following[: len(stops)]
            history += _measured(run, stops, tolerance, target, certificates, began, workers)
            if report is not None:
                for checkpoint in history[-len(stops) :]:
                    report(checkpoint)
        check_interrupted()
        longest = _longest(longest, run.done - before, time.perf_counter() - called)
    return history, certificates, time.perf_counter() - began


def _longest(longest: int, iterations: int, seconds: float) -> int:
    """Return how many iterations the next call may take, for about a second."""
    if seconds > 1.0:
        return max(1, int(iterations / seconds))
    return 4 * longest if iterations >= longest and seconds < 0.25 else longest


def _next_stops(run: Run, following: Sequence[int], longest: int) -> list[int]:
    """Return the checkpoints of the next call: one where each must be seen, else those of the next doubling."""
    if run.by_hand or len(run.feedback):
        return [following[0]]
    last = min(max(2 * run.done, 32), run.done + longest)
    return [stop for stop in following if stop <= last] or [following[0]]


def _measured(
    run: Run,
    stops: Sequence[int],
    tolerance: float,
    target: FloatArray | None,
    certificates: FloatArray,
    began: float,
    workers: int | None,
) -> list[Checkpoint]:
    """Advance to the stops; update ``certificates`` [games, 3] and the active games; return the checkpoints."""
    before, active = run.iterations[run.active].copy(), run.active
    settled = int(run.iterations.sum() - before.sum())
    measured = run.advance_measured(stops, tolerance, target, workers)
    taken = run.iterations[active]
    found = []
    for k, stop in enumerate(stops):
        certificates[active] = measured[:, k]
        queries = run.queries_of(settled + int(np.minimum(taken, stop).sum()))
        found.append(_checkpoint(run, certificates, stop, queries, began))
    gaps = measured[:, -1, 0]
    run.active = active[np.isfinite(gaps) & ~(gaps <= tolerance)]
    last = int(taken.max())
    return [point for point in found if point.iteration < last] + [next(p for p in found if p.iteration >= last)]


def _checkpoint(run: Run, certificates: FloatArray, iteration: int, queries: int, began: float) -> Checkpoint:
    gap, exploitability, divergence = certificates.max(axis=0)
    return Checkpoint(
        iteration=iteration,
        queries=queries,
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
