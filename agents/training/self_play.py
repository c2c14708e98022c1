r"""Self-play of a small network, compiled: whole games, every decision kept, advantages ready.

The seats share one policy and one reward. A *transition* of a seat goes from one of its decisions to its next: the
reward is the change of the score in between, its own move and those of the partners together. With ``V`` the network's
value of what the seat sees,

.. math:: \delta_t = R_t + \gamma V(s_{t+P}) - V(s_t), \qquad A_t = \delta_t + \gamma \lambda A_{t+P}

(generalised advantage estimation, Schulman et al., ICLR 2016, eq. 16; ``P`` players). Games are played to their end, so
nothing is cut off, and a run has no state but its parameters. Rewards are in tenths of points; a third misplay costs
the points made so far times a *penalty share* that may grow from 0 to the game's 1 while learning, because a penalty
for all points teaches a beginner never to play.
"""

from __future__ import annotations

import numpy as np
from numba import types

from agents.blueprints.neural.features import hinted_beliefs, move_width, write_features
from agents.blueprints.neural.history import note_move, write_history
from agents.blueprints.neural.network import REWARD_SCALE, evaluate, history_of, padded, shape_of
from agents.training.samples import Samples
from games._base.jit import borrowed, jitable, kernel
from games._base.rng import draw, fold, uniform
from games.hanabi.blueprint import DECIDE_TYPE, OBSERVE_TYPE, RULES_TYPE
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DECK_SIZE,
    HAND_SIZE,
    MOVES,
    OUT_OF_LIVES,
    PLAYERS,
    POINTS,
    RUNNING,
    STATE_SIZE,
    STATUS,
)
from games.hanabi.rules import apply_move, deal, hide_hand, is_legal, score, show_hand
from games.hanabi.self_play import POLICY_STREAM, copy_into, deck_of_game

BELIEFS_AT = 8  # column of a memory row of the rule-based bases where the possible types of all cards begin

PARAMETERS_TYPE = types.Array(types.float32, 1, "C")
MEMORIES_TYPE = types.Array(types.int64, 2, "C")


@jitable
def legal_probabilities(logits, legal, moves, out):
    """Write the softmax of the legal logits to ``out`` (0 for the others); return the logarithm of its divisor."""
    largest = -np.inf
    for m in range(moves):
        if legal[m]:
            largest = max(largest, logits[m])
    total = 0.0
    for m in range(moves):
        out[m] = np.exp(logits[m] - largest) if legal[m] else 0.0
        total += out[m]
    for m in range(moves):
        out[m] /= total
    return largest + np.log(total)


@jitable
def sample(probabilities, moves, number):
    """Return the move at which the cumulative probabilities pass ``number`` in [0, 1)."""
    chosen = -1
    for m in range(moves):
        if probabilities[m] > 0.0:
            chosen = m
            number -= probabilities[m]
            if number < 0.0:
                break
    return chosen


@jitable
def look(rules, state, memories, with_base, decide, key, parameters, features, room):
    """Evaluate the position for the player to move, as it sees it.

    Fills ``features`` and, in ``room``, logits and hidden layers; returns (the rule-based blueprint's move, number of
    features, value). ``room`` is what ``rooms`` returned. The last columns of ``memories`` are the history that the
    network reads, if it does.
    """
    held, hints, hidden_1, hidden_2, logits = room
    history = history_of(parameters)
    player = state[CURRENT_PLAYER]
    hide_hand(rules, state, player, held)
    teacher = decide(rules, state, memories[player], key)
    if with_base:
        count = write_features(rules, state, memories[player], BELIEFS_AT, teacher, features)
    else:
        hinted_beliefs(rules, state, hints)
        count = write_features(rules, state, hints, 0, -1, features)
    first = shape_of(parameters)[0] - history * move_width(rules)
    at = memories.shape[1] - history
    count = write_history(rules, state, memories[player], at, history, first, features, count)
    show_hand(rules, state, player, held)
    value = evaluate(parameters, features, count, teacher if with_base else -1, hidden_1, hidden_2, logits)
    return teacher, count, value


@jitable
def rooms(rules, parameters):
    """Return scratch arrays for ``look``: the hidden hand, beliefs from hints, two hidden layers, logits."""
    _, width_1, width_2, moves = shape_of(parameters)
    return (
        np.empty(rules[HAND_SIZE], np.int32),
        np.zeros(rules[PLAYERS] * rules[HAND_SIZE], np.int64),
        np.empty(width_1, np.float32),
        np.empty(width_2, np.float32),
        np.empty(padded(moves), np.float32),
    )


@jitable
def best_legal(rules, state, logits):
    """Return the legal move with the largest logit, the lowest of equals."""
    best = -1
    for m in range(rules[MOVES]):
        if (best < 0 or logits[m] > logits[best]) and is_legal(rules, state, m):
            best = m
    return best


@jitable
def estimate_advantages(rewards, values, length, players, gamma, trace, advantages, returns):
    """Write advantages and returns of one game's decisions; ``rewards[t]`` is what decision ``t`` itself changed."""
    for t in range(length - 1, -1, -1):
        reward = 0.0
        for k in range(t, min(t + players, length)):
            reward += rewards[k]
        delta = reward - values[t]
        following = 0.0
        if t + players < length:
            delta += gamma * values[t + players]
            following = advantages[t + players]
        advantages[t] = delta + gamma * trace * following
        returns[t] = advantages[t] + values[t]


@jitable
def reward_of(rules, state, before, penalty):
    """Return the change of the score, in tenths of points; ``before`` is the score before the move."""
    change = score(rules, state) - before
    if state[STATUS] == OUT_OF_LIVES and change < 0:
        return REWARD_SCALE * (penalty * change + (1.0 - penalty) * (state[POINTS] - before))
    return REWARD_SCALE * change


SAMPLES_TYPE = types.NamedTuple(
    (
        types.uint16[:, ::1],
        types.int32[::1],
        types.int32[::1],
        types.int32[::1],
        types.boolean[:, ::1],
        types.int32[::1],
        types.float32[:, ::1],
        types.float32[::1],
        types.float32[::1],
        types.float32[::1],
        types.int32[::1],
        types.int32[::1],
    ),
    Samples,
)

# Rules, seed, first game, range of games, parameters, whether there is a base; fresh memories, blueprint, samples.
GAMES_TYPES = (RULES_TYPE, types.int64, types.int64, types.int64, types.int64, PARAMETERS_TYPE, types.boolean)
TABLE_TYPES = (MEMORIES_TYPE, DECIDE_TYPE, OBSERVE_TYPE, SAMPLES_TYPE)


@jitable
def begin_game(rules, seed, number, fresh, state, deck, memories):
    """Deal game ``number`` of a seed and set all memories to ``fresh``; return the key of its random numbers."""
    deck_of_game(rules, seed, number, deck)
    deal(rules, state, deck)
    memories[:, :] = fresh
    return fold(fold(fold(np.uint64(0), seed), number), POLICY_STREAM)


@jitable
def make_move(rules, state, previous, deck, move, observe, memories, history):
    """Make a move, which all players observe; ``previous`` becomes the state before it.

    ``history`` is the number of earlier moves that the last columns of ``memories`` keep.
    """
    copy_into(previous, state)
    apply_move(rules, state, deck, move)
    observe(rules, previous, state, memories)
    note_move(previous, state, memories, memories.shape[1] - history, history)


@jitable
def record(rules, state, teacher, count, value, with_base, teacher_plays, word, logits, row, probabilities, samples):
    """Write a decision to the samples and return the move: the teacher's, or one drawn from the policy.

    Raises ``FloatingPointError`` if the policy is not a number, so that no move can be drawn.
    """
    moves = rules[MOVES]
    legal = samples.legal[row]
    for m in range(moves):
        legal[m] = is_legal(rules, state, m)
    copy_into(samples.logits[row], logits)
    legal_probabilities(logits, legal, moves, probabilities)
    move = teacher if teacher_plays else sample(probabilities, moves, uniform(word))
    if move < 0:
        raise FloatingPointError("the policy is not a number")
    samples.counts[row], samples.advice[row], samples.teacher[row] = count, teacher if with_base else -1, teacher
    samples.moves[row], samples.values[row] = move, value
    return move


@kernel(types.void(*GAMES_TYPES, types.boolean, types.float64, types.float64, types.float64, *TABLE_TYPES))
def play_games(
    rules,
    seed,
    first,
    start,
    stop,
    parameters,
    with_base,
    teacher_plays,
    penalty,
    gamma,
    trace,
    fresh,
    decide,
    observe,
    samples,
):
    """Play games ``first + start .. first + stop - 1`` into the samples of games ``start .. stop - 1``.

    ``with_base``: the network reads the rule-based blueprint's beliefs and advice, else what hints say.
    ``teacher_plays``: the moves are the blueprint's, else drawn from the network's policy. ``fresh`` are the
    blueprint's memories at the start of a game, widened by a column of zeros for each earlier move that the network
    reads, ``decide`` and ``observe`` the blueprint's functions.
    """
    parameters = borrowed(parameters)
    history = history_of(parameters)
    room = rooms(rules, parameters)
    logits = room[4]
    probabilities = np.empty(rules[MOVES], np.float64)
    state, previous = np.empty(rules[STATE_SIZE], np.int32), np.empty(rules[STATE_SIZE], np.int32)
    deck = np.empty(rules[DECK_SIZE], np.int32)
    memories = np.empty(fresh.shape, np.int64)
    longest = samples.counts.shape[0] // samples.lengths.shape[0]
    rewards = np.empty(longest, np.float64)
    for g in range(start, stop):
        key = begin_game(rules, seed, first + g, fresh, state, deck, memories)
        turn = 0
        while state[STATUS] == RUNNING:
            row = g * longest + turn
            features = samples.features[row]
            teacher, count, value = look(
                rules, state, memories, with_base, decide, draw(key, 2 * turn), parameters, features, room
            )
            move = record(
                rules,
                state,
                teacher,
                count,
                value,
                with_base,
                teacher_plays,
                draw(key, 2 * turn + 1),
                logits,
                row,
                probabilities,
                samples,
            )
            points = score(rules, state)
            make_move(rules, state, previous, deck, move, observe, memories, history)
            rewards[turn] = reward_of(rules, state, points, penalty)
            turn += 1
        begin, end = g * longest, g * longest + turn
        samples.lengths[g], samples.scores[g] = turn, score(rules, state)
        estimate_advantages(
            rewards,
            samples.values[begin:end],
            turn,
            rules[PLAYERS],
            gamma,
            trace,
            samples.advantages[begin:end],
            samples.returns[begin:end],
        )
