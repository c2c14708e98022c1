"""The compiled functions of every learned blueprint: a rule-based *base* for memory and advice, a network on top.

One set of functions serves every network over every base. ``start`` gets the flat parameter vector, whose header says
which base it was trained over, and notes its address in the last column of each row of memory; the columns before it
are the base's own and, if the network reads earlier moves, one for each of those (``history``). The seat plays the
legal move with the largest logit (of equals, the one with the lowest number).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.blueprints.cards import card_mask, read_own_masks
from agents.blueprints.information.deciding import decide as decide_information
from agents.blueprints.information.listening import observe as observe_information
from agents.blueprints.information.listening import start as start_information
from agents.blueprints.neural.calibration import points_to_come
from agents.blueprints.neural.features import (
    MOST_OF_A_MOVE,
    hinted_beliefs,
    most_on,
    move_width,
    write_features,
)
from agents.blueprints.neural.history import note_move, write_history
from agents.blueprints.neural.network import (
    BASE,
    HEADER,
    REWARD_SCALE,
    evaluate,
    history_of,
    offsets,
    padded,
    shape_of,
)
from agents.blueprints.smart.blueprint import decide as decide_smart
from agents.blueprints.smart.blueprint import observe as observe_smart
from agents.blueprints.smart.blueprint import start as start_smart
from agents.blueprints.smart.memory import MASKS
from games._base.jit import jitable, kernel, vector_at
from games.hanabi.blueprint import (
    CHANCES_SIGNATURE,
    DECIDE_SIGNATURE,
    OBSERVE_SIGNATURE,
    PROBABILITY_SIGNATURE,
    READ_SIGNATURE,
    START_SIGNATURE,
    VALUE_SIGNATURE,
)
from games.hanabi.layout import CURRENT_PLAYER, HAND_LENGTHS, HAND_SIZE, MOVES, PLAYERS, TURN
from games.hanabi.rules import best_score, legal_moves, score

NONE: Final = 0  # bases, as the header numbers them
SMART: Final = 1
INFORMATION: Final = 2


@jitable
def network_at(address):
    """Return the parameter vector that lies at an address."""
    features, hidden_1, hidden_2, moves = shape_of(vector_at(address, HEADER))
    return vector_at(address, offsets(features, hidden_1, hidden_2, moves)[-1])


@kernel(START_SIGNATURE)
def start(rules, parameters, memories):
    """Start the base's memory and note where the parameters are."""
    if parameters[BASE] == SMART:
        start_smart(rules, parameters, memories)
    elif parameters[BASE] == INFORMATION:
        start_information(rules, parameters, memories)
    else:
        memories[:] = 0
    memories[:, memories.shape[1] - 1 - history_of(parameters) :] = 0
    memories[:, -1] = parameters.ctypes.data


@jitable
def best_move(logits, moves, count):
    """Return the move with the largest logit among the first ``count`` of ``moves``, the first of equals."""
    best = np.int64(moves[0])
    for i in range(1, count):
        if logits[moves[i]] > logits[best]:
            best = np.int64(moves[i])
    return best


@jitable
def advised_move(rules, view, memory, key, base):
    """Return the move of the base, -1 without one."""
    if base == SMART:
        return decide_smart(rules, view, memory, key)
    if base == INFORMATION:
        return decide_information(rules, view, memory, key)
    return np.int64(-1)


@jitable
def evaluate_view(rules, view, memory, parameters, advice, numbers, units):
    """Evaluate the network in a view; return its logits [padded moves], a part of ``units``, and its value.

    ``numbers`` [most features] int32 and ``units`` [hidden 1 + hidden 2 + padded moves] float32 are scratch.
    """
    known, hidden_1, hidden_2, _ = shape_of(parameters)
    history = history_of(parameters)
    if parameters[BASE] == NONE:
        beliefs = np.empty(rules[PLAYERS] * rules[HAND_SIZE], np.int64)
        hinted_beliefs(rules, view, beliefs)
        count = write_features(rules, view, beliefs, 0, advice, numbers)
    else:
        count = write_features(rules, view, memory, MASKS, advice, numbers)
    first = known - history * move_width(rules)
    count = write_history(rules, view, memory, memory.shape[0] - 1 - history, history, first, numbers, count)
    logits = units[hidden_1 + hidden_2 :]
    value = evaluate(
        parameters, numbers, count, advice, units[:hidden_1], units[hidden_1 : hidden_1 + hidden_2], logits
    )
    return logits, value


@kernel(DECIDE_SIGNATURE.args)
def look(rules, view, memory, key):
    """Return the network's logits and value in a view, and the legal moves with their number.

    A kernel, so that the functions below call it and need not be compiled together with it.
    """
    parameters = network_at(memory[-1])
    _, hidden_1, hidden_2, moves = shape_of(parameters)
    most = most_on(rules) + MOST_OF_A_MOVE * history_of(parameters)
    numbers = np.empty(max(most, rules[MOVES]), np.int32)
    units = np.empty(hidden_1 + hidden_2 + padded(moves), np.float32)
    advice = advised_move(rules, view, memory, key, parameters[BASE])
    logits, value = evaluate_view(rules, view, memory, parameters, advice, numbers, units)
    return logits, value, numbers, legal_moves(rules, view, numbers)


@kernel(DECIDE_SIGNATURE)
def decide(rules, view, memory, key):
    """Return the current player's best move (the contract is in ``games.hanabi.blueprint``)."""
    logits, _, moves, count = look(rules, view, memory, key)
    return best_move(logits, moves, count)


@kernel(PROBABILITY_SIGNATURE)
def probability(rules, view, memory, move):
    """Return the softmax of the legal logits at ``move``, which must be legal."""
    logits, _, moves, count = look(rules, view, memory, np.uint64(0))
    total = 0.0
    for i in range(count):
        total += np.exp(np.float64(logits[moves[i]]) - np.float64(logits[move]))
    return 1.0 / total


@kernel(CHANCES_SIGNATURE)
def chances(rules, view, memory, out):
    """Write the softmax of the legal logits."""
    logits, _, moves, count = look(rules, view, memory, np.uint64(0))
    largest = np.float64(logits[best_move(logits, moves, count)])
    total = 0.0
    for i in range(count):
        out[moves[i]] = np.exp(np.float64(logits[moves[i]]) - largest)
        total += out[moves[i]]
    for i in range(count):
        out[moves[i]] /= total


@kernel(VALUE_SIGNATURE)
def value(rules, view, memory):
    """Return how many points the network expects from here on, as calibrated."""
    _, tenths, _, _ = look(rules, view, memory, np.uint64(0))
    header = vector_at(memory[-1], HEADER)
    left = best_score(rules, view) - score(rules, view)
    return points_to_come(header, view[TURN], left, tenths / REWARD_SCALE)


@kernel(OBSERVE_SIGNATURE)
def observe(rules, before, after, memories):
    """Update the base's memory, which copies whole rows only, all having the same last columns, and the history."""
    header = vector_at(memories[0, -1], HEADER)
    if header[BASE] == SMART:
        observe_smart(rules, before, after, memories)
    elif header[BASE] == INFORMATION:
        observe_information(rules, before, after, memories)
    history = history_of(header)
    note_move(before, after, memories, memories.shape[1] - 1 - history, history)


@kernel(READ_SIGNATURE)
def read(rules, view, memory, masks):
    """Write what the base's convention, or else hints, leave possible for the own cards."""
    if vector_at(memory[-1], HEADER)[BASE] == NONE:
        player = view[CURRENT_PLAYER]
        for i in range(view[rules[HAND_LENGTHS] + player]):
            masks[i] = card_mask(rules, view, player, i)
    else:
        read_own_masks(rules, view, memory, MASKS, masks)
