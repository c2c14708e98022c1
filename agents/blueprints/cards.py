"""Card arithmetic for blueprints: sets of card types as bit masks, multisets as two bit planes.

A set of types is one 64-bit integer with bit ``colour * ranks + rank`` (a game has at most 63 types), so that "every
type this card can be is playable" is one AND. A multiset in which no type occurs more than three times – the copies of
a type that a player does not see – is a pair of masks ``(ones, twos)``: type ``k`` occurs
``(ones >> k & 1) + 2 * (twos >> k & 1)`` times. Counting the cards of a multiset that lie in a set is then two
population counts, and nothing is allocated.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable
from games.hanabi.layout import (
    COLOURS,
    COPIES,
    CURRENT_PLAYER,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    HAND_SIZE,
    PLAUSIBLE_COLOURS,
    PLAUSIBLE_RANKS,
    PLAYERS,
    RANKS,
)
from games.hanabi.rules import card_address, types_left


@jitable
def count_bits(mask):
    """Return the number of types in a set (the compiler knows this loop and makes one instruction of it)."""
    count = np.int64(0)
    while mask != 0:
        mask &= mask - 1
        count += 1
    return count


@jitable
def is_single(mask):
    """Return True if a non-empty set holds exactly one type: the card is identified."""
    return mask & (mask - 1) == 0


@jitable
def type_bit(card_type):
    """Return the set that holds one type."""
    return np.int64(1) << np.int64(card_type)


@jitable
def following_mask(rules, state, ahead):
    """Return the set of types that can be played after ``ahead`` more cards of their colour."""
    ranks = rules[RANKS]
    mask = np.int64(0)
    for colour in range(rules[COLOURS]):
        rank = state[rules[FIREWORKS] + colour] + ahead
        if rank < ranks:
            mask |= type_bit(colour * ranks + rank)
    return mask


@jitable
def playable_mask(rules, state):
    """Return the set of types that can be played now."""
    return following_mask(rules, state, 0)


@jitable
def dead_mask(rules, state):
    """Return the set of types that can never be played again: played, or behind a type with every copy discarded."""
    ranks = rules[RANKS]
    mask = np.int64(0)
    for colour in range(rules[COLOURS]):
        height = state[rules[FIREWORKS] + colour]
        lost = False
        for rank in range(ranks):
            card_type = colour * ranks + rank
            if rank >= height and state[rules[DISCARDS] + card_type] >= rules[COPIES + card_type]:
                lost = True
            if rank < height or lost:
                mask |= type_bit(card_type)
    return mask


@jitable
def played_mask(rules, state):
    """Return the set of types that lie on their stacks."""
    mask = np.int64(0)
    for colour in range(rules[COLOURS]):
        below = (np.int64(1) << np.int64(state[rules[FIREWORKS] + colour])) - 1
        mask |= below << np.int64(colour * rules[RANKS])
    return mask


@jitable
def critical_mask(rules, state):
    """Return the set of types of which the last copy is left and still wanted: losing it caps the score."""
    ranks = rules[RANKS]
    mask = np.int64(0)
    for colour in range(rules[COLOURS]):
        for rank in range(state[rules[FIREWORKS] + colour], ranks):
            card_type = colour * ranks + rank
            left = rules[COPIES + card_type] - state[rules[DISCARDS] + card_type]
            if left == 0:
                break
            if left == 1:
                mask |= type_bit(card_type)
    return mask


@jitable
def card_mask(rules, state, player, index):
    """Return the set of types that hints leave possible for card ``index`` of ``player``."""
    card = card_address(rules, player, index)
    return types_left(rules, state[card + PLAUSIBLE_COLOURS], state[card + PLAUSIBLE_RANKS])


@jitable
def hand_mask(rules, state, player):
    """Return the set of types in the hand of ``player``, which must be visible."""
    mask = np.int64(0)
    for i in range(state[rules[HAND_LENGTHS] + player]):
        mask |= type_bit(state[card_address(rules, player, i)])
    return mask


@jitable
def remove_one(ones, twos, bit):
    """Take one copy of the type ``bit`` out of the multiset ``(ones, twos)``, which must hold it."""
    return ones ^ bit, twos ^ (bit & ~ones)


@jitable
def unplayed_counts(rules, state):
    """Return the multiset ``(ones, twos)`` of the cards that are in hands or in the deck: not played, not discarded."""
    ranks = rules[RANKS]
    ones = np.int64(0)
    twos = np.int64(0)
    for colour in range(rules[COLOURS]):
        for rank in range(ranks):
            card_type = colour * ranks + rank
            left = np.int64(rules[COPIES + card_type] - state[rules[DISCARDS] + card_type])
            if rank < state[rules[FIREWORKS] + colour]:
                left -= 1
            ones |= (left & 1) << np.int64(card_type)
            twos |= (left >> 1) << np.int64(card_type)
    return ones, twos


@jitable
def unseen_counts(rules, view, player):
    """Return the multiset ``(ones, twos)`` of the cards that ``player`` does not see: the own hand and the deck."""
    ones, twos = unplayed_counts(rules, view)
    for other in range(rules[PLAYERS]):
        if other == player:
            continue
        for i in range(view[rules[HAND_LENGTHS] + other]):
            ones, twos = remove_one(ones, twos, type_bit(view[card_address(rules, other, i)]))
    return ones, twos


@jitable
def count_within(ones, twos, mask):
    """Return how many cards of the multiset ``(ones, twos)`` have a type in the set ``mask``."""
    return count_bits(ones & mask) + 2 * count_bits(twos & mask)


@jitable
def read_own_masks(rules, view, memory, base, masks):
    """Copy the masks of the own cards to ``masks``; those of all cards, [players, hand_size], start at ``base``."""
    player = view[CURRENT_PLAYER]
    for i in range(view[rules[HAND_LENGTHS] + player]):
        masks[i] = memory[base + player * rules[HAND_SIZE] + i]
