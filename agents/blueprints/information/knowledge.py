"""What everybody at the table knows, as one row of 64-bit integers: the memory of the information blueprint.

A row holds the board as sets of card types (bit ``colour * ranks + rank``) and, for each card of each hand, the set of
types that the card can still be for somebody who sees no hand at all but heard every hint *and understood its hidden
message*. A type's weight is the number of its copies that nobody can place, kept as two bit planes
(``agents.blueprints.cards``), so that "what is the chance that this card is playable" is four population counts.

| cell | content |
|---|---|
| ``PLAYABLE``, ``DEAD`` | types that can be played now; types that can never be played again |
| ``LEFT_ONES``, ``LEFT_TWOS`` | bit planes of the copies in hands and deck: a type has ``ones + 2 * twos`` of them |
| ``FREE_ONES``, ``FREE_TWOS`` | the same without the cards that are identified by what is known |
| ``CONTRADICTIONS`` | messages that could not be true, so that somebody must have left the convention |
| ``COLUMN`` | the lowest rank of every colour, a constant of the game |
| ``KNOWN + player * hand_size + card`` | possible types of a card, 0 where there is no card |

Every seat has its own row. The rows are equal as long as everybody keeps to the convention. What a player knows
*privately*, seeing the other hands, is kept in the same form in a row with a single hand, at ``KNOWN``.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.cards import count_bits, remove_one
from games._base.jit import jitable
from games.hanabi.layout import COLOURS, HAND_SIZE, RANKS

PLAYABLE: Final = 0
DEAD: Final = 1
LEFT_ONES: Final = 2
LEFT_TWOS: Final = 3
FREE_ONES: Final = 4
FREE_TWOS: Final = 5
CONTRADICTIONS: Final = 6
COLUMN: Final = 7
KNOWN: Final = 8


@jitable
def position_of(bit):
    """Return the position of the one bit of a word."""
    return count_bits(bit - 1)


@jitable
def full_set(size):
    """Return the set of the first ``size`` types (or ranks), ``size`` at most 63."""
    return (np.int64(1) << np.int64(size)) - np.int64(1)


@jitable
def of_colour(rules, colour):
    """Return the set of types of one colour."""
    return full_set(rules[RANKS]) << np.int64(colour * rules[RANKS])


@jitable
def of_rank(row, rank):
    """Return the set of types of one rank."""
    return row[COLUMN] << np.int64(rank)


@jitable
def colours_in(rules, row, mask):
    """Return the colours of a set of types, each as the bit of its lowest rank."""
    folded = mask
    for rank in range(1, rules[RANKS]):
        folded |= mask >> np.int64(rank)
    return folded & row[COLUMN]


@jitable
def ranks_in(rules, mask):
    """Return the ranks of a set of types, as bits 0 and up."""
    folded = mask
    for colour in range(1, rules[COLOURS]):
        folded |= mask >> np.int64(colour * rules[RANKS])
    return folded & full_set(rules[RANKS])


@jitable
def is_single(mask):
    """Return True if a set has at most one type: a card that can be nothing else is identified."""
    return mask & (mask - 1) == 0


@jitable
def is_settled(row, mask):
    """Return True if nothing more need be said about a card: its type is known, or it is dead whatever it is."""
    return is_single(mask) or mask & ~row[DEAD] == 0


@jitable
def weight(row, mask):
    """Return the number of free copies of the types in a set."""
    return count_bits(mask & row[FREE_ONES]) + 2 * count_bits(mask & row[FREE_TWOS])


@jitable
def copies_within(row, mask, subset):
    """Return how many of the cards that a card with the possible types ``mask`` can be have a type in ``subset``."""
    if is_single(mask):
        return np.int64(1 if mask & subset != 0 else 0)
    return weight(row, mask & subset)


@jitable
def chance(row, mask, subset):
    """Return the probability that a card with the possible types ``mask`` has one of the types ``subset``."""
    return copies_within(row, mask, subset) / max(copies_within(row, mask, mask), 1)


@jitable
def hand_offset(rules, player):
    """Return the cell of the first card of ``player``."""
    return KNOWN + player * rules[HAND_SIZE]


@jitable
def knows_playable_card(row, first, length):
    """Return True if some card of a hand (cells ``first ..``) is playable whatever it is."""
    for i in range(first, first + length):
        if row[i] != 0 and row[i] & ~row[PLAYABLE] == 0:
            return True
    return False


@jitable
def useless_cards(row, first, length):
    """Return a bit mask of the cards of a hand that are certainly dead, or certainly twins of another card in it."""
    useless = 0
    single = np.int64(0)
    double = np.int64(0)
    for i in range(length):
        mask = row[first + i]
        if mask & ~row[DEAD] == 0:
            useless |= 1 << i
        elif is_single(mask):
            double |= single & mask
            single |= mask
    if double != 0:
        for i in range(length):
            mask = row[first + i]
            if is_single(mask) and mask & double != 0:
                useless |= 1 << i
    return useless


@jitable
def account_for(row, start, stop, ones, twos):
    """Set the free copies to the multiset ``(ones, twos)`` less the cards identified in the cells ``start .. stop-1``.

    A type without a free copy is struck from every card that is not identified, which may identify more of them.
    """
    done = np.int64(0)
    found = True
    while found:
        found = False
        for i in range(start, stop):
            mask = row[i]
            if mask != 0 and is_single(mask) and done >> (i - start) & 1 == 0:
                done |= np.int64(1) << (i - start)
                found = True
                if mask & (ones | twos) != 0:
                    ones, twos = remove_one(ones, twos, mask)
        if found:
            for i in range(start, stop):
                mask = row[i]
                if not is_single(mask) and mask & (ones | twos) != 0:
                    row[i] = mask & (ones | twos)
    row[FREE_ONES] = ones
    row[FREE_TWOS] = twos
