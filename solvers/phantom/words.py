r"""Words: all that one player's sequence of attempts means to the other, and how many pairs of words fit together.

Fix the sets ``R_0`` and ``R_1`` of cells at which the two players were refused. Two sequences fit together if and only
if their stones lie on different cells and every refusal found a stone that already lay there. So of player 0's
sequence the opponent's one feels only *when* the cells of ``R_0`` were attempted and when those of ``R_1`` were taken;
every other stone is anonymous. Cut into turns, with a star for an anonymous stone, the sequence becomes a **word**. A
turn is one letter under abrupt rules; under classical rules a set of refusals (their order means nothing to the
opponent) and a stone, or only a set of refusals in the turn that is being played.

Let ``M[w_0, w_1] = 1`` if two words fit together. Products with ``M`` are what exact evaluation needs, and ``M`` is a
product of sparse factors, one a turn: ``F_k[u, v]`` belongs to the first ``k`` turns ``u`` of a word of player 0 and
the turns ``v`` of a word of player 1 that come after its ``k``-th,

.. math:: F_k[u g, v] = \sum_{g'} [g, g' \text{ possible now}] F_{k-1}[u, g' v],

from ``F_0[\emptyset, w_1]`` to ``F_K[w_0, \emptyset]``. Whether turn ``g`` of player 0 is possible depends on the cells
that player 1 has taken, that is, on the *set* of letters missing in ``g' v``; whether ``g'`` is, on the set of letters
in ``u g``. Grouped by these sets, the beginnings ``u`` and the rests ``v`` form dense blocks, and a factor is a list of
additions of one dense block to another (``plan``). The transposed product runs the list backwards.

Letters are bits: the cells of ``R_0``, ascending, then those of ``R_1``. Player 0 is refused by the low ones and places
the high ones, player 1 the other way round.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable, kernel
from games.phantom.information_states import DECIDING, letters_of_ranks
from games.phantom.sequences import bit_count

Longs = npt.NDArray[np.int64]
Integers = npt.NDArray[np.int32]


class Words(NamedTuple):
    """The words of one player: ``stones`` of the own, ``low`` letters of ``R_0`` and ``high`` letters of ``R_1``.

    ``prefixes[k, set]``: how many beginnings of ``k`` turns have this set of letters; ``suffixes[k, set]``: how many
    rests after ``k`` turns. ``prefix_at[k, set, last turn]`` and ``suffix_at[k, set, first turn]``: where those that
    end (begin) with a turn start in their group; a turn is named by its set of letters. ``turns``: the number of
    turns.
    """

    prefixes: Longs
    suffixes: Longs
    prefix_at: Integers
    suffix_at: Integers
    turns: int

    @property
    def total(self) -> int:
        """The number of words."""
        return int(self.suffixes[0, -1])


@jitable
def next_subset(subset, letters):
    """Return the subset of ``letters`` after ``subset`` in ascending order; -1 comes before the empty one."""
    return 0 if subset < 0 else (subset - letters) & letters


@kernel
def _count_words(turns, stones, placing, abrupt, prefixes, suffixes, prefix_at, suffix_at):
    stars = stones - bit_count(placing)
    full = prefixes.shape[1] - 1
    prefixes[0, 0] = 1
    suffixes[turns, 0] = 1
    for step in range(1, turns + 1):
        rest = turns - step
        for letters in range(full + 1):
            if _are_stars(step, letters, stones, placing, abrupt, stars):
                turn = -1
                while turn != letters:
                    turn = next_subset(turn, letters)
                    fits = _is_turn(turn, step, stones, placing, abrupt)
                    if fits and prefixes[step - 1, letters ^ turn] > 0:
                        prefix_at[step, letters, turn] = prefixes[step, letters]
                        prefixes[step, letters] += prefixes[step - 1, letters ^ turn]
            if _are_stars(rest, full ^ letters, stones, placing, abrupt, stars):
                turn = -1
                while turn != letters:
                    turn = next_subset(turn, letters)
                    fits = _is_turn(turn, rest + 1, stones, placing, abrupt)
                    if fits and suffixes[rest + 1, letters ^ turn] > 0:
                        suffix_at[rest, letters, turn] = suffixes[rest, letters]
                        suffixes[rest, letters] += suffixes[rest + 1, letters ^ turn]


@jitable
def _are_stars(turns, letters, stones, placing, abrupt, stars):
    """Return whether a beginning with this set of letters leaves a possible number of its turns to stars."""
    used = turns - bit_count(letters) if abrupt else min(turns, stones) - bit_count(letters & placing)
    return 0 <= used <= stars


@jitable
def _is_turn(letters, index, stones, placing, abrupt):
    """Return whether a set of letters can be the ``index``-th turn (from 1) of a word."""
    if abrupt:
        return bit_count(letters) <= 1
    if index <= stones:
        return bit_count(letters & placing) <= 1
    return letters & placing == 0


@lru_cache(maxsize=1024)
def words(player: int, kind: int, stones: int, low: int, high: int, abrupt: bool) -> Words:
    """Count the words of a player (see ``Words``); one turn more than the word has is laid out, an empty one."""
    refused = high if player else low
    deciding = kind == DECIDING
    turns = stones + refused if abrupt else stones + deciding
    sets = 1 << low + high
    prefixes, suffixes = np.zeros((2, turns + 2, sets), np.int64)
    prefix_at, suffix_at = np.full((2, turns + 2, sets, sets), -1, np.int32)
    low_letters = (1 << low) - 1
    placing = low_letters if player else (sets - 1) ^ low_letters
    _count_words(turns, stones, placing, abrupt, prefixes[:-1], suffixes[:-1], prefix_at, suffix_at)
    prefixes[turns + 1, sets - 1] = suffixes[turns + 1, 0] = 1
    suffix_at[turns, 0, 0] = 0
    return Words(prefixes, suffixes, prefix_at, suffix_at, turns)


@kernel
def _word_of_ranks(letters, stones, own_names, player, abrupt, found, out):
    """Fill ``out`` with the word of every order of letters; ``own_names[letter]`` is its bit, 0 for a star."""
    turn_letters = np.zeros(letters.shape[1] + 1, np.int64)
    for rank in range(letters.shape[0]):
        turns = 0
        turn_letters[0] = 0
        for i in range(letters.shape[1]):
            letter = letters[rank, i]
            turn_letters[turns] |= own_names[letter]
            if abrupt or letter < stones:
                turns += 1
                turn_letters[turns] = 0
        seen = 0
        word = 0
        if player == 0:
            for k in range(found.turns):
                seen |= turn_letters[k]
                word += found.prefix_at[k + 1, seen, turn_letters[k]]
        else:
            for k in range(found.turns - 1, -1, -1):
                seen |= turn_letters[k]
                word += found.suffix_at[k, seen, turn_letters[k]]
        out[rank] = word


def word_of_ranks(player: int, kind: int, stones: int, refused: int, known: int, abrupt: bool) -> Integers:
    """Return the word of every order, int32 [n!], if the opponent was refused at the set ``known`` of own stones.

    Orders that are impossible get some number.
    """
    seen = known.bit_count()
    low, high = (seen, refused) if player else (refused, seen)
    found = words(player, kind, stones, low, high, abrupt)
    first_refused, first_placed = (low, 0) if player else (0, low)
    placed = [known >> i & 1 for i in range(stones)]
    names = [int(bit) << first_placed + sum(placed[:i]) for i, bit in enumerate(placed)]
    names += [1 << first_refused + i for i in range(refused)]
    letters = letters_of_ranks(stones + refused)
    out = np.zeros(len(letters), np.int32)
    _word_of_ranks(letters, stones, np.array([*names, 0], np.int64), player, abrupt, found, out)
    return out


@kernel
def _layout(k, first, second, low, at):
    """Give every possible group of ``F_k`` a place in a vector; return its length."""
    sets = first.prefixes.shape[1]
    full = sets - 1
    low_letters = (1 << low) - 1
    length = 0
    for ours in range(sets):
        for theirs in range(sets):
            at[ours, theirs] = -1
            rows = first.prefixes[k, ours]
            columns = second.suffixes[k, theirs]
            possible = rows > 0 and columns > 0 and first.suffixes[k, full ^ ours] > 0
            possible = possible and second.prefixes[k, full ^ theirs] > 0
            if possible and ours & theirs & low_letters == 0 and (full ^ theirs) & ~low_letters & ~ours == 0:
                at[ours, theirs] = length
                length += rows * columns
    return length


@kernel
def _list_additions(k, turned, first, second, low, before, after, out):
    """List the additions that make ``F_k`` of ``F_{k-1}``; return how many (``out`` may be too short: only count)."""
    full = first.prefixes.shape[1] - 1
    low_letters = (1 << low) - 1
    count = 0
    for ours in range(full + 1):
        for theirs in range(full + 1):
            if after[ours, theirs] < 0:
                continue
            past = full ^ theirs
            turn = -1
            while turn != ours:
                turn = next_subset(turn, ours)
                reply = -1 if first.prefix_at[k, ours, turn] >= 0 else past
                while reply != past:
                    reply = next_subset(reply, past)
                    rest = theirs | reply
                    source = before[ours ^ turn, rest] if second.suffix_at[k - 1, rest, reply] >= 0 else -1
                    # What ours is refused must lie there before the turn; what theirs is refused, after it.
                    if source >= 0 and turn & rest & low_letters == 0 and reply & ~low_letters & ~ours == 0:
                        shape = (
                            first.prefixes[k - 1, ours ^ turn],
                            second.suffixes[k, theirs],
                            first.prefixes[k, ours],
                            second.suffixes[k - 1, rest],
                        )
                        begin = (first.prefix_at[k, ours, turn], second.suffix_at[k - 1, rest, reply])
                        count = _add_block(k - turned, after[ours, theirs], source, shape, begin, count, out)
    return count


@jitable
def _add_block(since, target, source, shape, begin, count, out):
    """List the addition of rows x columns entries as runs, and return the new number of additions.

    ``since < 0``: both factors have rows after rows; ``since > 0``: columns after columns; 0: the new one has columns.
    """
    rows, columns, all_rows, all_columns = shape
    first_row, first_column = begin
    if since < 0:
        _write(out, count, target + first_row * columns, source + first_column, rows, columns, columns, all_columns)
    elif since > 0:
        _write(out, count, target + first_row, source + first_column * rows, columns, rows, all_rows, rows)
    elif rows < columns:
        for row in range(rows):
            at, start = target + first_row + row, source + row * all_columns + first_column
            _write(out, count + row, at, start, columns, 1, all_rows, 1)
        return count + rows
    else:
        for column in range(columns):
            at, start = target + column * all_rows + first_row, source + first_column + column
            _write(out, count + column, at, start, rows, 1, 1, all_columns)
        return count + columns
    return count + 1


@jitable
def _write(out, index, target, source, count, run, target_stride, source_stride):
    if index < out.shape[0]:
        out[index, 0] = target
        out[index, 1] = source
        out[index, 2] = count
        out[index, 3] = run
        out[index, 4] = target_stride
        out[index, 5] = source_stride


class Plan(NamedTuple):
    """The product with ``M`` as additions of blocks: those of step ``k`` are ``additions[steps[k - 1] : steps[k]]``.

    An addition is (start in ``F_k``, start in ``F_{k-1}``, number of runs, length of a run, distance of runs in
    ``F_k``, distance in ``F_{k-1}``). ``lengths[k]`` is the length of ``F_k``. The first half of the factors have the
    entries of a row side by side, the others those of a column, so that runs are long.
    """

    additions: Integers
    steps: Longs
    lengths: Longs


def plan(first: Words, second: Words, low: int) -> Plan | None:
    """Return the product for words of player 0 and words of player 1; ``None`` if no two of them fit together."""
    sets = first.prefixes.shape[1]
    places, lengths, lists = [], [], []
    nothing = np.empty((0, 6), np.int32)
    turned = (first.turns + 1) // 2
    for k in range(first.turns + 1):
        at = np.full((sets, sets), -1, np.int64)
        lengths.append(_layout(k, first, second, low, at))
        places.append(at)
        if lengths[-1] == 0:
            return None
        if k > 0:
            count = _list_additions(k, turned, first, second, low, places[k - 1], at, nothing)
            out = np.empty((count, 6), np.int32)
            _list_additions(k, turned, first, second, low, places[k - 1], at, out)
            lists.append(out)
    steps = np.cumsum([0] + [len(part) for part in lists])
    return Plan(np.concatenate([nothing, *lists]), steps, np.array(lengths, np.int64))


@jitable
def multiply(additions, steps, lengths, transposed, lanes, source, target):
    """Apply ``M`` (or its transpose) to ``lanes`` vectors at once: entry ``i`` of vector ``l`` is ``source[i * lanes
    + l]``.

    The result is in the array returned, one of the two; both are overwritten and as long as ``lanes`` of the longest
    ``F_k``.
    """
    count = steps.shape[0] - 1
    for i in range(count):
        k = count - i if transposed else i + 1
        target[: lanes * (lengths[k - 1] if transposed else lengths[k])] = 0.0
        for j in range(steps[k - 1], steps[k]):
            to, start = lanes * additions[j, 0], lanes * additions[j, 1]
            run = lanes * additions[j, 3]
            to_stride, stride = lanes * additions[j, 4], lanes * additions[j, 5]
            if transposed:
                to, start = start, to
                to_stride, stride = stride, to_stride
            for _ in range(additions[j, 2]):
                for entry in range(run):
                    target[to + entry] += source[start + entry]
                to += to_stride
                start += stride
        source, target = target, source
    return source
