"""How a hint carries a number: which hints mean what, and which of the hints that mean it to give.

Every possible target offers a few *kinds* of hint that everybody can tell apart, relative to one of its cards, the
*index card*: a rank hint that touches it, a colour hint that touches it, or a hint that does not touch it. If it is
public that the hand holds two colours and two ranks, the last kind splits in two by colour and rank, for then both
exist. A number below the sum of all capacities names a target (walking round the table) and a kind.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.cards import hand_mask, type_bit
from agents.blueprints.information.knowledge import (
    colours_in,
    hand_offset,
    is_settled,
    of_colour,
    of_rank,
    ranks_in,
    weight,
)
from games._base.jit import jitable
from games.hanabi.layout import (
    COLOUR_BASE,
    COLOURS,
    CURRENT_PLAYER,
    HAND_LENGTHS,
    HINT_COLOUR,
    LAST_PLAYER,
    LAST_TARGET,
    LAST_TOUCHED,
    LAST_TYPE,
    PLAYERS,
    RANK_BASE,
    RANKS,
)
from games.hanabi.rules import card_address

RANK_ON: Final = 0  # a rank hint that touches the index card
COLOUR_ON: Final = 1  # a colour hint that touches it
OFF: Final = 2  # any hint that does not; a rank hint where the two are told apart
COLOUR_OFF: Final = 3  # a colour hint that does not


@jitable
def capacity(rules, state, row, player):
    """Return how many kinds of hint ``player`` can get: 4, 3, 2 with one card in hand, 0 with none."""
    length = state[rules[HAND_LENGTHS] + player]
    if length < 2:
        return 2 * length
    first = hand_offset(rules, player)
    common = row[first]
    for i in range(first + 1, first + length):
        common &= row[i]
    if common != 0:
        return 3
    colours = colours_in(rules, row, row[first])
    ranks = ranks_in(rules, row[first])
    for i in range(first + 1, first + length):
        colours &= colours_in(rules, row, row[i])
        ranks &= ranks_in(rules, row[i])
    return 4 if colours == 0 and ranks == 0 else 3


@jitable
def modulus_of_hint(rules, state, row, hinter):
    """Return how many different messages ``hinter`` can send with a hint."""
    total = 0
    for player in range(rules[PLAYERS]):
        if player != hinter:
            total += capacity(rules, state, row, player)
    return total


@jitable
def index_card(rules, state, row, player):
    """Return the first card of a hand about which a hint can say most: not settled, of unknown colour and rank."""
    first = hand_offset(rules, player)
    best = 0
    most = 0
    for i in range(state[rules[HAND_LENGTHS] + player]):
        mask = row[first + i]
        if is_settled(row, mask):
            continue
        colours = colours_in(rules, row, mask)
        ranks = ranks_in(rules, mask)
        gain = 1 + (colours & (colours - 1) != 0) + (ranks & (ranks - 1) != 0)
        if gain > most:
            best = i
            most = gain
            if gain == 3:
                break
    return best


@jitable
def kind_of_hint(by_colour, touches, kinds):
    """Return the kind of a hint, given whether it touches the index card of a target with so many kinds."""
    if touches:
        return COLOUR_ON if by_colour else RANK_ON
    return COLOUR_OFF if by_colour and kinds > 3 else OFF


@jitable
def message_of_hint(rules, before, after, row):
    """Return the number that the last move, a hint, sent: read with the knowledge ``row`` of just before it."""
    hinter = after[LAST_PLAYER]
    target = after[LAST_TARGET]
    message = 0
    player = (hinter + 1) % rules[PLAYERS]
    while player != target:
        message += capacity(rules, before, row, player)
        player = (player + 1) % rules[PLAYERS]
    touches = after[LAST_TOUCHED] >> index_card(rules, before, row, target) & 1
    return message + kind_of_hint(after[LAST_TYPE] == HINT_COLOUR, touches != 0, capacity(rules, before, row, target))


@jitable
def _informativeness(rules, view, row, player, hinted):
    """Return by what factor a hint on the types ``hinted`` narrows a hand, doubled for each card it settles."""
    first = hand_offset(rules, player)
    value = 1.0
    for i in range(view[rules[HAND_LENGTHS] + player]):
        mask = row[first + i]
        if is_settled(row, mask):
            continue
        touched = hinted & type_bit(view[card_address(rules, player, i)]) != 0
        after = mask & hinted if touched else mask & ~hinted
        if after == 0:
            continue
        value *= weight(row, mask) / max(weight(row, after), 1)
        if is_settled(row, after):
            value *= 2.0
    return value


@jitable
def hint_with_message(rules, view, row, learned, message):
    """Return the hint by the current player that sends ``message`` and says most on its face; -1 if there is none.

    ``row`` is public knowledge, ``learned`` the same after everybody has decoded the message.
    """
    hinter = view[CURRENT_PLAYER]
    offset = 1
    kind = message
    player = (hinter + 1) % rules[PLAYERS]
    kinds = capacity(rules, view, row, player)
    while kind >= kinds:
        kind -= kinds
        offset += 1
        player = (hinter + offset) % rules[PLAYERS]
        kinds = capacity(rules, view, row, player)
    index = index_card(rules, view, row, player)
    index_bit = type_bit(view[card_address(rules, player, index)])
    held = hand_mask(rules, view, player)
    best = np.int64(-1)
    most = 0.0
    for choice in range(rules[COLOURS] + rules[RANKS]):
        by_colour = choice < rules[COLOURS]
        if by_colour:
            hinted = of_colour(rules, choice)
            move = rules[COLOUR_BASE] + (offset - 1) * rules[COLOURS] + choice
        else:
            hinted = of_rank(row, choice - rules[COLOURS])
            move = rules[RANK_BASE] + (offset - 1) * rules[RANKS] + choice - rules[COLOURS]
        if hinted & held == 0 or kind_of_hint(by_colour, hinted & index_bit != 0, kinds) != kind:
            continue
        value = _informativeness(rules, view, learned, player, hinted)
        if value > most:
            best = np.int64(move)
            most = value
    return best
