"""The exact gradient of a player's utility, the other player's policy given: what every attempt wins or loses at once.

For each pair ``(R, S)`` of disjoint sets of cells – where the player was refused, where the opponent was – and each
number of stones, the opponent's sequences with reach are summed by word, multiplied by ``M`` (``words``), and summed
over the sets of anonymous stones that are compatible with the player's. A sequence of the player reads the entry of
its own word. Work is split by ``R``: all that is written belongs to the player's sequences with that ``R``, so the
result does not depend on the number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable, kernel
from games._base.threads import run_ranges
from games.phantom.information_states import DECIDING, WAITING, InformationStates, Numbering
from games.phantom.sequences import bit_count
from solvers.phantom.tables import tables
from solvers.phantom.words import multiply, next_subset

Floats = npt.NDArray[np.float64]


class Gradient(NamedTuple):
    """The player's counterfactual utility of games that end there, in the player's own units.

    ``attempts`` [rows, cells]: of an attempt that wins at once, times the opponent's reach. ``waiting`` [waiting
    sequences, 1]: minus the opponent's reach of a win in reply to it. ``opponent_reach`` [rows]: the reach of all
    that the opponent may have done when the player decides; zeros unless asked for.
    """

    attempts: Floats
    waiting: Floats
    opponent_reach: Floats


_MOST_LANES = 8  # vectors multiplied together
_SECONDS = 1e-6  # for a state of the player, roughly
_CACHED = 1 << 16  # numbers: two such arrays fit in a processor's second-level cache


@jitable
def binomial(n, k):
    """Return the number of sets of ``k`` of ``n`` things."""
    result = 1 if 0 <= k <= n else 0
    for i in range(k):
        result = result * (n - i) // (i + 1)
    return result


@jitable
def _opponent_stones(abrupt, mover, player, stones, refused, other_refused):
    """Return how many stones the opponent of ``player``, who has ``stones``, has when it is the mover's turn."""
    turns = stones + refused - other_refused if abrupt else stones
    return turns + mover if player else turns - mover


@jitable
def _positions(cells_known, stones):
    """Return a part of the set ``stones`` as a set of positions in it."""
    known = 0
    place = 0
    while stones:
        lowest = stones & -stones
        if cells_known & lowest:
            known |= 1 << place
        place += 1
        stones ^= lowest
    return known


@jitable
def _sum_words(numbering, code, words, reach, probability, deciding, out):
    """Write by word the sequences' reach, times a probability if ``deciding``; return whether any is not 0."""
    out[:] = 0.0
    some = False
    first, ranks_at, mirror_at = numbering.first[code], numbering.ranks_at[code], numbering.mirror_at[code]
    for i in range(numbering.size[code]):
        rank = numbering.ranks[ranks_at + i]
        row = first + i
        if mirror_at >= 0:
            row = first + numbering.places[numbering.places_at[code] + numbering.mirrors[mirror_at + rank]]
        value = reach[row] * probability[row] if deciding else reach[row]
        if value != 0.0:
            out[words[rank]] += value
            some = True
    return some


@jitable
def _opponent_sums(player, mover, pair, others, tables, numbering, reach, policy, sets, sums):
    """Sum the opponent's reach by word for every set of hidden stones; return how many sums there are.

    To move, the opponent has a sum for every hidden set and winning cell, which ``sets`` joins; ``reach`` belongs to
    deciding sequences then, else to waiting ones.
    """
    refused, known = pair
    cells = tables.cells
    free = ((1 << cells) - 1) & ~(refused | known)
    kind = 0 if mover != player else 1
    count = 0
    hidden = -1
    while hidden != free:
        hidden = next_subset(hidden, free)
        stones = refused | hidden
        code = stones << cells | known
        if bit_count(stones) != others or numbering.first[code] < 0:
            continue
        at = tables.word_at[1 - player, kind, others, bit_count(known), _positions(refused, stones)]
        mirrored = numbering.mirror_at[code] >= 0
        for cell in range(cells if kind == 0 else 1):
            if kind == 0 and ((free & ~hidden) >> cell & 1 == 0 or not tables.winning[1 - player, stones | 1 << cell]):
                continue
            sets[count] = hidden | 1 << cell if kind == 0 else hidden
            column = numbering.image[code, cell] if mirrored else cell
            words = tables.words[at:]
            if _sum_words(numbering, code, words, reach, policy[:, column], kind == 0, sums[count]):
                count += 1
    return count


@jitable
def _add_compatible(taken, sets, sums, out):
    """Write the sum of those sums whose cells are not ``taken``; return whether there are any."""
    out[:] = 0.0
    some = False
    for i in range(sets.shape[0]):
        if sets[i] & taken == 0:
            some = True
            for j in range(out.shape[0]):
                out[j] += sums[i, j]
    return some


@jitable
def _products(tables, plan, transposed, vectors, out):
    """Multiply the vectors [count, words] by ``M``, as many at a time as the processor's cache likes."""
    turns = tables.turns[plan]
    steps, lengths = tables.steps[plan, : turns + 1], tables.lengths[plan, : turns + 1]
    longest = lengths.max()
    most = max(1, min(_MOST_LANES, _CACHED // longest))
    one, two = np.empty(most * longest), np.empty(most * longest)
    for begin in range(0, vectors.shape[0], most):
        lanes = min(most, vectors.shape[0] - begin)
        for lane in range(lanes):
            for i in range(vectors.shape[1]):
                one[i * lanes + lane] = vectors[begin + lane, i]
        result = multiply(tables.additions, steps, lengths, transposed, lanes, one, two)
        for lane in range(lanes):
            for i in range(out.shape[1]):
                out[begin + lane, i] = result[i * lanes + lane]


@jitable
def _read_words(numbering, code, tables, word_at, source, sign, out):
    """Add to every sequence of a block the entry of its word."""
    first, ranks_at = numbering.first[code], numbering.ranks_at[code]
    for i in range(numbering.size[code]):
        out[first + i] += sign * source[tables.words[word_at + numbering.ranks[ranks_at + i]]]


@jitable
def _own_wins(player, refused, high, stones, others, plan, tables, own, other, reach, policy, out):
    """Add what the player's winning attempts are worth, for all sets ``known`` of ``high`` cells."""
    cells = tables.cells
    outside = ((1 << cells) - 1) & ~refused
    low = bit_count(refused)
    lengths = tables.lengths[plan]
    ends = lengths[tables.turns[plan]], lengths[0]
    jobs = binomial(cells - low, high) * binomial(cells - low - high, others - low)
    sums, products = np.empty((jobs, ends[1 - player])), np.empty((jobs, ends[player]))
    sets = np.empty(jobs, np.int64)
    ends_of = np.zeros(1 << cells, np.int64)
    count = 0
    for known in range(1 << cells):
        if known & ~outside == 0 and bit_count(known) == high and not tables.winning[player, known]:
            pair = refused, known
            count += _opponent_sums(
                player, player, pair, others, tables, other, reach, policy, sets[count:], sums[count:]
            )
        ends_of[known] = count
    _products(tables, plan, player == 1, sums[:count], products)
    total = np.empty(ends[player])
    for known in range(1 << cells):
        begin, end = ends_of[known - 1] if known else 0, ends_of[known]
        if begin == end:
            continue
        free = outside & ~known
        ours = -1
        while ours != free:
            ours = next_subset(ours, free)
            placed = known | ours
            code = placed << cells | refused
            if bit_count(placed) != stones or own.first[code] < 0 or own.mirror_at[code] >= 0:
                continue
            at = tables.word_at[player, 0, stones, low, _positions(known, placed)]
            if out.opponent_reach.shape[0] and _add_compatible(ours, sets[begin:end], products[begin:end], total):
                _read_words(own, code, tables, at, total, 1.0, out.opponent_reach)
            for cell in range(cells):
                bit = 1 << cell
                wins = (free & ~ours) & bit and tables.winning[player, placed | bit]
                if wins and _add_compatible(ours | bit, sets[begin:end], products[begin:end], total):
                    _read_words(own, code, tables, at, total, 1.0, out.attempts[:, cell])


@jitable
def _replies(player, refused, high, stones, others, plan, tables, own, other, reach, policy, out):
    """Subtract what the opponent's winning attempts cost, for all sets ``known`` of ``high`` cells."""
    cells = tables.cells
    outside = ((1 << cells) - 1) & ~refused
    low = bit_count(refused)
    lengths = tables.lengths[plan]
    ends = lengths[tables.turns[plan]], lengths[0]
    free_cells = cells - low - high
    hidden = binomial(free_cells, others - low) * (free_cells - others + low)
    sums, sets = np.empty((hidden, ends[1 - player])), np.empty(hidden, np.int64)
    jobs = binomial(cells - low, high) * binomial(free_cells, stones - high)
    totals, products = np.empty((jobs, ends[1 - player])), np.empty((jobs, ends[player]))
    placed_of, known_of = np.empty(jobs, np.int64), np.empty(jobs, np.int64)
    count = 0
    for known in range(1 << cells):
        if known & ~outside != 0 or bit_count(known) != high or tables.winning[player, known]:
            continue
        pair = refused, known
        found = _opponent_sums(player, 1 - player, pair, others, tables, other, reach, policy, sets, sums)
        free = outside & ~known
        ours = free if found == 0 else -1
        while ours != free:
            ours = next_subset(ours, free)
            placed = known | ours
            code = placed << cells | refused
            if bit_count(placed) != stones or own.first[code] < 0 or own.mirror_at[code] >= 0:
                continue
            if _add_compatible(ours, sets[:found], sums[:found], totals[count]):
                placed_of[count], known_of[count] = placed, known
                count += 1
    _products(tables, plan, player == 1, totals[:count], products)
    for i in range(count):
        placed = placed_of[i]
        at = tables.word_at[player, 1, stones, low, _positions(known_of[i], placed)]
        _read_words(own, placed << cells | refused, tables, at, products[i], -1.0, out.waiting[:, 0])


@kernel
def _add_refusals(order, player, mover, tables, own, other, reach, policy, out):
    """Add all that ends in the mover's turn, for the given sets of cells at which the player was refused."""
    cells = tables.cells
    for refused in order:
        if tables.winning[1 - player, refused]:
            continue
        low = bit_count(refused)
        for high in range(cells - low):
            for stones in range(high, cells - low):
                others = _opponent_stones(tables.abrupt, mover, player, stones, low, high)
                if others < low or stones + others >= cells:
                    continue
                plan = tables.plan_of[mover, others, high, low] if player else tables.plan_of[mover, stones, low, high]
                if plan < 0:
                    continue
                if mover == player:
                    _own_wins(player, refused, high, stones, others, plan, tables, own, other, reach, policy, out)
                else:
                    _replies(player, refused, high, stones, others, plan, tables, own, other, reach, policy, out)


def _reached(numbering: Numbering, reach: Floats) -> Numbering:
    """Return the numbering without the blocks that are never reached, most of those of a solver's policy."""
    starts = numbering.first[numbering.blocks]
    alive = np.zeros(len(reach) + 1, np.bool_)
    alive[starts] = np.maximum.reduceat(reach, starts) > 0.0
    return numbering._replace(first=np.where(alive[numbering.first], numbering.first, -1).astype(np.int32))


def gradient(
    states: InformationStates,
    player: int,
    reach: Floats,
    waiting_reach: Floats,
    policy: Floats,
    with_reach: bool = False,
    workers: int | None = None,
) -> Gradient:
    """Return a player's gradient from the opponent's reach (deciding, waiting) and policy [rows, cells].

    The reach of a sequence is the product of the opponent's own probabilities along it.
    """
    game = states.game
    own, other = states.numberings[player], states.numberings[1 - player]
    rows = own[DECIDING].total
    found = Gradient(
        np.zeros((rows, game.cells)), np.zeros((own[WAITING].total, 1)), np.zeros(rows if with_reach else 0)
    )
    data = tables(game)
    for mover in range(2):
        kind = DECIDING if mover == player else WAITING
        sets = np.unique(own[kind].blocks & (1 << game.cells) - 1).astype(np.int64)
        order = sets[np.argsort(-np.bitwise_count(sets).astype(np.int64), kind="stable")]
        weights = waiting_reach if kind == DECIDING else reach
        arguments = player, mover, data, own[kind], _reached(other[1 - kind], weights), weights

        def work(start: int, stop: int) -> None:
            _add_refusals(order[start:stop], *arguments, policy, found)  # noqa: B023

        run_ranges(work, len(order), workers, chunk=1, seconds=_SECONDS * rows)
    return found
