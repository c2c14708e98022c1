"""A normal-form algorithm at work on one game or a batch: what the driver of ``solvers.run`` advances and measures.

``start`` gives a ``Run``, which holds the state of an algorithm on a problem; ``advance`` runs iterations and
``certificates`` measures, for those who want to look or interfere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.threads import run_ranges
from games.preference import RankingModel
from solvers.checkpoint import Arrays, Record, digest, fill
from solvers.normal_form.algorithm import Algorithm, Settings
from solvers.normal_form.certificate import certify, limits, rounding
from solvers.normal_form.feedback import QUERIES, Feedback
from solvers.normal_form.iterate import Checks, chunk_of, is_large, run, run_with, threaded_values
from solvers.normal_form.problem import Problem
from solvers.normal_form.rankings import Ranked, model_of
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.state import AVERAGE, MEMORY, POLICY, PROBABILITY, REFERENCE
from solvers.run import Iterating, Pace
from solvers.schedules import Schedule
from solvers.solution import Bound, Checkpoint, Result, unreachable

FloatArray = NDArray[np.float64]


SINGLE = Pace(growth=1.1, first=64, piece=1.0)
BATCH = Pace(growth=1.3, least=8, first=64, piece=1.0)


@dataclass
class Run(Iterating):
    """An algorithm at work on a problem.

    ``state`` [games, rows, actions]; ``feedback`` [games, entries], without rows where values are exact, and
    ``sampling``, the same in words. ``target`` [games, actions]: see ``start``; without rows, no divergence is
    measured. ``initial``: hash of the first policy, if that is not the reference, where the theorems start. ``active``:
    indices of the games still iterated, those whose gap is above the limit that the ``tolerance`` sets; ``iterations``
    [games] that each took, and ``measured`` [games, 3], the latest certificates. ``rankings``: what ranks, if that is
    the feedback.
    """

    algorithm: Algorithm
    problem: Problem
    settings: Settings
    average: bool
    state: FloatArray
    feedback: NDArray[np.int64]
    target: FloatArray
    pace: Pace = SINGLE
    tolerance: float = 0.0
    workers: int | None = None
    sampling: str = "None"
    initial: str | None = None
    rankings: Ranked | None = None
    done: int = 0
    active: NDArray[np.int64] = field(init=False)
    iterations: NDArray[np.int64] = field(init=False)
    measured: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.active = np.arange(self.problem.games)
        self.iterations = np.zeros(self.problem.games, dtype=np.int64)
        self.measured = np.full((self.problem.games, 3), np.nan)

    def prepare(self) -> None:
        """Load what measuring does not: the step that Python calls, on a game of two alternatives."""
        if self.by_hand and self.rankings is None:
            run_with(self.algorithm, lambda *_: None, np.zeros((self.state.shape[1], 2)), 2, self._numbers(1))

    def advance(self, count: int, workers: int | None = None) -> None:
        """Run ``count`` more iterations of the active games."""
        if self.by_hand:
            if self.rankings is not None:
                self.rankings.iterate(self.algorithm, self.state[0], self._numbers(count), self.feedback[0])
            else:
                values = threaded_values(self.problem)
                run_with(self.algorithm, values, self.state[0], self.problem.first, self._numbers(count))
            self.done += count
            self.iterations += count
        else:
            self._compiled(count, [], workers)

    def measure(self) -> Checkpoint:
        """Measure the active games and return the worst distances of all."""
        self.measured[self.active] = self.certificates()
        return self._checkpoint(self.done, self.queries())

    def advance_measured(self, stops: Sequence[int]) -> list[Checkpoint]:
        """Run the active games to the first of the iterations ``stops``, or to several at once, and measure there.

        A game whose gap is within the tolerance stops there. Compiled code may go as far as the number of iterations
        doubles; where each measurement must be seen, it is one at a time.
        """
        if self.by_hand:
            self.advance(stops[0] - self.done)
            return [self.measure()]
        furthest = 0 if len(self.feedback) else max(2 * self.done, 32)
        chosen, active = [stop for stop in stops if stop <= furthest] or [stops[0]], self.active
        settled = int(self.iterations.sum() - self.iterations[active].sum())
        found = self._compiled(chosen[-1] - self.done, chosen, None)
        taken, points = self.iterations[active], []
        self.done = int(taken.max())
        self.active = active[taken == self.done]
        for k, stop in enumerate(stop for stop in chosen if stop <= self.done):
            self.measured[active] = found[:, k]
            points.append(self._checkpoint(stop, self.queries_of(settled + int(np.minimum(taken, stop).sum()))))
        return points

    def settled(self, point: Checkpoint) -> bool:
        """Leave the games alone whose gap is within the tolerance, if this is where they are; whether that is all."""
        if point.iteration == self.done:
            gaps = self.measured[self.active, 0]
            within = gaps <= self.limits[self.active]
            self.active = self.active[~within & (np.isfinite(gaps) | (self.done == 0))]
        return not len(self.active)

    def _checkpoint(self, iteration: int, queries: int) -> Checkpoint:
        gap, exploitability, divergence = self.measured.max(axis=0).tolist()
        return Checkpoint(iteration, queries, gap, exploitability, None if math.isnan(divergence) else divergence)

    @property
    def by_hand(self) -> bool:
        """Whether iterations are run one checkpoint at a time: products are worth several threads, or rankings."""
        return self.rankings is not None or (is_large(self.problem) and len(self.feedback) == 0)

    @property
    def beta(self) -> float:
        """The temperature of the game that the algorithm solves."""
        return 0.0 if self.algorithm.target == "equilibrium" else self.problem.beta

    @cached_property
    def limits(self) -> FloatArray:
        """Up to which gap each game [games] is solved to the tolerance, whatever rounding may hide."""
        return limits(self.problem, self.beta, self.tolerance)

    def _numbers(self, count: int) -> FloatArray:
        keep_average = self.average or self.algorithm.returns == "average"
        return self.algorithm.numbers(self.settings, self.done + 1, count, keep_average)

    def _compiled(self, count: int, stops: Sequence[int], workers: int | None) -> FloatArray:
        """Run ``count`` iterations of the active games; return certificates [active games, stops, 3]."""
        relative = np.array(stops, dtype=np.int64) - self.done
        average = self.average and self.done + count > 0
        checks = Checks(relative, self.limits, average, self.algorithm.log_space, self.beta)
        feedback = self.feedback if len(self.feedback) else np.empty((self.problem.games, 0), dtype=np.int64)
        certificates, taken = run(
            self.algorithm,
            self.problem,
            self.state,
            self._numbers(count),
            feedback,
            self.active,
            checks,
            self.target,
            workers or self.workers,
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

    def certificates(self) -> FloatArray:
        """Return [active games, 3]: duality gap, exploitability, and KL(target || policy) or NaN."""
        if self.by_hand:
            target = self.target if len(self.target) else None
            return measure(self.problem, *self.policies(), self.beta, target)[self.active]
        return self._compiled(0, [self.done], None)[:, 0]

    def identity(self) -> dict[str, Any]:
        """Return what the run is; in a batch the tolerance decides which games are iterated."""
        problem = self.problem
        return {
            "game": digest([problem.row, problem.column, problem.log_reference]),
            "--algorithm": self.algorithm.name,
            "--beta": problem.beta,
            "--step-size": repr(self.settings.step_size),
            "--temperature": repr(self.settings.temperature),
            "--parameters": dict(self.settings.parameters),
            "--average or --last": "average" if self.average else "last",
            "--feedback": self.sampling,
            "--tolerance": self.tolerance if problem.games > 1 else "any",
            "initial policy": self.initial,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that an iteration reads, and what was measured of games that are settled."""
        going = np.isin(np.arange(self.problem.games), self.active)
        own = {"state": self.state, "iterations": self.iterations, "measured": self.measured}
        return own | {"feedback": self.feedback, "active": going}

    def load(self, arrays: Arrays) -> None:
        """Take up the arrays of another run of the same identity."""
        own = self.arrays()
        fill(own, arrays)
        blocks = np.split(self.state[:, PROBABILITY], [self.problem.first], axis=1)
        for block in blocks if not self.problem.symmetric else blocks[:1]:
            if (block < 0.0).any() or (np.abs(block.sum(axis=1) - 1.0) > 1e-6).any():  # NaN: an overflow, which is told
                raise ValueError("a policy has probabilities that sum to 1")
        if (self.state[:, AVERAGE] < 0.0).any() or (self.iterations < 0).any():
            raise ValueError("an average has no negative weights, and a count is none")
        if self.problem.games > 1:  # the tolerance may be another one now for a single game
            self.active = np.flatnonzero(own["active"])

    def solution(self, record: Record) -> NormalFormSolution:
        """Return the solution that the run has come to."""
        result, remedy = self._outcome()
        assert self.problem.game is not None
        return NormalFormSolution(
            game=self.problem.game,
            algorithm=self.algorithm.name,
            beta=self.beta,
            policies=self.policies()[1],
            duality_gaps=self.measured[:, 0],
            exploitabilities=self.measured[:, 1],
            iterations=int(self.iterations.max(initial=0)),
            iterations_of_games=self.iterations,
            tolerance=self.tolerance,
            payoff_range=float(self.problem.ranges.max()),
            rounding=float(rounding(self.problem, self.beta).max()),
            solved=self.measured[:, 0] <= self.limits,
            step_size=str(self.settings.step_size),
            temperature=str(self.settings.temperature),
            target=self.algorithm.target,
            queries=self.queries(),
            seconds=record.seconds,
            history=tuple(record.history),
            bound=self._promise(),
            result=result,
            remedy=remedy,
        )

    def _outcome(self) -> tuple[Result, str]:
        """Return how the run ended and the remedy, one sentence."""
        algorithm, gaps, allowed = self.algorithm, self.measured[:, 0], self.limits
        if not np.isfinite(gaps).all():
            return Result.NOT_FINITE, "the policy is no longer finite: take a smaller step size"
        if (gaps <= allowed).all():
            return Result.CONVERGED, ""
        if (allowed < 0.0).any():
            hidden = rounding(self.problem, self.beta) / np.where(allowed < 0.0, self.problem.ranges, np.inf)
            return Result.ITERATION_LIMIT, unreachable(self.tolerance, float(hidden.max()))
        open_games = int((gaps > allowed).sum())
        where = "" if len(gaps) == 1 else f" in {open_games} of {len(gaps)} games"
        largest = algorithm.largest_step(self.problem) if algorithm.largest_step is not None else math.inf
        used = float(self.settings.step_size.values(1, 1)[0])
        # A largest step of 0 is no condition: at beta = 0 the theorem says nothing.
        if used > largest * (1.0 + 1e-9) and largest > 0.0:
            return Result.STEP_TOO_LARGE, (
                f"step size {used:.6g} is above {largest:.6g}, up to which the theorem of {algorithm.name} holds{where}"
                ": leave it out to get one that is safe"
            )
        if len(self.feedback):
            advice = "more iterations, more samples, or a step size that decreases"
        elif algorithm.target == "regularised" and self.problem.beta == 0.0 and not self.average:
            advice = (
                "a beta above 0, the average, or an algorithm whose last iterate converges without "
                "regularisation (comal or mpo)"
            )
        else:
            advice = "more iterations, or an algorithm with a faster rate (nash-mp; lp solves beta = 0 exactly)"
        return Result.ITERATION_LIMIT, f"the gap is still above the tolerance{where}: try {advice}"

    def _promise(self) -> Bound | None:
        """Return the theorem's bound where it applies: exact values, from the reference, the policy it is about.

        No theorem speaks of a game that was solved before the first iteration, and so of a batch that contains one.
        """
        algorithm = self.algorithm
        usual = self.average == (algorithm.returns == "average")
        least = int(self.iterations.min())
        if algorithm.bound is None or not usual or len(self.feedback) or least == 0 or self.initial is not None:
            return None
        return algorithm.bound(self.problem, self.settings, least)


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
    equilibrium: FloatArray | None = None,
    tolerance: float = 0.0,
    growth: float | None = None,
    workers: int | None = None,
) -> Run:
    """Return a run at iteration 0: at ``initial`` (probabilities, [games, actions], full support) or the reference.

    The settings are described at ``solvers.normal_form.solving.solve``. Raises ``ValueError`` with one sentence for
    those that have no meaning.
    """
    settings = algorithm.settings(problem, step_size, temperature, parameters)
    state = np.zeros((problem.games, MEMORY + algorithm.memory, problem.actions))
    state[:, REFERENCE] = problem.log_reference
    state[:, POLICY] = problem.log_reference
    if initial is not None:
        state[:, POLICY] = _checked_initial(np.atleast_2d(initial), problem)
    state[:, PROBABILITY] = np.exp(state[:, POLICY])
    no_feedback = np.empty((0, 0), dtype=np.int64)
    rankings = Ranked(model_of(problem)) if feedback is not None and feedback.kind == "rankings" else None
    return Run(
        algorithm=algorithm,
        problem=problem,
        settings=settings,
        average=algorithm.returns == "average" if average is None else average,
        state=state,
        feedback=no_feedback if feedback is None else feedback.array(problem),
        target=_target_rows(equilibrium, problem),
        pace=(SINGLE if problem.games == 1 else BATCH) if growth is None else replace(SINGLE, growth=growth),
        tolerance=tolerance,
        workers=workers,
        sampling=repr(feedback) if rankings is None else f"{feedback!r} of {_called(rankings.model)}",
        rankings=rankings,
        initial=None if initial is None else digest([state[:, POLICY]]),
    )


def _called(model: RankingModel) -> str:
    """Return a name of a model of rankings, which a table of pairs does not tell from another."""
    return digest([model.scores, model.weights, model.noise])


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
