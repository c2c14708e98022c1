"""Compiled drawing from a learned belief, and the density of what was drawn."""

from __future__ import annotations

import numpy as np

from agents.blueprints.cards import remove_one, type_bit
from agents.blueprints.neural.belief.network import add_drawn, encode, offsets, score_card, shape_of
from agents.blueprints.neural.belief.position import CLASSES, describe
from agents.blueprints.neural.belief.prior import log_weights
from agents.blueprints.neural.network import padded
from games._base.jit import jitable, kernel
from games._base.rng import draw, fold, uniform


@kernel
def encode_view(rules, view, memory, beliefs_at, evidence, first_own, parameters, position, contexts):
    """Fill ``position`` and ``contexts`` [hand_size, depth] for the player to move; return the number of own cards."""
    shape = shape_of(parameters)
    hidden_1 = np.empty(shape[1], np.float32)
    hidden_2 = np.empty(shape[2], np.float32)
    cards, count = describe(rules, view, memory, beliefs_at, evidence, first_own, position)
    encode(parameters, position.features, count, hidden_1, hidden_2, contexts)
    return cards


@jitable
def add_tilts(outputs, classes, logs):
    """Add to ``logs`` [types] the tilt of every possible type (those that are not ``-inf``)."""
    types = logs.shape[0]
    for k in range(types):
        logs[k] += outputs[k]
    for c in range(CLASSES):
        tilt = outputs[types + c]
        members = classes[c]
        k = 0
        while members != 0:
            if members & 1:
                logs[k] += tilt
            members >>= 1
            k += 1


@jitable
def normalise(logs):
    """Subtract the logarithm of the sum of exponentials; return False if every element is ``-inf``."""
    largest = -np.inf
    for k in range(logs.shape[0]):
        largest = max(largest, logs[k])
    if largest == -np.inf:
        return False
    total = 0.0
    for k in range(logs.shape[0]):
        total += np.exp(logs[k] - largest)
    total = largest + np.log(total)
    for k in range(logs.shape[0]):
        logs[k] -= total
    return True


@jitable
def choose(logs, number):
    """Return the type at which the cumulative probabilities ``exp(logs)`` pass ``number`` in [0, 1)."""
    chosen = 0
    for k in range(logs.shape[0]):
        if logs[k] > -np.inf:
            chosen = k
            number -= np.exp(logs[k])
            if number < 0.0:
                break
    return chosen


@kernel
def draw_hands(parameters, position, contexts, cards, key, drawing, hands, log_density):
    """Draw hands, or weigh given ones: fill ``hands`` [hands, cards] if ``drawing``, and ``log_density`` [hands].

    Hand ``p`` depends on ``(key, p)`` and the view only. A given hand that hints or counts rule out gets ``-inf``.
    """
    shape = shape_of(parameters)
    at = offsets(*shape)
    types = shape[5]
    logs = np.empty(types, np.float64)
    patterns = np.empty(types, np.int64)
    terms = np.empty(1 << shape[4], np.int64)
    ways = np.empty(1 << shape[4], np.int64)
    drawn = np.empty(shape[3], np.float32)
    units = np.empty(shape[3], np.float32)
    active = np.empty(shape[3], np.int64)
    outputs = np.empty(padded(types + CLASSES), np.float32)
    for p in range(hands.shape[0]):
        hand_key = fold(np.uint64(key), p)
        ones, twos = position.unseen[0], position.unseen[1]
        drawn[:] = 0.0
        log_density[p] = 0.0
        for i in range(cards):
            log_weights(ones, twos, cards, i, position.table, terms, ways, patterns, logs)
            score_card(parameters, at, contexts, drawn, i, units, active, outputs)
            add_tilts(outputs, position.classes[i], logs)
            if not normalise(logs):
                log_density[p] = -np.inf
                break
            if drawing:
                hands[p, i] = choose(logs, uniform(draw(hand_key, i)))
            card_type = hands[p, i]
            if card_type < 0 or logs[card_type] == -np.inf:
                log_density[p] = -np.inf
                break
            log_density[p] += logs[card_type]
            ones, twos = remove_one(ones, twos, type_bit(card_type))
            add_drawn(parameters, at, types, i, card_type, drawn)
