"""Teams of compiled blueprints, a different one in every seat if need be: whole games in one compiled call.

Each kind of blueprint at the table keeps its own memories for all seats, as in self-play; a seat reads the row that its
own kind keeps for it, so it knows no more than its player does.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numba import types
from numba.core.errors import NumbaExperimentalFeatureWarning
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.rng import draw, fold
from games.hanabi.blueprint import DECIDE_TYPE, OBSERVE_TYPE, PARAMETERS_TYPE, RULES_TYPE, START_TYPE, Blueprint
from games.hanabi.game import MAXIMUM_PLAYERS, HanabiGame
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DECK_SIZE,
    HAND_SIZE,
    PLAYERS,
    RUNNING,
    STATE_SIZE,
    STATUS,
    TURN,
)
from games.hanabi.rules import apply_move, deal, hide_hand, is_legal, score, show_hand
from games.hanabi.self_play import POLICY_STREAM, copy_into, deck_of_game

_SIGNATURE = types.void(
    RULES_TYPE,
    types.int64,
    types.int64[::1],
    types.int64[::1],
    types.int64,
    types.UniTuple(PARAMETERS_TYPE, MAXIMUM_PLAYERS),
    types.UniTuple(START_TYPE, MAXIMUM_PLAYERS),
    types.UniTuple(DECIDE_TYPE, MAXIMUM_PLAYERS),
    types.UniTuple(OBSERVE_TYPE, MAXIMUM_PLAYERS),
    types.int64[::1],
    types.int64[:, ::1],
    types.int32[:, ::1],
    types.int32[:, ::1],
)


@kernel(_SIGNATURE)
def _play_teams(
    rules, seed, deals, kinds, count, parameters, starts, decides, observes, memory_sizes, seeds, results, histories
):
    players = rules[PLAYERS]
    state = np.empty(rules[STATE_SIZE], np.int32)
    before = np.empty(rules[STATE_SIZE], np.int32)
    deck = np.empty(rules[DECK_SIZE], np.int32)
    held = np.empty(rules[HAND_SIZE], np.int32)
    for g in range(results.shape[0]):
        memories = [np.zeros((players, memory_sizes[kind]), np.int64) for kind in range(count)]
        deck_of_game(rules, seed, deals[g], deck)
        deal(rules, state, deck)
        for kind in range(count):
            starts[kind](rules, parameters[kind], memories[kind])
        while state[STATUS] == RUNNING:
            player = state[CURRENT_PLAYER]
            kind = kinds[player]
            key = fold(fold(fold(np.uint64(0), seeds[g, player]), 0), POLICY_STREAM)
            hide_hand(rules, state, player, held)
            move = decides[kind](rules, state, memories[kind][player], draw(key, state[TURN]))
            show_hand(rules, state, player, held)
            if not is_legal(rules, state, move):
                results[g, 2] = player + 1
                break
            copy_into(before, state)
            histories[g, state[TURN]] = move
            apply_move(rules, state, deck, move)
            for kind in range(count):
                observes[kind](rules, before, state, memories[kind])
        results[g, 0] = score(rules, state)
        results[g, 1] = state[TURN]


def play_teams(
    game: HanabiGame,
    team: Sequence[Blueprint],
    seed: int,
    deals: Sequence[int],
    seeds: NDArray[np.int64],
    histories: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """Play the deals of a seed with blueprint ``team[p]`` in seat ``p``.

    ``seeds`` [games, players] int64 are those of the players' own randomness, as ``SeatKeys.of_game(game, seed, 0)``
    uses them. ``histories`` [games, maximum turns] int32 is filled with the moves. Returns [games, 3] int32: score,
    moves made, and one more than the seat that made an illegal move (0: none).
    """
    kinds = list(dict.fromkeys(team))
    padded = (kinds + [kinds[0]] * MAXIMUM_PLAYERS)[:MAXIMUM_PLAYERS]
    results = np.zeros((len(deals), 3), np.int32)
    arguments = (
        game.rules,
        seed,
        np.asarray(deals, np.int64),
        np.array([kinds.index(member) for member in team], np.int64),
        len(kinds),
        tuple(kind.parameters(game) for kind in padded),
        tuple(kind.start for kind in padded),
        tuple(kind.decide for kind in padded),
        tuple(kind.observe for kind in padded),
        np.array([kind.memory_size(game) for kind in padded], np.int64),
        np.ascontiguousarray(seeds, np.int64),
        results,
        np.empty((len(deals), game.maximum_turns), np.int32) if histories is None else histories,
    )
    with warnings.catch_warnings():  # numba calls tuples of functions experimental
        warnings.simplefilter("ignore", NumbaExperimentalFeatureWarning)
        _play_teams(*arguments)
    return results
