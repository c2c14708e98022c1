"""Examples for a learned belief: self-play of a blueprint, one example a decision, compiled.

Every move is, with a small probability (the *softening*), a random legal one. So what there is to learn, over a
rule-based blueprint, is the posterior that a belief with that softening computes: partners are softened blueprints, and
positions off the convention are not foreign to the model. Over a network the two differ: here it plays its best move,
while ``search.hanabi.beliefs.hands`` gives partners its probabilities.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from agents.blueprints.cards import remove_one, type_bit
from agents.blueprints.neural.belief.evidence import COLUMNS, take_note
from agents.blueprints.neural.belief.position import CLASSES, Position, describe, new_position
from agents.blueprints.neural.belief.prior import log_weights
from agents.blueprints.neural.features import feature_count
from games._base.jit import kernel
from games._base.rng import below, draw, fold, uniform
from games.hanabi.blueprint import DECIDE_TYPE, MEMORIES_TYPE, OBSERVE_TYPE, RULES_TYPE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DECK_SIZE,
    HAND_SIZE,
    MOVES,
    PLAYERS,
    RUNNING,
    STATE_SIZE,
    STATUS,
    TURN,
    TYPES,
)
from games.hanabi.rules import apply_move, deal, hide_hand, legal_moves, show_hand
from games.hanabi.self_play import copy_into, deck_of_game

_MOVE_STREAM = 23
_DEVIATION_STREAM = 24


class Examples(NamedTuple):
    """Positions, a row each, in the order of play.

    features : [numbers] int32, the features that are on, row after row; ``starts`` [rows + 1] int64 where rows begin.
    hands : [rows, hand_size] int32, the true hand, -1 beyond its end.
    prior : [rows, hand_size, types] float32, log-weights of the types of each card given the older ones (``prior``).
    classes : [rows, hand_size, CLASSES] int64, the types of each class.
    """

    features: NDArray[np.int32]
    starts: NDArray[np.int64]
    hands: NDArray[np.int32]
    prior: NDArray[np.float32]
    classes: NDArray[np.int64]


_EXAMPLES_TYPE = types.NamedTuple(
    (types.int32[::1], types.int64[::1], types.int32[:, ::1], types.float32[:, :, ::1], types.int64[:, :, ::1]),
    Examples,
)
_POSITION_TYPE = types.NamedTuple(
    (types.int64[::1], types.int64[::1], types.int64[:, ::1], types.int32[::1], types.int64[::1], types.int64[::1]),
    Position,
)


@kernel(
    types.UniTuple(types.int64, 2)(
        RULES_TYPE,
        types.int64,
        types.int64,
        types.int64,
        types.float64,
        types.int64,
        types.int64,
        MEMORIES_TYPE,
        DECIDE_TYPE,
        OBSERVE_TYPE,
        _POSITION_TYPE,
        _EXAMPLES_TYPE,
    )
)
def _play(rules, seed, first, games, softening, beliefs_at, first_own, fresh, decide, observe, position, examples):
    """Play whole games; return the number of rows, and of rows at which two seats' memories differ."""
    state = np.empty(rules[STATE_SIZE], np.int32)
    before = np.empty(rules[STATE_SIZE], np.int32)
    deck = np.empty(rules[DECK_SIZE], np.int32)
    held = np.empty(rules[HAND_SIZE], np.int32)
    moves = np.empty(rules[MOVES], np.int64)
    memories = np.empty_like(fresh)
    evidence = np.empty((rules[PLAYERS], rules[HAND_SIZE], COLUMNS), np.int64)
    logs = np.empty(rules[TYPES], np.float64)
    patterns = np.empty(rules[TYPES], np.int64)
    terms = np.empty(1 << rules[HAND_SIZE], np.int64)
    ways = np.empty(1 << rules[HAND_SIZE], np.int64)
    row = 0
    private = 0
    for game in range(first, first + games):
        deck_of_game(rules, seed, game, deck)
        deal(rules, state, deck)
        memories[:] = fresh
        evidence[:] = 0
        key = fold(fold(fold(np.uint64(0), seed), game), _MOVE_STREAM)
        while state[STATUS] == RUNNING:
            player = state[CURRENT_PLAYER]
            hide_hand(rules, state, player, held)
            move = decide(rules, state, memories[player], draw(key, state[TURN]))
            cards, count = describe(rules, state, memories[player], beliefs_at, evidence, first_own, position)
            show_hand(rules, state, player, held)
            start = examples.starts[row]
            for i in range(count):
                examples.features[start + i] = position.features[i]
            examples.starts[row + 1] = start + count
            ones, twos = position.unseen[0], position.unseen[1]
            examples.hands[row] = -1
            examples.prior[row] = 0.0
            examples.classes[row] = 0
            for i in range(cards):
                log_weights(ones, twos, cards, i, position.table, terms, ways, patterns, logs)
                for k in range(logs.shape[0]):
                    examples.prior[row, i, k] = logs[k]
                for c in range(CLASSES):
                    examples.classes[row, i, c] = position.classes[i, c]
                examples.hands[row, i] = held[i]
                ones, twos = remove_one(ones, twos, type_bit(held[i]))
            for seat in range(1, memories.shape[0]):
                if (memories[seat] != memories[0]).any():
                    private += 1
                    break
            row += 1
            chance = fold(fold(key, _DEVIATION_STREAM), state[TURN])
            if uniform(draw(chance, 0)) < softening:
                move = moves[below(draw(chance, 1), legal_moves(rules, state, moves))]
            copy_into(before, state)
            apply_move(rules, state, deck, move)
            observe(rules, before, state, memories)
            take_note(rules, before, state, evidence)
    return row, private


class Player:
    """Plays games for examples. ``private`` counts the rows so far in which two seats' memories differed."""

    def __init__(self, game: HanabiGame, blueprint: Blueprint, beliefs_at: int, softening: float, seed: int) -> None:
        if blueprint.sees_own_hand:
            raise ValueError(f"the blueprint {blueprint.name} sees its own cards, so there is nothing to believe")
        self._game, self._blueprint, self._beliefs_at = game, blueprint, beliefs_at
        self._softening, self._seed = softening, seed
        self._fresh = blueprint.new_memories(game)
        self._position = new_position(game)
        self.private = 0

    def play(self, first: int, games: int) -> Examples:
        """Return the examples of games ``first .. first + games - 1``."""
        game = self._game
        room = games * game.maximum_turns
        most = len(self._position.features)
        examples = Examples(
            np.empty(room * most, np.int32),
            np.zeros(room + 1, np.int64),
            np.empty((room, game.cards_in_hand), np.int32),
            np.empty((room, game.cards_in_hand, game.types), np.float32),
            np.empty((room, game.cards_in_hand, CLASSES), np.int64),
        )
        rows, private = _play(
            game.rules,
            self._seed,
            first,
            games,
            self._softening,
            self._beliefs_at,
            feature_count(game),
            self._fresh,
            self._blueprint.decide,
            self._blueprint.observe,
            self._position,
            examples,
        )
        self.private += private
        numbers = examples.starts[rows]
        return Examples(
            examples.features[:numbers],
            examples.starts[: rows + 1],
            examples.hands[:rows],
            examples.prior[:rows],
            examples.classes[:rows],
        )
