"""Reach and values along a player's own sequences: one sweep down, one sweep up, level by level.

A sequence of ``n`` attempts has a unique predecessor, and an attempt has at most two outcomes, hence a player's
information states form a tree; ``numberings`` of a level depend only on the levels beside it.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel
from games._base.threads import run_ranges
from games.phantom.information_states import WAITING, InformationStates
from games.phantom.sequences import bit_count, child_block, child_rank, number_of
from solvers.phantom.gradient import Floats, Gradient

_SECONDS = 1e-7  # for a sequence, roughly


@jitable
def _nth_cell(mask, n):
    """Return the ``n``-th cell, from 0, of a set."""
    for _ in range(n):
        mask &= mask - 1
    return bit_count((mask & -mask) - 1)


@kernel
def _sweep_down(blocks, cells, deciding, numbering, policy, reach, out):
    """Write the reach of the sequences of some blocks; ``reach`` holds that of the level above."""
    full = (1 << cells) - 1
    # By the letter of the last attempt: the block before it, and the cell there.
    above, columns = np.empty((2, cells + 1), np.int64)
    for code in blocks:
        placed, refused = code >> cells, code & full
        stones = bit_count(placed)
        n = stones + bit_count(refused)
        for letter in range(n):
            cell = _nth_cell(placed, letter) if letter < stones else _nth_cell(refused, letter - stones)
            above[letter] = code ^ (1 << cell << (cells if letter < stones else 0))
            columns[letter] = deciding.image[above[letter], cell] if deciding.mirror_at[above[letter]] >= 0 else cell
        for i in range(numbering.size[code]):
            rank = numbering.ranks[numbering.ranks_at[code] + i]
            row = numbering.first[code] + i
            if n == 0:
                out[row] = 1.0
                continue
            before = rank // n
            letter = rank - before * n
            block = above[letter]
            if deciding.mirror_at[block] >= 0:
                before = deciding.mirrors[deciding.mirror_at[block] + before]
            parent = number_of(block, before, deciding.first, deciding.places_at, deciding.places)
            out[row] = reach[parent] * policy[parent, columns[letter]] if reach[parent] != 0.0 else 0.0


@jitable
def _list_children(code, cells, numbering, first, places_at, mirror_at):
    """Write, for each cell and outcome, the first number of the child's block (-1: none) and where its ranks begin.

    ``places_at`` includes the letter of the new attempt, so that a child's place is
    ``places[places_at + rank * (n + 1)]``; where ``mirror_at``, which includes it, too, is not -1, it is
    ``places[places_at + mirrors[mirror_at + rank * (n + 1)]]``, and ``places_at`` is without it.
    """
    tried = (code >> cells) | (code & ((1 << cells) - 1))
    for cell in range(cells):
        for refused in range(2):
            first[cell, refused] = -1
            if tried >> cell & 1 == 0:
                child = child_block(code, cell, refused, cells)
                letter = child_rank(code, 0, cell, refused, cells)
                mirrored = numbering.mirror_at[child] >= 0
                first[cell, refused] = numbering.first[child]
                places_at[cell, refused] = numbering.places_at[child] + (0 if mirrored else letter)
                mirror_at[cell, refused] = numbering.mirror_at[child] + letter if mirrored else -1


@jitable
def _place(numbering, places_at, mirror_at, below):
    """Return the place of a child in its block, -1 if it is impossible."""
    if mirror_at >= 0:
        return numbering.places[places_at + numbering.mirrors[mirror_at + below]]
    return numbering.places[places_at + below]


@kernel
def _sweep_up(blocks, cells, deciding, waiting, policy, best, store, attempts, ends, values):
    """Write the values of the information states of some blocks; those of the level below are known.

    ``best``: of a best response, else of the policy. ``store``: add what comes after an attempt to ``attempts``.
    """
    first, places_at, mirror_at = np.empty((3, cells, 2), np.int64)
    first_waiting, waiting_at, waiting_mirror_at = np.empty((3, cells, 2), np.int64)
    for code in blocks:
        tried = (code >> cells) | (code & ((1 << cells) - 1))
        length = bit_count(tried) + 1
        _list_children(code, cells, deciding, first, places_at, mirror_at)
        _list_children(code, cells, waiting, first_waiting, waiting_at, waiting_mirror_at)
        for i in range(deciding.size[code]):
            below = deciding.ranks[deciding.ranks_at[code] + i] * length
            row = deciding.first[code] + i
            value = -np.inf if best else 0.0
            for cell in range(cells):
                if tried >> cell & 1:
                    continue
                worth = attempts[row, cell]
                for refused in range(2):
                    if first_waiting[cell, refused] >= 0:
                        place = _place(waiting, waiting_at[cell, refused], waiting_mirror_at[cell, refused], below)
                        if place >= 0:
                            worth += ends[first_waiting[cell, refused] + place, 0]
                    if first[cell, refused] >= 0:
                        place = _place(deciding, places_at[cell, refused], mirror_at[cell, refused], below)
                        if place >= 0:
                            worth += values[first[cell, refused] + place]
                if store:
                    attempts[row, cell] = worth
                if best:
                    value = max(value, worth)
                else:
                    value += policy[row, cell] * worth
            values[row] = value


def reaches(
    states: InformationStates, player: int, policy: Floats, workers: int | None = None
) -> tuple[Floats, Floats]:
    """Return the reach of a player's deciding and waiting sequences: products of the own probabilities."""
    cells = states.game.cells
    deciding, waiting = states.numberings[player]
    reach, waiting_reach = np.zeros(deciding.total), np.zeros(waiting.total)
    for level in range(cells + 1):
        for numbering, out in ((deciding, reach), (waiting, waiting_reach)):
            blocks = numbering.blocks[numbering.levels[level] : numbering.levels[level + 1]]

            def work(start: int, stop: int) -> None:
                _sweep_down(blocks[start:stop], cells, deciding, numbering, policy, reach, out)  # noqa: B023

            run_ranges(work, len(blocks), workers, seconds=_SECONDS * numbering.size[blocks].sum())
    return reach, waiting_reach


def values(
    states: InformationStates,
    player: int,
    found: Gradient,
    policy: Floats,
    best: bool = False,
    store: bool = False,
    workers: int | None = None,
) -> Floats:
    """Return the counterfactual value of every information state, under the policy or a best response.

    ``store`` turns ``found.attempts`` into the counterfactual values of all attempts, in place.
    """
    deciding, waiting = states.numberings[player]
    out = np.zeros(deciding.total)
    for level in range(states.game.cells, -1, -1):
        blocks = deciding.blocks[deciding.levels[level] : deciding.levels[level + 1]]

        def work(start: int, stop: int) -> None:
            part = blocks[start:stop]  # noqa: B023
            _sweep_up(
                part, states.game.cells, deciding, waiting, policy, best, store, found.attempts, found.waiting, out
            )

        run_ranges(work, len(blocks), workers, seconds=_SECONDS * deciding.size[blocks].sum())
    return out


def root_value(states: InformationStates, player: int, found: Gradient, state_values: Floats) -> float:
    """Return the player's value of the game; player 1 may lose before the first decision."""
    first = states.numberings[player][WAITING].first[0]
    before = float(found.waiting[first, 0]) if first >= 0 else 0.0
    return before + float(state_values[0])
