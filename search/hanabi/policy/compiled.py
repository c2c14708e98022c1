"""The compiled engine: a blueprint is called inside kernels, once a hypothetical world and move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import jitable, kernel
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
from search.hanabi.history import SEEN_TYPE, SeatHistory, held_since, suppose, view_supposed
from search.hanabi.policy.follower import BARELY, Evidence, Follower, Supposed
from search.hanabi.policy.likelihood import searchers_chance
from search.hanabi.searchers import Searchers
from search.hanabi.worlds import HANDS_TYPE, PARTICLE_MEMORIES_TYPE

_WEIGHTS_TYPE = types.Array(types.float64, 1, "C")
_COUNTS_TYPE = types.Array(types.int64, 1, "C")
_NO_EVIDENCE = Evidence(np.empty(0), np.empty(0, np.int64))
_WORTH_SHARING = 4  # turns: of fewer it costs more to find what worlds have in common than to replay it twice
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
_ORDER_TYPES = _COUNTS_TYPE, types.boolean
_RANGES = (types.int64,) * 4


@jitable
def _chance_of(rules, state, made, memories, ask, key, chances, held, decide, probability, all_chances, cheats):
    """Return the probability of the move that was made in a state; write those of all moves if they are asked for."""
    player = state[CURRENT_PLAYER]
    if ask == _BY_MOVE:
        move = blueprint_move(rules, state, memories, held, decide, cheats, key)
        chances[:] = 0.0
        if move >= 0:
            chances[move] = 1.0
        return chances[made]
    hide_hand(rules, state, player, held)
    if ask == _BY_CHANCES:
        all_chances(rules, state, memories[player], chances)
        chance = chances[made]
    else:
        chance = probability(rules, state, memories[player], made)
    show_hand(rules, state, player, held)
    return chance


@jitable
def _shared(hands, p, q):
    """Return how many of the oldest cards two hands have in common."""
    count = 0
    while count < hands.shape[1] and hands[p, count] == hands[q, count]:
        count += 1
    return count


@jitable
def _forks(rules, seen, first, last, forks):
    """Write the turn from which on hands differ that have so many oldest cards in common, at most ``last``."""
    count = 0
    for turn in range(first, last):
        while count < held_since(rules, seen, turn + 1):
            forks[count] = turn
            count += 1
    forks[count:] = last


@jitable
def _equal(array, other):
    """Tell whether two memories of all players are the same."""
    for i in range(array.shape[0]):
        for j in range(array.shape[1]):
            if array[i, j] != other[i, j]:
                return False
    return True


@kernel(types.void(RULES_TYPE, SEEN_TYPE, *_WORLD_TYPES, *_MODEL_TYPES, *_POLICY_TYPES, *_ORDER_TYPES, *_RANGES))
def _replay(
    rules, seen, hands, memories, logs, unexplained, ask, softening, model, decide, observe, probability, all_chances,
    cheats, order, alike, first, last, start, stop,
):  # fmt: skip
    """Replay turns ``first .. last-1`` in the worlds ``order[start:stop]``: see ``Follower.replay``.

    model : numbers of partners who search, none where they are softened blueprints. order : of the worlds, such that
    hands with the same oldest cards stand together. Two of them are the same world until the first card comes that
    differs: the second goes on from there, if both began alike. alike : whether the policy is the same function in all.
    """
    before, after = np.empty(rules[STATE_SIZE], np.int32), np.empty(rules[STATE_SIZE], np.int32)
    held, moves = np.empty(rules[HAND_SIZE], np.int32), np.empty(rules[MOVES], np.int32)
    card_of_index, chances = np.empty(seen.revealed.shape[0], np.int32), np.empty(rules[MOVES])
    forks = np.empty(hands.shape[1] + 1, np.int64)
    _forks(rules, seen, first, last, forks)
    kept_memories = np.empty((hands.shape[1] + 2, memories.shape[1], memories.shape[2]), np.int64)
    kept_logs, kept_unexplained = np.empty(hands.shape[1] + 2), np.empty(hands.shape[1] + 2, np.int64)
    beginning = hands.shape[1] + 1
    for place in range(start, stop):
        p, turn, shared = order[place], first, -1
        known = logs[p] == kept_logs[beginning] and unexplained[p] == kept_unexplained[beginning]
        if alike and place > start and known and _equal(memories[p], kept_memories[beginning]):
            shared = _shared(hands, order[place - 1], p)
        if shared < 0:
            kept_memories[beginning], kept_logs[beginning] = memories[p], logs[p]
            kept_unexplained[beginning] = unexplained[p]
        elif forks[shared] > first:
            turn = forks[shared]
            memories[p], logs[p], unexplained[p] = kept_memories[shared], kept_logs[shared], kept_unexplained[shared]
        suppose(seen, hands[p], card_of_index)
        view_supposed(rules, seen, turn, card_of_index, after)
        for t in range(turn, last + 1):
            for count in range(shared + 1, hands.shape[1] + 1):
                if forks[count] == t:
                    kept_memories[count], kept_logs[count] = memories[p], logs[p]
                    kept_unexplained[count] = unexplained[p]
            if t == last:
                break
            copy_into(before, after)
            view_supposed(rules, seen, t + 1, card_of_index, after)
            if ask != _REMEMBER and before[CURRENT_PLAYER] != seen.seat:
                made, legal = np.int64(after[LAST_MOVE]), legal_moves(rules, before, moves)
                key = fold(np.uint64(before[TURN]), p)
                chance = _chance_of(
                    rules, before, made, memories[p], ask, key, chances, held, decide, probability, all_chances, cheats
                )
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

        order = np.lexsort(hands.T[::-1]) if hands.shape[1] else np.arange(len(hands))
        alike = not blueprint.randomness and last - first >= _WORTH_SHARING

        def run(start: int, stop: int) -> None:
            _replay(*place, *ask, *functions, order, alike, first, last, start, stop)

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
