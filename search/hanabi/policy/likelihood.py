"""The likelihood of a partner's move under a model of partners who search (``search.hanabi.searchers``), compiled."""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel
from games.hanabi.layout import (
    COLOUR_BASE,
    COLOURS,
    COPIES,
    CURRENT_PLAYER,
    DEALT,
    DECK_SIZE,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    HINTED,
    PLAY_BASE,
    PLAYERS,
    RANK_BASE,
    RANKS,
)
from games.hanabi.rules import card_address, is_playable, touched_by_colour, touched_by_rank
from search.hanabi.searchers import (
    BY_KIND,
    DISCARD,
    FLOOR,
    LAST,
    LIKELIEST,
    OTHER,
    PHASES,
    PLAY,
    PLAYABLE,
    SLOPE,
)


@jitable
def _is_last_copy(rules, state, card_type):
    played = state[rules[FIREWORKS] + card_type // rules[RANKS]] > card_type % rules[RANKS]
    return not played and rules[COPIES + card_type] - state[rules[DISCARDS] + card_type] == 1


@jitable
def _kind_of_hint(rules, state, first, values, bit, move):
    """Return the kind of a hint of colours (``bit`` 1) or ranks (2), of so many ``values``, from move ``first`` on."""
    hint = move - first
    target = (state[CURRENT_PLAYER] + 1 + hint // values) % rules[PLAYERS]
    if bit == 1:
        touched = touched_by_colour(rules, state, target, hint % values)
    else:
        touched = touched_by_rank(rules, state, target, hint % values)
    kind = OTHER
    for i in range(state[rules[HAND_LENGTHS] + target]):
        card = card_address(rules, target, i)
        if (touched >> i) & 1 and not state[card + HINTED] & bit:
            if is_playable(rules, state, state[card]):
                return PLAYABLE
            if _is_last_copy(rules, state, state[card]):
                kind = LAST
    return kind


@jitable
def kind_of(rules, state, move):
    """Return the number of a legal move's kind, in a state in which all hands but the mover's are seen."""
    if move < rules[PLAY_BASE]:
        return DISCARD
    if move < rules[COLOUR_BASE]:
        return PLAY
    if move < rules[RANK_BASE]:
        return _kind_of_hint(rules, state, rules[COLOUR_BASE], rules[COLOURS], 1, move)
    return _kind_of_hint(rules, state, rules[RANK_BASE], rules[RANKS], 2, move)


@jitable
def phase_of(rules, state):
    """Return the number of the phase that a state is of."""
    left = rules[DECK_SIZE] - state[DEALT]
    phase = 0
    for cards in PHASES:
        if left <= cards:
            phase += 1
    return phase


@jitable
def searchers_chance(rules, state, model, chances, moves, count, made):
    """Return the model's probability of ``made``, before softening.

    chances : [moves], the blueprint's of all moves. moves[:count] : the legal ones, ``made`` among them.
    """
    best = moves[0]
    for i in range(1, count):
        if chances[moves[i]] > chances[best]:
            best = moves[i]
    total, own = 0.0, 0.0
    for i in range(count):
        move = moves[i]
        raised = (1.0 - model[FLOOR]) * chances[move] + model[FLOOR] / count
        utility = model[SLOPE] * np.log(max(raised, 1e-300)) + model[BY_KIND + kind_of(rules, state, move)]
        if move == best:
            utility += model[LIKELIEST + phase_of(rules, state)]
        weight = np.exp(utility)
        total += weight
        if move == made:
            own = weight
    return own / total


@kernel
def weigh(rules, states, model, logs, made, softening, out):
    """Add the log-likelihood of ``made`` in each of the ``states`` [worlds, state_size] to ``out`` [worlds].

    ``logs`` [worlds, moves] are the blueprint's log-probabilities, ``-inf`` where a move is illegal.
    """
    chances = np.empty(logs.shape[1])
    moves = np.empty(logs.shape[1], np.int32)
    for p in range(logs.shape[0]):
        count = 0
        for move in range(logs.shape[1]):
            chances[move] = np.exp(logs[p, move])
            if logs[p, move] > -np.inf:
                moves[count] = move
                count += 1
        chance = searchers_chance(rules, states[p], model, chances, moves, count, made)
        out[p] += np.log((1.0 - softening) * chance + softening / count)
