"""The policy of the information blueprint: what to do with what is known.

In this order: play a surely playable card; gamble on one that is playable or dead; with the deck empty, on any; hint if
somebody has a playable card and knows none; discard a useless card while the deck is thick; hint if anybody can play,
if tokens abound, or if a discard would be dear; discard. A discard with tokens left says that nobody needed a hint,
and among several publicly useless cards the choice of the one discarded carries a message as a hint does.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.cards import count_bits, hand_mask
from agents.blueprints.information.hand import (
    cheapest_discard,
    likeliest_play,
    play_or_dead,
    prices,
    see_private,
    sure_play,
)
from agents.blueprints.information.hats import hat
from agents.blueprints.information.hints import hint_with_message, modulus_of_hint
from agents.blueprints.information.knowledge import (
    KNOWN,
    PLAYABLE,
    hand_offset,
    knows_playable_card,
    position_of,
    useless_cards,
)
from games._base.jit import jitable, kernel
from games.hanabi.blueprint import DECIDE_SIGNATURE
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DEALT,
    DECK_SIZE,
    HAND_LENGTHS,
    HAND_SIZE,
    INFORMATION_TOKENS,
    LIFE_TOKENS,
    MAX_INFORMATION_TOKENS,
    MOVES,
    PLAY_BASE,
    PLAYERS,
    POINTS,
    TURNS_LEFT,
    TYPES,
)
from games.hanabi.rules import cards_left, is_legal

HINT_ABOVE: Final = 5  # information tokens above which a hint is better than losing a card that may be needed
HINT_ABOVE_OF_TWO: Final = 3  # the same with two players


@jitable
def _deck_is_thick(rules, view):
    """Return True if fewer cards are gone than the game can spare: those neither needed nor in a hand at its end."""
    held = 0
    for player in range(rules[PLAYERS]):
        held += view[rules[HAND_LENGTHS] + player]
    gone = view[DEALT] - held - view[POINTS]
    return gone <= rules[DECK_SIZE] - rules[TYPES] - rules[PLAYERS] * rules[HAND_SIZE]


@jitable
def _others_can_play(rules, view, memory):
    """Return whether somebody else holds a playable card, and whether somebody does without knowing one."""
    can_play = False
    needs_hint = False
    for player in range(rules[PLAYERS]):
        if player != view[CURRENT_PLAYER] and hand_mask(rules, view, player) & memory[PLAYABLE] != 0:
            can_play = True
            length = view[rules[HAND_LENGTHS] + player]
            needs_hint |= not knows_playable_card(memory, hand_offset(rules, player), length)
    return can_play, needs_hint


@jitable
def tell_nobody_needs_hint(rules, state, row, mover):
    """Record that the mover saw nobody (other than itself) with a playable card who knows of none."""
    for player in range(rules[PLAYERS]):
        first = hand_offset(rules, player)
        length = state[rules[HAND_LENGTHS] + player]
        if player != mover and not knows_playable_card(row, first, length):
            for i in range(first, first + length):
                row[i] &= ~row[PLAYABLE]


@jitable
def _hat_sum(rules, view, learned, modulus, keys):
    """Return the sum of the others' hats modulo ``modulus``; ``learned`` becomes what they know after hearing it."""
    total = 0
    for player in range(rules[PLAYERS]):
        if player != view[CURRENT_PLAYER]:
            total += hat(rules, learned, view, player, modulus, keys)
    return total % modulus


@jitable
def _hint(rules, view, memory, learned, keys):
    """Return the hint that tells everybody their hat, or -1 if no hint can."""
    modulus = modulus_of_hint(rules, view, memory, view[CURRENT_PLAYER])
    if modulus == 0:
        return np.int64(-1)
    for cell in range(learned.shape[0]):
        learned[cell] = memory[cell]
    message = _hat_sum(rules, view, learned, modulus, keys)
    return hint_with_message(rules, view, memory, learned, message)


@jitable
def _lowest(mask):
    return position_of(mask & -mask)


@jitable
def _discard_with_message(rules, view, memory, learned, public, keys):
    """Return the card, among the publicly useless cards ``public`` (a bit mask), that tells everybody their hat."""
    for cell in range(learned.shape[0]):
        learned[cell] = memory[cell]
    if view[INFORMATION_TOKENS] > 0:
        tell_nobody_needs_hint(rules, view, learned, view[CURRENT_PLAYER])
    for _ in range(_hat_sum(rules, view, learned, count_bits(public), keys)):
        public &= public - 1
    return _lowest(public)


@jitable
def _wants_hint(rules, view, memory, thick, useless, cost):
    """Return True if a hint is better than discarding a card at this cost; ``useless``: it is known to be useless."""
    tokens = view[INFORMATION_TOKENS]
    if tokens == rules[MAX_INFORMATION_TOKENS]:
        return True
    if tokens == 0:
        return False
    can_play, needs_hint = _others_can_play(rules, view, memory)
    if needs_hint:
        return True
    if thick and useless:
        return False
    if can_play or cost > prices(rules).dear:
        return True
    return tokens > (HINT_ABOVE if rules[PLAYERS] > 2 else HINT_ABOVE_OF_TWO)


@jitable
def _play(rules, view, memory, private, length, thick):
    """Return the card to play, or -1."""
    index = sure_play(rules, view, private, length)
    if index >= 0 or view[LIFE_TOKENS] < 2:
        return index
    if thick:
        index = play_or_dead(private, length)
    if index < 0 and cards_left(rules, view) == 0:
        _, needs_hint = _others_can_play(rules, view, memory)
        if view[INFORMATION_TOKENS] == 0 or not needs_hint or view[TURNS_LEFT] == 1:
            index = likeliest_play(private, length)
    return index


@jitable
def _first_legal(rules, view):
    """Return some legal move, for positions that no convention knows."""
    for move in range(rules[MOVES] - 1, -1, -1):
        if is_legal(rules, view, move):
            return np.int64(move)
    return np.int64(-1)


@kernel(DECIDE_SIGNATURE)
def decide(rules, view, memory, key):
    """Return the move of the current player (the contract is in ``games.hanabi.blueprint``)."""
    me = view[CURRENT_PLAYER]
    length = view[rules[HAND_LENGTHS] + me]
    columns = memory.shape[0]
    scratch = np.empty(columns + KNOWN + 3 * rules[HAND_SIZE], np.int64)
    learned = scratch[:columns]
    private = scratch[columns : columns + KNOWN + rules[HAND_SIZE]]
    keys = scratch[columns + KNOWN + rules[HAND_SIZE] :]
    see_private(rules, view, memory, private)
    thick = _deck_is_thick(rules, view)
    index = _play(rules, view, memory, private, length, thick)
    if index >= 0:
        return np.int64(rules[PLAY_BASE] + index)
    useless = useless_cards(private, KNOWN, length)
    discard = np.int64(0)
    cost = 0.0
    if useless != 0:
        discard = _lowest(useless)
    else:
        index, cost = cheapest_discard(rules, view, private, length)
        discard = np.int64(index)
    move = np.int64(-1)
    if _wants_hint(rules, view, memory, thick, useless != 0, cost):
        move = _hint(rules, view, memory, learned, keys)
    if move < 0:
        public = useless_cards(memory, hand_offset(rules, me), length)
        if count_bits(public) > 1:
            discard = _discard_with_message(rules, view, memory, learned, public, keys)
        move = discard
    return move if is_legal(rules, view, move) else _first_legal(rules, view)
