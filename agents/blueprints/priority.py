"""The rules that priority-list players are made of, one function each.

A priority-list player tries its rules in order and makes the first move that one of them offers (Osawa 2015, "Solving
Hanabi"; Walton-Rivers et al. 2017, "Evaluating and Modelling Hanabi-Playing Agents"; rule names are theirs). Every rule
here takes ``(rules, view, ...)`` for the player to move and returns a legal move id, or ``NO_MOVE`` if it does not
fire; ``ones, twos`` are the cards that this player does not see (``own_counts``). A rule uses hints, the visible cards
and the card counts – never the own hand, which the view does not hold.

Knowledge goes a little further than in the original Java agents: the colour (or rank) of a card is known when hints
leave one, whether or not a hint named it.
"""

from __future__ import annotations

import numpy as np

from agents.blueprints.cards import (
    card_mask,
    count_within,
    dead_mask,
    playable_mask,
    played_mask,
    type_bit,
    unseen_counts,
)
from games._base.jit import jitable
from games._base.rng import below
from games.hanabi.layout import (
    COLOUR_BASE,
    COLOURS,
    CURRENT_PLAYER,
    FIREWORKS,
    HAND_LENGTHS,
    INFORMATION_TOKENS,
    MAX_INFORMATION_TOKENS,
    MOVES,
    PLAY_BASE,
    PLAYERS,
    RANK_BASE,
    RANKS,
)
from games.hanabi.rules import card_address, legal_moves, types_touched

NO_MOVE = -1


@jitable
def can_discard(rules, view):
    """Return True if discarding is legal."""
    return view[INFORMATION_TOKENS] < rules[MAX_INFORMATION_TOKENS]


@jitable
def colour_hint(rules, view, target, colour):
    """Return the id of the hint of ``colour`` to ``target``."""
    offset = (target - view[CURRENT_PLAYER] + rules[PLAYERS]) % rules[PLAYERS]
    return rules[COLOUR_BASE] + (offset - 1) * rules[COLOURS] + colour


@jitable
def rank_hint(rules, view, target, rank):
    """Return the id of the hint of ``rank`` to ``target``."""
    offset = (target - view[CURRENT_PLAYER] + rules[PLAYERS]) % rules[PLAYERS]
    return rules[RANK_BASE] + (offset - 1) * rules[RANKS] + rank


@jitable
def play_safe_card(rules, view, ones, twos):
    """Play the oldest card that is playable whatever it is (PlayIfCertain, PlaySafeCard)."""
    player = view[CURRENT_PLAYER]
    unplayable = ~playable_mask(rules, view)
    for i in range(view[rules[HAND_LENGTHS] + player]):
        if card_mask(rules, view, player, i) & (ones | twos) & unplayable == 0:
            return rules[PLAY_BASE] + i
    return NO_MOVE


@jitable
def play_probably_safe_card(rules, view, ones, twos, threshold):
    """Play the card that is most probably playable, if that probability is at least ``threshold``; newest of equals."""
    player = view[CURRENT_PLAYER]
    playable = playable_mask(rules, view)
    best = threshold
    move = NO_MOVE
    for i in range(view[rules[HAND_LENGTHS] + player]):
        possible = card_mask(rules, view, player, i)
        probability = count_within(ones, twos, possible & playable) / max(1, count_within(ones, twos, possible))
        if probability >= best:
            best = probability
            move = rules[PLAY_BASE] + i
    return move


@jitable
def says_something(rules, hint, card_type, possible):
    """Return True if a hint, numbered as by ``types_touched``, touches a type and rules out others of the set."""
    touched = types_touched(rules, hint)
    return touched & type_bit(card_type) != 0 and possible & ~touched != 0


@jitable
def tell_missing_part(rules, view, target, index):
    """Tell ``target`` the rank of a card if hints have not settled it, else the colour, else nothing.

    A suit without a hint of its own is told by the first colour that touches it and says something.
    """
    card_type = view[card_address(rules, target, index)]
    possible = card_mask(rules, view, target, index)
    rank = card_type % rules[RANKS]
    if says_something(rules, rules[COLOURS] + rank, card_type, possible):
        return rank_hint(rules, view, target, rank)
    own = card_type // rules[RANKS]
    if says_something(rules, own, card_type, possible):
        return colour_hint(rules, view, target, own)
    for colour in range(rules[COLOURS]):
        if says_something(rules, colour, card_type, possible):
            return colour_hint(rules, view, target, colour)
    return NO_MOVE


@jitable
def tell_anyone_about_useful_card(rules, view):
    """Tell the nearest player who holds one about the oldest playable card that is not fully known (rank first)."""
    if view[INFORMATION_TOKENS] <= 0:
        return NO_MOVE
    playable = playable_mask(rules, view)
    for offset in range(1, rules[PLAYERS]):
        target = (view[CURRENT_PLAYER] + offset) % rules[PLAYERS]
        for i in range(view[rules[HAND_LENGTHS] + target]):
            if type_bit(view[card_address(rules, target, i)]) & playable:
                move = tell_missing_part(rules, view, target, i)
                if move != NO_MOVE:
                    return move
    return NO_MOVE


@jitable
def tell_dispensable(rules, view):
    """Tell the hint that lets its receiver see that a card has already been played, if one hint is enough.

    A colour is enough if its stack is complete; a rank if every stack has reached it; the missing half of a card of
    which one half is known if the card lies on its stack. Where hints touch other suits too, these must be played, too.
    """
    if view[INFORMATION_TOKENS] <= 0:
        return NO_MOVE
    ranks = rules[RANKS]
    wanted = ~played_mask(rules, view)
    lowest = ranks
    for colour in range(rules[COLOURS]):
        lowest = min(lowest, view[rules[FIREWORKS] + colour])
    for offset in range(1, rules[PLAYERS]):
        target = (view[CURRENT_PLAYER] + offset) % rules[PLAYERS]
        for i in range(view[rules[HAND_LENGTHS] + target]):
            card_type = view[card_address(rules, target, i)]
            possible = card_mask(rules, view, target, i)
            colour = card_type // ranks
            rank = card_type % ranks
            height = view[rules[FIREWORKS] + colour]
            tells_colour = says_something(rules, colour, card_type, possible)
            tells_rank = says_something(rules, rules[COLOURS] + rank, card_type, possible)
            colour_is_enough = height == ranks or (not tells_rank and rank < height)
            rank_is_enough = rank < lowest or (not tells_colour and rank < height)
            if tells_colour and colour_is_enough and possible & types_touched(rules, colour) & wanted == 0:
                return colour_hint(rules, view, target, colour)
            touched = types_touched(rules, rules[COLOURS] + rank)
            if tells_rank and rank_is_enough and possible & touched & wanted == 0:
                return rank_hint(rules, view, target, rank)
    return NO_MOVE


@jitable
def osawa_discard(rules, view, ones, twos):
    """Discard the oldest card that can never be played whatever it is (Osawa's discard rule)."""
    if not can_discard(rules, view):
        return NO_MOVE
    player = view[CURRENT_PLAYER]
    wanted = ~dead_mask(rules, view)
    for i in range(view[rules[HAND_LENGTHS] + player]):
        if card_mask(rules, view, player, i) & (ones | twos) & wanted == 0:
            return np.int64(i)
    return NO_MOVE


@jitable
def discard_oldest_first(rules, view):
    """Discard the oldest card."""
    if not can_discard(rules, view):
        return NO_MOVE
    return 0


@jitable
def tell_randomly(rules, view, word):
    """Give a hint drawn uniformly from the legal ones by the random word (uint64)."""
    moves = np.empty(rules[MOVES], np.int32)
    count = legal_moves(rules, view, moves)
    first = 0
    while first < count and moves[first] < rules[COLOUR_BASE]:
        first += 1
    if first == count:
        return NO_MOVE
    return np.int64(moves[first + below(word, count - first)])


@jitable
def any_move(rules, view, word):
    """Make a move drawn uniformly from the legal ones by the random word (uint64): the end of every list."""
    moves = np.empty(rules[MOVES], np.int32)
    return np.int64(moves[below(word, legal_moves(rules, view, moves))])


@jitable
def own_counts(rules, view):
    """Return the multiset ``(ones, twos)`` of cards that the player to move does not see."""
    return unseen_counts(rules, view, view[CURRENT_PLAYER])
