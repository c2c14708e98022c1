"""Many games at once, for learners and for speed tests: plain arrays, stepped together on all cores.

``HanabiBatch`` is what reinforcement learning calls a vector environment. Slot ``i`` of ``n`` plays the games ``i``,
``i + n``, ``i + 2n`` ... of a seed – the decks of ``self_play`` with those numbers – so a run does not depend on how
the slots are spread over threads. ``play_randomly`` is the shortest useful loop over the rules: the speed test.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from games._base.jit import kernel
from games._base.numbers import whole
from games._base.rng import below, draw, fold
from games._base.threads import run_ranges
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, DECK_SIZE, MOVES, OBSERVATION_SIZE, RUNNING, STATE_SIZE, STATUS, TURN
from games.hanabi.observation import write_observation, write_observation_v0
from games.hanabi.position import observation_kind
from games.hanabi.rules import apply_move, legal_moves, score
from games.hanabi.self_play import POLICY_STREAM
from games.hanabi.slots import start_slot, step_slot

MAXIMUM_SIZE = 2**31 - 1


@kernel
def _start_range(rules, seed, start, stop, numbers, states, decks):
    for i in range(start, stop):
        start_slot(rules, seed, numbers[i], states[i], decks[i])


@kernel
def _step_range(rules, seed, start, stop, auto_reset, moves, numbers, states, decks, rewards, done, scores):
    """Make one move in each running slot; with ``auto_reset`` a finished slot starts its next game at once."""
    for i in range(start, stop):
        state = states[i]
        if state[STATUS] != RUNNING:
            rewards[i] = 0
            continue
        rewards[i], done[i], points = step_slot(rules, state, decks[i], moves[i])
        if done[i]:
            scores[i] = points
            if auto_reset:
                numbers[i] += states.shape[0]
                start_slot(rules, seed, numbers[i], state, decks[i])


@kernel
def _look_range(rules, start, stop, states, legal, players, observations, all_seats, version_0):
    """Fill legal moves, players to move, and observations [slots, seats, size] of the players to move or of all."""
    moves = np.empty(rules[MOVES], np.int32)
    for i in range(start, stop):
        state = states[i]
        players[i] = state[CURRENT_PLAYER]
        legal[i, :] = False
        for k in range(legal_moves(rules, state, moves)):
            legal[i, moves[k]] = True
        for seat in range(observations.shape[1]):
            player = seat if all_seats else state[CURRENT_PLAYER]
            if version_0:
                write_observation_v0(rules, state, player, observations[i, seat])
            else:
                write_observation(rules, state, player, observations[i, seat])


class HanabiBatch:
    """``size`` games side by side.

    Parameters
    ----------
    game : the configuration.
    size : number of slots, n.
    seed : which decks.
    auto_reset : start a slot's next game in the step that ends one; otherwise the slot waits for ``reset``, without
        legal moves, and moves given for it are ignored.
    seats : ``"current"`` – ``observations`` [n, observation_size] are those of the players to move; ``"all"`` –
        [n, players, observation_size], every seat's own.
    version, dtype : ``"canonical"`` (uint8 by default) or ``"v0"`` (float32); see ``observation.py``.
    workers : threads, by default one a core.

    Attributes, all overwritten by ``step`` and ``reset``
    ----------
    legal : bool [n, moves].  current_player : int32 [n].  observations : see ``seats``.
    rewards : int32 [n], change of the score in the last step.  done : bool [n], the last step ended a game.
    scores : int32 [n], final score of the last game that ended in the slot, -1 before the first.
    states : int32 [n, state_size].  numbers : int64 [n], number of the game in each slot.
    """

    def __init__(
        self,
        game: HanabiGame,
        size: int,
        seed: int = 0,
        *,
        auto_reset: bool = True,
        seats: Literal["current", "all"] = "current",
        version: Literal["canonical", "v0"] = "canonical",
        dtype: DTypeLike | None = None,
        workers: int | None = None,
    ):
        size, seed = whole(size, "the size of a batch", 1, MAXIMUM_SIZE), whole(seed, "seed")
        if seats not in ("current", "all"):
            raise ValueError(f"seats must be 'current' or 'all', not {seats!r}")
        if version not in ("canonical", "v0"):
            raise ValueError(f"version must be 'canonical' or 'v0', not {version!r}")
        kind = observation_kind(version, dtype)
        self.game, self.size, self.seed, self.auto_reset, self.workers = game, size, seed, auto_reset, workers
        self._all_seats, self._version_0 = seats == "all", version == "v0"
        self.states = np.zeros((size, game.state_size), np.int32)
        self.decks = np.zeros((size, game.deck_size), np.int32)
        self.numbers = np.zeros(size, np.int64)
        self.legal = np.zeros((size, game.moves), np.bool_)
        self.current_player = np.zeros(size, np.int32)
        self.rewards = np.zeros(size, np.int32)
        self.done = np.zeros(size, np.bool_)
        self.scores = np.full(size, -1, np.int32)
        shape = (size, game.players if self._all_seats else 1, game.observation_size)
        self._observations = np.zeros(shape, kind)
        self.observations = self._observations if self._all_seats else self._observations[:, 0]
        self.reset()

    def reset(self, first_game: int = 0) -> None:
        """Start the games ``first_game + i`` in all slots."""
        self.numbers[:] = whole(first_game, "the number of the first game") + np.arange(self.size)
        self.rewards[:] = 0
        self.done[:] = False
        self.scores[:] = -1

        def start_and_look(start: int, stop: int) -> None:
            _start_range(self.game.rules, self.seed, start, stop, self.numbers, self.states, self.decks)
            self._look(start, stop)

        run_ranges(start_and_look, self.size, self.workers)

    def step(self, moves: ArrayLike) -> NDArray[np.int32]:
        """Make one move in every slot and return ``rewards`` (the array itself, which the next step overwrites).

        ``moves`` are ids, [n]. Raises ``ValueError`` and changes nothing if one of them is not legal.
        """
        ids = np.ascontiguousarray(moves)
        self._check(ids)

        def step_and_look(start: int, stop: int) -> None:
            _step_range(
                self.game.rules,
                self.seed,
                start,
                stop,
                self.auto_reset,
                ids,
                self.numbers,
                self.states,
                self.decks,
                self.rewards,
                self.done,
                self.scores,
            )
            self._look(start, stop)

        self.done[:] = False
        run_ranges(step_and_look, self.size, self.workers)
        return self.rewards

    def look(self) -> None:
        """Write legal moves, players to move and observations anew, after ``states`` were changed from outside."""
        run_ranges(self._look, self.size, self.workers)

    def _look(self, start: int, stop: int) -> None:
        _look_range(
            self.game.rules,
            start,
            stop,
            self.states,
            self.legal,
            self.current_player,
            self._observations,
            self._all_seats,
            self._version_0,
        )

    def _check(self, ids: NDArray[np.integer]) -> None:
        if ids.shape != (self.size,):
            raise ValueError(f"moves must have shape ({self.size},), not {ids.shape}")
        if ids.dtype.kind not in "iu":
            raise ValueError(f"moves must be integers, not {ids.dtype}")
        running = self.states[:, STATUS] == RUNNING
        inside = (ids >= 0) & (ids < self.game.moves)
        legal = inside & self.legal[np.arange(self.size), np.where(inside, ids, 0)]
        if (wrong := running & ~legal).any():
            slot = int(np.argmax(wrong))
            raise ValueError(f"move {ids[slot]} is not legal in slot {slot}")


class RandomGames(NamedTuple):
    """Result of ``play_randomly``: one row a game."""

    scores: NDArray[np.int32]  # [games]
    turns: NDArray[np.int32]  # [games] moves made


@kernel
def _random_range(rules, seed, first_game, start, stop, observe, scores, turns):
    state = np.empty(rules[STATE_SIZE], np.int32)
    deck = np.empty(rules[DECK_SIZE], np.int32)
    moves = np.empty(rules[MOVES], np.int32)
    observation = np.empty(rules[OBSERVATION_SIZE], np.uint8)
    for g in range(start, stop):
        start_slot(rules, seed, first_game + g, state, deck)
        key = fold(fold(fold(np.uint64(0), seed), first_game + g), POLICY_STREAM)
        while state[STATUS] == RUNNING:
            if observe:
                write_observation(rules, state, state[CURRENT_PLAYER], observation)
            count = legal_moves(rules, state, moves)
            apply_move(rules, state, deck, moves[below(draw(key, state[TURN]), count)])
        scores[g] = score(rules, state)
        turns[g] = state[TURN]


def play_randomly(
    game: HanabiGame,
    games: int,
    seed: int = 0,
    first_game: int = 0,
    *,
    observe: bool = False,
    workers: int | None = None,
) -> RandomGames:
    """Play whole games with uniformly random legal moves: move for move those of the ``random`` blueprint.

    With ``observe`` the observation of the player to move is written before each move (and thrown away), which is what
    a learner would pay. Results do not depend on ``workers``.
    """
    games, seed = whole(games, "the number of games", 1, MAXIMUM_SIZE), whole(seed, "seed")
    first_game = whole(first_game, "the number of the first game")
    scores, turns = np.zeros(games, np.int32), np.zeros(games, np.int32)

    def play(start: int, stop: int) -> None:
        _random_range(game.rules, seed, first_game, start, stop, observe, scores, turns)

    run_ranges(play, games, workers)
    return RandomGames(scores, turns)
