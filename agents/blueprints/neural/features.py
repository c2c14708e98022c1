"""What a small Hanabi network reads: the numbers of some hundred binary features that are on, out of a few thousand.

The canonical encoding (``games.hanabi.observation``) has hundreds of ones at any time, and leaves to the network what
every player computes at a glance: which cards fit, which are worthless, how likely an own card is to be playable. Here
a position is a short list of feature numbers, so that a first layer is the sum of as many rows of weights, and
what counting says is among them. All is relative to the player to move and a function of the *view* and of ``beliefs``:
sets of card types, one for each card at the table, that a convention leaves possible (the memory of a rule-based
blueprint; without one, what hints say).

Groups, in this order (``feature_sections``): board, last move, the move that the rule-based blueprint advises, own
cards (oldest first), then the cards of the other players, next player first. A network that reads more than the last
move has a group for each earlier one after these (``history``). Probabilities are put into eight classes: 0, (0, .1),
[.1, .25), [.25, .5), [.5, .75), [.75, .9), [.9, 1) and 1.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from agents.blueprints.cards import (
    card_mask,
    count_within,
    critical_mask,
    dead_mask,
    hand_mask,
    is_single,
    playable_mask,
    type_bit,
    unplayed_counts,
    unseen_counts,
)
from games._base.jit import jitable
from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    COLOURS,
    CURRENT_PLAYER,
    DEALT,
    DECK_SIZE,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    HAND_SIZE,
    INFORMATION_TOKENS,
    LAST_CARD,
    LAST_MOVE,
    LAST_SCORED,
    LAST_TARGET,
    LAST_TOUCHED,
    LIFE_TOKENS,
    MAX_INFORMATION_TOKENS,
    MAX_LIFE_TOKENS,
    MOVES,
    PLAUSIBLE_COLOURS,
    PLAUSIBLE_RANKS,
    PLAYERS,
    RANKS,
    TURNS_LEFT,
    TYPES,
)
from games.hanabi.rules import card_address

CLASSES = 8  # of a probability
MOST_COPIES = 3  # of a type
MOST_OF_A_MOVE = 2  # features: the move, and the card that it showed or the cards that it touched
SLACK = 26  # classes of "turns that may go by without a point"
_LOWEST_SLACK = -5
_STATUSES = 5  # of a card that is seen: worthless, playable and the last copy, playable, last copy, another


@jitable
def probability_class(part, whole):
    """Return the class of the probability ``part / whole`` of two numbers of cards (0 of 0 is class 0)."""
    if part == 0:
        return 0
    if part == whole:
        return 7
    if 10 * part < whole:
        return 1
    if 4 * part < whole:
        return 2
    if 2 * part < whole:
        return 3
    if 4 * part < 3 * whole:
        return 4
    return 5 if 10 * part < 9 * whole else 6


@jitable
def _board(rules, view, features, count, at):
    """Tokens, deck, fireworks, discards, slack; return the number of features and the offset that follows."""
    features[count] = at + view[INFORMATION_TOKENS]
    at += rules[MAX_INFORMATION_TOKENS] + 1
    features[count + 1] = at + view[LIFE_TOKENS]
    at += rules[MAX_LIFE_TOKENS] + 1
    left = rules[DECK_SIZE] - view[DEALT]
    features[count + 2] = at + left
    at += rules[DECK_SIZE] + 1
    features[count + 3] = at + view[TURNS_LEFT]
    at += rules[PLAYERS] + 1
    count += 4
    reachable = 0
    dead = dead_mask(rules, view)
    for colour in range(rules[COLOURS]):
        features[count] = at + view[rules[FIREWORKS] + colour]
        at += rules[RANKS] + 1
        count += 1
    for card_type in range(rules[TYPES]):
        reachable += 1 - (dead >> card_type & 1)
        gone = view[rules[DISCARDS] + card_type]
        if gone > 0:
            features[count] = at + gone - 1
            count += 1
        at += MOST_COPIES
    slack = left + view[TURNS_LEFT] - reachable - _LOWEST_SLACK
    features[count] = at + min(max(slack, 0), SLACK - 1)
    return count + 1, at + SLACK


@jitable
def move_width(rules):
    """Return how many features describe a move that was made."""
    return rules[MOVES] + 2 * rules[TYPES] + (2 << rules[HAND_SIZE])


@jitable
def write_move(rules, move, card, scored, mine, touched, features, count, at):
    """Write a move and the card that it showed or, if ``card`` is -1, the cards it touched; return how many are on."""
    features[count] = at + move
    if card >= 0:
        features[count + 1] = at + rules[MOVES] + rules[TYPES] * scored + card
    else:
        features[count + 1] = at + rules[MOVES] + 2 * rules[TYPES] + (mine << rules[HAND_SIZE]) + touched
    return count + MOST_OF_A_MOVE


@jitable
def _last_move(rules, view, features, count, at):
    """The last move, the card it showed, the cards it touched and whether they are one's own."""
    if view[LAST_MOVE] >= 0:
        mine = 1 if view[LAST_TARGET] == view[CURRENT_PLAYER] else 0
        card, scored, touched = view[LAST_CARD], view[LAST_SCORED], view[LAST_TOUCHED]
        count = write_move(rules, view[LAST_MOVE], card, scored, mine, touched, features, count, at)
    return count, at + move_width(rules)


@jitable
def _hinted(rules, view, card, features, count, at):
    """Which colours and which ranks hints leave possible: two features; return the offset that follows."""
    features[count] = at + view[card + PLAUSIBLE_COLOURS]
    features[count + 1] = at + (1 << rules[COLOURS]) + view[card + PLAUSIBLE_RANKS]
    return at + (1 << rules[COLOURS]) + (1 << rules[RANKS])


@jitable
def _own_card(rules, view, player, index, board, unseen, belief, features, count, at):
    """Hints, then chances of being playable, the last copy and worthless: by the convention and by hints alone."""
    playable, critical, dead = board
    ones, twos = unseen
    proved = card_mask(rules, view, player, index)
    at = _hinted(rules, view, card_address(rules, player, index), features, count, at)
    count += 2
    if count_within(ones, twos, belief) == 0:
        belief = proved
    whole = count_within(ones, twos, belief)
    features[count] = at + probability_class(count_within(ones, twos, belief & playable), whole)
    features[count + 1] = at + CLASSES + probability_class(count_within(ones, twos, belief & critical), whole)
    features[count + 2] = at + 2 * CLASSES + probability_class(count_within(ones, twos, belief & dead), whole)
    whole = count_within(ones, twos, proved)
    features[count + 3] = at + 3 * CLASSES + probability_class(count_within(ones, twos, proved & playable), whole)
    features[count + 4] = at + 4 * CLASSES + probability_class(count_within(ones, twos, proved & dead), whole)
    count += 5
    at += 5 * CLASSES
    possible = belief & (ones | twos)
    if possible != 0 and is_single(possible):
        for card_type in range(rules[TYPES]):
            if possible >> card_type & 1:
                features[count] = at + card_type
        count += 1
    return count


@jitable
def _other_card(rules, view, player, index, board, left, belief, twins, features, count, at):
    """The card, what it is worth now, its hints, and what its holder thinks of it."""
    playable, critical, dead = board
    ones, twos = left
    card = card_address(rules, player, index)
    card_type = view[card]
    bit = type_bit(card_type)
    features[count] = at + card_type
    at += rules[TYPES]
    is_playable = 1 if bit & playable else 0
    is_dead = 1 if bit & dead else 0
    is_critical = 1 if bit & critical else 0
    features[count + 1] = at + (0 if is_dead else 4 - 2 * is_playable - is_critical)
    at = _hinted(rules, view, card, features, count + 2, at + _STATUSES)
    count += 4
    whole = count_within(ones, twos, belief)
    chance = probability_class(count_within(ones, twos, belief & playable), whole)
    features[count] = at + is_playable * CLASSES + chance
    at += 2 * CLASSES
    chance = probability_class(count_within(ones, twos, belief & dead), whole)
    features[count + 1] = at + is_dead * CLASSES + chance
    at += 2 * CLASSES
    chance = probability_class(count_within(ones, twos, belief & critical), whole)
    features[count + 2] = at + is_critical * CLASSES + chance
    at += 2 * CLASSES
    count += 3
    if belief & bit == 0:
        features[count] = at
        count += 1
    elif is_single(belief):
        features[count] = at + 1
        count += 1
    if twins & bit:
        features[count] = at + 2
        count += 1
    return count


@jitable
def _own_width(rules):
    return (1 << rules[COLOURS]) + (1 << rules[RANKS]) + 5 * CLASSES + rules[TYPES]


@jitable
def _other_width(rules):
    return rules[TYPES] + _STATUSES + (1 << rules[COLOURS]) + (1 << rules[RANKS]) + 6 * CLASSES + 3


@jitable
def _twins(rules, view, player, other, index):
    """Return the set of types that some other card of the other players shows."""
    seen = np.int64(0)
    for holder in range(rules[PLAYERS]):
        if holder != player and holder != other:
            seen |= hand_mask(rules, view, holder)
    for i in range(view[rules[HAND_LENGTHS] + other]):
        if i != index:
            seen |= type_bit(view[card_address(rules, other, i)])
    return seen


@jitable
def write_features(rules, view, beliefs, beliefs_at, advice, features):
    """Write the numbers of the features that are on, in increasing order within a group; return how many.

    ``view`` [state_size] is that of the player to move. ``beliefs[beliefs_at + player * hand_size + i]`` is the set of
    types that a convention leaves possible for a card, as everybody knows it. ``advice`` is a move, or -1 for none.
    ``features`` is an integer vector of at least ``most_features`` elements.
    """
    player = view[CURRENT_PLAYER]
    count, at = _board(rules, view, features, 0, 0)
    count, at = _last_move(rules, view, features, count, at)
    if advice >= 0:
        features[count] = at + advice
        count += 1
    at += rules[MOVES]
    board = playable_mask(rules, view), critical_mask(rules, view), dead_mask(rules, view)
    unseen = unseen_counts(rules, view, player)
    hand_size = rules[HAND_SIZE]
    for index in range(hand_size):
        if index < view[rules[HAND_LENGTHS] + player]:
            belief = beliefs[beliefs_at + player * hand_size + index]
            count = _own_card(rules, view, player, index, board, unseen, belief, features, count, at)
        at += _own_width(rules)
    left = unplayed_counts(rules, view)
    for offset in range(1, rules[PLAYERS]):
        other = (player + offset) % rules[PLAYERS]
        for index in range(hand_size):
            if index < view[rules[HAND_LENGTHS] + other]:
                belief = beliefs[beliefs_at + other * hand_size + index]
                twins = _twins(rules, view, player, other, index)
                count = _other_card(rules, view, other, index, board, left, belief, twins, features, count, at)
            at += _other_width(rules)
    return count


@jitable
def hinted_beliefs(rules, view, beliefs):
    """Write what hints alone leave possible for every card, [players * hand_size]: beliefs without a convention."""
    for player in range(rules[PLAYERS]):
        for index in range(view[rules[HAND_LENGTHS] + player]):
            beliefs[player * rules[HAND_SIZE] + index] = card_mask(rules, view, player, index)


@jitable
def most_on(rules):
    """Return an upper bound of the number of features that are on at once, a multiple of 16."""
    board = 4 + rules[COLOURS] + rules[TYPES] + 1
    cards = rules[HAND_SIZE] * (8 + (rules[PLAYERS] - 1) * 9)
    return (board + 3 + 1 + cards + 15) // 16 * 16


def feature_sections(game: HanabiGame) -> dict[str, slice]:
    """Return where each group of features lies, in order, by name."""
    hand, hints = game.cards_in_hand, (1 << game.colours) + (1 << game.ranks)
    sizes = {
        "information tokens": game.information_tokens + 1,
        "life tokens": game.life_tokens + 1,
        "deck size": game.deck_size + 1,
        "turns left": game.players + 1,
        "fireworks": game.colours * (game.ranks + 1),
        "discards": game.types * MOST_COPIES,
        "slack": SLACK,
        "last move": game.moves,
        "last card": 2 * game.types,
        "last touched": 2 << hand,
        "advice": game.moves,
        "own cards": hand * (hints + 5 * CLASSES + game.types),
        "other cards": (game.players - 1) * hand * (game.types + _STATUSES + hints + 6 * CLASSES + 3),
    }
    stops = list(accumulate(sizes.values()))
    return {name: slice(stop - size, stop) for (name, size), stop in zip(sizes.items(), stops, strict=True)}


def feature_count(game: HanabiGame, history: int = 0) -> int:
    """Return the number of features of a game, that is, the rows of a first layer that reads so many earlier moves."""
    return int(feature_sections(game)["other cards"].stop) + history * int(move_width(game.rules))


def most_features(game: HanabiGame, history: int = 0) -> int:
    """Return an upper bound of the number of features that are on at once, a multiple of 16."""
    return (int(most_on(game.rules)) + MOST_OF_A_MOVE * history + 15) // 16 * 16
