r"""Exact equilibria by linear programming: the reference that iterative solvers are measured by.

.. math:: \max_{x, v}\ v \quad\text{so that}\quad A^\top x \ge v\,\mathbf 1,\quad x \ge 0,\quad \mathbf 1^\top x = 1

gives the row player's equilibrium policy and the value (von Neumann 1928, Dantzig 1951), its dual the column player's.
In a preference game, ``A = P - 1/2``, the solution is a maximal lottery (Fishburn 1984), the von Neumann winner. HiGHS
(Huangfu and Hall 2018, through scipy) finds a basis; the policy is then the exact solution of that basis' equations in
double precision, where they are regular and it is better. Degenerate games, whose equilibria are many, get one of them.

Batches of small games have a compiled simplex method of their own (``small_games``), some hundred times faster.

How exact that is, is measured with products that are rounded once (``solvers.exact``). If the policies are further from
equilibrium than rounding explains – payoffs of ``1e12`` beside ``1`` hide the ``1`` from HiGHS, which reads its numbers
up to absolute tolerances –, a game that is small enough is solved once more by the simplex method in integers, and the
probabilities returned are the exact ones, each rounded once.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from solvers.exact import LARGEST_PROGRAM, UNIT, exact_product, maximum
from solvers.normal_form.choice import LINEAR_PROGRAM, SMALL_ACTIONS
from solvers.normal_form.problem import Game, Problem, centred, problem_of
from solvers.normal_form.small_games import OPEN, SmallSolutions, solve_small_games
from solvers.normal_form.solution import UNKNOWN, NormalFormSolution
from solvers.solution import Checkpoint, Result

FloatArray = NDArray[np.float64]

_FEASIBILITY = 1e-10  # the tightest that HiGHS takes
_LARGE = 400  # rows and columns from which the interior-point method, with crossover to a basis, is faster
_SUPPORT = 1e-9  # probabilities and slacks below are 0 in the basis
_ERRORS = 8  # roundings for each action that are no reason to solve a game again


def maximin(payoffs: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return equilibrium policies of the row and the column player and the value of a matrix game [m, n].

    Raises ``ValueError`` if HiGHS fails, with its words, in a game too large for integers.
    """
    payoffs = np.asarray(payoffs, dtype=np.float64)
    low, high = float(payoffs.min()), float(payoffs.max())
    if high == low:
        return np.eye(payoffs.shape[0])[0], np.eye(payoffs.shape[1])[0], high
    small = payoffs.size <= LARGEST_PROGRAM
    try:
        x, y = _by_highs(payoffs, low, high)
        exact = not small or _exact_to_rounding(centred(payoffs[None])[0], x, y)
    except ValueError:
        if not small:
            raise
        exact = False
    if not exact:
        x, y = by_integers(payoffs)[:2]
    return x, y, float(x @ payoffs @ y)


def _by_highs(payoffs: FloatArray, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    rows, columns = payoffs.shape
    scaled = (payoffs - low) / (high - low)
    bounds = [(0.0, None)] * rows + [(None, None)]
    found = linprog(
        np.append(np.zeros(rows), -1.0),
        A_ub=np.hstack([-scaled.T, np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=np.append(np.ones(rows), 0.0)[None],
        b_eq=[1.0],
        bounds=bounds,
        method="highs-ipm" if rows + columns > _LARGE else "highs",
        options={"primal_feasibility_tolerance": _FEASIBILITY, "dual_feasibility_tolerance": _FEASIBILITY},
    )
    if not found.success:
        raise ValueError(f"HiGHS could not solve the linear program of a {rows} x {columns} game: {found.message}")
    x, y = _policy(found.x[:rows]), _policy(-found.ineqlin.marginals)
    return min((x, y), _polished(scaled, x, y), key=lambda pair: _gap(scaled, *pair))


def _exact_to_rounding(payoffs: FloatArray, x: FloatArray, y: FloatArray) -> bool:
    """Whether policies are as good as their rounded probabilities allow.

    A relative error of ``_ERRORS u`` in each moves the value of an action by ``_ERRORS u |A| y``. Actions of the row
    player that are worth more than the column player concedes, even so, are an error in the equilibrium.
    """
    slack = _ERRORS * UNIT * sum(payoffs.shape)
    own, conceded = exact_product(payoffs, y), exact_product(np.ascontiguousarray(payoffs.T), x)
    least = (own - slack * (np.abs(payoffs) @ y)).max()
    return bool(least <= (conceded + slack * (x @ np.abs(payoffs))).min())


class ExactEquilibrium(NamedTuple):
    """A vertex of the equilibria, found in integers: both policies, each probability rounded once.

    ``row_slacks``, ``column_slacks``: what each action earns less than the value, exactly 0 where it is none; in
    equilibrium no action with a slack is played. ``unique``: whether there is no other equilibrium.
    """

    row_policy: FloatArray
    column_policy: FloatArray
    row_slacks: FloatArray
    column_slacks: FloatArray
    unique: bool


def by_integers(payoffs: FloatArray) -> ExactEquilibrium:
    """Return an exact equilibrium: ``max v`` so that ``v <= A^T x``, all payoffs made positive."""
    entries = [[Fraction(entry) for entry in row] for row in payoffs.tolist()]
    low, high = min(map(min, entries)), max(map(max, entries))
    one, none = Fraction(1), Fraction(0)
    rows, columns = payoffs.shape
    lift = 2 * low - high if high > low else low - 1
    program = [[*(lift - entries[i][j] for i in range(rows)), one] for j in range(columns)]
    program.append([*[one] * rows, none])
    bounds, goal = [none] * columns + [one], [none] * rows + [one]
    found = maximum(program, bounds, goal)
    x, y = _policy(found.solution[:rows]), _policy(found.multipliers[:columns])
    return ExactEquilibrium(x, y, found.costs[:rows], found.slacks[:columns], found.unique)


def _policy(values: FloatArray) -> FloatArray:
    positive = np.maximum(values, 0.0)
    return np.asarray(positive / positive.sum())


def _gap(payoffs: FloatArray, x: FloatArray, y: FloatArray) -> float:
    return float((payoffs @ y).max() - (x @ payoffs).min())


def _polished(payoffs: FloatArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the policies that make all actions of the opponent's support exactly equal; or the same if there are none.

    With supports S and T: ``A[S, T]^T x_S = v`` and ``A[S, T] y_T = v``, each with the sum 1.
    """
    support, opposed = np.flatnonzero(x > _SUPPORT), np.flatnonzero(y > _SUPPORT)
    if len(support) != len(opposed):
        return x, y
    core = payoffs[np.ix_(support, opposed)]
    better = []
    for matrix, whole, places in ((core.T, x, support), (core, y, opposed)):
        size = len(places)
        system = np.block([[matrix, -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
        try:
            solved = np.linalg.solve(system, np.append(np.zeros(size), 1.0))[:size]
        except np.linalg.LinAlgError:
            return x, y
        if not (np.isfinite(solved).all() and (solved >= 0.0).all()):
            return x, y
        policy = np.zeros_like(whole)
        policy[places] = solved / solved.sum()
        better.append(policy)
    return better[0], better[1]


def _policies(problem: Problem) -> FloatArray:
    """Return an equilibrium of every game, [games, actions]; 0 for actions that do not exist."""
    out = np.zeros((problem.games, problem.actions))
    first = problem.first
    for game in range(problem.games):
        exists = np.flatnonzero(np.isfinite(problem.log_reference[game]))
        if problem.symmetric:
            out[game, exists] = _symmetric(problem.row[game][np.ix_(exists, exists)])
        else:
            out[game, :first], out[game, first:], _ = maximin(problem.row[game])
    return out


def _symmetric(payoffs: FloatArray) -> FloatArray:
    """Return the better one of the two players' policies, which are equilibria of a symmetric game both."""
    x, y, _ = maximin(payoffs)
    return min((x, y), key=lambda policy: float((payoffs @ policy).max()))


class _Certificates(NamedTuple):
    """Duality gaps [games], each rounded once, and what that rounding may hide [games]."""

    gaps: FloatArray
    hidden: FloatArray


def _certificates(problem: Problem, policies: FloatArray) -> _Certificates:
    """Return ``sum_a pi(a) (max q - q(a))``, both players together, with exact products."""
    gaps, hidden = np.zeros(problem.games), np.zeros(problem.games)
    for game, (policy, reference) in enumerate(zip(policies, problem.log_reference, strict=True)):
        exists = np.isfinite(reference)
        if problem.symmetric:
            sides = [(policy, exact_product(problem.row[game], policy), exists)] * 2
        else:
            x, y = np.split(policy, [problem.first])
            own, other = exact_product(problem.row[game], y), exact_product(problem.column[game], x)
            sides = [(x, own, exists[: problem.first]), (y, other, exists[problem.first :])]
        for probabilities, values, legal in sides:
            top = float(values[legal].max())
            gaps[game] += float(probabilities[legal] @ (top - values[legal]))
            hidden[game] += 4.0 * UNIT * max(abs(top), float(probabilities @ np.abs(values)))
    return _Certificates(gaps, hidden)


def _solved(problem: Problem, workers: int | None) -> SmallSolutions:
    """Return an equilibrium of every game: many small games at once, what is left by linear programs one by one."""
    if problem.games == 1 or max(problem.row.shape[1:]) > SMALL_ACTIONS:
        policies = _policies(problem)
        unknown = np.full(problem.games, UNKNOWN, dtype=np.int8)
        return SmallSolutions(policies, *_certificates(problem, policies), unknown)
    found = solve_small_games(problem, workers)
    if len(left := np.flatnonzero(found.kinds == OPEN)):
        part = problem.of_games(left)
        found.policies[left] = _policies(part)
        found.gaps[left], found.hidden[left] = _certificates(part, found.policies[left])
        found.kinds[left] = UNKNOWN
    return found


def solve_exactly(game: Game, *, tolerance: float = 1e-9, workers: int | None = None) -> NormalFormSolution:
    """Return an equilibrium of the game itself, or of every game of a batch, with certificates.

    Algorithm ``"lp"``; no iterations, no schedule. Every entry of the matrices is read once. ``tolerance``: the gap up
    to which a game counts as solved, relative to the range of its payoffs. ``workers``: threads, for batches.
    """
    began = time.perf_counter()
    problem = problem_of(game, 0.0)
    policies, gaps, hidden, kinds = _solved(problem, workers)
    exploitabilities = 0.5 * gaps
    seconds = time.perf_counter() - began
    wanted = tolerance * problem.ranges
    solved = (gaps + hidden <= wanted) | (gaps + wanted == 0.0)
    converged = bool(solved.all())
    reached = ((gaps + hidden) / np.where(solved, np.inf, problem.ranges)).max()
    return NormalFormSolution(
        game=game,
        algorithm=LINEAR_PROGRAM,
        beta=0.0,
        policies=policies,
        duality_gaps=gaps,
        exploitabilities=exploitabilities,
        iterations=0,
        iterations_of_games=np.zeros(problem.games, dtype=np.int64),
        tolerance=tolerance,
        payoff_range=float(problem.ranges.max()),
        rounding=float(hidden.max()),
        solved=solved,
        queries=problem.entries,
        seconds=seconds,
        history=(Checkpoint(0, problem.entries, float(gaps.max()), float(exploitabilities.max()), seconds=seconds),),
        bound=None,
        target="equilibrium",
        uniqueness=None if problem.games == 1 else kinds,
        result=Result.CONVERGED if converged else Result.ITERATION_LIMIT,
        remedy=""
        if converged
        else f"linear programming ends {reached:.2g} of the payoff range from equilibrium: ask for no less",
    )
