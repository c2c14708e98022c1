"""A view as a belief network reads it: what hints and counts allow, the classes of types, the features that are on."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.blueprints.cards import (
    card_mask,
    critical_mask,
    dead_mask,
    following_mask,
    hand_mask,
    playable_mask,
    unseen_counts,
)
from agents.blueprints.neural.belief.evidence import EVENT_BITS, EVENT_KINDS, EVENTS, PLANES
from agents.blueprints.neural.belief.network import Shape
from agents.blueprints.neural.belief.prior import intersect
from agents.blueprints.neural.features import feature_count, hinted_beliefs, most_features, write_features
from games._base.jit import jitable
from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DEALT,
    DECK_INDEX,
    HAND_LENGTHS,
    HAND_SIZE,
    PLAYERS,
)
from games.hanabi.rules import card_address

AGES: Final = 16  # cards dealt since a card was drawn, the last class open
LATEST: Final = 8  # moves of others that are features of each own card
OWN_WIDTH: Final = AGES + LATEST * EVENT_KINDS
STATUSES: Final = 6  # worthless, playable and the last copy, playable, last copy, next to playable, another
TRUSTED: Final = STATUSES  # from here on: the same for types that the convention leaves possible
TWINS: Final = 2 * STATUSES  # types that another player holds
PASSED: Final = 2 * STATUSES + 1  # what partners passed over (``evidence``)
CLASSES: Final = PASSED + PLANES
NO_CONVENTION: Final = -1  # instead of the column of a memory row at which the possible types of all cards begin


class Position(NamedTuple):
    """Buffers for one view.

    unseen : [2] int64, the unseen cards as a multiset (``agents.blueprints.cards``).
    table : [2**hand_size] int64, types that every slot of a set may hold (``prior.intersect``).
    classes : [hand_size, CLASSES] int64, the types of each class for each own card.
    features : [most] int32, numbers of the features that are on.
    masks, beliefs : [hand_size], [players * hand_size] int64, scratch.
    """

    unseen: NDArray[np.int64]
    table: NDArray[np.int64]
    classes: NDArray[np.int64]
    features: NDArray[np.int32]
    masks: NDArray[np.int64]
    beliefs: NDArray[np.int64]


def new_position(game: HanabiGame) -> Position:
    """Return buffers for the views of a game."""
    cards = game.cards_in_hand
    return Position(
        np.zeros(2, np.int64),
        np.zeros(1 << cards, np.int64),
        np.zeros((cards, CLASSES), np.int64),
        np.zeros(most_features(game) + cards * (1 + LATEST), np.int32),
        np.zeros(cards, np.int64),
        np.zeros(game.players * cards, np.int64),
    )


def shape_for(game: HanabiGame, hidden_1: int, hidden_2: int, depth: int) -> Shape:
    """Return the shape of a belief network for a game."""
    cards = game.cards_in_hand
    return Shape(feature_count(game) + cards * OWN_WIDTH, hidden_1, hidden_2, depth, cards, game.types, CLASSES)


@jitable
def _sort_types(rules, view, player, possible, trusted, evidence, classes):
    """Write the types of each class for one own card."""
    dead = dead_mask(rules, view)
    playable = playable_mask(rules, view) & ~dead
    critical = critical_mask(rules, view)
    close = following_mask(rules, view, 1) & ~dead & ~critical
    classes[0] = dead
    classes[1] = playable & critical
    classes[2] = playable & ~critical
    classes[3] = critical & ~playable
    classes[4] = close
    classes[5] = ~(dead | playable | critical | close)
    for status in range(STATUSES):
        classes[TRUSTED + status] = classes[status] & trusted & possible
        classes[status] &= possible & ~trusted
    classes[TWINS] = 0
    for other in range(rules[PLAYERS]):
        if other != player:
            classes[TWINS] |= hand_mask(rules, view, other) & possible
    for plane in range(PLANES):
        classes[PASSED + plane] = evidence[plane] & possible


@jitable
def _own_history(rules, view, player, index, events, first_own, features, count):
    """Write how long ago an own card was drawn and the latest moves of others since; return the number of features."""
    at = first_own + index * OWN_WIDTH
    age = view[DEALT] - 1 - view[card_address(rules, player, index) + DECK_INDEX]
    features[count] = at + min(age, AGES - 1)
    count += 1
    at += AGES
    for lag in range(LATEST):
        event = events >> (EVENT_BITS * lag) & EVENT_KINDS
        if event == 0:
            break
        features[count] = at + lag * EVENT_KINDS + event - 1
        count += 1
    return count


@jitable
def describe(rules, view, memory, beliefs_at, evidence, first_own, position):
    """Fill a ``Position`` from the view of the player to move; return the numbers of own cards and of features.

    ``memory`` is that player's row of the blueprint's memory, ``beliefs_at`` the column at which the possible types of
    all cards begin, or ``NO_CONVENTION``; ``evidence`` that of the whole table; ``first_own`` the first feature
    that says when an own card was drawn and what happened since.
    """
    player = view[CURRENT_PLAYER]
    hand_size = rules[HAND_SIZE]
    cards = view[rules[HAND_LENGTHS] + player]
    if beliefs_at < 0:
        hinted_beliefs(rules, view, position.beliefs)
    else:
        for i in range(position.beliefs.shape[0]):
            position.beliefs[i] = memory[beliefs_at + i]
    ones, twos = unseen_counts(rules, view, player)
    position.unseen[0] = ones
    position.unseen[1] = twos
    count = write_features(rules, view, position.beliefs, 0, -1, position.features)
    for i in range(cards):
        possible = card_mask(rules, view, player, i) & (ones | twos)
        trusted = position.beliefs[player * hand_size + i] & possible
        if trusted == 0:
            trusted = possible
        position.masks[i] = possible
        _sort_types(rules, view, player, possible, trusted, evidence[player, i], position.classes[i])
        count = _own_history(rules, view, player, i, evidence[player, i, EVENTS], first_own, position.features, count)
    intersect(position.masks, cards, position.table)
    return cards, count
