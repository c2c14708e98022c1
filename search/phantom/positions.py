"""Positions of phantom games under uniform play: rollouts, and the exact law of what they return.

Uniform play from a position depends on whose stone lies on each cell, on whether the opponent knows it, and on who is
to move: five kinds of cells, ``5^cells`` boards. An attempt always turns a cell into a kind with a larger number (empty
0; a stone of player 0 1, and known to player 1 2; a stone of player 1 3, and known to player 0 4), so the boards in
falling order of their numbers in base five give the law of the outcome from every position at once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable, kernel
from games._base.rng import below, draw
from games.phantom.game import PhantomGame
from games.phantom.rules import attempt, is_over, legal_cells, player_to_move, refused, stones, utility
from games.phantom.sequences import bit_count

Floats = npt.NDArray[np.float64]


@jitable
def position(placed, others, refused_own, refused_other, player, to_move):
    """Return the state of ``games.phantom.rules``, from the point of view of ``player``; the game has not ended."""
    shift, other = 16 * player, 16 * (1 - player)
    state = (placed << shift) | (others << other) | (to_move << 56)
    return state | (refused_own << (32 + 12 * player)) | (refused_other << (32 + 12 * (1 - player)))


@jitable
def board_number(state, cells):
    """Return the number of a board in base five (see above)."""
    number = 0
    for cell in range(cells - 1, -1, -1):
        kind = ((stones(state, 0) >> cell) & 1) + ((refused(state, 1) >> cell) & 1)
        if (stones(state, 1) >> cell) & 1:
            kind = 3 + ((refused(state, 0) >> cell) & 1)
        number = 5 * number + kind
    return number


@jitable
def _board(number, player, cells):
    """Return the state with a number and a player to move."""
    first = known_first = second = known_second = 0
    for cell in range(cells):
        kind = number % 5
        number //= 5
        bit = 1 << cell
        if kind == 1 or kind == 2:
            first |= bit
        if kind == 2:
            known_first |= bit
        if kind >= 3:
            second |= bit
        if kind == 4:
            known_second |= bit
    return position(first, second, known_second, known_first, 0, player)


@kernel
def _fill_laws(cells, winning, abrupt, laws):
    for number in range(laws.shape[0] - 1, -1, -1):
        for player in range(2):
            state = _board(number, player, cells)
            legal = legal_cells(state, cells)
            count = bit_count(legal)
            for cell in range(cells):
                if (legal >> cell) & 1:
                    after = attempt(state, cell, winning, cells, abrupt)
                    if is_over(after):
                        laws[number, player, 0] += (1.0 if utility(after) > 0.0 else 0.0) / count
                        laws[number, player, 1] += (1.0 if utility(after) < 0.0 else 0.0) / count
                    else:
                        then = laws[board_number(after, cells), player_to_move(after)]
                        laws[number, player, 0] += then[0] / count
                        laws[number, player, 1] += then[1] / count


@lru_cache(maxsize=2)
def uniform_laws(game: PhantomGame) -> Floats:
    """Return ``laws[board, player to move]``: the probabilities that player 0 and player 1 win, [5^cells, 2, 2].

    Numbers that are no position of the game have some numbers.
    """
    laws = np.zeros((5**game.cells, 2, 2))
    _fill_laws(game.cells, game.winning, game.abrupt, laws)
    return laws


@jitable
def rollout(state, key, winning, cells, abrupt):
    """Play uniformly to the end, the ``i``-th attempt by the ``i``-th number under ``key``; return the utility."""
    counter = 0
    while not is_over(state):
        legal = legal_cells(state, cells)
        for _ in range(below(draw(key, counter), bit_count(legal))):
            legal &= legal - 1
        state = attempt(state, bit_count((legal & -legal) - 1), winning, cells, abrupt)
        counter += 1
    return utility(state)
