"""What the gradient of a game needs and no policy changes: words of all sequences, and the products between them."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import factorial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games.phantom.game import PhantomGame
from games.phantom.information_states import DECIDING, WAITING, Integers, information_states
from solvers.phantom.words import Longs, Plan, plan, word_of_ranks, words


class Tables(NamedTuple):
    """Tables of one game, flattened for compiled code.

    ``word_at[player, kind, |X|, |R|, known]``: where in ``words`` the words of all orders begin, ``known`` being the
    set of own stones (as a set of their positions in ``X``) that refused the opponent; -1 if there is none.
    ``plan_of[mover, |X_0|, |R_0|, |R_1|]``: which product joins the two players' words when it is the mover's turn,
    -1 if none. Product ``i`` has the additions ``steps[i, k - 1] .. steps[i, k]`` at step ``k``, ``turns[i]`` steps,
    and vectors of ``lengths[i, k]``.
    """

    winning: npt.NDArray[np.uint8]
    word_at: Longs
    words: Integers
    plan_of: Integers
    additions: Integers
    steps: Longs
    lengths: Longs
    turns: Longs
    cells: int
    abrupt: bool


def stones_of_second(game: PhantomGame, mover: int, stones: int, refused: int, other_refused: int) -> int:
    """Return how many stones player 1 has, when player 0 has so many and so many were refused; may be negative."""
    if game.abrupt:
        return stones + refused - other_refused - mover
    return stones - mover


@lru_cache(maxsize=4)
def tables(game: PhantomGame) -> Tables:
    """Build the tables of a game (a second or two for a 3×3 board; kept for the next call)."""
    plan_of, plans = _plans(game)
    word_at, word_lists = _word_tables(game, plan_of)
    most = max(len(found.steps) for found in plans)
    steps, lengths = np.zeros((2, len(plans), most), np.int64)
    end = 0
    for i, found in enumerate(plans):
        steps[i, : len(found.steps)] = found.steps + end
        lengths[i, : len(found.lengths)] = found.lengths
        end += len(found.additions)
    turns = np.array([len(found.steps) - 1 for found in plans], np.int64)
    additions = np.concatenate([found.additions for found in plans])
    return Tables(game.winning, word_at, word_lists, plan_of, additions, steps, lengths, turns, game.cells, game.abrupt)


def _word_tables(game: PhantomGame, plan_of: Integers) -> tuple[Longs, Integers]:
    cells = game.cells
    word_at = np.full((2, 2, cells, cells, 1 << cells - 1), -1, np.int64)
    lists, end = [], 0
    for player, kind, stones, refused in product(range(2), (DECIDING, WAITING), range(cells), range(cells)):
        if not _has_block(game, player, kind, stones, refused):
            continue
        for known in range(1 << stones):
            low, high = (known.bit_count(), refused) if player else (refused, known.bit_count())
            if max(low, high) < cells and (plan_of[player ^ (kind == WAITING), :, low, high] >= 0).any():
                word_at[player, kind, stones, refused, known] = end
                lists.append(word_of_ranks(player, kind, stones, refused, known, game.abrupt))
                end += factorial(stones + refused)
    return word_at, np.concatenate(lists)


def _has_block(game: PhantomGame, player: int, kind: int, stones: int, refused: int) -> bool:
    """Return whether the player has sequences with so many stones and refusals."""
    blocks = information_states(game).numberings[player][kind].blocks
    sizes = np.bitwise_count(blocks >> game.cells), np.bitwise_count(blocks & ((1 << game.cells) - 1))
    return bool(((sizes[0] == stones) & (sizes[1] == refused)).any())


def _plans(game: PhantomGame) -> tuple[Integers, list[Plan]]:
    cells = game.cells
    plan_of = np.full((2, cells, cells, cells), -1, np.int32)
    plans: list[Plan] = []
    for mover, stones, low, high in product(range(2), range(cells), range(cells), range(cells)):
        others = stones_of_second(game, mover, stones, low, high)
        # The stones at which the other was refused lie there, and one cell is still free.
        if high > stones or low > others or stones + others >= cells:
            continue
        kinds = (WAITING, DECIDING) if mover else (DECIDING, WAITING)
        first = words(0, kinds[0], stones, low, high, game.abrupt)
        found = plan(first, words(1, kinds[1], others, low, high, game.abrupt), low)
        if found is not None:
            plan_of[mover, stones, low, high] = len(plans)
            plans.append(found)
    return plan_of, plans
