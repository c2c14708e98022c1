r"""Compiled parts of the exact and the sampled posterior over the own hand.

The prior of an ordered hand ``h`` given what a seat sees and what hints prove is a sequential product of counts,

.. math:: P(h) \propto \prod_i c_{h_i}^{(i)} \; 1[h_i \in mask_i],

``c^(i)`` the unseen copies left after the first ``i`` cards of ``h``. A partner's move ``a`` at a past turn multiplies
it by ``(1-eps) 1[a = blueprint(h)] + eps / |legal|``, the blueprint being asked what it would have done had the own
hand been ``h``; ``eps`` softens the filter, because partners may be searching too. A learned blueprint is asked for the
probability of ``a`` instead of its move (``Blueprint.probability``).
"""

from __future__ import annotations

import numpy as np
from numba import types

from games._base.jit import jitable, kernel
from games._base.rng import draw, fold, uniform
from games.hanabi.blueprint import DECIDE_TYPE, OBSERVE_TYPE, PROBABILITY_SIGNATURE, PROBABILITY_TYPE, RULES_TYPE
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DECK_INDEX,
    HAND_LENGTHS,
    HAND_SIZE,
    LAST_MOVE,
    MOVES,
    STATE_SIZE,
    TURN,
)
from games.hanabi.rules import card_address, hide_hand, legal_moves, show_hand
from games.hanabi.self_play import blueprint_move, copy_into
from search.hanabi.worlds import HANDS_TYPE, PARTICLE_MEMORIES_TYPE

HISTORY_TYPE = types.Array(types.int32, 2, "C")
CARDS_TYPE = types.Array(types.int32, 1, "C")
WEIGHTS_TYPE = types.Array(types.float64, 1, "C")


@jitable
def fill_own_hand(rules, state, seat, card_of_index):
    """Show the own hand of ``seat`` in a view, given the type of every own card by its place in the deck."""
    for i in range(state[rules[HAND_LENGTHS] + seat]):
        card = card_address(rules, seat, i)
        state[card] = card_of_index[state[card + DECK_INDEX]]


@kernel(PROBABILITY_SIGNATURE)
def unknown_probability(rules, view, memory, move):
    """Stand for the probability of a blueprint that has none; never called."""
    return np.nan


@kernel(
    types.void(
        RULES_TYPE,
        HISTORY_TYPE,
        types.int64,
        types.int64,
        types.int64,
        CARDS_TYPE,
        CARDS_TYPE,
        HANDS_TYPE,
        PARTICLE_MEMORIES_TYPE,
        WEIGHTS_TYPE,
        types.float64,
        DECIDE_TYPE,
        OBSERVE_TYPE,
        PROBABILITY_TYPE,
        types.boolean,
        types.boolean,
        types.int64,
        types.int64,
    )
)
def replay(
    rules,
    views,
    first_turn,
    last_turn,
    seat,
    revealed,
    deck_indices,
    hands,
    memories,
    log_likelihood,
    softening,
    decide,
    observe,
    probability,
    has_probability,
    sees_own_hand,
    start,
    stop,
):
    """Replay turns ``first_turn .. last_turn-1`` of a seat's history in each hypothetical world ``start .. stop-1``.

    Updates ``memories[p]`` ([players, memory], those of turn ``first_turn`` on entry) and adds to ``log_likelihood[p]``
    the log-probability of the partners' moves. ``hands[p]`` are the types of the own cards with ``deck_indices``; own
    cards that have left the hand are in ``revealed``.
    """
    before = np.empty(rules[STATE_SIZE], np.int32)
    after = np.empty(rules[STATE_SIZE], np.int32)
    held = np.empty(rules[HAND_SIZE], np.int32)
    card_of_index = np.empty(revealed.shape[0], np.int32)
    moves = np.empty(rules[MOVES], np.int32)
    for p in range(start, stop):
        copy_into(card_of_index, revealed)
        for i in range(deck_indices.shape[0]):
            card_of_index[deck_indices[i]] = hands[p, i]
        copy_into(after, views[first_turn])
        fill_own_hand(rules, after, seat, card_of_index)
        for t in range(first_turn, last_turn):
            copy_into(before, after)
            copy_into(after, views[t + 1])
            fill_own_hand(rules, after, seat, card_of_index)
            if before[CURRENT_PLAYER] != seat:
                likelihood = softening / legal_moves(rules, before, moves)
                if has_probability:
                    player = before[CURRENT_PLAYER]
                    hide_hand(rules, before, player, held)
                    chance = probability(rules, before, memories[p, player], np.int64(after[LAST_MOVE]))
                    likelihood += (1.0 - softening) * chance
                    show_hand(rules, before, player, held)
                else:
                    key = fold(np.uint64(before[TURN]), p)
                    move = blueprint_move(rules, before, memories[p], held, decide, sees_own_hand, key)
                    if move == after[LAST_MOVE]:
                        likelihood += 1.0 - softening
                log_likelihood[p] += np.log(likelihood)
            observe(rules, before, after, memories[p])


@kernel
def log_prior(counts, masks, hands, out):
    """Write ``log prod_i c_i`` of each hand, ``-inf`` where a card is outside its mask or there are too few copies."""
    left = np.empty_like(counts)
    for p in range(hands.shape[0]):
        for k in range(counts.shape[0]):
            left[k] = counts[k]
        out[p] = 0.0
        for i in range(masks.shape[0]):
            k = hands[p, i]
            if left[k] <= 0 or (masks[i] >> k) & 1 == 0:
                out[p] = -np.inf
                break
            out[p] += np.log(left[k])
            left[k] -= 1


@jitable
def _slot_total(left, mask):
    total = 0
    for k in range(left.shape[0]):
        if (mask >> k) & 1 and left[k] > 0:
            total += left[k]
    return total


@kernel
def propose(counts, masks, order, key, first, hands):
    """Draw hands slot by slot (in ``order``) with probability proportional to what is left inside the mask.

    Row ``p`` of ``hands`` [particles, hand_size] depends on ``(key, first + p)`` only. A hand that runs into an empty
    slot gets ``-1`` there (its prior is zero).
    """
    left = np.empty_like(counts)
    for p in range(hands.shape[0]):
        particle_key = fold(np.uint64(key), first + p)
        for k in range(counts.shape[0]):
            left[k] = counts[k]
        for i in order:
            total = _slot_total(left, masks[i])
            hands[p, i] = -1
            if total == 0:
                break
            threshold = uniform(draw(particle_key, i)) * total
            for k in range(counts.shape[0]):
                if (masks[i] >> k) & 1 and left[k] > 0:
                    hands[p, i] = k
                    threshold -= left[k]
                    if threshold < 0.0:
                        break
            left[hands[p, i]] -= 1


@kernel
def log_proposal(counts, masks, order, hands, out):
    """Write the log-probability that ``propose`` draws each hand with these masks (``-inf`` if it cannot)."""
    left = np.empty_like(counts)
    for p in range(hands.shape[0]):
        for k in range(counts.shape[0]):
            left[k] = counts[k]
        out[p] = 0.0
        for i in order:
            k = hands[p, i]
            if k < 0 or left[k] <= 0 or (masks[i] >> k) & 1 == 0:
                out[p] = -np.inf
                break
            out[p] += np.log(left[k] / _slot_total(left, masks[i]))
            left[k] -= 1


@kernel
def enumerate_hands(counts, masks, hands):
    """Write every hand of positive prior to ``hands`` and return how many there are, or -1 if they do not fit."""
    slots = masks.shape[0]
    left = counts.copy()
    card = np.full(slots, -1, np.int64)
    found = 0
    i = 0
    if slots == 0:
        return 1
    while i >= 0:
        if card[i] >= 0:
            left[card[i]] += 1
        card[i] += 1
        while card[i] < counts.shape[0] and not ((masks[i] >> card[i]) & 1 and left[card[i]] > 0):
            card[i] += 1
        if card[i] == counts.shape[0]:
            card[i] = -1
            i -= 1
            continue
        left[card[i]] -= 1
        if i + 1 < slots:
            i += 1
            continue
        if found == hands.shape[0]:
            return -1
        for j in range(slots):
            hands[found, j] = card[j]
        found += 1
    return found
