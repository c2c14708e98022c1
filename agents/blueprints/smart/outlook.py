"""What a hint is worth: read it as the listeners will, then look at what they know and what the next player will do.

SmartBot gives the hint that removes the most possibilities among those that lead to a play. Here every legal hint is
read into a scratch row of memory, and the row is valued with the cards that the hinter sees: what is newly known,
rightly or wrongly, and which card the next player would then discard.
"""

from __future__ import annotations

import numpy as np

from agents.blueprints.cards import count_bits, is_single
from agents.blueprints.smart.memory import (
    FIRST_RANK,
    MASKS,
    PLAYABLE,
    VALUABLE,
    WORTHLESS,
    colour_mask,
    mask_address,
    settle,
)
from agents.blueprints.smart.readings import next_discard, read_hint, surely
from agents.blueprints.smart.weights import (
    DROP_WORTHLESS,
    INFORMATION,
    KNOW_VALUABLE,
    KNOW_WORTHLESS,
    LOSE_PLAYABLE,
    LOSE_RANK,
    LOSE_USEFUL,
    LOSE_VALUABLE,
    MISPLAY,
    PLAY_GAIN,
    PLAY_RANK,
    WEIGHTS,
    WRONG,
)
from games._base.jit import jitable
from games.hanabi.layout import COLOUR_BASE, COLOURS, HAND_LENGTHS, PLAYERS, RANK_BASE, RANKS
from games.hanabi.rules import card_address

WORST = -(1 << 40)


@jitable
def weight(rules, name):
    """Return a weight for the number of players of the game."""
    return WEIGHTS[rules[PLAYERS] - 2, name]


@jitable
def next_player_loss(rules, view, row, player):
    """Return what the move of the player after ``player`` will cost, if it does what ``row`` makes it do.

    0 if it has a card to play or one known to be worthless; otherwise the price of its next discard.
    """
    target = (player + 1) % rules[PLAYERS]
    index = next_discard(rules, view, row, target)
    if index < 0:
        for i in range(view[rules[HAND_LENGTHS] + target]):
            if not surely(row[mask_address(rules, target, i)], row[VALUABLE]):
                return 0
        return weight(rules, LOSE_VALUABLE)
    card_type = view[card_address(rules, target, index)]
    bit = 1 << card_type
    if bit & row[VALUABLE] != 0:
        ranks_above = rules[RANKS] - card_type % rules[RANKS]
        return weight(rules, LOSE_VALUABLE) + weight(rules, LOSE_RANK) * ranks_above
    if bit & row[PLAYABLE] != 0:
        return weight(rules, LOSE_PLAYABLE)
    if bit & row[WORTHLESS] != 0:
        return -weight(rules, DROP_WORTHLESS)
    return weight(rules, LOSE_USEFUL)


@jitable
def _promised_plays(rules, view, row, player):
    """Return the types that someone already knows to be playable: a second copy is not worth a hint."""
    promised = 0
    for other in range(rules[PLAYERS]):
        for index in range(view[rules[HAND_LENGTHS] + other]):
            mask = row[mask_address(rules, other, index)]
            if not surely(mask, row[PLAYABLE]):
                continue
            if other != player:
                promised |= 1 << view[card_address(rules, other, index)]
            elif is_single(mask):
                promised |= mask
    return promised


@jitable
def _card_gain(rules, row, old, mask, card_type, promised):
    """Return the worth of narrowing the mask of a card of type ``card_type`` from ``old`` to ``mask``."""
    bit = 1 << card_type
    value = weight(rules, INFORMATION) * (count_bits(old) - count_bits(mask))
    if mask & bit == 0 and old & bit != 0:
        value -= weight(rules, WRONG)
    if surely(mask, row[PLAYABLE]):
        if surely(old, row[PLAYABLE]) or bit & promised != 0:
            return value
        if bit & row[PLAYABLE] == 0:
            return value - weight(rules, MISPLAY)
        return value + weight(rules, PLAY_GAIN) - weight(rules, PLAY_RANK) * (card_type % rules[RANKS])
    if surely(mask, row[WORTHLESS]):
        if not surely(old, row[WORTHLESS]):
            value += weight(rules, KNOW_WORTHLESS)
    elif surely(mask, row[VALUABLE]) and not surely(old, row[VALUABLE]) and bit & row[VALUABLE] != 0:
        value += weight(rules, KNOW_VALUABLE)
    return value


@jitable
def _hint_value(rules, view, row, scratch, player, promised):
    """Return the worth of what ``scratch`` knows beyond ``row``, less what the next player's move will then cost."""
    value = 0
    for other in range(rules[PLAYERS]):
        if other == player:
            continue
        for index in range(view[rules[HAND_LENGTHS] + other]):
            address = mask_address(rules, other, index)
            old = row[address]
            mask = scratch[address]
            if mask == old:
                continue
            card_type = view[card_address(rules, other, index)]
            value += _card_gain(rules, row, old, mask, card_type, promised)
            if surely(mask, row[PLAYABLE]):
                promised |= 1 << card_type & row[PLAYABLE]
    return value - next_player_loss(rules, view, scratch, player)


@jitable
def _touched(rules, view, target, named):
    """Return a bit mask of the cards of ``target`` that are of a type in ``named``."""
    touched = 0
    for index in range(view[rules[HAND_LENGTHS] + target]):
        touched |= (named >> view[card_address(rules, target, index)] & 1) << index
    return touched


@jitable
def _identifies(row, scratch):
    """Return True if a card is identified in ``scratch`` only: otherwise counting says nothing new."""
    for k in range(MASKS, row.shape[0]):
        if scratch[k] != row[k] and is_single(scratch[k]):
            return True
    return False


@jitable
def best_hint(rules, view, row, player):
    """Return ``(value, move)`` of the best legal hint, ``(WORST, -1)`` if there is none (tokens are not checked)."""
    scratch = np.empty(row.shape[0], np.int64)
    promised = _promised_plays(rules, view, row, player)
    colours = rules[COLOURS]
    best_value = WORST
    best_move = -1
    for offset in range(rules[PLAYERS] - 1):
        target = (player + 1 + offset) % rules[PLAYERS]
        for kind in range(colours + rules[RANKS]):
            colour = kind if kind < colours else -1
            rank = kind - colours  # negative, and not used, for a colour
            named = colour_mask(rules, colour) if colour >= 0 else row[FIRST_RANK] << rank
            touched = _touched(rules, view, target, named)
            if touched == 0:
                continue
            for k in range(row.shape[0]):
                scratch[k] = row[k]
            read_hint(rules, view, scratch, player, target, colour, rank, touched)
            if _identifies(row, scratch):
                settle(rules, view, scratch)
            value = _hint_value(rules, view, row, scratch, player, promised)
            if value > best_value:
                best_value = value
                if colour >= 0:
                    best_move = rules[COLOUR_BASE] + offset * colours + colour
                else:
                    best_move = rules[RANK_BASE] + offset * rules[RANKS] + rank
    return best_value, best_move
