r"""Exact equilibria by linear programming in the sequence form: the reference that iterative solvers are measured by.

With ``E x = e`` saying that ``x`` are realisation weights of player 0 (``x[0] = 1``; the weights of an infoset's
actions sum to that of its parent), ``F y = f`` the same for player 1, and ``A`` the payoff matrix,

.. math:: \max_{x, q}\ f^\top q \quad\text{so that}\quad F^\top q \le A^\top x,\quad E x = e,\quad x \ge 0

(von Stengel, "Efficient computation of behavior strategies", Games and Economic Behavior 1996; Koller, Megiddo and von
Stengel, STOC 1994): ``q`` is the dual of player 1's best response to ``x``, and the multipliers of the inequalities are
player 1's equilibrium ``y``. The program has as many nonzeros as the game has payoffs and sequences, which HiGHS
(Huangfu and Hall 2018, through scipy) solves in a second for games of a thousand infosets; from ten thousand on it
takes seconds to many minutes, depending on the game, and the iterative solvers are the better choice.

HiGHS reads its numbers up to absolute tolerances. Where its policies are further from equilibrium than rounding
explains and the game is small, the program is solved once more in integers (``solvers.exact``), with payoffs made
positive by adding the same to every utility.

Where the opponent's play cannot reach an infoset the program says nothing: weights are 0 and the policy there uniform.
"""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix, hstack

from games._base.jit import kernel
from games.extensive import ExtensiveGame, Policy, Treeplex
from solvers.exact import LARGEST_PROGRAM, UNIT, maximum
from solvers.extensive.evaluation import (
    add_best_that_follows,
    behavioural_policy,
    evaluate,
    realisation_weights,
)
from solvers.extensive.registry import LINEAR_PROGRAM
from solvers.extensive.rounding import Rounding
from solvers.extensive.solution import ExtensiveSolution, largest_utility, payoff_range
from solvers.solution import Checkpoint, Result, reachable

_FEASIBILITY = 1e-10  # the tightest that HiGHS takes
EXACT = 1e-9
"""The tolerance where none is given."""
_ERRORS = 64  # roundings of a value that are no reason to solve a game again
_DENOMINATOR = 10**6  # up to which chance probabilities, products of simple ones, are recognised


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
    policy = _by_highs(game)
    if not _exact_to_rounding(game, policy) and (better := _by_integers(game)) is not None:
        return better
    return policy


@kernel
def _best(tree, values):
    add_best_that_follows(tree, values)
    return values[0]


def _exact_to_rounding(game: ExtensiveGame, policy: Policy) -> bool:
    """Whether a policy is as good as rounded probabilities allow.

    An action counts in a best response with what it is worth at least, if each of its terms is off by ``_ERRORS u``.
    What both best responses then still gain is an error in the equilibrium.
    """
    gained = 0.0
    for player, (tree, payoffs) in enumerate(zip(game.treeplexes, game.payoffs, strict=True)):
        shape = game.sequences[player], game.sequences[1 - player]
        matrix = csr_matrix((payoffs.value, payoffs.column, payoffs.start), shape=shape)
        weights = realisation_weights(game, policy, 1 - player)
        gained += _best(tree, matrix @ weights - _ERRORS * UNIT * (abs(matrix) @ weights))
    return gained <= 0.0


def _chances(game: ExtensiveGame) -> list[list[Fraction]] | None:
    """Return the chance probabilities [sequences, sequences] as the simple fractions that they stand for, if they do.

    They are checked to sum to 1 whatever either player does against uniform play.
    """
    if game.chances is None:
        return None
    start, column, value = game.chances
    table = [[Fraction(0)] * game.sequences[1] for _ in range(game.sequences[0])]
    for s in range(game.sequences[0]):
        for k in range(start[s], start[s + 1]):
            simple = Fraction(float(value[k])).limit_denominator(_DENOMINATOR)
            if abs(simple - Fraction(float(value[k]))) > Fraction(_ERRORS * UNIT) * simple:
                return None
            table[s][column[k]] = simple
    by_player = table, [list(entries) for entries in zip(*table, strict=True)]
    for player in (0, 1):
        weights = _uniform_weights(game.treeplexes[1 - player])
        values = [
            sum((c * w for c, w in zip(row, weights, strict=True) if c), Fraction(0)) for row in by_player[player]
        ]
        tree = game.treeplexes[player]
        for i in reversed(range(len(tree.parent))):
            alike = set(values[tree.first[i] : tree.first[i + 1]])
            if len(alike) > 1:
                return None
            values[tree.parent[i]] += alike.pop()
        if values[0] != 1:
            return None
    return table


def _uniform_weights(tree: Treeplex) -> list[Fraction]:
    weights = [Fraction(1)] * len(tree.owner)
    for i, parent in enumerate(tree.parent):
        for s in range(tree.first[i], tree.first[i + 1]):
            weights[s] = weights[parent] / int(tree.first[i + 1] - tree.first[i])
    return weights


def _by_integers(game: ExtensiveGame) -> Policy | None:
    """Return an equilibrium from an exact solution, or None where the game is too large or its chances not simple."""
    (own, opposed), (first, second) = game.treeplexes, game.sequences
    columns, rows = first + len(opposed.parent) + 1, second + len(own.parent) + 1
    if rows * columns > LARGEST_PROGRAM or (table := _chances(game)) is None:
        return None
    start, column, value = game.payoffs[0]
    raised = 2 * Fraction(largest_utility(game))
    program = [[Fraction(0)] * columns for _ in range(rows)]
    for s in range(first):
        for t in range(second):
            program[t][s] = -raised * table[s][t]
        for k in range(start[s], start[s + 1]):
            program[column[k]][s] -= Fraction(float(value[k]))
    _enter(program, constraints(opposed).T.tocoo(), (0, first))
    _enter(program, constraints(own).tocoo(), (second, 0))
    bounds, goal = [Fraction(0)] * rows, [Fraction(0)] * columns
    bounds[second], goal[first] = Fraction(1), Fraction(1)
    found, multipliers = maximum(program, bounds, goal)[:2]
    one, other = behavioural_policy(game, found[:first], 0), behavioural_policy(game, multipliers[:second], 1)
    return one, other


def _enter(program: list[list[Fraction]], matrix: coo_matrix, corner: tuple[int, int]) -> None:
    """Write a matrix into the program with its upper left corner at a place."""
    for row, column, value in zip(matrix.row, matrix.col, matrix.data, strict=True):
        program[corner[0] + row][corner[1] + column] = Fraction(float(value))


def _by_highs(game: ExtensiveGame) -> Policy:
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

    ``tolerance``: exploitability up to which the solution counts as converged, relative to the range of the payoffs; 0
    stands for ``EXACT``. Raises ``ValueError`` if HiGHS fails, or for utilities too large or too small to compute with.
    """
    tolerance, unit, hidden = tolerance or EXACT, payoff_range(game), Rounding(game).exploitability
    began = time.perf_counter()
    policy = equilibrium(game)
    seconds = time.perf_counter() - began
    evaluation = evaluate(game, policy)
    reached = evaluation.exploitability
    converged = reached <= reachable(tolerance * unit, hidden)
    words = (
        "" if converged else f"{(reached + hidden) / unit:.2g} of the payoff range from equilibrium: ask for no less"
    )
    entries = len(game.payoffs[0].column)
    return ExtensiveSolution(
        game=game,
        algorithm=LINEAR_PROGRAM,
        policy=policy,
        evaluation=evaluation,
        iterations=0,
        seconds=seconds,
        history=(Checkpoint(0, entries, evaluation.nash_conv, reached, seconds=seconds),),
        tolerance=tolerance,
        payoff_range=unit,
        rounding=hidden,
        result=Result.CONVERGED if converged else Result.ITERATION_LIMIT,
        remedy="" if converged else f"linear programming ends {words}",
    )
