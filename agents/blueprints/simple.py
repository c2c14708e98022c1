"""Simple: a hint says that every card it touches can be played now.

The oldest convention of computer Hanabi (SimpleBot in Arthur O'Dwyer's collection, 16.9 points with two players), with
two refinements that cost nothing: a mark is kept as the *set of types* the card was promised to be, so that it is
withdrawn while a twin makes it doubtful and comes back when it does not; and a card that is surely playable or surely
useless by hints and counts alone is treated as such.

In order: play a card known to be playable, lowest rank first; give the hint that marks most new playable cards and no
unplayable one; discard a surely useless card, else the oldest that is not marked. With all tokens in hand, the rank of
the right neighbour's oldest card is hinted, which then promises nothing.

Memory: for every card, by its position in the deck, the set of types that hints promised (0: none). Marks depend on
hints and stacks only, so every seat keeps the same.
"""

from __future__ import annotations

import numpy as np

from agents.blueprints.cards import card_mask, dead_mask, playable_mask, type_bit
from agents.blueprints.priority import NO_MOVE, any_move, can_discard, colour_hint, osawa_discard, own_counts, rank_hint
from games._base.jit import jitable, kernel
from games.hanabi.blueprint import DECIDE_SIGNATURE, OBSERVE_SIGNATURE, READ_SIGNATURE, START_SIGNATURE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    COLOURS,
    CURRENT_PLAYER,
    DECK_INDEX,
    HAND_LENGTHS,
    HINT_RANK,
    INFORMATION_TOKENS,
    LAST_PLAYER,
    LAST_TARGET,
    LAST_TOUCHED,
    LAST_TYPE,
    MAX_INFORMATION_TOKENS,
    PLAY_BASE,
    PLAYERS,
    RANKS,
)
from games.hanabi.rules import card_address, touched_by_colour, touched_by_rank


@jitable
def _promised_mask(rules, view, memory, player, index):
    """Return the set of types that a card can be by hints and promises; a promise that hints refute is dropped."""
    possible = card_mask(rules, view, player, index)
    promised = possible & memory[view[card_address(rules, player, index) + DECK_INDEX]]
    return promised if promised != 0 else possible


@jitable
def _own_mask(rules, view, memory, index, unseen):
    """Return the set of types that an own card can be by hints, promises and the cards seen; never empty."""
    player = view[CURRENT_PLAYER]
    possible = _promised_mask(rules, view, memory, player, index) & unseen
    return possible if possible != 0 else card_mask(rules, view, player, index) & unseen


@jitable
def _lowest_rank(rules, mask):
    """Return the lowest rank in a set of types (``ranks`` if it is empty)."""
    ranks = rules[RANKS]
    for rank in range(ranks):
        for colour in range(rules[COLOURS]):
            if mask & type_bit(colour * ranks + rank):
                return rank
    return ranks


@jitable
def _play_promised_card(rules, view, memory, unseen):
    """Play the card known to be playable that may have the lowest rank; oldest of equals."""
    player = view[CURRENT_PLAYER]
    playable = playable_mask(rules, view)
    best = rules[RANKS]
    move = NO_MOVE
    for i in range(view[rules[HAND_LENGTHS] + player]):
        possible = _own_mask(rules, view, memory, i, unseen)
        if possible & ~playable == 0:
            rank = _lowest_rank(rules, possible)
            if rank < best:
                best = rank
                move = rules[PLAY_BASE] + i
    return move


@jitable
def _hint_value(touched, playable_cards, known_cards):
    """Return how many playable cards a hint marks anew; 0 if it touches one that is not playable."""
    if touched & ~playable_cards != 0:
        return 0
    value = 0
    fresh = touched & ~known_cards
    while fresh != 0:
        fresh &= fresh - 1
        value += 1
    return value


@jitable
def _hand_status(rules, view, memory, player):
    """Return two bit sets of the cards of ``player``: those that are playable, and those publicly known to be."""
    playable = playable_mask(rules, view)
    playable_cards = 0
    known_cards = 0
    for i in range(view[rules[HAND_LENGTHS] + player]):
        if type_bit(view[card_address(rules, player, i)]) & playable:
            playable_cards |= 1 << i
            if _promised_mask(rules, view, memory, player, i) & ~playable == 0:
                known_cards |= 1 << i
    return playable_cards, known_cards


@jitable
def _give_best_hint(rules, view, memory):
    """Give the hint that marks most playable cards anew: nearest player first, colours before ranks."""
    if view[INFORMATION_TOKENS] <= 0:
        return NO_MOVE
    best = 0
    move = NO_MOVE
    for offset in range(1, rules[PLAYERS]):
        target = (view[CURRENT_PLAYER] + offset) % rules[PLAYERS]
        playable_cards, known_cards = _hand_status(rules, view, memory, target)
        if playable_cards & ~known_cards == 0:
            continue
        for colour in range(rules[COLOURS]):
            value = _hint_value(touched_by_colour(rules, view, target, colour), playable_cards, known_cards)
            if value > best:
                best = value
                move = colour_hint(rules, view, target, colour)
        for rank in range(rules[RANKS]):
            value = _hint_value(touched_by_rank(rules, view, target, rank), playable_cards, known_cards)
            if value > best and not _is_waiting_hint(rules, view, view[CURRENT_PLAYER], target, rank):
                best = value
                move = rank_hint(rules, view, target, rank)
    return move


@jitable
def _waiting_target(rules, player):
    """Return the player on the right, whose oldest card is hinted when there is nothing to say."""
    return (player + rules[PLAYERS] - 1) % rules[PLAYERS]


@jitable
def _is_waiting_hint(rules, state, player, target, rank):
    """Return True if a rank hint made in ``state`` promises nothing."""
    if state[INFORMATION_TOKENS] < rules[MAX_INFORMATION_TOKENS] or target != _waiting_target(rules, player):
        return False
    return touched_by_rank(rules, state, target, rank) & 1 != 0


@jitable
def _wait(rules, view):
    """Discard nothing and promise nothing: hint the rank of the right neighbour's oldest card."""
    target = _waiting_target(rules, view[CURRENT_PLAYER])
    if view[INFORMATION_TOKENS] <= 0 or view[rules[HAND_LENGTHS] + target] == 0:
        return NO_MOVE
    return rank_hint(rules, view, target, view[card_address(rules, target, 0)] % rules[RANKS])


@jitable
def _discard_unmarked_card(rules, view, memory):
    """Discard the oldest card that promises nothing of use; the oldest of all if there is none."""
    if not can_discard(rules, view):
        return NO_MOVE
    player = view[CURRENT_PLAYER]
    dead = dead_mask(rules, view)
    for i in range(view[rules[HAND_LENGTHS] + player]):
        promised = memory[view[card_address(rules, player, i) + DECK_INDEX]] & card_mask(rules, view, player, i)
        if promised & ~dead == 0:
            return np.int64(i)
    return 0


@kernel(START_SIGNATURE)
def _start(rules, parameters, memories):
    memories[:] = 0


@kernel(DECIDE_SIGNATURE)
def _decide(rules, view, memory, key):
    ones, twos = own_counts(rules, view)
    move = _play_promised_card(rules, view, memory, ones | twos)
    if move == NO_MOVE:
        move = _give_best_hint(rules, view, memory)
    if move == NO_MOVE:
        move = osawa_discard(rules, view, ones, twos)
    if move == NO_MOVE:
        move = _discard_unmarked_card(rules, view, memory)
    if move == NO_MOVE:
        move = _wait(rules, view)
    if move == NO_MOVE:
        move = any_move(rules, view, key)
    return move


@jitable
def _was_waiting_hint(rules, before, after):
    """Return True if the last move was a rank hint that promises nothing."""
    full = before[INFORMATION_TOKENS] >= rules[MAX_INFORMATION_TOKENS]
    on_the_right = after[LAST_TARGET] == _waiting_target(rules, after[LAST_PLAYER])
    return full and on_the_right and after[LAST_TYPE] == HINT_RANK and after[LAST_TOUCHED] & 1 != 0


@kernel(OBSERVE_SIGNATURE)
def _observe(rules, before, after, memories):
    if after[LAST_TARGET] < 0 or _was_waiting_hint(rules, before, after):
        return
    target = after[LAST_TARGET]
    playable = playable_mask(rules, before)
    for i in range(after[rules[HAND_LENGTHS] + target]):
        if after[LAST_TOUCHED] >> i & 1:
            promised = card_mask(rules, after, target, i) & playable
            if promised != 0:
                for player in range(rules[PLAYERS]):
                    memories[player, after[card_address(rules, target, i) + DECK_INDEX]] = promised


@kernel(READ_SIGNATURE)
def _read(rules, view, memory, masks):
    ones, twos = own_counts(rules, view)
    for i in range(view[rules[HAND_LENGTHS] + view[CURRENT_PLAYER]]):
        masks[i] = _own_mask(rules, view, memory, i, ones | twos)


def _memory_size(game: HanabiGame) -> int:
    game.require_ordinary_hints("the simple blueprint")
    return game.deck_size


SIMPLE = Blueprint("simple", _start, _decide, _observe, _memory_size, read=_read)
