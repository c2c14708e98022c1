"""The moves before the last one: what a row of memory keeps of them, and the features that a network reads of them.

A position tells the last move only. A network may read ``history`` moves more, each as the last one is read
(``features.write_move``): the move, the card that it showed and whether it scored, or the cards that it touched and
whether they are one's own. Who made it need not be said, because seats move in turn: move ``j`` before the last one is
always by the same seat, counted from the player to move.

All of this is public, so every row of memory holds the same: the newest move first, an integer each, 0 for none yet.
The cards that a hint touched are kept where they lie *by now*: as a hand loses a card, the younger ones move down, and
a card that left is forgotten.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.neural.features import move_width, write_move
from games._base.jit import jitable
from games.hanabi.layout import (
    CURRENT_PLAYER,
    LAST_CARD,
    LAST_MOVE,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_SCORED,
    LAST_TARGET,
    LAST_TOUCHED,
)

MOST: Final = 32  # moves that a network may read (``agents.training.options`` says it, too)

# A move in an integer, from the lowest bit: touched cards, target, card, whether it scored, move; the last, the target
# and the card are one more than they are, so that 0 stands for none.
_TOUCHED_BITS: Final = 16
_TARGET: Final = 16
_CARD: Final = 20
_SCORED: Final = 28
_MOVE: Final = 29


@jitable
def _pack(view):
    """Return the last move of a position as an integer, 0 before the first."""
    if view[LAST_MOVE] < 0:
        return np.int64(0)
    packed = np.int64(view[LAST_MOVE] + 1) << _MOVE
    packed |= np.int64(view[LAST_SCORED]) << _SCORED
    packed |= np.int64(view[LAST_CARD] + 1) << _CARD
    packed |= np.int64(view[LAST_TARGET] + 1) << _TARGET
    return packed | np.int64(view[LAST_TOUCHED])


@jitable
def _without(packed, player, index):
    """Return a move after ``player`` lost the card ``index``: the younger ones that it touched have moved down."""
    if (packed >> _TARGET & 15) != player + 1:
        return packed
    touched = packed & ((1 << _TOUCHED_BITS) - 1)
    moved = touched & ((1 << index) - 1) | touched >> (index + 1) << index
    return packed - touched + moved


@jitable
def note_move(before, after, memories, at, history):
    """Update the ``history`` columns from ``at`` on of every row after a move: the last one becomes an earlier one."""
    if history == 0:
        return
    newest = _pack(before)
    for player in range(memories.shape[0]):
        row = memories[player]
        for column in range(at + history - 1, at, -1):
            row[column] = row[column - 1]
        row[at] = newest
        if after[LAST_POSITION] >= 0:
            for column in range(at, at + history):
                row[column] = _without(row[column], after[LAST_PLAYER], after[LAST_POSITION])


@jitable
def write_history(rules, view, memory, at, history, first, features, count):
    """Write the features of earlier moves after the ``count`` that are there; return how many are on.

    ``memory[at : at + history]`` is what ``note_move`` keeps, and ``first`` the number of the first of these features.
    """
    for j in range(history):
        packed = memory[at + j]
        if packed == 0:
            break
        mine = 1 if (packed >> _TARGET & 15) == view[CURRENT_PLAYER] + 1 else 0
        card = (packed >> _CARD & 255) - 1
        touched = packed & ((1 << _TOUCHED_BITS) - 1)
        move = (packed >> _MOVE) - 1
        scored = packed >> _SCORED & 1
        count = write_move(rules, move, card, scored, mine, touched, features, count, first + j * move_width(rules))
    return count
