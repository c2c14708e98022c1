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
    CHANCES_SIGNATURE,
    CHANCES_TYPE,
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
from search.hanabi.history import SEEN_TYPE, SeatHistory, suppose, view_supposed
from search.hanabi.policy.follower import BARELY, Evidence, Follower, Supposed
from search.hanabi.policy.likelihood import searchers_chance
from search.hanabi.searchers import Searchers
from search.hanabi.worlds import HANDS_TYPE, PARTICLE_MEMORIES_TYPE

_WEIGHTS_TYPE = types.Array(types.float64, 1, "C")
_COUNTS_TYPE = types.Array(types.int64, 1, "C")
_NO_EVIDENCE = Evidence(np.empty(0), np.empty(0, np.int64))
_REMEMBER, _BY_MOVE, _BY_PROBABILITY, _BY_CHANCES = range(4)  # what is asked of the policy: nothing, its moves, or more


@kernel(PROBABILITY_SIGNATURE)
def _unknown(rules, view, memory, move):
    """Stand for the probability of a blueprint that has none; never called."""
    return np.nan


@kernel(CHANCES_SIGNATURE)
def _none_known(rules, view, memory, out):
    """Stand for the probabilities of all moves of a blueprint that has none; never called."""


_WORLD_TYPES = HANDS_TYPE, PARTICLE_MEMORIES_TYPE, _WEIGHTS_TYPE, _COUNTS_TYPE
_MODEL_TYPES = types.int64, types.float64, _WEIGHTS_TYPE
_POLICY_TYPES = DECIDE_TYPE, OBSERVE_TYPE, PROBABILITY_TYPE, CHANCES_TYPE, types.boolean
_RANGES = (types.int64,) * 4


@kernel(types.void(RULES_TYPE, SEEN_TYPE, *_WORLD_TYPES, *_MODEL_TYPES, *_POLICY_TYPES, *_RANGES))
def _replay(
    rules, seen, hands, memories, logs, unexplained, ask, softening, model, decide, observe, probability, all_chances,
    cheats, first, last, start, stop,
):  # fmt: skip
    """Replay turns ``first .. last-1`` in worlds ``start .. stop-1``: see ``Follower.replay``.

    model : numbers of partners who search, none where they are softened blueprints.
    """
    before = np.empty(rules[STATE_SIZE], np.int32)
    after = np.empty(rules[STATE_SIZE], np.int32)
    held = np.empty(rules[HAND_SIZE], np.int32)
    card_of_index = np.empty(seen.revealed.shape[0], np.int32)
    moves = np.empty(rules[MOVES], np.int32)
    chances = np.empty(rules[MOVES])
    for p in range(start, stop):
        suppose(seen, hands[p], card_of_index)
        view_supposed(rules, seen, first, card_of_index, after)
        for t in range(first, last):
            copy_into(before, after)
            view_supposed(rules, seen, t + 1, card_of_index, after)
            player = before[CURRENT_PLAYER]
            if ask != _REMEMBER and player != seen.seat:
                made = np.int64(after[LAST_MOVE])
                legal = legal_moves(rules, before, moves)
                if ask == _BY_CHANCES:
                    hide_hand(rules, before, player, held)
                    all_chances(rules, before, memories[p, player], chances)
                    show_hand(rules, before, player, held)
                    chance = chances[made]
                elif ask == _BY_PROBABILITY:
                    hide_hand(rules, before, player, held)
                    chance = probability(rules, before, memories[p, player], made)
                    show_hand(rules, before, player, held)
                else:
                    key = fold(np.uint64(before[TURN]), p)
                    move = blueprint_move(rules, before, memories[p], held, decide, cheats, key)
                    chance = 1.0 if move == made else 0.0
                    chances[:] = 0.0
                    if move >= 0:
                        chances[move] = 1.0
                unexplained[p] += chance * legal < BARELY
                if model.shape[0]:
                    chance = searchers_chance(rules, before, model, chances, moves, legal, made)
                logs[p] += np.log((1.0 - softening) * chance + softening / legal)
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
        worlds: Supposed,
        first: int,
        last: int,
        softening: float,
        workers: int | None,
        searchers: Searchers | None = None,
    ) -> None:
        history, blueprint = self.history, self.base
        hands, memories, evidence = worlds
        if searchers is None:
            how, model = _BY_MOVE if blueprint.probability is None else _BY_PROBABILITY, np.empty(0)
        else:
            how, model = _BY_MOVE if blueprint.chances is None else _BY_CHANCES, np.array(searchers.numbers)
        ask = (_REMEMBER if evidence is None else how), max(softening, blueprint.randomness), model
        more = blueprint.probability or _unknown, blueprint.chances or _none_known
        functions = blueprint.decide, blueprint.observe, *more, blueprint.sees_own_hand
        place = history.game.rules, history.seen(), hands, memories, *(evidence or _NO_EVIDENCE)

        def run(start: int, stop: int) -> None:
            _replay(*place, *ask, *functions, first, last, start, stop)

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
