r"""Exact equilibria by linear programming: the reference that iterative solvers are measured by.

.. math:: \max_{x, v}\ v \quad\text{so that}\quad A^\top x \ge v\,\mathbf 1,\quad x \ge 0,\quad \mathbf 1^\top x = 1

gives the row player's equilibrium policy and the value (von Neumann 1928, Dantzig 1951), its dual the column player's.
In a preference game, ``A = P - 1/2``, the solution is a maximal lottery (Fishburn 1984), the von Neumann winner. HiGHS
(Huangfu and Hall 2018, through scipy) finds a basis; the policy is then the exact solution of that basis' equations in
double precision, where they are regular and it is better. Degenerate games, whose equilibria are many, get one of them.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from solvers.normal_form.choice import LINEAR_PROGRAM
from solvers.normal_form.problem import Game, Problem, problem_of
from solvers.normal_form.run import measure
from solvers.normal_form.solution import NormalFormSolution
from solvers.solution import Checkpoint, Result

FloatArray = NDArray[np.float64]

_FEASIBILITY = 1e-10  # the tightest that HiGHS takes
_LARGE = 400  # rows and columns from which the interior-point method, with crossover to a basis, is faster
_SUPPORT = 1e-9  # probabilities and slacks below are 0 in the basis


def maximin(payoffs: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return equilibrium policies of the row and the column player and the value of a matrix game [m, n].

    Raises ``ValueError`` if HiGHS fails, with its words.
    """
    rows, columns = payoffs.shape
    low, high = float(payoffs.min()), float(payoffs.max())
    if high == low:
        return np.eye(rows)[0], np.eye(columns)[0], high
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
    x, y = min((x, y), _polished(scaled, x, y), key=lambda pair: _gap(scaled, *pair))
    return x, y, float(x @ payoffs @ y)


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


def solve_exactly(game: Game, *, tolerance: float = 1e-9) -> NormalFormSolution:
    """Return an equilibrium of the game itself, or of every game of a batch, with certificates.

    Algorithm ``"lp"``; no iterations, no schedule. Every entry of the matrices is read once.
    """
    began = time.perf_counter()
    problem = problem_of(game, 0.0)
    policies = _policies(problem)
    with np.errstate(divide="ignore"):
        certificates = measure(problem, np.log(policies), policies, 0.0)
    gaps, exploitabilities = certificates[:, 0], certificates[:, 1]
    seconds = time.perf_counter() - began
    converged = bool((gaps <= tolerance).all())
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
        queries=problem.entries,
        seconds=seconds,
        history=(Checkpoint(0, problem.entries, float(gaps.max()), float(exploitabilities.max()), seconds=seconds),),
        bound=None,
        target="equilibrium",
        result=Result.CONVERGED if converged else Result.ITERATION_LIMIT,
        remedy="" if converged else f"linear programming ends at a gap of {gaps.max():.2g}: ask for no more",
    )
