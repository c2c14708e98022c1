"""Greedy games of a compiled network: the most likely legal move at every decision, ties to the lowest number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types

from agents.blueprints.neural.features import hinted_beliefs, most_features, write_features
from agents.blueprints.neural.network import evaluate, padded, shape_of
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.training.self_play import BELIEFS_AT, MEMORIES_TYPE, PARAMETERS_TYPE
from games._jit import borrowed, jitable, kernel
from games.hanabi.blueprint import DECIDE_TYPE, OBSERVE_TYPE, RULES_TYPE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, DECK_SIZE, HAND_SIZE, PLAYERS, RUNNING, STATE_SIZE, STATUS, TURN
from games.hanabi.rules import apply_move, deal, hide_hand, is_legal, score, show_hand
from games.hanabi.self_play import POLICY_STREAM, copy_into, deck_of_game
from games.rng import draw, fold
from games.threads import run_ranges

Floats = npt.NDArray[np.float32]


@jitable
def best_legal(rules, state, logits, moves):
    """Return the legal move with the largest logit."""
    best = -1
    for m in range(moves):
        if is_legal(rules, state, m) and (best < 0 or logits[m] > logits[best]):
            best = m
    return best


_GREEDY_SIGNATURE = types.void(
    RULES_TYPE,
    types.int64,
    types.int64,
    types.int64,
    PARAMETERS_TYPE,
    types.boolean,
    MEMORIES_TYPE,
    DECIDE_TYPE,
    OBSERVE_TYPE,
    types.int32[::1],
)


@kernel(_GREEDY_SIGNATURE)
def _play_greedily(rules, seed, first, longest, parameters, with_base, fresh, decide, observe, scores):
    parameters = borrowed(parameters)
    _, width_1, width_2, moves = shape_of(parameters)
    hidden_1, hidden_2 = np.empty(width_1, np.float32), np.empty(width_2, np.float32)
    logits, features = np.empty(padded(moves), np.float32), np.empty(longest, np.uint16)
    state, previous = np.empty(rules[STATE_SIZE], np.int32), np.empty(rules[STATE_SIZE], np.int32)
    deck, held = np.empty(rules[DECK_SIZE], np.int32), np.empty(rules[HAND_SIZE], np.int32)
    hints = np.zeros(rules[PLAYERS] * rules[HAND_SIZE], np.int64)
    memories = np.empty(fresh.shape, np.int64)
    for g in range(scores.shape[0]):
        deck_of_game(rules, seed, first + g, deck)
        deal(rules, state, deck)
        memories[:, :] = fresh
        key = fold(fold(fold(np.uint64(0), seed), first + g), POLICY_STREAM)
        while state[STATUS] == RUNNING:
            player = state[CURRENT_PLAYER]
            hide_hand(rules, state, player, held)
            advice = -1
            if with_base:
                advice = decide(rules, state, memories[player], draw(key, state[TURN]))
                count = write_features(rules, state, memories[player], BELIEFS_AT, advice, features)
            else:
                hinted_beliefs(rules, state, hints)
                count = write_features(rules, state, hints, 0, advice, features)
            show_hand(rules, state, player, held)
            evaluate(parameters, features, count, advice, hidden_1, hidden_2, logits)
            move = best_legal(rules, state, logits, moves)
            copy_into(previous, state)
            apply_move(rules, state, deck, move)
            if with_base:
                observe(rules, previous, state, memories)
        scores[g] = score(rules, state)


def play_greedily(
    game: HanabiGame,
    parameters: Floats,
    base: Blueprint | None,
    fresh: npt.NDArray[np.int64],
    seed: int,
    first: int,
    games: int,
    workers: int | None = None,
) -> npt.NDArray[np.int32]:
    """Return the scores [games] of the games ``first ..`` of a seed, the decks of ``games.hanabi.self_play``.

    ``base`` is the rule-based blueprint that the network reads (``None``: hints only), ``fresh`` the memories of its
    seats at the start of a game (zeros of any width without one).
    """
    scores = np.zeros(games, np.int32)
    stand_in = base or blueprint_by_name("random")

    def work(start: int, stop: int) -> None:
        _play_greedily(
            game.rules,
            seed,
            first + start,
            most_features(game),
            parameters,
            base is not None,
            fresh,
            stand_in.decide,
            stand_in.observe,
            scores[start:stop],
        )

    run_ranges(work, games, workers)
    return scores


def fresh_memories(game: HanabiGame, base: Blueprint | None) -> npt.NDArray[np.int64]:
    """Return the memories of all seats at the start of a game, [players, memory size]."""
    if base is None:
        return np.zeros((game.players, 1), np.int64)
    return base.new_memories(game)
