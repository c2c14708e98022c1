"""Cheating: every player sees every hand, the own one included. A reference point, not a Hanabi player.

Its scores say how much of the 25 points the deck alone allows a simple team that needs no information: what a real
player loses below them is the price of hidden cards. The order of its wishes is the usual one (CheatBot in Arthur
O'Dwyer's collection; the cheating strategy of hanabi.rs): play, dispose of a card nobody needs, wait with a hint, and
give up something of value last. Hints are only a way to pass.

It must be given the true state (``sees_own_hand``); without it, it plays the oldest card.
"""

from __future__ import annotations

import numpy as np

from agents.blueprints.cards import critical_mask, dead_mask, hand_mask, playable_mask, type_bit
from agents.blueprints.memoryless import memoryless
from agents.blueprints.priority import NO_MOVE, any_move, can_discard, rank_hint
from games._base.jit import jitable, kernel
from games.hanabi.blueprint import DECIDE_SIGNATURE
from games.hanabi.layout import (
    CURRENT_PLAYER,
    FIREWORKS,
    HAND_LENGTHS,
    HIDDEN,
    INFORMATION_TOKENS,
    LIFE_TOKENS,
    MAX_INFORMATION_TOKENS,
    PLAY_BASE,
    PLAYERS,
    POINTS,
    RANKS,
    TYPES,
)
from games.hanabi.rules import card_address, cards_left, is_legal


@jitable
def _others_mask(rules, state):
    """Return the set of types in the hands of the other players."""
    mask = np.int64(0)
    for offset in range(1, rules[PLAYERS]):
        mask |= hand_mask(rules, state, (state[CURRENT_PLAYER] + offset) % rules[PLAYERS])
    return mask


@jitable
def _successor_distance(rules, state, card_type):
    """Return after how many turns a player moves who holds the card that follows ``card_type`` (``players``: none)."""
    if card_type % rules[RANKS] + 1 < rules[RANKS]:
        for offset in range(1, rules[PLAYERS]):
            if hand_mask(rules, state, (state[CURRENT_PLAYER] + offset) % rules[PLAYERS]) & type_bit(card_type + 1):
                return offset
    return rules[PLAYERS]


@jitable
def _play_best_card(rules, state):
    """Play the playable card that soonest lets another player go on; of equals the lowest rank."""
    player = state[CURRENT_PLAYER]
    playable = playable_mask(rules, state)
    best = (rules[PLAYERS] + 1) * rules[RANKS]
    move = NO_MOVE
    for i in range(state[rules[HAND_LENGTHS] + player]):
        card_type = state[card_address(rules, player, i)]
        if type_bit(card_type) & playable:
            cost = _successor_distance(rules, state, card_type) * rules[RANKS] + card_type % rules[RANKS]
            if cost < best:
                best = cost
                move = rules[PLAY_BASE] + i
    return move


@jitable
def _dispose_of_needless_card(rules, state):
    """Discard a dead card or a twin of another own card; with all tokens in hand, misplay it if lives allow."""
    player = state[CURRENT_PLAYER]
    needless = dead_mask(rules, state)
    for i in range(state[rules[HAND_LENGTHS] + player]):
        bit = type_bit(state[card_address(rules, player, i)])
        if bit & needless:
            if can_discard(rules, state):
                return np.int64(i)
            return rules[PLAY_BASE] + i if state[LIFE_TOKENS] > 1 else NO_MOVE
        needless |= bit
    return NO_MOVE


@jitable
def _discard_twin(rules, state, others):
    """Discard a card that another player also holds."""
    player = state[CURRENT_PLAYER]
    if can_discard(rules, state):
        for i in range(state[rules[HAND_LENGTHS] + player]):
            if type_bit(state[card_address(rules, player, i)]) & others:
                return np.int64(i)
    return NO_MOVE


@jitable
def _discard_remotest_card(rules, state, spared):
    """Discard the card farthest above its stack whose type is not in the set ``spared``."""
    if not can_discard(rules, state):
        return NO_MOVE
    player = state[CURRENT_PLAYER]
    ranks = rules[RANKS]
    farthest = -1
    move = NO_MOVE
    for i in range(state[rules[HAND_LENGTHS] + player]):
        card_type = state[card_address(rules, player, i)]
        gap = card_type % ranks - state[rules[FIREWORKS] + card_type // ranks]
        if gap > farthest and not type_bit(card_type) & spared:
            farthest = gap
            move = np.int64(i)
    return move


@jitable
def _wait(rules, state):
    """Pass by hinting the rank of the oldest card of the nearest player who has one."""
    if state[INFORMATION_TOKENS] > 0:
        for offset in range(1, rules[PLAYERS]):
            target = (state[CURRENT_PLAYER] + offset) % rules[PLAYERS]
            if state[rules[HAND_LENGTHS] + target] > 0:
                move = rank_hint(rules, state, target, state[card_address(rules, target, 0)] % rules[RANKS])
                if is_legal(rules, state, move):
                    return move
    return NO_MOVE


@jitable
def _somebody_has_needless_card(rules, state):
    """Return True if some hand holds a dead card or two hands (or one) hold the same card."""
    seen = dead_mask(rules, state)
    for player in range(rules[PLAYERS]):
        for i in range(state[rules[HAND_LENGTHS] + player]):
            bit = type_bit(state[card_address(rules, player, i)])
            if bit & seen:
                return True
            seen |= bit
    return False


@jitable
def _should_wait_first(rules, state):
    """Return True if a hint is worth more than a needless discard: few cards are left, or tokens abound."""
    to_go = rules[TYPES] - state[POINTS]
    tokens = state[INFORMATION_TOKENS]
    return to_go > cards_left(rules, state) or to_go <= tokens or tokens >= rules[MAX_INFORMATION_TOKENS] - 1


@jitable
def _discard_or_wait(rules, state):
    """Choose a move when nothing can be played from the own hand; ``NO_MOVE`` if only something of value can go."""
    others = _others_mask(rules, state)
    blocked = others & playable_mask(rules, state) == 0
    move = NO_MOVE
    if not blocked and _should_wait_first(rules, state):
        move = _wait(rules, state)
    if move == NO_MOVE:
        move = _dispose_of_needless_card(rules, state)
    if move == NO_MOVE:
        move = _discard_twin(rules, state, others)
    if move == NO_MOVE and blocked and not _somebody_has_needless_card(rules, state):
        move = _discard_remotest_card(rules, state, critical_mask(rules, state))
    if move == NO_MOVE:
        move = _wait(rules, state)
    if move == NO_MOVE:
        move = _discard_remotest_card(rules, state, critical_mask(rules, state))
    return move


@kernel(DECIDE_SIGNATURE)
def _decide(rules, view, memory, key):
    if view[card_address(rules, view[CURRENT_PLAYER], 0)] == HIDDEN:
        return np.int64(rules[PLAY_BASE])
    move = _play_best_card(rules, view)
    if move == NO_MOVE:
        move = _discard_or_wait(rules, view)
    if move == NO_MOVE:
        move = _discard_remotest_card(rules, view, 0)
    if move == NO_MOVE:
        move = any_move(rules, view, key)
    return move


CHEATING = memoryless("cheating", _decide, sees_own_hand=True)
