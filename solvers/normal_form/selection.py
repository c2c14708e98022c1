"""Which of many equilibria the exact solver returns: the one of maximum entropy, with the range of all of them.

Linear programming has found one equilibrium. Where the game has others, it is replaced by the one of maximum entropy
(``equilibrium_set``), which does not depend on the order of rows; where it has not, it stays as it is, to the last bit.
Whether it has, is computed to about 1e-12 of the largest payoff. Where payoffs are so uneven that this may hide what
decides – 1e8 beside 1 –, a small game is solved once more in integers: an equilibrium whose basis and multipliers are
not degenerate is the only one, and no other is. Where that leaves open what the others are, or the game is too large,
what linear programming found stays, and ``unique`` is unknown.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from solvers.exact import LARGEST_PROGRAM
from solvers.normal_form.equilibrium_set import EquilibriumSet, equilibrium_set
from solvers.normal_form.linear_program import by_integers
from solvers.normal_form.problem import Problem, problem_of
from solvers.normal_form.run import measure
from solvers.normal_form.solution import MANY, UNIQUE, UNKNOWN, NormalFormSolution
from solvers.solution import Result

FloatArray = NDArray[np.float64]

ACTIONS = 2000
"""Actions of both players together up to which the set of equilibria is looked at: above it takes minutes."""
_CLEAR = 1e-6  # a margin above which rounding cannot have decided
_UNEVEN, _UNEVEN_RATES = 1e-4, 1e-8  # differences below, of payoffs up to 1 in size or of win rates, may be hidden
_PAYOFFS, _WIN_RATES = 4.0 * float(np.finfo(np.float64).eps), 1e-14  # differences that are rounding errors
_ROUNDINGS = 1000.0 * float(np.finfo(np.float64).eps)


def of_maximum_entropy(solution: NormalFormSolution) -> NormalFormSolution:
    """Return an exact solution with the equilibrium of maximum entropy in each game that has more than one.

    In a batch the ranges are left out.
    """
    began = time.perf_counter()
    problem = problem_of(solution.game, 0.0)
    if int(np.isfinite(problem.log_reference).sum(axis=1).max()) > ACTIONS:
        return solution
    policies, kinds = solution.policies.copy(), np.full(problem.games, UNIQUE, dtype=np.int8)
    known, found = solution.uniqueness, None
    for game in range(problem.games) if known is None else np.flatnonzero(known != UNIQUE).tolist():
        found = equilibrium_set(problem, game)
        kinds[game] = _judged(problem, game, found, policies[game])
    gaps, exploitabilities = solution.duality_gaps.copy(), solution.exploitabilities.copy()
    changed = kinds == MANY
    if changed.any():
        measured = _certificates(problem, policies)
        gaps[changed], exploitabilities[changed] = measured[changed, 0], measured[changed, 1]
    allowed = solution.tolerance * problem.ranges
    solved = solution.solved & (~changed | (gaps <= allowed))
    result, remedy = solution.result, solution.remedy
    if not solved.all() and solution.converged:  # a tolerance that only the vertex was within
        result, remedy = Result.ITERATION_LIMIT, _remedy(float((gaps / problem.ranges)[changed].max()))
    seconds = solution.seconds + time.perf_counter() - began
    last = solution.history[-1]._replace(
        duality_gap=float(gaps.max()), exploitability=float(exploitabilities.max()), seconds=seconds
    )
    single = problem.games == 1 and found is not None and kinds[0] != UNKNOWN
    return replace(
        solution,
        policies=policies,
        duality_gaps=gaps,
        exploitabilities=exploitabilities,
        seconds=seconds,
        solved=solved,
        result=result,
        remedy=remedy,
        history=(*solution.history[:-1], last),
        uniqueness=kinds,
        dimension=found.dimension * int(changed[0]) if single and found is not None else None,
        policy_ranges=_ranges(found, policies[0], changed[0]) if single and found is not None else None,
    )


def _remedy(reached: float) -> str:
    return f"the policy of maximum entropy is {reached:.2g} of the payoff range from equilibrium: ask for no less"


def _ranges(found: EquilibriumSet, policy: FloatArray, many: np.bool_) -> FloatArray | None:
    return found.policy_range if many else np.stack([policy, policy])


def _judged(problem: Problem, game: int, found: EquilibriumSet, policy: FloatArray) -> int:
    """Return how many equilibria there are; where there are many, put that of maximum entropy into ``policy``."""
    if found.unique and found.margin > _CLEAR:
        return UNIQUE
    exists = np.flatnonzero(np.isfinite(problem.log_reference[game]))
    payoffs = problem.row[game]
    if problem.symmetric:
        payoffs = payoffs[np.ix_(exists, exists)]
        payoffs = (payoffs - payoffs.T) / 2.0
    if not _uneven(payoffs, problem.binary):
        return UNIQUE if found.unique else _replace(problem, game, found, policy)
    if payoffs.size > LARGEST_PROGRAM:
        return UNKNOWN
    exact = by_integers(payoffs)
    if exact.unique:
        return UNIQUE
    slacks = exact.row_slacks + exact.column_slacks if problem.symmetric else np.concatenate(exact[2:4])
    if found.unique or found.policy[slacks > 0.0].any():
        return UNKNOWN
    return _replace(problem, game, found, policy)


def _uneven(payoffs: FloatArray, binary: bool) -> bool:
    """Whether payoffs of one action differ by so little, beside the largest, that rounding may hide it.

    What are rounding errors of the payoffs themselves are no differences; those of win rates (``binary``) are of 1/2.
    """
    least, floor = np.inf, np.full_like(payoffs, _WIN_RATES) if binary else _PAYOFFS * np.abs(payoffs)
    for axis in (0, 1):
        order = payoffs.argsort(axis=axis)
        apart = np.diff(np.take_along_axis(payoffs, order, axis), axis=axis)
        hidden = np.take_along_axis(floor, order, axis)
        hidden = np.maximum(hidden[1:], hidden[:-1]) if axis == 0 else np.maximum(hidden[:, 1:], hidden[:, :-1])
        least = min(least, float(apart[apart > hidden].min(initial=np.inf)))
    return least < (_UNEVEN_RATES if binary else _UNEVEN) * float(np.abs(payoffs).max())


def _replace(problem: Problem, game: int, found: EquilibriumSet, policy: FloatArray) -> int:
    """Put the policy of maximum entropy into ``policy`` [actions]; return whether there are many, or it is unknown."""
    candidate = np.zeros_like(policy)
    candidate[np.isfinite(problem.log_reference[game])] = found.policy
    # What rounding hides of the policy that linear programming found: where small payoffs decide beside large ones, an
    # equilibrium gives these hardly any weight, and what takes part in them is none.
    rows = np.abs(problem.row[game])
    if problem.symmetric:
        rounding = float((rows @ policy).max())
    else:
        x, y = policy[: problem.first], policy[problem.first :]
        rounding = float(max((rows @ y).max(), (x @ rows).max()))
    if not _certificates(problem.of_games(slice(game, game + 1)), candidate[None])[0, 0] <= _ROUNDINGS * rounding:
        return UNKNOWN
    policy[:] = candidate
    return MANY


def _certificates(problem: Problem, policies: FloatArray) -> FloatArray:
    """Return gap and exploitability of policies in all games. [games, 3]"""
    with np.errstate(divide="ignore"):
        return measure(problem, np.log(policies), policies, 0.0)
