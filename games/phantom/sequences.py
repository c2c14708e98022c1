"""Single information states by hand: from a number to the attempts and back, and the table of children.

A *sequence* is a tuple of pairs ``(cell, refused)``, the player's own attempts in order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from games._base.jit import jitable, kernel
from games._base.numbers import whole
from games.phantom.information_states import DECIDING, InformationStates, Integers, Numbering, letters_of_ranks

Attempts = tuple[tuple[int, bool], ...]


@jitable
def bits_below(mask, cell):
    """Return how many cells of a set come before ``cell``."""
    count = 0
    for other in range(cell):
        count += (mask >> other) & 1
    return count


@jitable
def bit_count(mask):
    """Return the size of a set of cells."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@jitable
def child_block(code, cell, refused, cells):
    """Return the code of the pair ``(X, R)`` after an attempt at ``cell``."""
    return code | (1 << cell) << (0 if refused else cells)


@jitable
def child_rank(code, rank, cell, refused, cells):
    """Return the rank of a sequence extended by an attempt at ``cell``, which is new."""
    placed = code >> cells
    known = code & ((1 << cells) - 1)
    stones = bit_count(placed)
    letter = stones + bits_below(known, cell) if refused else bits_below(placed, cell)
    return rank * (stones + bit_count(known) + 1) + letter


@jitable
def number_of(code, rank, first, places_at, places):
    """Return the number of a sequence, or -1 if it is impossible (``first`` and the rest as in ``Numbering``)."""
    if first[code] < 0:
        return -1
    place = places[places_at[code] + rank]
    return first[code] + place if place >= 0 else -1


@kernel
def _fill_children(code, cells, numbering, table):
    n = bit_count(code & ((1 << cells) - 1)) + bit_count(code >> cells)
    for place in range(numbering.size[code]):
        rank = numbering.ranks[numbering.ranks_at[code] + place]
        row = numbering.first[code] + place
        for cell in range(cells):
            if n == cells or ((code >> cells) | code) >> cell & 1:
                continue
            for refused in range(2):
                child = child_block(code, cell, refused, cells)
                below = child_rank(code, rank, cell, refused, cells)
                table[row, cell, refused] = number_of(
                    child, below, numbering.first, numbering.places_at, numbering.places
                )


def child_table(states: InformationStates, player: int) -> Integers:
    """Return ``table[row, cell, refused]``, the information state after an attempt, int32 [rows, cells, 2].

    -1 where the cell was attempted before, where the outcome is impossible, and where the game ends before the player
    decides again.
    """
    numbering, cells = _numbering(states, player), states.game.cells
    table = np.full((numbering.total, cells, 2), -1, np.int32)
    for code in numbering.blocks.tolist():
        _fill_children(code, cells, numbering, table)
    return table


def _numbering(states: InformationStates, player: int) -> Numbering:
    return states.numberings[whole(player, "player", 0, 1)][DECIDING]


def attempts_of(states: InformationStates, player: int, row: int) -> Attempts:
    """Return the player's attempts that lead to an information state."""
    numbering, cells = _numbering(states, player), states.game.cells
    if not 0 <= whole(row, "the number of an information state") < numbering.total:
        raise ValueError(f"player {player} has the information states 0 to {numbering.total - 1}, not {row}")
    starts = numbering.first[numbering.blocks]
    code = int(numbering.blocks[np.searchsorted(starts, row, side="right") - 1])
    rank = int(numbering.ranks[numbering.ranks_at[code] + row - numbering.first[code]])
    placed = [cell for cell in range(cells) if code >> cells >> cell & 1]
    alphabet = placed + [cell for cell in range(cells) if code >> cell & 1]
    letters = letters_of_ranks(len(alphabet))[rank].tolist()
    return tuple((alphabet[letter], letter >= len(placed)) for letter in letters)


def row_of(states: InformationStates, player: int, attempts: Sequence[tuple[int, bool]]) -> int:
    """Return the number of the information state after the attempts; ``ValueError`` if there is none."""
    numbering, cells = _numbering(states, player), states.game.cells
    code = rank = 0
    seen: set[int] = set()
    for cell, refused in attempts:
        if not 0 <= whole(cell, "a cell") < cells or cell in seen:
            raise ValueError(f"cell {cell} of {list(attempts)} is attempted twice or not on the board")
        seen.add(cell)
        rank = child_rank(code, rank, cell, refused, cells)
        code = child_block(code, cell, refused, cells)
    row = number_of(code, rank, numbering.first, numbering.places_at, numbering.places)
    if row < 0:
        raise ValueError(f"player {player} of {states.game.name} never decides after {list(attempts)}")
    return int(row)
