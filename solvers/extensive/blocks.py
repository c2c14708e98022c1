"""The payoff matrix as small dense blocks: rows with the same columns together, their columns read once.

Where private information is dealt independently – dice, tiles, valuations – all of a player's private states share the
public history and meet the same sequences of the opponent, so that the payoffs of one public outcome are a dense block.
A product by blocks reads a column and the opponent's weight there once for two rows, and two thirds of the memory.

It is used for large matrices (``LEAST_PAYOFFS``) of which each column list serves at least ``LEAST_ROWS`` rows on
average. Liar's Dice is such a game; in poker the cards that the players hold exclude each other, and hardly any rows
are alike. The sums of a row are those of the plain product in another order.
"""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from games._base.jit import jitable
from games._base.rng import mix
from games.extensive.game import ExtensiveGame, Floats, Integers, Payoffs

LEAST_PAYOFFS = 100_000
LEAST_ROWS = 4

_index = np.uint64  # see solvers.extensive.evaluation
_ONE, _TWO = _index(1), _index(2)


class Blocks(NamedTuple):
    """One player's payoffs; ``B`` blocks. Rows without payoffs are a block without columns. Empty: not used."""

    row_start: Integers
    """[B+1]"""
    row: Integers
    """[S] the player's sequences, block by block."""
    column_start: Integers
    """[B+1]"""
    column: Integers
    """The opponent's sequences, block by block."""
    value_start: Integers
    """[B+1]"""
    value: Floats
    """[entries] block by block; in a block two rows at a time, by columns; an odd last row by itself."""


def no_blocks() -> Blocks:
    """Return what stands for blocks that are not used."""
    none = np.empty(0, np.int32)
    return Blocks(none, none, none, none, none, np.empty(0))


_KNOWN: WeakKeyDictionary[ExtensiveGame, tuple[Blocks, Blocks]] = WeakKeyDictionary()


def blocks_of(game: ExtensiveGame) -> tuple[Blocks, Blocks]:
    """Return both players' blocks, made once for a game; empty ones where they do not pay (see the module)."""
    if game not in _KNOWN:
        first, second = (_worthwhile(payoffs) for payoffs in game.payoffs)
        _KNOWN[game] = first, second
    return _KNOWN[game]


def _worthwhile(payoffs: Payoffs) -> Blocks:
    if len(payoffs.column) < LEAST_PAYOFFS:
        return no_blocks()
    blocks = make_blocks(payoffs)
    return blocks if len(payoffs.column) >= LEAST_ROWS * len(blocks.column) else no_blocks()


def make_blocks(payoffs: Payoffs) -> Blocks:
    """Return the blocks of a payoff matrix; those of which the hashes of the columns collide are not used."""
    start, column, value = payoffs
    lengths = np.diff(start)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(column)) - start[:-1][rows]
    mixed = mix(column.astype(np.uint64) + (place.astype(np.uint64) << np.uint64(32)))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
    hashes = mix(sums[start[1:]] - sums[start[:-1]] + lengths.astype(np.uint64))
    _, leader, block_of = np.unique(hashes, return_index=True, return_inverse=True)
    alike = lengths[leader][block_of] == lengths
    if not alike.all() or (column != column[start[:-1][leader[block_of]][rows] + place]).any():
        return no_blocks()
    rank = np.argsort(np.argsort(leader))  # blocks in the order of their first rows
    leader, block_of = np.sort(leader), rank[block_of]
    order = np.argsort(block_of, kind="stable")
    sizes, widths = np.bincount(block_of), lengths[leader]
    row_start, column_start, value_start = (_starts(counts) for counts in (sizes, widths, sizes * widths))
    nth = np.empty(len(order), np.int64)  # of the row in its block
    nth[order] = np.arange(len(order)) - np.repeat(row_start[:-1], sizes)
    together = np.where((nth | 1) < sizes[block_of], 2, 1)
    begin = value_start[:-1][block_of] + (nth & ~1) * lengths + (nth & 1)
    values = np.empty(len(value))
    values[begin[rows] + place * together[rows]] = value
    columns = column[np.repeat(start[:-1][leader] - column_start[:-1], widths) + np.arange(column_start[-1])]
    return Blocks(row_start, order.astype(np.int32), column_start, columns, value_start, values)


def _starts(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Integers:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


@jitable
def block_gradient(blocks, opponent_weights, out, begin, end):
    """Write the product of the rows of blocks ``begin .. end-1``, as ``solvers.extensive.evaluation.gradient``."""
    row, column, value = blocks.row, blocks.column, blocks.value
    for b in range(begin, end):
        first, last = _index(blocks.column_start[b]), _index(blocks.column_start[b + 1])
        r, stop = _index(blocks.row_start[b]), _index(blocks.row_start[b + 1])
        k = _index(blocks.value_start[b])
        while r + _ONE < stop:
            one = other = 0.0
            for j in range(first, last):
                weight = opponent_weights[_index(column[j])]
                one += value[k] * weight
                other += value[k + _ONE] * weight
                k += _TWO
            out[_index(row[r])] = one
            out[_index(row[r + _ONE])] = other
            r += _TWO
        if r < stop:
            one = 0.0
            for j in range(first, last):
                one += value[k] * opponent_weights[_index(column[j])]
                k += _ONE
            out[_index(row[r])] = one
