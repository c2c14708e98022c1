"""The policy of the information blueprint: what to do with what is known.

In this order: play a surely playable card; gamble on one that is playable or dead; hint if somebody has a playable card
and knows none; discard a useless card while the deck is thick; hint if anybody can play, or tokens abound; discard.
A discard with tokens left says that nobody needed a hint, and among several publicly useless cards the choice of the
one discarded carries a message as a hint does.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.cards import hand_mask, remove_one, type_bit
from agents.blueprints.information.hats import hat
from agents.blueprints.information.hints import hint_with_message, modulus_of_hint
from agents.blueprints.information.knowledge import (
    DEAD,
    KNOWN,
    ONES,
    PLAYABLE,
    TWOS,
    hand_offset,
    knows_playable_card,
    of_rank,
    popcount,
    proved_types,
    useless_cards,
    weight,
)
from games._jit import jitable, kernel
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
    RANKS,
    TYPES,
)
from games.hanabi.rules import card_address, cards_left, is_legal

GAMBLE_ABOVE: Final = 0.75  # chance of a play that is otherwise a discard
HINT_ABOVE: Final = 4  # information tokens above which a hint is better than losing a card that may be needed


@jitable
def discard_threshold(rules):
    """Return up to how many discards the game can afford: the cards that are neither needed nor in a hand at the end."""
    return rules[DECK_SIZE] - rules[TYPES] - rules[PLAYERS] * rules[HAND_SIZE]


@jitable
def discards_so_far(rules, state):
    """Return the number of cards discarded or misplayed."""
    held = 0
    for player in range(rules[PLAYERS]):
        held += state[rules[HAND_LENGTHS] + player]
    return state[DEALT] - held - state[POINTS]


@jitable
def see_private(rules, view, memory, private):
    """Fill ``private`` – a row with one hand – with what the current player knows: public knowledge and the other hands."""
    me = view[CURRENT_PLAYER]
    for cell in range(KNOWN):
        private[cell] = memory[cell]
    ones = memory[ONES]
    twos = memory[TWOS]
    for player in range(rules[PLAYERS]):
        if player != me:
            for i in range(view[rules[HAND_LENGTHS] + player]):
                ones, twos = remove_one(ones, twos, type_bit(view[card_address(rules, player, i)]))
    private[ONES] = ones
    private[TWOS] = twos
    first = hand_offset(rules, me)
    for i in range(view[rules[HAND_LENGTHS] + me]):
        mask = memory[first + i] & (ones | twos)
        private[KNOWN + i] = mask if mask != 0 else proved_types(rules, view, private, me, i)


@jitable
def _play_value(rules, view, private, mask):
    """Return how much a playable card is worth playing now: low ranks first, and cards that others hold too last."""
    total = 0.0
    while mask != 0:
        bit = mask & -mask
        mask ^= bit
        holders = 1
        if cards_left(rules, view) > 0:
            for player in range(rules[PLAYERS]):
                if player != view[CURRENT_PLAYER] and hand_mask(rules, view, player) & bit != 0:
                    holders += 1
        total += weight(private, bit) * (9 - popcount(bit - 1) % rules[RANKS]) / holders
    return total


@jitable
def _sure_play(rules, view, private, length):
    """Return the best card that is surely playable, or -1."""
    best = -1
    most = -1.0e9
    for i in range(length):
        mask = private[KNOWN + i]
        if mask & ~private[PLAYABLE] == 0:
            value = _play_value(rules, view, private, mask) / max(weight(private, mask), 1)
            if value > most:
                best = i
                most = value
    return best


@jitable
def _gamble(private, length):
    """Return the card most likely to be playable among those that are playable or dead, if that is likely; else -1."""
    best = -1
    most = GAMBLE_ABOVE
    for i in range(length):
        mask = private[KNOWN + i]
        if mask & ~(private[PLAYABLE] | private[DEAD]) == 0:
            chance = weight(private, mask & private[PLAYABLE]) / max(weight(private, mask), 1)
            if chance > most:
                best = i
                most = chance
    return best


@jitable
def _least_loss(rules, view, memory, private, length):
    """Return the card to discard when none is known to be useless: likely seen elsewhere, not the last one, high."""
    seen = np.int64(0)
    for player in range(rules[PLAYERS]):
        if player != view[CURRENT_PLAYER]:
            seen |= hand_mask(rules, view, player)
    spare = memory[DEAD] | memory[TWOS]
    best = 0
    most = -1.0
    for i in range(length):
        mask = private[KNOWN + i]
        value = 20.0 * weight(private, mask & seen) + 10.0 * weight(private, mask & spare)
        for rank in range(rules[RANKS]):
            value += (rank + 1.0) * weight(private, mask & of_rank(private, rank))
        value /= max(weight(private, mask), 1)
        if value > most:
            best = i
            most = value
    return best


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
def hat_sum(rules, view, learned, modulus, keys):
    """Return the sum of the other players' hats modulo ``modulus``; ``learned`` becomes what they know after hearing it."""
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
    message = hat_sum(rules, view, learned, modulus, keys)
    return hint_with_message(rules, view, memory, learned, message)


@jitable
def nth_bit(mask, n):
    """Return the position of bit number ``n`` (from 0) of the ones of a mask."""
    for _ in range(n):
        mask &= mask - 1
    return popcount((mask & -mask) - 1)


@jitable
def _discard(rules, view, memory, private, learned, useless, keys):
    """Return the card to discard."""
    me = view[CURRENT_PLAYER]
    length = view[rules[HAND_LENGTHS] + me]
    public = useless_cards(memory, hand_offset(rules, me), length)
    choices = popcount(public)
    if choices > 1:
        for cell in range(learned.shape[0]):
            learned[cell] = memory[cell]
        if view[INFORMATION_TOKENS] > 0:
            tell_nobody_needs_hint(rules, view, learned, me)
        return nth_bit(public, hat_sum(rules, view, learned, choices, keys))
    if useless != 0:
        return nth_bit(useless, 0)
    return np.int64(_least_loss(rules, view, memory, private, length))


@jitable
def _wants_hint(rules, view, memory, thick, useless):
    """Return True if a hint is better than a discard."""
    tokens = view[INFORMATION_TOKENS]
    if tokens == rules[MAX_INFORMATION_TOKENS]:
        return True
    can_play, needs_hint = _others_can_play(rules, view, memory)
    if tokens > 0 and needs_hint:
        return True
    if thick and useless != 0:
        return False
    return tokens > HINT_ABOVE or (tokens > 0 and can_play)


@jitable
def _any_legal(rules, view):
    for move in range(rules[MOVES]):
        if is_legal(rules, view, move):
            return np.int64(move)
    return np.int64(-1)


@kernel(DECIDE_SIGNATURE)
def decide(rules, view, memory, key):
    """Return the move of the current player."""
    hand_size = rules[HAND_SIZE]
    length = view[rules[HAND_LENGTHS] + view[CURRENT_PLAYER]]
    scratch = np.empty(memory.shape[0] + KNOWN + 3 * hand_size, np.int64)
    learned = scratch[: memory.shape[0]]
    private = scratch[memory.shape[0] : memory.shape[0] + KNOWN + hand_size]
    keys = scratch[memory.shape[0] + KNOWN + hand_size :]
    see_private(rules, view, memory, private)
    index = _sure_play(rules, view, private, length)
    if index >= 0:
        return np.int64(rules[PLAY_BASE] + index)
    thick = discards_so_far(rules, view) <= discard_threshold(rules)
    if thick and view[LIFE_TOKENS] > 1:
        index = _gamble(private, length)
        if index >= 0:
            return np.int64(rules[PLAY_BASE] + index)
    useless = useless_cards(private, KNOWN, length)
    move = np.int64(-1)
    if _wants_hint(rules, view, memory, thick, useless):
        move = _hint(rules, view, memory, learned, keys)
    if move < 0 and view[INFORMATION_TOKENS] < rules[MAX_INFORMATION_TOKENS]:
        move = _discard(rules, view, memory, private, learned, useless, keys)
    if not is_legal(rules, view, move):
        move = _any_legal(rules, view)
    return move
