r"""What hints and counts alone say about an own card, the older cards given: exact, without enumerating hands.

The prior of an ordered hand is proportional to the number of ways to deal it from the unseen cards (see
``search.hanabi.beliefs.posterior``). Its conditionals are

.. math:: P(h_i = k \mid h_1 \dots h_{i-1}) \propto c_k \, 1[k \in M_i] \; Z(c - e_k; M_{i+1}, \dots, M_n),

``c`` the unseen copies left, ``M`` the types that hints allow, and ``Z`` the number of ways to deal *distinct* cards to
the slots that remain. Inclusion and exclusion over the partitions of a set ``S`` of slots gives

.. math:: Z(S) = \sum_{B \subseteq S,\; \max S \in B} (-1)^{|B|-1} (|B|-1)! \; N(B) \, Z(S \setminus B),

``N(B)`` the number of unseen cards that every slot of ``B`` may hold: :math:`3^{|S|}/2` products. Drawing from these
conditionals, oldest card first, never ends in a slot that no card is left for. ``Z`` depends on ``k`` only through
the slots that may hold ``k`` (its *pattern*), so it is computed once for each of a few patterns.

Sets of slots are bit masks in which the newest card is bit 0: the slots after any slot are the lowest bits.
"""

from __future__ import annotations

import numpy as np

from agents.blueprints.cards import count_bits, count_within, remove_one, type_bit
from games._base.jit import jitable


@jitable
def intersect(masks, cards, table):
    """Write to ``table`` [at least 2**cards] the types that every slot of a set may hold."""
    table[0] = -1
    for subset in range(1, 1 << cards):
        newest = count_bits((subset & -subset) - 1)
        table[subset] = table[subset & (subset - 1)] & masks[cards - 1 - newest]


@jitable
def completions(ones, twos, slots, table, terms, ways):
    """Return in how many ways distinct cards of the multiset ``(ones, twos)`` can fill the newest ``slots`` slots.

    ``terms`` and ``ways`` [at least 2**slots] int64 are scratch.
    """
    ways[0] = 1
    for subset in range(1, 1 << slots):
        factor = 1
        for size in range(1, count_bits(np.int64(subset))):
            factor *= -size
        terms[subset] = factor * count_within(ones, twos, table[subset])
    newest = 1
    for subset in range(1, 1 << slots):
        if subset >= 2 * newest:
            newest *= 2
        rest = subset ^ newest
        part = rest
        total = terms[newest | part] * ways[rest ^ part]
        while part:
            part = (part - 1) & rest
            total += terms[newest | part] * ways[rest ^ part]
        ways[subset] = total
    return ways[(1 << slots) - 1]


@jitable
def _pattern(table, slots, card_type):
    """Return the set of the newest ``slots`` slots that may hold a type."""
    pattern = 0
    for slot in range(slots):
        pattern |= (table[1 << slot] >> card_type & 1) << slot
    return pattern


@jitable
def log_weights(ones, twos, cards, slot, table, terms, ways, patterns, out):
    """Write the logarithm of the conditional prior of card ``slot``, up to a constant, to ``out`` [types] float64.

    ``(ones, twos)`` are the unseen cards less the cards in older slots; impossible types get ``-inf``. ``patterns``
    [types] int64 is scratch, as ``terms`` and ``ways`` are.
    """
    slots = cards - 1 - slot
    allowed = table[1 << slots] & (ones | twos)
    types = out.shape[0]
    common = np.int64(-1)
    for k in range(types):
        patterns[k] = -1
        out[k] = -np.inf
        if allowed >> k & 1:
            patterns[k] = _pattern(table, slots, k)
            out[k] = np.log(np.float64((ones >> k & 1) + 2 * (twos >> k & 1)))
            if common < 0:
                common = patterns[k]
            elif common != patterns[k]:
                common = np.int64(1) << 62
    if common < np.int64(1) << 62:
        return
    for k in range(types):
        pattern = patterns[k]
        if pattern < 0:
            continue
        fewer_ones, fewer_twos = remove_one(ones, twos, type_bit(k))
        count = completions(fewer_ones, fewer_twos, slots, table, terms, ways)
        change = np.log(np.float64(count)) if count > 0 else -np.inf
        for other in range(k, types):
            if patterns[other] == pattern:
                patterns[other] = -1
                out[other] += change
