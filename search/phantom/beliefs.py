r"""What a player of a phantom game believes about the opponent, when the opponent attempts uniformly.

Let ``X``, ``R`` be where the player succeeded and was refused, ``K`` the opponent's stones, ``S`` the cells of ``X`` at
which the opponent was refused, ``B = Y \ R`` the opponent's stones that the player has not met. Uniform play continues
from ``(X, R, Y, S)`` without regard to what came before, so the belief is needed over pairs ``(S, B)`` only. A
sequence of ``k`` attempts has the reach ``(c - k)! / c!`` on ``c`` cells, hence

.. math:: P(S, B) \propto N(S) \, b! \, (c - k)! / c!, \qquad b = |B|, \quad k = |R| + b + |S|,

for every ``B`` outside ``X | R`` with which the opponent has not won and a cell is free. ``N(S)`` is the number of ways
to fill the opponent's turns with the stones of ``R``, each before the player's attempt, the refusals at ``S``, each
after the player's stone, and ``b`` others. It depends on the *pattern* of the own attempts alone: which were refused,
and which of the stones, in the order of placing, are in ``S``. The sum of all weights is the opponent's reach of the
information state, for which ``solvers.phantom`` has another formula: a test compares them.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import factorial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable
from games.phantom.game import PhantomGame

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Beliefs(NamedTuple):
    """The weights of all patterns of one player's attempts.

    A pattern is the number whose binary digits are a one and then, for each attempt, whether it was refused. Its sets
    ``S`` are numbered by their bits (bit ``i``: the ``i``-th stone in the order of placing): ``weights[at[pattern] +
    S]`` is the weight of a pair ``(S, B)``, ``hidden[at[pattern] + S]`` the size of its ``B``.
    """

    at: Longs
    weights: Floats
    hidden: Longs


@lru_cache(maxsize=16)
def beliefs(game: PhantomGame, player: int) -> Beliefs:
    """Return the weights of a player's patterns (a second's work for a 3×3 board; kept for the next call)."""
    cells = game.cells
    at = np.full(1 << cells, -1, np.int64)
    weights: list[float] = []
    hidden: list[int] = []
    for length in range(cells):
        for pattern in product((False, True), repeat=length):
            refused = sum(pattern)
            at[_number(pattern)] = len(weights)
            for met in range(1 << length - refused):
                others = hidden_stones(length - refused, refused, met.bit_count(), player, game.abrupt)
                attempts = refused + others + met.bit_count()
                possible = others >= 0 and attempts <= cells
                ways = arrangements(pattern, met, player, game.abrupt) if possible else 0
                # Without hidden stones to place the factorial is that of 0; an impossible set weighs nothing.
                reach = factorial(cells - attempts) / factorial(cells) if possible else 0.0
                weights.append(ways * factorial(max(others, 0)) * reach)
                hidden.append(max(others, 0))
    return Beliefs(at, np.array(weights), np.array(hidden, np.int64))


@jitable
def hidden_stones(placed, refused, met, player, abrupt):
    """Return ``b`` from the sizes of ``X``, ``R`` and ``S``: the opponent's turns that nothing else fills."""
    if abrupt:
        return placed + player - met
    return placed + player - refused


def _number(pattern: tuple[bool, ...]) -> int:
    number = 1
    for was_refused in pattern:
        number = number << 1 | was_refused
    return number


def arrangements(pattern: tuple[bool, ...], met: int, player: int, abrupt: bool) -> int:
    """Return in how many ways the opponent's turns can be filled: ``N(S)`` for the stones ``met`` (bits, as placed).

    Turns are walked in order. A turn that will hold a stone of ``R`` is counted without naming the stone, which the
    player's attempt at it then chooses among the unnamed; a refusal chooses among the stones of ``S`` that lie there.
    """
    states = {(0, 0): 1}  # (unnamed turns with a stone of R, refusals so far) -> ways
    placed = available = done = own_turns = 0
    for was_refused in pattern:
        while done < own_turns + player:
            states = _turn(states, available, abrupt)
            done += 1
        if was_refused:
            states = {(unnamed - 1, seen): ways * unnamed for (unnamed, seen), ways in states.items() if unnamed}
        else:
            available += met >> placed & 1
            placed += 1
        own_turns += abrupt or not was_refused
    while done < own_turns + player:
        states = _turn(states, available, abrupt)
        done += 1
    return states.get((0, met.bit_count()), 0)


def _turn(states: dict[tuple[int, int], int], available: int, abrupt: bool) -> dict[tuple[int, int], int]:
    after: dict[tuple[int, int], int] = {}

    def add(unnamed: int, seen: int, ways: int) -> None:
        after[unnamed, seen] = after.get((unnamed, seen), 0) + ways

    for (unnamed, seen), ways in states.items():
        left, refusals = ways, 0
        while left:
            if abrupt and refusals:
                add(unnamed, seen + refusals, left)  # a refused attempt has taken the turn
                break
            add(unnamed + 1, seen + refusals, left)
            add(unnamed, seen + refusals, left)
            left *= available - seen - refusals
            refusals += 1
    return after
