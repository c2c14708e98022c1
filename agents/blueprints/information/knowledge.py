"""What everybody at the table knows, as one row of 64-bit integers: the memory of the information blueprint.

A row holds the board as sets of card types (bit ``colour * ranks + rank``) and, for each card of each hand, the set of
types that the card can still be for somebody who sees no hand at all but heard every hint *and understood its hidden
message*. A type's weight is the number of its copies that are neither played nor discarded, kept as two bit planes
(``agents.blueprints.cards``), so that "what is the chance that this card is playable" is four population counts.

| cell | content |
|---|---|
| ``PLAYABLE``, ``DEAD`` | types that can be played now; types that can never be played again |
| ``ONES``, ``TWOS`` | bit planes of the copies left: a type has ``ones + 2 * twos`` of them |
| ``CONTRADICTIONS`` | messages that could not be true, so that somebody must have left the convention |
| ``COLUMN`` | the lowest rank of every colour, a constant of the game |
| ``KNOWN + player * hand_size + card`` | possible types of a card, 0 where there is no card |

Every seat has its own row. The rows are equal as long as everybody keeps to the convention.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.cards import card_mask, remove_one, type_bit
from games._jit import jitable
from games.hanabi.layout import (
    COLOURS,
    COPIES,
    FIREWORKS,
    HAND_LENGTHS,
    HAND_SIZE,
    HINT_COLOUR,
    LAST_CARD,
    LAST_DREW,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_TARGET,
    LAST_TOUCHED,
    LAST_TYPE,
    LAST_VALUE,
    PLAYERS,
    RANKS,
    TYPES,
)
from games.hanabi.rules import card_address

PLAYABLE: Final = 0
DEAD: Final = 1
ONES: Final = 2
TWOS: Final = 3
CONTRADICTIONS: Final = 4
COLUMN: Final = 5
KNOWN: Final = 6

_PAIRS = np.uint64(0x5555555555555555)
_QUADS = np.uint64(0x3333333333333333)
_BYTES = np.uint64(0x0F0F0F0F0F0F0F0F)
_EACH_BYTE = np.uint64(0x0101010101010101)
_SHIFT_1 = np.uint64(1)
_SHIFT_2 = np.uint64(2)
_SHIFT_4 = np.uint64(4)
_SHIFT_56 = np.uint64(56)


@jitable
def popcount(mask):
    """Return the number of types in a set; written so that the compiler makes one instruction of it."""
    word = np.uint64(mask)
    word = word - ((word >> _SHIFT_1) & _PAIRS)
    word = (word & _QUADS) + ((word >> _SHIFT_2) & _QUADS)
    word = (word + (word >> _SHIFT_4)) & _BYTES
    return np.int64((word * _EACH_BYTE) >> _SHIFT_56)


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
def is_settled(row, mask):
    """Return True if nothing more need be said about a card: its type is known, or it is dead whatever it is."""
    return mask & (mask - 1) == 0 or mask & ~row[DEAD] == 0


@jitable
def weight(row, mask):
    """Return the number of copies left of the types in a set."""
    return popcount(mask & row[ONES]) + 2 * popcount(mask & row[TWOS])


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
        elif mask & (mask - 1) == 0:
            double |= single & mask
            single |= mask
    if double != 0:
        for i in range(length):
            mask = row[first + i]
            if mask & (mask - 1) == 0 and mask & double != 0:
                useless |= 1 << i
    return useless


@jitable
def start_row(rules, row):
    """Fill a row for the start of a game: nothing played, nothing known."""
    ones = np.int64(0)
    twos = np.int64(0)
    column = np.int64(0)
    for card_type in range(rules[TYPES]):
        copies = rules[COPIES + card_type % rules[RANKS]]
        bit = type_bit(card_type)
        if copies & 1:
            ones |= bit
        if copies & 2:
            twos |= bit
        if card_type % rules[RANKS] == 0:
            column |= bit
    row[PLAYABLE] = column
    row[DEAD] = 0
    row[ONES] = ones
    row[TWOS] = twos
    row[CONTRADICTIONS] = 0
    row[COLUMN] = column
    for i in range(rules[PLAYERS] * rules[HAND_SIZE]):
        row[KNOWN + i] = ones | twos


@jitable
def _count_out(rules, after, row, card_type):
    """Take a played or discarded card out of the counts and bring ``PLAYABLE`` and ``DEAD`` of its colour up to date."""
    row[ONES], row[TWOS] = remove_one(row[ONES], row[TWOS], type_bit(card_type))
    ranks = rules[RANKS]
    colour = card_type // ranks
    shift = np.int64(colour * ranks)
    whole = full_set(ranks)
    height = after[rules[FIREWORKS] + colour]
    played = full_set(height)
    left = ((row[ONES] | row[TWOS]) >> shift) & whole
    gap = whole & ~(left | played)
    gap &= -gap  # the lowest rank that is still wanted and has no copy left
    dead = played
    if gap != 0:
        dead |= whole & ~(gap - 1)
    playable = (np.int64(1) << np.int64(height)) & whole
    row[DEAD] = (row[DEAD] & ~(whole << shift)) | (dead << shift)
    row[PLAYABLE] = (row[PLAYABLE] & ~(whole << shift)) | (playable << shift)


@jitable
def _narrow_by_hint(rules, after, row):
    """Apply what the last move, a hint, proves about each card of its target."""
    target = after[LAST_TARGET]
    if after[LAST_TYPE] == HINT_COLOUR:
        hinted = of_colour(rules, after[LAST_VALUE])
    else:
        hinted = of_rank(row, after[LAST_VALUE])
    first = hand_offset(rules, target)
    for i in range(after[rules[HAND_LENGTHS] + target]):
        if after[LAST_TOUCHED] >> i & 1:
            row[first + i] &= hinted
        else:
            row[first + i] &= ~hinted


@jitable
def _drop_card(rules, after, row):
    """Remove the card that the last move played or discarded, and make room for the card drawn."""
    _count_out(rules, after, row, after[LAST_CARD])
    player = after[LAST_PLAYER]
    first = hand_offset(rules, player)
    length = after[rules[HAND_LENGTHS] + player]
    kept = length - after[LAST_DREW]
    for i in range(after[LAST_POSITION], kept):
        row[first + i] = row[first + i + 1]
    for i in range(kept, rules[HAND_SIZE]):
        row[first + i] = 0
    if after[LAST_DREW]:
        row[first + kept] = row[ONES] | row[TWOS]


@jitable
def proved_types(rules, state, row, player, index):
    """Return the types that hints and public counts alone leave possible for a card; never empty."""
    proved = card_mask(rules, state, player, index)
    left = proved & (row[ONES] | row[TWOS])
    return left if left != 0 else proved


@jitable
def _keep_possible(rules, after, row):
    """Strike out types of which no copy is left; a card with nothing left falls back to what hints alone prove."""
    left = row[ONES] | row[TWOS]
    for player in range(rules[PLAYERS]):
        first = hand_offset(rules, player)
        for i in range(after[rules[HAND_LENGTHS] + player]):
            row[first + i] &= left
            if row[first + i] == 0:
                row[first + i] = proved_types(rules, after, row, player, i)
                row[CONTRADICTIONS] += 1


@jitable
def record_move(rules, after, row):
    """Bring a row up to date with what the last move shows to everyone (its hidden message is decoded before)."""
    if after[LAST_POSITION] >= 0:
        _drop_card(rules, after, row)
    else:
        _narrow_by_hint(rules, after, row)
    _keep_possible(rules, after, row)
