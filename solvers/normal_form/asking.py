r"""Which two alternatives are judged next: an optimistic choice, for those who pay for each judgement.

Of a pair judged ``N`` times, ``W`` of them for ``y``, the probability is known up to a width,

.. math:: |P(y, z) - W / N| \le w(y, z) = \sqrt{\log(2 m N (N + 1) / \delta) / (2 N)},

for all ``m`` pairs and at all times together, with probability ``1 - delta`` (Hoeffding, and a sum over pairs and
counts). ``U`` and ``L`` are the ends of these intervals, within [0, 1], whose widths are multiplied by ``optimism``.
Optimism in games (O'Donoghue, Lattimore and Osband, UAI 2021, arXiv:2006.05145; for preferences COPO,
arXiv:2501.12735, and Nan et al. 2026, arXiv:2606.01382, whose exploring opponent is adversarial, too): the policy is an
equilibrium of the table with the bonus, the opponent whoever may be the best response to it,

.. math:: \pi = \arg\max_p \min_z (p^\top U)_z, \qquad \hat z = \arg\min_z (\pi^\top L)_z,

and the next pair ``(y, z)`` is drawn in proportion to ``pi(y) (U - L)(y, z)``, in one half of the cases with ``z``
that opponent, in the other with ``z`` from ``pi``, too. With ``beta > 0`` both are those of the regularised game.

Theorem (``optimism`` 1, one pair a round; by the argument of the first paper, for exploitability). While the widths
hold, ``1/2 <= min_z (pi^T U)_z``, because the value of ``P`` is 1/2, and so ``pi`` is exploited by at most

.. math:: \tfrac12 - \min_z (\pi^\top P)_z \le (\pi^\top U)_{\hat z} - (\pi^\top L)_{\hat z}
          = \textstyle\sum_y \pi(y) (U - L)(y, \hat z) \le E\,(U - L)(y, \hat z),

the mean over the pair drawn with that opponent. Widths of ``N`` judgements sum to at most ``1 + 2 sqrt(2 N ell)``,
``ell = log(2 m T (T + 1) / delta)``, and so the policies of ``T`` rounds are exploited on average by at most
``2 (m + 2 sqrt(2 ell m T)) / T`` in expectation. The default is ``optimism`` 0.5, which has no theorem.

The policy returned is the equilibrium of the estimated table, and what it is exploited by is bounded by the judgements
alone: ``1/2 - min_z (pi^T L)_z`` with the full widths.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from games.matrix import MatrixGame
from games.preference import PreferenceGame, Votes
from solvers.normal_form.choice import SMALL_ACTIONS
from solvers.normal_form.duels import DuelSolution, Oracle, answers
from solvers.normal_form.linear_program import maximin
from solvers.normal_form.problem import Problem, problem_of
from solvers.normal_form.run import measure
from solvers.normal_form.small_games import OPEN, solve_small_games
from solvers.normal_form.solution import UNIQUE
from solvers.normal_form.solving import solve
from solvers.solution import Bound, Checkpoint, Result

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Asking = Literal["optimistic", "uniform"]

LEVEL = 0.95
OPTIMISM = 0.5
_TOLERANCE = 1e-6  # of the regularised equilibrium that decides what is asked


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class JudgedSolution(DuelSolution):
    """A policy found by asking for judgements of pairs.

    ``wins`` [n, n]: the answers, ties by halves. ``bound``: what they promise for the exploitability of the policy, at
    the confidence level that was asked for.
    """

    wins: FloatArray
    bound: Bound


class Ends(NamedTuple):
    """The ends of the intervals of every pair, [n, n] each; 1/2 on the diagonal."""

    low: FloatArray
    high: FloatArray


def ends(wins: FloatArray, level: float = LEVEL, optimism: float = 1.0) -> Ends:
    """Return the intervals of all pairs, together at a confidence ``level``, their widths times ``optimism``.

    Examples
    --------
    >>> low, high = ends(np.array([[0.0, 900.0], [100.0, 0.0]]))
    >>> low.round(2).tolist()
    [[0.5, 0.81], [0.01, 0.5]]
    """
    counts = wins + wins.T
    pairs = len(wins) * (len(wins) - 1) // 2
    judged = np.maximum(counts, 1.0)
    widths = np.sqrt(np.log(2.0 * pairs * judged * (judged + 1.0) / (1.0 - level)) / (2.0 * judged))
    share = np.where(counts > 0.0, wins / judged, 0.5)
    widths = np.where(counts > 0.0, optimism * widths, 1.0)
    low, high = np.maximum(share - widths, 0.0), np.minimum(share + widths, 1.0)
    np.fill_diagonal(low, 0.5)
    np.fill_diagonal(high, 0.5)
    return Ends(low, high)


def _maximin(table: FloatArray, reference: FloatArray, beta: float) -> FloatArray:
    """Return ``argmax_p min_q p.table.q``, or that with both regularised by ``beta``. [n]"""
    n = len(table)
    if beta > 0.0:
        game = MatrixGame(table, row_reference=reference, column_reference=reference)
        return np.asarray(solve(game, "nash-mp", beta=beta, tolerance=_TOLERANCE).policies[0, :n])
    if n <= SMALL_ACTIONS:
        row = np.ascontiguousarray(table[None] - 0.5)
        column = np.ascontiguousarray(-row.swapaxes(1, 2))
        found = solve_small_games(Problem(row, column, np.zeros((1, 2 * n)), 0.0, binary=False), workers=1)
        if found.kinds[0] != OPEN:
            return np.asarray(found.policies[0, :n])
    return maximin(table)[0]


def _equilibrium(matrix: FloatArray, reference: FloatArray, beta: float) -> FloatArray:
    """Return the equilibrium of the estimated table, of maximum entropy if there are many. [n]"""
    game = PreferenceGame(matrix, reference=reference)
    if beta == 0.0 and len(matrix) <= SMALL_ACTIONS:
        found = solve_small_games(problem_of(game, 0.0), workers=1)
        if found.kinds[0] == UNIQUE:
            return np.asarray(found.policies[0])
    return np.asarray(solve(game, beta=beta).policy)


def _response(values: FloatArray, reference: FloatArray, beta: float) -> FloatArray:
    """Return the opponent's best response to what its actions concede, regularised by ``beta``. [n]"""
    if beta == 0.0:
        return np.asarray(np.eye(len(values))[int(values.argmin())])
    weights = reference * np.exp((values.min() - values) / beta)
    return np.asarray(weights / weights.sum())


def exploited(policy: FloatArray, low: FloatArray, reference: FloatArray, beta: float = 0.0) -> float:
    """Return by how much a policy is exploited at most, if no pair is below ``low``; at ``beta`` its regret there."""
    values = policy @ low
    if beta == 0.0:
        return float(0.5 - values.min())
    seen = policy > 0.0
    divergence = float(policy[seen] @ np.log(policy[seen] / reference[seen]))
    top = float(values.min())
    return 0.5 - top + beta * (divergence + math.log(float(reference @ np.exp((top - values) / beta))))


def chances(
    wins: FloatArray,
    *,
    level: float = LEVEL,
    optimism: float = OPTIMISM,
    beta: float = 0.0,
    reference: FloatArray | None = None,
) -> FloatArray:
    """Return with which probability each pair is the next one, [n, n]; entries ``(y, z)`` and ``(z, y)`` add up.

    Where nothing is left open that could matter, it is the pairs with the widest intervals.

    Examples
    --------
    Two that nobody beats and that never met, and one that both beat by far:

    >>> chances(np.array([[0.0, 0.0, 50.0], [0.0, 0.0, 50.0], [1.0, 1.0, 0.0]])).round(2).tolist()
    [[0.0, 0.25, 0.0], [0.75, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    n = len(wins)
    known = np.full(n, 1.0 / n) if reference is None else reference
    low, high = ends(wins, level, optimism)
    open_width = high - low
    policy = _maximin(high, known, beta)
    weights = np.zeros((n, n))
    for opponent in (policy, _response(policy @ low, known, beta)):
        part = np.outer(policy, opponent) * open_width
        weights += part / part.sum() if part.sum() > 0.0 else 0.0
    if not weights.any():
        weights = (open_width >= open_width.max()) & ~np.eye(n, dtype=bool)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def pairs_to_judge(wins: FloatArray, count: int, **settings: float | FloatArray | None) -> list[tuple[int, int, float]]:
    """Return up to ``count`` pairs and the probability of each to be the next one, the largest first.

    ``settings`` are those of ``chances``. Pairs that would tell nothing are not among them.
    """
    n = len(wins)
    of_entries = chances(wins, **settings)  # type: ignore[arg-type]
    above = np.triu_indices(n, 1)
    both = (of_entries + of_entries.T)[above]
    order = np.argsort(-both, kind="stable")[:count]
    return [(int(above[0][k]), int(above[1][k]), float(both[k])) for k in order if both[k] > 0.0]


@dataclass
class _Judging:
    """What was answered, and how the next pairs are drawn."""

    asking: Asking
    level: float
    optimism: float
    beta: float
    reference: FloatArray
    generator: np.random.Generator
    wins: FloatArray

    def draw(self, count: int) -> tuple[IntArray, IntArray]:
        n = len(self.wins)
        if self.asking == "uniform":
            above = np.triu_indices(n, 1)
            places = self.generator.integers(len(above[0]), size=count)
            return above[0][places], above[1][places]
        passed = np.cumsum(
            chances(
                self.wins, level=self.level, optimism=self.optimism, beta=self.beta, reference=self.reference
            ).ravel()
        )
        places = np.searchsorted(passed, passed[-1] * self.generator.random(count), side="right")
        first, second = np.divmod(np.minimum(places, np.flatnonzero(np.diff(passed, prepend=0.0))[-1]), n)
        return first, second

    def add(self, first: IntArray, second: IntArray, won: FloatArray) -> None:
        np.add.at(self.wins, (first, second), won)
        np.add.at(self.wins, (second, first), 1.0 - won)

    def policy(self, prior: float) -> FloatArray:
        """Return the equilibrium of the estimated table."""
        return _equilibrium(Votes(self.wins.copy(), prior=prior).probabilities, self.reference, self.beta)


def _judge(
    judging: _Judging,
    oracle: Oracle,
    budget: int,
    samples: int,
    prior: float,
    measured: Problem | None,
    growth: float,
) -> tuple[list[Checkpoint], int]:
    """Spend the budget; return the history, if there is a game to measure by, and the number of rounds."""
    history: list[Checkpoint] = []
    began, done, rounds, wanted = time.perf_counter(), 0, 0, 1.0
    while done < budget:
        first, second = judging.draw(min(samples, budget - done))
        judging.add(first, second, answers(oracle, first, second))
        done, rounds = done + len(first), rounds + 1
        if measured is not None and (done >= wanted or done == budget):
            wanted = growth * done
            policy = judging.policy(prior)[None]
            with np.errstate(divide="ignore"):
                gap, exploitability, _ = measure(measured, np.log(policy), policy, judging.beta)[0]
            history.append(Checkpoint(rounds, done, gap, exploitability, seconds=time.perf_counter() - began))
    return history, rounds


def solve_by_judgements(
    oracle: Oracle,
    alternatives: int | Sequence[str],
    *,
    budget: int,
    asking: Asking = "optimistic",
    samples: int = 1,
    optimism: float = OPTIMISM,
    level: float = LEVEL,
    prior: float = 1.0,
    beta: float = 0.0,
    seed: int = 0,
    reference: FloatArray | None = None,
    game: PreferenceGame | None = None,
    growth: float = 1.1,
) -> JudgedSolution:
    """Return the equilibrium of the table estimated from ``budget`` judgements of pairs, chosen one after the other.

    Parameters
    ----------
    oracle, alternatives, reference, game, growth : as those of ``solve_by_duels``.
    asking : ``optimistic``, see the module, or ``uniform`` over all pairs.
    samples : pairs of a round, which are chosen and asked together.
    optimism : factor of the widths that decide what is asked; ``level``: of the intervals, and of the ``bound``.
    prior : votes added to both sides of every pair of the estimated table.

    Raises
    ------
    ValueError
        One sentence for settings without meaning, and for answers that are not in [0, 1].

    Examples
    --------
    >>> def oracle(first, second):
    ...     return (np.array([[0.5, 0.9], [0.1, 0.5]])[first, second] > 0.5).astype(float)
    >>> solve_by_judgements(oracle, ("a", "b"), budget=20).policy.tolist()
    [1.0, 0.0]
    """
    labels = tuple(str(i) for i in range(alternatives)) if isinstance(alternatives, int) else tuple(alternatives)
    n = len(labels)
    _check(n, budget, asking, samples, optimism, level, game)
    known = np.full(n, 1.0 / n) if game is None else game.reference
    known = known if reference is None else np.asarray(reference, dtype=np.float64)
    # An oracle that is seeded alike must not answer with the numbers that decided what it is asked.
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(1,))))
    judging = _Judging(asking, level, optimism, beta, known, generator, np.zeros((n, n)))
    measured = None if game is None else problem_of(game.with_reference(known), beta)
    began = time.perf_counter()
    history, rounds = _judge(judging, oracle, budget, samples, prior, measured, growth)
    policy = judging.policy(prior)
    return JudgedSolution(
        game=game,
        labels=labels,
        algorithm=f"{asking} asking",
        beta=beta,
        policy=policy,
        iterations=rounds,
        queries=budget,
        budget=budget,
        seconds=time.perf_counter() - began,
        history=tuple(history),
        tolerance=0.0,
        result=Result.ITERATION_LIMIT,
        remedy="the budget is spent: ask more questions",
        wins=judging.wins,
        bound=Bound(
            "exploitability" if beta == 0.0 else "regret of the policy in the regularised game",
            exploited(policy, ends(judging.wins, level).low, known, beta),
            f"intervals of all pairs, together {level:.0%}",
        ),
    )


def _check(
    n: int, budget: int, asking: str, samples: int, optimism: float, level: float, game: PreferenceGame | None
) -> None:
    """Raise ``ValueError`` for settings without meaning."""
    if n < 2:
        raise ValueError("judgements need two alternatives at least")
    if game is not None and game.alternatives != n:
        raise ValueError(f"there are {n} alternatives, and the game to measure by has {game.alternatives}")
    if asking not in get_args(Asking):
        raise ValueError(f"asking must be one of {', '.join(get_args(Asking))}, not {asking!r}")
    if budget < 1 or samples < 1:
        raise ValueError(f"budget and samples must be at least 1, not {budget} and {samples}")
    if not (optimism >= 0.0 and 0.0 < level < 1.0):
        raise ValueError(f"optimism must be at least 0 and level between 0 and 1, not {optimism} and {level}")
