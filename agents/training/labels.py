r"""Positions labelled by search: what every move would have led to, in the same world, with the network playing on.

At some decisions of self-play each considered move is played in turn from the real position, and the network plays the
game to its end, greedily. The real position is a draw from the posterior of what the player sees, so the final score
is an unbiased sample of ``q(s, m)``, the value of the move for an information state; moves of one position share
their world, so that differences have a small variance. (A planner averages over worlds drawn from a belief; learning
averages over positions, and no belief is needed.) The network's logits are fitted to these values divided by a
temperature,

.. math:: \min_z \sum_m w_m \Big( z_m - \bar z - \frac{q_m - \bar q}{\tau} \Big)^2, \qquad
          w_m \propto \pi(m)^{1/2} + w_0,

bars being means with weights ``w``. At the minimum the policy is ``softmax(q / tau)``: the step of magnetic mirror
descent with a uniform magnet, temperature ``tau`` and a step size of infinity (``solvers.updates``), at every
information state at once, which is expert iteration (Anthony, Tian and Barber, NeurIPS 2017) with mirror-descent search
for an expert. Labels are then drawn again under the new policy. Clearly bad moves are considered only now and then:
their weight is small, and their playouts cost as much as those of good ones.
"""

from __future__ import annotations

import numpy as np
from numba import types

from agents.training.self_play import (
    MEMORIES_TYPE,
    PARAMETERS_TYPE,
    REWARD_SCALE,
    SAMPLES_TYPE,
    best_legal,
    look,
    record,
    rooms,
)
from games._jit import borrowed, jitable, kernel
from games.hanabi.blueprint import DECIDE_TYPE, OBSERVE_TYPE, RULES_TYPE
from games.hanabi.layout import DECK_SIZE, MOVES, RUNNING, STATE_SIZE, STATUS, TURN
from games.hanabi.rules import apply_move, deal, score
from games.hanabi.self_play import POLICY_STREAM, copy_into, deck_of_game
from games.rng import draw, fold, uniform

LABEL_STREAM = 3  # which decisions are labelled, and which of their bad moves are considered
RARELY = 0.125  # how often a move that looks bad is considered


@jitable
def play_on(rules, state, previous, deck, memories, with_base, decide, observe, key, parameters, features, room):
    """Play ``state`` to its end with the network's best moves; return the score. Changes state and memories."""
    while state[STATUS] == RUNNING:
        look(rules, state, memories, with_base, decide, draw(key, 2 * state[TURN]), parameters, features, room)
        move = best_legal(rules, state, room[4])
        copy_into(previous, state)
        apply_move(rules, state, deck, move)
        observe(rules, previous, state, memories)
    return score(rules, state)


@kernel(
    types.void(
        RULES_TYPE,
        types.int64,
        types.int64,
        types.int64,
        types.int64,
        PARAMETERS_TYPE,
        types.boolean,
        types.float64,
        types.float64,
        MEMORIES_TYPE,
        DECIDE_TYPE,
        OBSERVE_TYPE,
        SAMPLES_TYPE,
        types.float32[:, ::1],
    )
)
def label_games(
    rules, seed, first, start, stop, parameters, with_base, share, margin, fresh, decide, observe, samples, scores
):
    """Play games into the samples of games ``start .. stop - 1`` and label a ``share`` of their decisions.

    ``scores`` [rows, padded moves] gets the final scores, in points, of the moves considered: the best one by the
    network, all whose logit is at most ``margin`` below it, and some of the others; NaN elsewhere. The main line is
    drawn from the network's policy. Returns hold what the main line still scored, in tenths of points. The other
    arguments are those of ``play_games``.
    """
    parameters = borrowed(parameters)
    room, aside = rooms(rules, parameters), rooms(rules, parameters)
    logits = room[4]
    probabilities = np.empty(rules[MOVES], np.float64)
    state, previous = np.empty(rules[STATE_SIZE], np.int32), np.empty(rules[STATE_SIZE], np.int32)
    branch = np.empty(rules[STATE_SIZE], np.int32)
    deck = np.empty(rules[DECK_SIZE], np.int32)
    memories, minds = np.empty(fresh.shape, np.int64), np.empty(fresh.shape, np.int64)
    features = np.empty(samples.features.shape[1], np.uint16)
    longest = samples.counts.shape[0] // samples.lengths.shape[0]
    for g in range(start, stop):
        deck_of_game(rules, seed, first + g, deck)
        deal(rules, state, deck)
        memories[:, :] = fresh
        key = fold(fold(fold(np.uint64(0), seed), first + g), POLICY_STREAM)
        label_key = fold(key, LABEL_STREAM)
        turn = 0
        while state[STATUS] == RUNNING:
            row = g * longest + turn
            word = draw(key, 2 * turn)
            teacher, count, value = look(
                rules, state, memories, with_base, decide, word, parameters, samples.features[row], room
            )
            word = draw(key, 2 * turn + 1)
            move = record(
                rules, state, teacher, count, value, with_base, False, word, logits, row, probabilities, samples
            )
            samples.returns[row] = score(rules, state)
            scores[row, :] = np.nan
            if uniform(draw(label_key, turn)) < share:
                best = best_legal(rules, state, logits)
                for m in range(rules[MOVES]):
                    near = logits[m] >= logits[best] - margin
                    if not samples.legal[row, m]:
                        continue
                    if not near and uniform(draw(fold(label_key, turn), m)) >= RARELY:
                        continue
                    copy_into(branch, state)
                    for player in range(minds.shape[0]):
                        copy_into(minds[player], memories[player])
                    apply_move(rules, branch, deck, m)
                    observe(rules, state, branch, minds)
                    scores[row, m] = play_on(
                        rules,
                        branch,
                        previous,
                        deck,
                        minds,
                        with_base,
                        decide,
                        observe,
                        key,
                        parameters,
                        features,
                        aside,
                    )
            copy_into(previous, state)
            apply_move(rules, state, deck, move)
            observe(rules, previous, state, memories)
            turn += 1
        final = score(rules, state)
        for t in range(turn):
            row = g * longest + t
            samples.returns[row] = REWARD_SCALE * (final - samples.returns[row])
        samples.lengths[g], samples.scores[g] = turn, final
