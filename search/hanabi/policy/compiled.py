"""The compiled engine: a blueprint is called inside kernels, once a hypothetical world and move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.rng import fold
from games._base.threads import run_ranges
from games.hanabi.blueprint import (
    DECIDE_TYPE,
    OBSERVE_TYPE,
    PROBABILITY_SIGNATURE,
    PROBABILITY_TYPE,
    RULES_TYPE,
    Blueprint,
)
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, HAND_SIZE, LAST_MOVE, MOVES, STATE_SIZE, TURN
from games.hanabi.rules import hide_hand, legal_moves, show_hand
from games.hanabi.self_play import blueprint_move, copy_into
from search.hanabi.history import SeatHistory
from search.hanabi.policy.follower import Follower
from search.hanabi.worlds import CARDS_TYPE, HANDS_TYPE, PARTICLE_MEMORIES_TYPE, fill_own_hand

_HISTORY_TYPE = types.Array(types.int32, 2, "C")
_WEIGHTS_TYPE = types.Array(types.float64, 1, "C")


@kernel(PROBABILITY_SIGNATURE)
def _unknown(rules, view, memory, move):
    """Stand for the probability of a blueprint that has none; never called."""
    return np.nan


@kernel(
    types.void(
        RULES_TYPE,
        _HISTORY_TYPE,
        types.int64,
        types.int64,
        types.int64,
        CARDS_TYPE,
        CARDS_TYPE,
        HANDS_TYPE,
        PARTICLE_MEMORIES_TYPE,
        _WEIGHTS_TYPE,
        types.boolean,
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
def _replay(
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
    weigh,
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

    Updates ``memories[p]`` and, if it is to ``weigh``, ``log_likelihood[p]``. ``hands[p]`` are the types of the own
    cards with ``deck_indices``; own cards that have left the hand are in ``revealed``.
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
            if weigh and before[CURRENT_PLAYER] != seat:
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


class CompiledFollower(Follower):
    """A compiled blueprint in one seat of one game."""

    def move(self, view: NDArray[np.int32], key: np.uint64) -> int:
        return int(self.base.decide(self.history.game.rules, view, self.memory, key))

    def chances(self, view: NDArray[np.int32], moves: NDArray[np.int64], key: np.uint64) -> NDArray[np.float64]:
        probability = self.base.probability
        if probability is None:
            certain: NDArray[np.float64] = (moves == self.move(view, key)).astype(np.float64)
            return certain
        rules, memory = self.history.game.rules, self.memory
        return np.array([probability(rules, view, memory, move) for move in moves])

    def replay(
        self,
        hands: NDArray[np.int32],
        memories: NDArray[np.int64],
        first: int,
        last: int,
        softening: float,
        log_likelihood: NDArray[np.float64] | None,
        workers: int | None,
    ) -> None:
        history, blueprint = self.history, self.base
        known = history.views, first, last, history.seat, history.revealed, history.deck_indices()
        weigh = log_likelihood is not None
        weighed = log_likelihood if weigh else np.empty(0)
        functions = blueprint.decide, blueprint.observe, blueprint.probability or _unknown
        traits = blueprint.probability is not None, blueprint.sees_own_hand
        least = max(softening, blueprint.randomness)

        def run(start: int, stop: int) -> None:
            _replay(
                history.game.rules, *known, hands, memories, weighed, weigh, least, *functions, *traits, start, stop
            )

        run_ranges(run, len(hands), workers)


@dataclass(frozen=True)
class CompiledPolicy:
    """A compiled blueprint as a ``Policy``."""

    blueprint: Blueprint

    @property
    def name(self) -> str:
        return self.blueprint.name

    @property
    def softening(self) -> float:
        return self.blueprint.softening

    @property
    def sees_own_hand(self) -> bool:
        return self.blueprint.sees_own_hand

    def memory_size(self, game: HanabiGame) -> int:
        return self.blueprint.memory_size(game)

    def weights(self, game: HanabiGame) -> str | None:
        return self.blueprint.weights(game)

    def follow(self, history: SeatHistory) -> CompiledFollower:
        return CompiledFollower(history, self.blueprint)
