"""The likelihood of a partner's move under a model of partners who search (``search.hanabi.searchers``), compiled."""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel
from games.hanabi.layout import COLOUR_BASE, DEALT, DECK_SIZE, PLAY_BASE, RANK_BASE
from search.hanabi.searchers import A_PHASE, BY_PHASE, FLOOR, PHASES, SLOPE


@jitable
def kind_of(rules, move):
    """Return the number of a move's kind: discard, play, hint of a colour, hint of a rank."""
    if move < rules[COLOUR_BASE]:
        return 0 if move < rules[PLAY_BASE] else 1
    return 2 if move < rules[RANK_BASE] else 3


@jitable
def phase_of(rules, view):
    """Return the number of the phase that a view is of."""
    left = rules[DECK_SIZE] - view[DEALT]
    phase = 0
    for cards in PHASES:
        if left <= cards:
            phase += 1
    return phase


@jitable
def searchers_chance(rules, view, model, chances, moves, count, made):
    """Return the model's probability of ``made``, before softening.

    chances : [moves], the blueprint's of all moves. moves[:count] : the legal ones, ``made`` among them.
    """
    start = BY_PHASE + A_PHASE * phase_of(rules, view)
    best = moves[0]
    for i in range(1, count):
        if chances[moves[i]] > chances[best]:
            best = moves[i]
    total, own = 0.0, 0.0
    for i in range(count):
        move = moves[i]
        raised = (1.0 - model[FLOOR]) * chances[move] + model[FLOOR] / count
        utility = model[SLOPE] * np.log(max(raised, 1e-300)) + model[start + 1 + kind_of(rules, move)]
        if move == best:
            utility += model[start]
        weight = np.exp(utility)
        total += weight
        if move == made:
            own = weight
    return own / total


@kernel
def weigh(rules, view, model, logs, made, softening, out):
    """Add the log-likelihood of ``made`` to ``out`` [worlds].

    ``logs`` [worlds, moves] are the blueprint's log-probabilities, ``-inf`` where a move is illegal; ``view`` is any
    of a world, whose public part is the same in all.
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
        chance = searchers_chance(rules, view, model, chances, moves, count, made)
        out[p] += np.log((1.0 - softening) * chance + softening / count)
