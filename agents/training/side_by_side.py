"""Many games side by side for a network that is evaluated in batches: look at all, move in all, until all have ended.

The games are those of the compiled self-play (the same decks, the same random numbers), so a torch network and a
compiled one with the same parameters play the same moves. Whole games again: nothing is cut off at the end of an
iteration, and a run has no state but its parameters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types

from agents.blueprints.neural.features import feature_count, hinted_beliefs, most_features, move_width, write_features
from agents.blueprints.neural.history import write_history
from agents.training.self_play import BELIEFS_AT, begin_game, estimate_advantages, make_move, reward_of
from games._base.jit import jitable, kernel
from games._base.rng import draw, uniform
from games._base.threads import run_ranges
from games.hanabi.blueprint import DECIDE_TYPE, OBSERVE_TYPE, RULES_TYPE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    CARD_FIELDS,
    CURRENT_PLAYER,
    HAND_LENGTHS,
    HAND_SIZE,
    HANDS,
    MOVES,
    PLAYERS,
    RUNNING,
    STATE_SIZE,
    STATUS,
    TURN,
)
from games.hanabi.observation import encode_observation, encode_observation_v0
from games.hanabi.rules import hide_hand, is_legal, score, show_hand

ENCODINGS = {"features": 0, "canonical": 1, "v0": 2}


class Look(NamedTuple):
    """What the players to move see, one row a game that is still running.

    slots : int64 [rows], which game.  players : int32 [rows], who is to move.
    features : uint16 [rows, most features], padded with the number of features.
    advice : int32 [rows], the base's move, -1 without a base.  teacher : int32 [rows], the teacher's move.
    legal : bool [rows, moves].
    observations : float32 [rows, observation size], or no columns if nobody reads them.
    cards : int64 [rows, hand size], the types of the own cards (-1: no card), which the auxiliary head guesses.
    chances : float64 [rows], random numbers in [0, 1) that choose the moves.
    """

    slots: npt.NDArray[np.int64]
    players: npt.NDArray[np.int32]
    features: npt.NDArray[np.uint16]
    advice: npt.NDArray[np.int32]
    teacher: npt.NDArray[np.int32]
    legal: npt.NDArray[np.bool_]
    observations: npt.NDArray[np.float32]
    cards: npt.NDArray[np.int64]
    chances: npt.NDArray[np.float64]


@kernel
def _start(rules, seed, first, start, stop, fresh, keys, states, decks, memories):
    for g in range(start, stop):
        keys[g] = begin_game(rules, seed, first + g, fresh, states[g], decks[g], memories[g])


@jitable
def _own_cards(rules, state, player, cards):
    """Write the types of the own cards, -1 for absent ones."""
    for i in range(rules[HAND_SIZE]):
        cards[i] = -1
        if i < state[rules[HAND_LENGTHS] + player]:
            cards[i] = state[rules[HANDS] + (player * rules[HAND_SIZE] + i) * CARD_FIELDS]


LOOK_TYPE = types.NamedTuple(
    (
        types.int64[::1],
        types.int32[::1],
        types.uint16[:, ::1],
        types.int32[::1],
        types.int32[::1],
        types.boolean[:, ::1],
        types.float32[:, ::1],
        types.int64[:, ::1],
        types.float64[::1],
    ),
    Look,
)

_LOOK_SIGNATURE = types.void(
    RULES_TYPE,
    types.int64,
    types.int64,
    types.boolean,
    types.int64,
    types.int64,
    types.int64,
    types.uint64[::1],
    types.int32[:, ::1],
    types.int64[:, :, ::1],
    DECIDE_TYPE,
    LOOK_TYPE,
)


@kernel(_LOOK_SIGNATURE)
def _look(rules, start, stop, with_base, encoding, history, padding, keys, states, memories, decide, look):
    hints = np.zeros(rules[PLAYERS] * rules[HAND_SIZE], np.int64)
    held = np.empty(rules[HAND_SIZE], np.int32)
    for row in range(start, stop):
        g = look.slots[row]
        state = states[g]
        player, turn = state[CURRENT_PLAYER], state[TURN]
        _own_cards(rules, state, player, look.cards[row])
        hide_hand(rules, state, player, held)
        look.teacher[row] = decide(rules, state, memories[g, player], draw(keys[g], 2 * turn))
        look.chances[row] = uniform(draw(keys[g], 2 * turn + 1))
        look.players[row] = player
        if with_base:
            look.advice[row] = look.teacher[row]
            count = write_features(rules, state, memories[g, player], BELIEFS_AT, look.teacher[row], look.features[row])
        else:
            look.advice[row] = -1
            hinted_beliefs(rules, state, hints)
            count = write_features(rules, state, hints, 0, -1, look.features[row])
        first, at = padding - history * move_width(rules), memories.shape[2] - history
        count = write_history(rules, state, memories[g, player], at, history, first, look.features[row], count)
        look.features[row, count:] = padding
        if encoding == 1:
            encode_observation(rules, state, player, look.observations[row])
        elif encoding == 2:
            encode_observation_v0(rules, state, player, look.observations[row])
        show_hand(rules, state, player, held)
        for m in range(rules[MOVES]):
            look.legal[row, m] = is_legal(rules, state, m)


_STEP_SIGNATURE = types.void(
    RULES_TYPE,
    types.int64,
    types.int64,
    types.float64,
    types.int64,
    types.int64[::1],
    types.int64[::1],
    types.int32[:, ::1],
    types.int32[:, ::1],
    types.int64[:, :, ::1],
    OBSERVE_TYPE,
    types.float64[::1],
)


@kernel(_STEP_SIGNATURE)
def _step(rules, start, stop, penalty, history, slots, moves, states, decks, memories, observe, rewards):
    before = np.empty(rules[STATE_SIZE], np.int32)
    for row in range(start, stop):
        g = slots[row]
        state = states[g]
        points = score(rules, state)
        make_move(rules, state, before, decks[g], moves[row], observe, memories[g], history)
        rewards[row] = reward_of(rules, state, points, penalty)


@kernel
def _advantages(lengths, players, gamma, trace, rewards, values, advantages, returns):
    for g in range(lengths.shape[0]):
        estimate_advantages(rewards[g], values[g], lengths[g], players, gamma, trace, advantages[g], returns[g])


class SideBySide:
    """``games`` games of a rule-based blueprint's table, played by somebody else.

    Parameters
    ----------
    teacher : whose memories are kept, and whose moves are told.
    with_base : the features contain the teacher's beliefs and advice, else what hints say.
    inputs : ``features`` (sparse, always there), with ``canonical`` or ``v0`` observations beside them.
    history : earlier moves among the features, which the memories keep beside what the teacher remembers.
    """

    def __init__(
        self,
        game: HanabiGame,
        teacher: Blueprint,
        fresh: npt.NDArray[np.int64],
        games: int,
        *,
        with_base: bool,
        inputs: str = "features",
        history: int = 0,
        workers: int | None = None,
    ) -> None:
        self.game, self.games, self.history = game, games, history
        fresh = np.pad(fresh, ((0, 0), (0, history)))
        self._teacher, self._fresh, self._with_base, self._workers = teacher, fresh, with_base, workers
        self._encoding = ENCODINGS[inputs]
        self._padding = feature_count(game, history)
        self.states = np.zeros((games, game.state_size), np.int32)
        self._decks = np.zeros((games, game.deck_size), np.int32)
        self._memories = np.zeros((games, *fresh.shape), np.int64)
        self._keys = np.zeros(games, np.uint64)

    def start(self, seed: int, first: int) -> None:
        """Deal the games ``first ..`` of a seed."""

        def work(start: int, stop: int) -> None:
            _start(
                self.game.rules,
                seed,
                first,
                start,
                stop,
                self._fresh,
                self._keys,
                self.states,
                self._decks,
                self._memories,
            )

        run_ranges(work, self.games, self._workers)

    def look(self) -> Look:
        """Return what the players to move see in the games that are running (no rows: all have ended)."""
        slots = np.flatnonzero(self.states[:, STATUS] == RUNNING)
        rows, game = len(slots), self.game
        found = Look(
            slots,
            np.zeros(rows, np.int32),
            np.zeros((rows, most_features(game, self.history)), np.uint16),
            np.zeros(rows, np.int32),
            np.zeros(rows, np.int32),
            np.zeros((rows, game.moves), np.bool_),
            np.zeros((rows, game.observation_size if self._encoding else 0), np.float32),
            np.zeros((rows, game.cards_in_hand), np.int64),
            np.zeros(rows, np.float64),
        )

        def work(start: int, stop: int) -> None:
            _look(
                game.rules,
                start,
                stop,
                self._with_base,
                self._encoding,
                self.history,
                self._padding,
                self._keys,
                self.states,
                self._memories,
                self._teacher.decide,
                found,
            )

        run_ranges(work, rows, self._workers)
        return found

    def step(
        self, slots: npt.NDArray[np.int64], moves: npt.NDArray[np.int64], penalty: float = 1.0
    ) -> npt.NDArray[np.float64]:
        """Make one legal move in each of the games ``slots``; return the rewards (``agents.training.self_play``)."""
        rewards = np.zeros(len(slots), np.float64)

        def work(start: int, stop: int) -> None:
            _step(
                self.game.rules,
                start,
                stop,
                penalty,
                self.history,
                slots,
                moves,
                self.states,
                self._decks,
                self._memories,
                self._teacher.observe,
                rewards,
            )

        run_ranges(work, len(slots), self._workers)
        return rewards

    def scores(self) -> npt.NDArray[np.int32]:
        """Return the present score of every game."""
        return np.array([score(self.game.rules, state) for state in self.states], np.int32)


def advantages_of_games(
    lengths: npt.NDArray[np.int32],
    players: int,
    gamma: float,
    trace: float,
    rewards: npt.NDArray[np.float64],
    values: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return advantages and returns, [games, turns], of ``rewards`` and ``values`` of the same shape."""
    found: tuple[Any, Any] = np.zeros_like(values), np.zeros_like(values)
    _advantages(lengths, players, gamma, trace, rewards, values, *found)
    return found
