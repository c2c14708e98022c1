"""What a seat of the smart blueprint remembers: a possibility mask for every card at the table, and what counting adds.

A row of memory is ``[board masks and counts, contradictions, masks]``. The masks say what *everyone* may conclude about
a card from hints, from the readings of the convention and from counting; bit ``t`` set means "may be of type ``t``".
The board masks (which types are playable, valuable, worthless now) and the copies of each type that are neither played
nor discarded are functions of the board, kept here because they change only when a card is played or discarded.

Copies (at most three of a type) are kept bit-sliced: bit ``t`` of ``COPIES_LOW`` and of ``COPIES_HIGH`` are the two
binary digits of the number of copies of type ``t``. Taking away one copy of every type in a mask is two operations.
"""

from __future__ import annotations

from typing import Final

from agents.blueprints.cards import is_single
from games._base.jit import jitable
from games.hanabi.layout import (
    COLOURS,
    COPIES,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    HAND_SIZE,
    PLAUSIBLE_COLOURS,
    PLAUSIBLE_RANKS,
    PLAYERS,
    RANKS,
    TYPES,
)
from games.hanabi.rules import card_address

ANY_TYPE: Final = 0  # all types of the game
PLAYABLE: Final = 1  # types that fit on a stack now
VALUABLE: Final = 2  # types whose last copy is out there and that can still score
WORTHLESS: Final = 3  # types that can never score any more
COPIES_LOW: Final = 4  # low binary digit of the copies neither played nor discarded
COPIES_HIGH: Final = 5  # high binary digit of the same
CONTRADICTIONS: Final = 6  # readings so far that hints or counts disproved
FIRST_RANK: Final = 7  # the lowest rank in every colour; shifted by r it is rank r in every colour
MASKS: Final = 8  # [players, hand_size] possibility masks


@jitable
def mask_address(rules, player, index):
    """Return the column of the mask of card ``index`` (0 the oldest) of ``player``."""
    return MASKS + player * rules[HAND_SIZE] + index


@jitable
def colour_mask(rules, colour):
    """Return the mask of all types of a colour."""
    return ((1 << rules[RANKS]) - 1) << (colour * rules[RANKS])


@jitable
def start_row(rules, row):
    """Set a row to the start of a game: every card may be anything."""
    any_type = (1 << rules[TYPES]) - 1
    for k in range(MASKS):
        row[k] = 0
    row[ANY_TYPE] = any_type
    for colour in range(rules[COLOURS]):
        first = colour * rules[RANKS]
        row[FIRST_RANK] |= 1 << first
        for rank in range(rules[RANKS]):
            row[COPIES_LOW] |= (rules[COPIES + first + rank] & 1) << (first + rank)
            row[COPIES_HIGH] |= (rules[COPIES + first + rank] >> 1) << (first + rank)
    row[PLAYABLE] = row[FIRST_RANK]
    row[VALUABLE] = row[COPIES_LOW] & ~row[COPIES_HIGH]
    for k in range(MASKS, mask_address(rules, rules[PLAYERS], 0)):
        row[k] = any_type


@jitable
def refresh_colour(rules, state, row, colour):
    """Recompute the copies and the board masks of one colour from the stacks and discards of ``state``."""
    first = colour * rules[RANKS]
    height = state[rules[FIREWORKS] + colour]
    low = 0
    high = 0
    useful = 0  # ranks that can still score
    reachable = True
    for rank in range(rules[RANKS]):
        copies = rules[COPIES + first + rank] - state[rules[DISCARDS] + first + rank]
        if rank < height:
            copies -= 1
        elif copies <= 0:
            reachable = False
        elif reachable:
            useful |= 1 << rank
        low |= (copies & 1) << rank
        high |= (copies >> 1) << rank
    kept = ~colour_mask(rules, colour)
    playable = useful & (1 << height)
    row[COPIES_LOW] = (row[COPIES_LOW] & kept) | (low << first)
    row[COPIES_HIGH] = (row[COPIES_HIGH] & kept) | (high << first)
    row[PLAYABLE] = (row[PLAYABLE] & kept) | (playable << first)
    row[VALUABLE] = (row[VALUABLE] & kept) | ((useful & low & ~high) << first)
    row[WORTHLESS] = (row[WORTHLESS] & kept) | (((1 << rules[RANKS]) - 1 & ~useful) << first)


@jitable
def proved_mask(rules, state, row, player, index):
    """Return what hints and the board alone leave possible for a card: no convention, so never empty."""
    card = card_address(rules, player, index)
    mask = 0
    for colour in range(rules[COLOURS]):
        if state[card + PLAUSIBLE_COLOURS] >> colour & 1:
            mask |= state[card + PLAUSIBLE_RANKS] << (colour * rules[RANKS])
    return mask & (row[COPIES_LOW] | row[COPIES_HIGH])


@jitable
def settle(rules, state, row):
    """Close the masks under counting: a type whose copies are all accounted for leaves every other mask.

    A mask that becomes empty shows that some reading was wrong (a partner left the convention): it falls back to what
    is proved, and ``CONTRADICTIONS`` counts it.
    """
    hand_size = rules[HAND_SIZE]
    low = row[COPIES_LOW]
    high = row[COPIES_HIGH]
    available = low | high
    finished = 0
    changed = True
    while changed:
        changed = False
        for player in range(rules[PLAYERS]):
            for index in range(state[rules[HAND_LENGTHS] + player]):
                slot = player * hand_size + index
                if finished >> slot & 1:
                    continue
                mask = row[MASKS + slot] & available
                if mask == 0:
                    row[MASKS + slot] = proved_mask(rules, state, row, player, index)
                    row[CONTRADICTIONS] += 1
                    finished |= 1 << slot
                    continue
                row[MASKS + slot] = mask
                if is_single(mask):
                    finished |= 1 << slot
                    high ^= mask & ~low
                    low ^= mask
                    changed = changed or (low | high) != available
                    available = low | high
