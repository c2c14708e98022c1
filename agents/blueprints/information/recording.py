"""Public knowledge from what everybody sees: the deal, cards leaving hands, and what hints prove on their face."""

from __future__ import annotations

import numpy as np

from agents.blueprints.cards import card_mask, remove_one, type_bit
from agents.blueprints.information.knowledge import (
    COLUMN,
    CONTRADICTIONS,
    DEAD,
    KNOWN,
    LEFT_ONES,
    LEFT_TWOS,
    PLAYABLE,
    account_for,
    full_set,
    hand_offset,
    of_colour,
    of_rank,
)
from games._base.jit import jitable
from games.hanabi.layout import (
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


@jitable
def start_row(rules, row):
    """Fill a row for the start of a game: nothing played, nothing known."""
    ones = np.int64(0)
    twos = np.int64(0)
    column = np.int64(0)
    for card_type in range(rules[TYPES]):
        bit = type_bit(card_type)
        if rules[COPIES + card_type] & 1:
            ones |= bit
        if rules[COPIES + card_type] & 2:
            twos |= bit
        if card_type % rules[RANKS] == 0:
            column |= bit
    row[PLAYABLE] = column
    row[DEAD] = 0
    row[LEFT_ONES] = ones
    row[LEFT_TWOS] = twos
    row[CONTRADICTIONS] = 0
    row[COLUMN] = column
    for i in range(rules[PLAYERS] * rules[HAND_SIZE]):
        row[KNOWN + i] = ones | twos
    account_for(row, KNOWN, KNOWN + rules[PLAYERS] * rules[HAND_SIZE], ones, twos)


@jitable
def _count_out(rules, after, row, card_type):
    """Take a played or discarded card out of the counts; bring ``PLAYABLE`` and ``DEAD`` of its colour up to date."""
    row[LEFT_ONES], row[LEFT_TWOS] = remove_one(row[LEFT_ONES], row[LEFT_TWOS], type_bit(card_type))
    ranks = rules[RANKS]
    colour = card_type // ranks
    shift = np.int64(colour * ranks)
    whole = full_set(ranks)
    height = after[rules[FIREWORKS] + colour]
    played = full_set(height)
    left = ((row[LEFT_ONES] | row[LEFT_TWOS]) >> shift) & whole
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
    kept = after[rules[HAND_LENGTHS] + player] - after[LAST_DREW]
    for i in range(after[LAST_POSITION], kept):
        row[first + i] = row[first + i + 1]
    for i in range(kept, rules[HAND_SIZE]):
        row[first + i] = 0
    if after[LAST_DREW]:
        row[first + kept] = row[LEFT_ONES] | row[LEFT_TWOS]


@jitable
def proved_types(rules, state, row, player, index):
    """Return the types that hints and public counts alone leave possible for a card; never empty."""
    proved = card_mask(rules, state, player, index)
    left = proved & (row[LEFT_ONES] | row[LEFT_TWOS])
    return left if left != 0 else proved


@jitable
def _keep_possible(rules, after, row):
    """Strike out types of which no copy is left; a card with nothing left falls back to what hints alone prove."""
    left = row[LEFT_ONES] | row[LEFT_TWOS]
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
    account_for(row, KNOWN, KNOWN + rules[PLAYERS] * rules[HAND_SIZE], row[LEFT_ONES], row[LEFT_TWOS])
