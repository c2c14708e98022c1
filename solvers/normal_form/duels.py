"""Solving a preference game that nobody has written down: an oracle is asked who wins, within a budget of queries.

``solve_by_duels`` runs any algorithm of this package on answers alone. The oracle – people, a judge model, matches – is
a Python function of two arrays of indices, called once for each product with all its comparisons, so that it can ask
in parallel. What is compared is chosen as in ``solvers.normal_form.feedback``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.preference import PreferenceGame
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.feedback import EXPLORATION, Feedback
from solvers.normal_form.iterate import run_with
from solvers.normal_form.problem import Problem, problem_of
from solvers.normal_form.registry import algorithm as algorithm_by_name
from solvers.normal_form.run import Run, measure, start
from solvers.normal_form.state import PROBABILITY
from solvers.schedules import Schedule
from solvers.solution import Checkpoint, Result, Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Oracle = Callable[[IntArray, IntArray], ArrayLike]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class DuelSolution(Solution):
    """A policy found by asking.

    ``policy`` [n]; ``queries`` asked, of ``budget``. ``duality_gap`` and ``exploitability`` are NaN, and the history is
    empty, unless a ``game`` was given to measure by: answers alone do not certify.
    """

    game: PreferenceGame | None
    labels: tuple[str, ...]
    beta: float
    policy: FloatArray
    queries: int
    budget: int

    @property
    def value(self) -> float:
        return 0.5

    @property
    def exploitability(self) -> float:
        return self.history[-1].exploitability if self.history else math.nan

    @property
    def duality_gap(self) -> float:
        return self.history[-1].duality_gap if self.history else math.nan


def answers(oracle: Oracle, first: IntArray, second: IntArray) -> FloatArray:
    """Ask the oracle and return its answers; raises ``ValueError`` for those that make no sense."""
    wins = np.asarray(oracle(first, second), dtype=np.float64)
    if wins.shape != first.shape:
        raise ValueError(f"the oracle was asked {len(first)} questions and answered with the shape {wins.shape}")
    wrong = ~((wins >= 0.0) & (wins <= 1.0))
    if wrong.any():
        raise ValueError(
            f"the oracle answered {wins[wrong][0]}: a win is 1, a loss 0, a tie 1/2, and nothing is outside [0, 1]"
        )
    return wins


class Questions(Protocol):
    """Somebody who is asked: what one product costs at most, its action values, and what was asked so far."""

    queries: int

    def cost(self) -> int: ...

    def values(self, opponent: FloatArray, out: FloatArray) -> None: ...


@dataclass
class _Questions:
    """Chooses comparisons, asks the oracle, and turns answers into action values."""

    oracle: Oracle
    feedback: Feedback
    generator: np.random.Generator
    own: FloatArray  # the current policy, a view of the state
    queries: int = 0

    def cost(self) -> int:
        """Return the queries of one product."""
        samples = self.feedback.samples
        if self.feedback.kind == "duels":
            return samples * len(self.own)
        return samples if self.feedback.kind == "pairs" else (samples // 2) * (samples - samples // 2)

    def values(self, opponent: FloatArray, out: FloatArray) -> None:
        """Write unbiased estimates of the action values against ``opponent`` [n], up to a constant."""
        n, samples = len(self.own), self.feedback.samples
        if self.feedback.kind == "duels":
            first = np.tile(np.arange(n), samples)
            second = np.repeat(self._draw(opponent, samples), n)
            weights = np.full(len(first), 1.0 / samples)
        else:
            chances = (1.0 - EXPLORATION) * self.own + EXPLORATION / n
            pairs = self.feedback.kind == "pairs"
            left = samples if pairs else samples // 2
            first, second = self._draw(chances, left), self._draw(opponent, left if pairs else samples - left)
            if not pairs:
                first, second = np.repeat(first, len(second)), np.tile(second, left)
            weights = 1.0 / (chances[first] * len(first))
        out[:] = np.bincount(first, weights * (self._ask(first, second) - 0.5), minlength=n)

    def _draw(self, policy: FloatArray, count: int) -> IntArray:
        passed = np.cumsum(policy)
        drawn = np.searchsorted(passed, passed[-1] * self.generator.random(count), side="right")
        # Rounding must not lead to an alternative of probability 0.
        return np.asarray(np.minimum(drawn, np.flatnonzero(policy)[-1]), dtype=np.int64)

    def _ask(self, first: IntArray, second: IntArray) -> FloatArray:
        self.queries += len(first)
        return answers(self.oracle, first, second)


def solve_by_duels(
    oracle: Oracle,
    alternatives: int | Sequence[str],
    algorithm: str | Algorithm = "nash-md",
    *,
    budget: int,
    beta: float = 0.0,
    feedback: Feedback | None = None,
    step_size: Schedule | float | None = None,
    temperature: Schedule | float | None = None,
    parameters: dict[str, float] | None = None,
    reference: FloatArray | None = None,
    average: bool | None = None,
    game: PreferenceGame | None = None,
    growth: float = 1.1,
) -> DuelSolution:
    """Return the policy that ``algorithm`` reaches with at most ``budget`` comparisons.

    ``oracle(first, second)`` receives two arrays of indices [questions] and returns who won: 1 where the first did, 0
    where the second did, 1/2 for a tie; probabilities are welcome too. ``alternatives``: their labels or number.
    ``feedback``: how to ask (default: one duel for every alternative) and the seed. With a constant step the policy
    stays noisy: give a decreasing ``step_size``, or take the average. ``game``: a known game to measure by, which the
    algorithm does not see; its reference is the default. Other settings are those of ``solve``.

    Raises ``ValueError`` if the budget does not pay for one iteration, or an answer is not in [0, 1].
    """
    asking = feedback or Feedback("duels", 1)
    if asking.kind == "rankings":
        raise ValueError("duels are asked two at a time: solve_by_rankings (solvers.normal_form.asked_rankings) ranks")
    generator = np.random.Generator(np.random.PCG64(asking.seed))
    return solve_by_asking(
        lambda own: _Questions(oracle, asking, generator, own),
        alternatives,
        algorithm,
        budget=budget,
        beta=beta,
        reference=reference,
        game=game,
        growth=growth,
        step_size=step_size,
        temperature=temperature,
        parameters=parameters,
        average=average,
    )


def solve_by_asking(
    questions_of: Callable[[FloatArray], Questions],
    alternatives: int | Sequence[str],
    algorithm: str | Algorithm,
    *,
    budget: int,
    beta: float,
    reference: FloatArray | None,
    game: PreferenceGame | None,
    growth: float,
    **settings: Any,
) -> DuelSolution:
    """Return the policy that ``algorithm`` reaches by asking ``questions_of(own)``, ``own`` [n] the current policy.

    ``budget`` pays for ``cost()`` a product. ``settings`` are those of ``solvers.normal_form.run.start``, the others
    those of ``solve_by_duels``.
    """
    labels = tuple(str(i) for i in range(alternatives)) if isinstance(alternatives, int) else tuple(alternatives)
    chosen = algorithm_by_name(algorithm) if isinstance(algorithm, str) else algorithm
    problem = _unknown(labels, reference, beta, game)
    going = start(problem, chosen, **settings)
    questions = questions_of(going.state[0, PROBABILITY])
    cost = questions.cost() * chosen.products
    if budget < cost:
        raise ValueError(f"one iteration of {chosen.name} asks {cost} questions, and the budget is {budget}")
    began = time.perf_counter()
    measured = None if game is None else problem_of(game, 0.0 if chosen.target == "equilibrium" else beta)
    history = _iterate(going, questions, budget // cost, measured, growth, began)
    return DuelSolution(
        game=game,
        labels=labels,
        algorithm=chosen.name,
        beta=beta,
        policy=going.policies()[1][0],
        iterations=going.done,
        queries=questions.queries,
        budget=budget,
        step_size=str(going.settings.step_size),
        seconds=time.perf_counter() - began,
        history=tuple(history),
        tolerance=0.0,
        result=Result.ITERATION_LIMIT,
        remedy="the budget is spent: ask more questions",
    )


def _unknown(
    labels: tuple[str, ...], reference: FloatArray | None, beta: float, game: PreferenceGame | None
) -> Problem:
    """Return a problem whose payoffs are not known: zeros that nobody reads and that take no memory."""
    n = len(labels)
    if game is not None and game.alternatives != n:
        raise ValueError(f"there are {n} alternatives, and the game to measure by has {game.alternatives}")
    known = PreferenceGame(np.full((n, n), 0.5), labels) if game is None else game
    if reference is not None:
        known = known.with_reference(reference)
    blank = problem_of(known, beta)
    nothing = np.broadcast_to(np.zeros(1), (1, n, n))
    return Problem(nothing, blank.column, blank.log_reference, beta, binary=True)


def _iterate(
    going: Run, questions: Questions, iterations: int, measured: Problem | None, growth: float, began: float
) -> list[Checkpoint]:
    """Run the iterations; with a game to measure by, return checkpoints ``growth`` times further each."""
    keep_average = going.average or going.algorithm.returns == "average"
    history: list[Checkpoint] = []
    while going.done < iterations:
        count = min(max(going.done + 1, int(going.done * growth)), iterations) - going.done
        numbers = going.algorithm.numbers(going.settings, going.done + 1, count, keep_average)
        run_with(going.algorithm, questions.values, going.state[0], going.problem.first, numbers)
        going.done += count
        going.iterations += count
        if measured is not None:
            gap, exploitability, _ = measure(measured, *going.policies(), measured.beta)[0]
            seconds = time.perf_counter() - began
            history.append(Checkpoint(going.done, questions.queries, gap, exploitability, seconds=seconds))
    return history
