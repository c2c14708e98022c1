"""What all information states of a block ``(X, R)`` share: hidden sets, positions, and what follows each attempt."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable
from games.phantom.rules import attempt, is_over, player_to_move, utility
from games.phantom.sequences import bit_count
from search.phantom.positions import board_number, position


class Arena(NamedTuple):
    """What the kernels know of a game: constants and tables."""

    winning: npt.NDArray[np.uint8]
    laws: npt.NDArray[np.float64]
    cells: int
    abrupt: bool


@jitable
def list_cells(mask, out):
    """Write the cells of a set and return how many there are."""
    count = 0
    while mask:
        out[count] = bit_count((mask & -mask) - 1)
        mask &= mask - 1
        count += 1
    return count


@jitable
def list_hidden(player, code, arena, sets, ends):
    """List the possible sets ``B`` of a block by size: those of size ``b`` are ``sets[ends[b] : ends[b + 1]]``."""
    cells = arena.cells
    placed, refused = code >> cells, code & ((1 << cells) - 1)
    free = ((1 << cells) - 1) & ~(placed | refused)
    count = 0
    for size in range(cells):
        ends[size] = count
        if bit_count(free) <= size:
            continue  # no cell would be left
        for hidden in range(free + 1):
            if hidden & ~free == 0 and bit_count(hidden) == size and not arena.winning[1 - player, refused | hidden]:
                sets[count] = hidden
                count += 1
    ends[cells] = count


@jitable
def list_outcomes(player, code, arena, sets, count, states, laws):
    """Write, for ``S | B`` as a set of cells and each attempt, the state after it, and P(win) and 1 - P(loss) of it.

    ``S`` and ``B`` are disjoint, so that one set of cells names both.
    """
    cells = arena.cells
    placed, refused = code >> cells, code & ((1 << cells) - 1)
    for met in range(placed + 1):
        for i in range(count if met & ~placed == 0 else 0):
            before = position(placed, refused | sets[i], refused, met, player, player)
            for cell in range(cells):
                if ((placed | refused) >> cell) & 1:
                    continue
                after = attempt(before, cell, arena.winning, cells, arena.abrupt)
                if is_over(after):
                    first, second = max(utility(after), 0.0), max(-utility(after), 0.0)
                else:
                    law = arena.laws[board_number(after, cells), player_to_move(after)]
                    first, second = law[0], law[1]
                states[met | sets[i], cell] = after
                laws[met | sets[i], cell, 0] = second if player else first
                laws[met | sets[i], cell, 1] = 1.0 - (first if player else second)


@jitable
def read_order(order, placed, stones, masks):
    """Return the pattern of an order of letters; write the cells of each set of stones, numbered as placed."""
    pattern = 1
    count = 0
    masks[0] = 0
    for i in range(order.shape[0]):
        if order[i] >= stones:
            pattern = 2 * pattern + 1
            continue
        pattern = 2 * pattern
        left = placed
        for _ in range(order[i]):
            left &= left - 1
        cell = left & -left
        for met in range(1 << count):
            masks[met | 1 << count] = masks[met] | cell
        count += 1
    return pattern
