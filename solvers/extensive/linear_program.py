r"""Exact equilibria by linear programming in the sequence form: the reference that iterative solvers are measured by.

With ``E x = e`` saying that ``x`` are realisation weights of player 0 (``x[0] = 1``; the weights of an infoset's
actions sum to that of its parent), ``F y = f`` the same for player 1, and ``A`` the payoff matrix,

.. math:: \max_{x, q}\ f^\top q \quad\text{so that}\quad F^\top q \le A^\top x,\quad E x = e,\quad x \ge 0

(von Stengel, "Efficient computation of behavior strategies", Games and Economic Behavior 1996; Koller, Megiddo and von
Stengel, STOC 1994): ``q`` is the dual of player 1's best response to ``x``, and the multipliers of the inequalities are
player 1's equilibrium ``y``. The program has as many nonzeros as the game has payoffs and sequences, which HiGHS
(Huangfu and Hall 2018, through scipy) solves in a second for games of a thousand infosets; from ten thousand on it
takes seconds to many minutes, depending on the game, and the iterative solvers are the better choice.

Where the opponent's play cannot reach an infoset the program says nothing: weights are 0 and the policy there uniform.
"""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix, hstack

from games.extensive import ExtensiveGame, Policy, Treeplex
from solvers.extensive.evaluation import behavioural_policy, evaluate
from solvers.extensive.registry import LINEAR_PROGRAM
from solvers.extensive.solution import ExtensiveSolution, largest_utility
from solvers.solution import Checkpoint, Result

_FEASIBILITY = 1e-10  # the tightest that HiGHS takes
EXACT = 1e-9
"""Exploitability that counts as exact where no tolerance is given, in units of the largest utility."""


def constraints(tree: Treeplex) -> csr_matrix:
    """Return ``E`` [1 + infosets, sequences]: realisation weights are the ``x >= 0`` with ``E x = (1, 0, ...)``."""
    infosets, sequences = len(tree.parent), len(tree.owner)
    rows = np.concatenate([[0], 1 + np.arange(infosets), 1 + tree.owner[1:]])
    columns = np.concatenate([[0], tree.parent, np.arange(1, sequences)])
    values = np.concatenate([[1.0], np.full(infosets, -1.0), np.ones(sequences - 1)])
    return coo_matrix((values, (rows, columns)), shape=(infosets + 1, sequences)).tocsr()


def equilibrium(game: ExtensiveGame) -> Policy:
    """Return an equilibrium of the game as a behavioural policy.

    Raises ``ValueError`` if HiGHS fails, with its words.
    """
    own, opposed = game.treeplexes
    start, column, value = game.payoffs[1]
    scale = float(np.abs(value).max(initial=0.0)) or 1.0
    negated = csr_matrix((value / scale, column, start), shape=(game.sequences[1], game.sequences[0]))
    opposed_constraints = constraints(opposed)
    goal = np.zeros(game.sequences[0] + len(opposed.parent) + 1)
    goal[game.sequences[0]] = -1.0
    equalities = hstack([constraints(own), csr_matrix((len(own.parent) + 1, len(opposed.parent) + 1))]).tocsr()
    right = np.zeros(len(own.parent) + 1)
    right[0] = 1.0
    found = linprog(
        goal,
        A_ub=hstack([negated, opposed_constraints.T]).tocsr(),
        b_ub=np.zeros(game.sequences[1]),
        A_eq=equalities,
        b_eq=right,
        bounds=[(0.0, None)] * game.sequences[0] + [(None, None)] * (len(opposed.parent) + 1),
        method="highs",
        options={"primal_feasibility_tolerance": _FEASIBILITY, "dual_feasibility_tolerance": _FEASIBILITY},
    )
    if not found.success:
        raise ValueError(f"HiGHS could not solve the linear program of {game.name}: {found.message}")
    weights = found.x[: game.sequences[0]], -found.ineqlin.marginals
    first, second = (behavioural_policy(game, np.maximum(weights[p], 0.0), p) for p in (0, 1))
    return first, second


def solve_exactly(game: ExtensiveGame, *, tolerance: float = 0.0) -> ExtensiveSolution:
    """Return an equilibrium with its certificate, algorithm ``"lp"``; no iterations, no schedule.

    ``tolerance``: exploitability up to which the solution counts as converged; 0 stands for ``EXACT`` times the largest
    utility. Raises ``ValueError`` if HiGHS fails, or for utilities too large or too small to compute with.
    """
    wanted = tolerance or EXACT * largest_utility(game)
    began = time.perf_counter()
    policy = equilibrium(game)
    seconds = time.perf_counter() - began
    evaluation = evaluate(game, policy)
    converged = evaluation.exploitability <= wanted
    reached = evaluation.exploitability
    entries = len(game.payoffs[0].column)
    return ExtensiveSolution(
        game=game,
        algorithm=LINEAR_PROGRAM,
        policy=policy,
        evaluation=evaluation,
        iterations=0,
        seconds=seconds,
        history=(Checkpoint(0, entries, evaluation.nash_conv, reached, seconds=seconds),),
        tolerance=wanted,
        result=Result.CONVERGED if converged else Result.ITERATION_LIMIT,
        remedy="" if converged else f"linear programming ends at an exploitability of {reached:.2g}: ask for no less",
    )
