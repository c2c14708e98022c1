r"""A Nash equilibrium of a small two-player game with any utilities, exactly: the sequence form as a linear
complementarity problem.

Realisation weights ``x`` and ``y`` (``E x = e``, ``F y = f``, as in ``solvers.extensive.linear_program``) are each a
best response to the other if and only if there are ``p`` and ``q`` with

.. math:: E^\top p - A y \ge 0 \perp x \ge 0, \qquad F^\top q - B^\top x \ge 0 \perp y \ge 0 ,

``A`` and ``B`` the two players' payoff matrices (Koller, Megiddo and von Stengel, "Efficient computation of equilibria
for extensive two-person games", Games and Economic Behavior 1996). With ``p`` and ``q`` as differences of non-negative
numbers and all payoffs made negative, which changes no best response, Lemke's method finds a solution; a lexicographic
ratio test keeps it from going round in circles. Everything is computed in fractions: what comes out is an equilibrium
to the last digit of the probabilities, of the game whose numbers are the nearest fractions with denominators up to a
million – those that people write down.

There may be other equilibria, with other values; this is one of them. The number of pivots may grow exponentially, and
fractions get long, so that it is for small games (``LARGEST`` sequences).
"""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np

from games.extensive.game import Floats, Treeplex
from games.extensive.general import GeneralGame
from solvers.extensive.general import evaluate_general
from solvers.extensive.many_players import GeneralSolution
from solvers.extensive.registry import COMPLEMENTARITY
from solvers.solution import Checkpoint, Result

LARGEST = 150
"""Sequences of both players together up to which it is tried."""

_DENOMINATOR = 10**6
_EXACT = 1e-9  # NashConv that counts as an equilibrium, in units of the largest range of utilities

Matrix = list[list[Fraction]]


def _sequences(game: GeneralGame) -> int:
    return sum(len(tree.owner) for tree in game.treeplexes)


def is_small(game: GeneralGame) -> bool:
    """Return whether a game has two players and few enough sequences."""
    return game.players == 2 and _sequences(game) <= LARGEST


def solve_by_complementarity(game: GeneralGame) -> GeneralSolution:
    """Return a Nash equilibrium with its certificate, algorithm ``"lcp"``; iterations are pivots.

    Raises ``ValueError`` for a game of another number of players than two, or with more than ``LARGEST`` sequences.

    Examples
    --------
    >>> from games.extensive.compile import compile_general_game
    >>> hunt = solve_by_complementarity(compile_general_game("matrix_sh"))  # a stag hunt
    >>> hunt.nash_conv
    0.0
    """
    if game.players != 2:
        raise ValueError(f"{COMPLEMENTARITY} is for two players, and {game.name} has {game.players}")
    if not is_small(game):
        raise ValueError(
            f"{game.name} has {_sequences(game):,} sequences, and {COMPLEMENTARITY} is for up to {LARGEST}: what there "
            "is beyond are regret minimisers and quantal responses"
        )
    began = time.perf_counter()
    weights, pivots = _equilibrium(game)
    policy = tuple(_behaviour(tree, part) for tree, part in zip(game.treeplexes, weights, strict=True))
    seconds = time.perf_counter() - began
    found = evaluate_general(game, policy)
    unit = max(float(np.ptp(own)) for own in game.utilities)
    converged = found.nash_conv <= _EXACT * unit
    return GeneralSolution(
        game=game,
        algorithm=COMPLEMENTARITY,
        policy=policy,
        evaluation=found,
        iterations=pivots,
        seconds=seconds,
        history=(Checkpoint(pivots, None, found.nash_conv, found.exploitability, seconds=seconds),),
        tolerance=_EXACT,
        payoff_range=unit,
        result=Result.CONVERGED if converged else Result.ITERATION_LIMIT,
        remedy="" if converged else "the game's numbers are no simple fractions: the equilibrium is of one nearby",
        target="nash",
    )


def _behaviour(tree: Treeplex, weights: list[Fraction]) -> Floats:
    policy = np.ones(len(weights))
    for i, above in enumerate(tree.parent.tolist()):
        first, stop = int(tree.first[i]), int(tree.first[i + 1])
        for s in range(first, stop):
            policy[s] = float(weights[s] / weights[above]) if weights[above] else 1.0 / (stop - first)
    return policy


def _payoffs(game: GeneralGame) -> list[Matrix]:
    """Return both players' payoff matrices, made negative by taking the same from every utility."""
    rows, columns = (len(tree.owner) for tree in game.treeplexes)
    matrices = []
    for own in game.utilities:
        least = Fraction(float(own.max())).limit_denominator(_DENOMINATOR) + 1
        matrix = [[Fraction(0)] * columns for _ in range(rows)]
        for s, t, chance, utility in zip(*game.at_end.tolist(), game.chances.tolist(), own.tolist(), strict=True):
            simple, value = (Fraction(number).limit_denominator(_DENOMINATOR) for number in (chance, utility))
            matrix[s][t] += simple * (value - least)
        matrices.append(matrix)
    return matrices


def _constraints(tree: Treeplex) -> Matrix:
    """Return ``E`` [1 + infosets, sequences]."""
    matrix = [[Fraction(0)] * len(tree.owner) for _ in range(len(tree.parent) + 1)]
    matrix[0][0] = Fraction(1)
    for i, above in enumerate(tree.parent.tolist()):
        matrix[i + 1][above] = Fraction(-1)
        for s in range(tree.first[i], tree.first[i + 1]):
            matrix[i + 1][s] = Fraction(1)
    return matrix


def _equilibrium(game: GeneralGame) -> tuple[tuple[list[Fraction], list[Fraction]], int]:
    """Return both players' realisation weights, and the number of pivots."""
    (first, second), (own, other) = game.treeplexes, _payoffs(game)
    rows, columns = len(first.owner), len(second.owner)
    constraints = _constraints(first), _constraints(second)
    sizes = [rows, columns, *(len(matrix) for matrix in constraints for _ in range(2))]
    starts = [sum(sizes[:part]) for part in range(len(sizes))]
    total = sum(sizes)
    matrix = [[Fraction(0)] * total for _ in range(total)]
    bounds = [Fraction(0)] * total
    for s in range(rows):
        for t in range(columns):
            matrix[s][rows + t] = -own[s][t]
            matrix[rows + t][s] = -other[s][t]
    for player, (part, variable) in enumerate(zip(constraints, (0, rows), strict=True)):
        for sign, start in ((Fraction(1), starts[2 + 2 * player]), (Fraction(-1), starts[3 + 2 * player])):
            bounds[start] = sign
            for i, row in enumerate(part):
                for s, entry in enumerate(row):
                    if entry:
                        matrix[variable + s][start + i] = sign * entry
                        matrix[start + i][variable + s] = -sign * entry
    solution, pivots = lemke(matrix, bounds)
    return (solution[:rows], solution[rows : rows + columns]), pivots


def lemke(matrix: Matrix, bounds: list[Fraction]) -> tuple[list[Fraction], int]:
    """Return ``z >= 0`` with ``w = M z + b >= 0`` and ``z . w = 0``, and the number of pivots.

    Lemke's method with the covering vector of ones, and lexicographic ratios (Cottle, Pang and Stone, "The Linear
    Complementarity Problem", 1992, chapter 4). Raises ``ValueError`` if it ends on a ray.
    """
    size = len(bounds)
    # Columns: w, z, the artificial variable, b. A row says what its basic variable is.
    tableau = [
        [Fraction(i == j) for j in range(size)] + [-entry for entry in row] + [Fraction(-1), bound]
        for i, (row, bound) in enumerate(zip(matrix, bounds, strict=True))
    ]
    artificial, basis, pivots = 2 * size, list(range(size)), 0
    if min(bounds, default=Fraction(0)) >= 0:
        return [Fraction(0)] * size, 0
    row = min(range(size), key=lambda i: [tableau[i][-1], *tableau[i][:size]])
    entering = artificial
    while True:
        _pivot(tableau, row, entering)
        leaving, basis[row] = basis[row], entering
        pivots += 1
        if leaving == artificial:
            break
        entering = leaving + size if leaving < size else leaving - size
        candidates = [i for i in range(size) if tableau[i][entering] > 0]
        if not candidates:
            raise ValueError("Lemke's method ended on a ray, where no equilibrium is")
        row = _least_ratio(tableau, candidates, entering, basis.index(artificial), size)
    values = [Fraction(0)] * (2 * size + 1)
    for i, variable in enumerate(basis):
        values[variable] = tableau[i][-1]
    return values[size : 2 * size], pivots


def _least_ratio(tableau: Matrix, candidates: list[int], entering: int, last: int, size: int) -> int:
    """Return the row of the least ratio, ties broken by the columns of ``w``; the artificial variable's if it ties."""
    column = 0
    ratios = {i: tableau[i][-1] / tableau[i][entering] for i in candidates}
    least = min(ratios.values())
    left = [i for i in candidates if ratios[i] == least]
    if last in left:
        return last
    while len(left) > 1 and column < size:
        ratios = {i: tableau[i][column] / tableau[i][entering] for i in left}
        least = min(ratios.values())
        left = [i for i in left if ratios[i] == least]
        column += 1
    return left[0]


def _pivot(tableau: Matrix, row: int, column: int) -> None:
    """Make the variable of a column the basic one of a row."""
    pivot = tableau[row][column]
    own = tableau[row] = [entry / pivot if entry else entry for entry in tableau[row]]
    places = [j for j, entry in enumerate(own) if entry]
    for i, other in enumerate(tableau):
        if i != row and (factor := other[column]):
            for j in places:
                other[j] -= factor * own[j]
