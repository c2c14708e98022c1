r"""The exact joint law of the returns of all attempts in one particle, at every information state.

With ``f`` attempts left, a particle's returns are a vector of ``{-1, 0, 1}^f``. Given the hidden sets ``(S, B)`` its
law is known, from the law of uniform play (``positions``) and from how the attempts share randomness:

- *one number*: an attempt returns 1 if the number is below P(win), -1 if it is at least 1 - P(loss), else 0; the vector
  changes at ``2 f`` thresholds only;
- *independent*: every attempt has a rollout of its own, so probabilities are multiplied.

The weight of ``(S, B)`` depends on ``S`` and on the number of stones in ``B`` only, and that number on ``S``. A block
``(X, R)`` therefore has one table, the laws added up over ``B``, for each ``S``; the law of an information state is the
sum of ``2^|X|`` of its rows. What ``N`` particles add up to is a multinomial draw from that law: a few binomial
counts instead of ``N`` particles, with exactly the same distribution.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel
from games._base.rng import fold
from games.phantom.sequences import bit_count
from search.phantom.beliefs import hidden_stones
from search.phantom.blocks import list_cells, list_hidden, list_outcomes, read_order
from search.phantom.multinomial import multinomial


@jitable
def _add_one_number(laws, index, legal, thresholds, changes, out):
    """Add the law of one ``(S, B)``: vectors are numbers in base three, of the return + 1 at each attempt."""
    count = 0
    vector = 0
    power = 1
    for cell in legal:
        vector += 2 * power
        for which in range(2):
            at = count  # insertion sort
            while at > 0 and thresholds[at - 1] > laws[index, cell, which]:
                thresholds[at], changes[at] = thresholds[at - 1], changes[at - 1]
                at -= 1
            thresholds[at], changes[at] = laws[index, cell, which], power
            count += 1
        power *= 3
    before = 0.0
    for i in range(count):
        if thresholds[i] > before:
            out[vector] += min(thresholds[i], 1.0) - before
            before = min(thresholds[i], 1.0)
        vector -= changes[i]
    if before < 1.0:
        out[vector] += 1.0 - before


@jitable
def _add_independent(laws, index, legal, scratch, out):
    """Add the law of one ``(S, B)`` with independent attempts."""
    scratch[0] = 1.0
    size = 1
    for cell in legal:
        win, loss = laws[index, cell, 0], 1.0 - laws[index, cell, 1]
        draw = max(0.0, 1.0 - win - loss)
        for vector in range(size):
            scratch[2 * size + vector] = scratch[vector] * win
            scratch[size + vector] = scratch[vector] * draw
            scratch[vector] *= loss
        size *= 3
    for vector in range(size):
        out[vector] += scratch[vector]


@jitable
def _add_block(player, code, arena, legal, independent, sets, ends, laws, slots, scratch, changes, table):
    """Write the table of a block, [2^|X|, 3^f], and in ``slots[S]`` the row of each ``S``."""
    cells = arena.cells
    placed, refused = code >> cells, code & ((1 << cells) - 1)
    table[:] = 0.0
    slot = 0
    for met in range(placed + 1):
        if met & ~placed:
            continue
        slots[met] = slot
        size = hidden_stones(bit_count(placed), bit_count(refused), bit_count(met), player, arena.abrupt)
        for i in range(ends[size] if 0 <= size < cells else 0, ends[size + 1] if 0 <= size < cells else 0):
            if independent:
                _add_independent(laws, met | sets[i], legal, scratch, table[slot])
            else:
                _add_one_number(laws, met | sets[i], legal, scratch, changes, table[slot])
        slot += 1


@jitable
def _possible_columns(table, columns):
    """Move the vectors that are possible to the front, write which they are, and return how many."""
    count = 0
    for vector in range(table.shape[1]):
        possible = False
        for slot in range(table.shape[0]):
            possible = possible or table[slot, vector] > 0.0
        if possible:
            columns[count] = vector
            for slot in range(table.shape[0]):
                table[slot, count] = table[slot, vector]
            count += 1
    return count


@jitable
def _add_returns(counts, columns, legal, particles, q):
    """Write the means of the returns."""
    for i in range(counts.shape[0]):
        vector = columns[i]
        for cell in legal if counts[i] else legal[:0]:
            q[cell] += counts[i] * (vector % 3 - 1)
            vector //= 3
    for cell in legal:
        q[cell] /= particles


@kernel
def fill_counted(blocks, player, arena, numbering, letters, belief, particles, independent, seed, logarithms, q, reach):
    """Write estimates [rows, cells] from multinomial counts, and the opponent's reach [rows]."""
    cells = arena.cells
    key = fold(fold(np.uint64(0), seed), player)
    full = (1 << cells) - 1
    sets, ends = np.empty(1 << cells, np.int64), np.empty(cells + 1, np.int64)
    states, laws = np.empty((1 << cells, cells), np.int64), np.empty((1 << cells, cells, 2))
    masks, slots = np.empty(1 << cells, np.int64), np.empty(1 << cells, np.int64)
    every, changes = np.empty(cells, np.int64), np.empty(2 * cells, np.int64)
    vectors = 3**cells
    entries, scratch, law = np.empty(vectors), np.empty(vectors), np.empty(vectors)
    columns, counts = np.empty(vectors, np.int64), np.empty(vectors, np.int64)
    for code in blocks:
        placed, stones = code >> cells, bit_count(code >> cells)
        legal = every[: list_cells(full & ~((code >> cells) | code), every)]
        list_hidden(player, code, arena, sets, ends)
        list_outcomes(player, code, arena, sets, ends[cells], states, laws)
        table = entries[: (1 << stones) * 3 ** legal.shape[0]].reshape((1 << stones, 3 ** legal.shape[0]))
        _add_block(player, code, arena, legal, independent, sets, ends, laws, slots, scratch, changes, table)
        possible = _possible_columns(table, columns)
        for place in range(numbering.size[code]):
            row = numbering.first[code] + place
            order = letters[numbering.ranks[numbering.ranks_at[code] + place]]
            at = belief.at[read_order(order, placed, stones, masks)]
            law[:possible] = 0.0
            total = 0.0
            for met in range(1 << stones):
                weight = belief.weights[at + met]
                if weight > 0.0:
                    size = belief.hidden[at + met]
                    total += weight * (ends[size + 1] - ends[size])
                    slot = slots[masks[met]]
                    for i in range(possible):
                        law[i] += weight * table[slot, i]
            reach[row] = total
            if legal.shape[0] > 1:
                multinomial(particles, law[:possible], fold(key, row), logarithms, counts)
                _add_returns(counts[:possible], columns, legal, particles, q[row])
