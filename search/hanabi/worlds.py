"""Worlds: a hypothetical own hand, the memories that the partners would have if it were real, and an order of the deck.

Beliefs make them, rollouts play them on. World ``i`` is the same for every move (common random numbers), so that
differences between moves have a small variance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import jitable
from games._base.rng import shuffle
from games.hanabi.blueprint import RULES_TYPE, STATE_TYPE
from games.hanabi.layout import (
    COPIES,
    DEALT,
    DECK_SIZE,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    PLAYERS,
    RANKS,
    TYPES,
)
from games.hanabi.rules import card_address, show_hand
from games.hanabi.self_play import copy_into

HANDS_TYPE = types.Array(types.int32, 2, "C")
PARTICLE_MEMORIES_TYPE = types.Array(types.int64, 3, "C")
INDICES_TYPE = types.Array(types.int64, 1, "C")


class Worlds(NamedTuple):
    """Sampled worlds of one information state.

    hands : [particles, hand_size] int32 card types, aligned with the own hand in the view.
    memories : [particles, players, memory] int64, the blueprint memories of every seat in that particle.
    particles : [worlds] int64, which particle each numbered world is made of.
    """

    hands: NDArray[np.int32]
    memories: NDArray[np.int64]
    particles: NDArray[np.int64]


WORLDS_TYPE = types.NamedTuple((HANDS_TYPE, PARTICLE_MEMORIES_TYPE, INDICES_TYPE), Worlds)
PLACE_TYPES = RULES_TYPE, STATE_TYPE, types.int64, WORLDS_TYPE, INDICES_TYPE, types.uint64
"""A view, the seat that it is of, its worlds, moves, and the worlds' key; the rules before them."""


@jitable
def unseen_counts(rules, view, seat, counts):
    """Write how many copies of each type ``seat`` does not see (own hand and deck together) to ``counts`` [types]."""
    ranks = rules[RANKS]
    for card_type in range(rules[TYPES]):
        rank = card_type % ranks
        played = 1 if view[rules[FIREWORKS] + card_type // ranks] > rank else 0
        counts[card_type] = rules[COPIES + card_type] - view[rules[DISCARDS] + card_type] - played
    for player in range(rules[PLAYERS]):
        if player != seat:
            for i in range(view[rules[HAND_LENGTHS] + player]):
                counts[view[card_address(rules, player, i)]] -= 1


@jitable
def shuffle_unseen(rules, view, seat, hand, counts, deck, key):
    """Fill the undealt part of ``deck`` with a random order of what neither the view nor the own ``hand`` shows."""
    unseen_counts(rules, view, seat, counts)
    for i in range(view[rules[HAND_LENGTHS] + seat]):
        counts[hand[i]] -= 1
    position = view[DEALT]
    for card_type in range(rules[TYPES]):
        for _ in range(counts[card_type]):
            deck[position] = card_type
            position += 1
    shuffle(key, deck, view[DEALT], rules[DECK_SIZE])


@jitable
def deal_world(rules, view, seat, hand, counts, deck, key, world):
    """Fill ``world`` [state_size] with the view and the own ``hand``, the undealt part of ``deck`` with an order."""
    shuffle_unseen(rules, view, seat, hand, counts, deck, key)
    copy_into(world, view)
    show_hand(rules, world, seat, hand)
