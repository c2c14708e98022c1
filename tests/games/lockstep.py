"""Games played in three engines at once: ours, the Hanabi Learning Environment (HLE) and OpenSpiel, compared throughout.

HLE deals the cards, because its Python interface can only deal at random; OpenSpiel and we are told what it dealt. After
every move the legal moves, the player to move, the reward, the end of the game and the observation of *every* seat are
compared. HLE is driven through its C interface, which is several times faster than its Python classes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyspiel
from hanabi_learning_environment import pyhanabi
from numba import types
from numpy.typing import NDArray

from games._jit import kernel
from games.hanabi import HanabiGame, bridges, layout
from games.hanabi.blueprint import (
    DECIDE_TYPE,
    MEMORIES_TYPE,
    OBSERVE_TYPE,
    RULES_TYPE,
    START_TYPE,
    STATE_TYPE,
    Blueprint,
)
from games.hanabi.layout import RUNNING, STATUS, TURN
from games.hanabi.observation import encode_observation, observation_sections
from games.hanabi.rules import apply_move, deal, legal_moves, score
from games.hanabi.self_play import blueprint_move, copy_into
from games.hanabi.state import HanabiState
from games.rng import below, draw, fold, uniform

DECK_SEEDS = 2**31 - 1
ILLEGAL = -1


class Mismatch(AssertionError):
    """Two engines disagree; the message shows the position in both."""


@kernel
def key_of(seed, number, stream):
    """Return the random key of one game."""
    return fold(fold(fold(np.uint64(0), seed), number), stream)


_CHOOSE = types.int64(
    RULES_TYPE, STATE_TYPE, MEMORIES_TYPE, STATE_TYPE, DECIDE_TYPE, types.boolean, types.uint64, types.float64
)
_ADVANCE = types.int64(
    RULES_TYPE, STATE_TYPE, STATE_TYPE, STATE_TYPE, MEMORIES_TYPE, types.int64, START_TYPE, OBSERVE_TYPE
)


@kernel(_CHOOSE)
def _choose(rules, state, memories, held, decide, sees_own_hand, key, mix):
    """Return the blueprint's move, or with probability ``mix`` a uniformly random legal one."""
    word = fold(key, state[TURN])
    if uniform(draw(word, 0)) < mix:
        moves = np.empty(rules[layout.MOVES], np.int32)
        return np.int64(moves[below(draw(word, 1), legal_moves(rules, state, moves))])
    return blueprint_move(rules, state, memories, held, decide, sees_own_hand, draw(word, 2))


@kernel(_ADVANCE)
def _advance(rules, state, before, deck, memories, move, start, observe):
    """Make ``move`` (a negative one deals the first hands) and return the reward."""
    if move < 0:
        deal(rules, state, deck)
        start(rules, memories)
        return 0
    copy_into(before, state)
    points = score(rules, state)
    apply_move(rules, state, deck, move)
    observe(rules, before, state, memories)
    return score(rules, state) - points


@kernel
def _look(rules, state, legal, observations):
    """Fill the mask of legal moves and the observations of all seats."""
    moves = np.empty(rules[layout.MOVES], np.int32)
    legal[:] = False
    for i in range(legal_moves(rules, state, moves)):
        legal[moves[i]] = True
    for player in range(rules[layout.PLAYERS]):
        encode_observation(rules, state, player, observations[player])


class HleTable:
    """One game of HLE, through its C interface."""

    def __init__(self, game: HanabiGame, seed: int):
        self.ranks = game.ranks
        self.game = pyhanabi.HanabiGame(bridges.hle_parameters(game, seed))
        self.state = self.game.new_initial_state()
        self.encoder = pyhanabi.ObservationEncoder(self.game)
        self.moves = [self.game.get_move(uid) for uid in range(game.moves)]
        self.card = pyhanabi.ffi.new("pyhanabi_card_t*")

    def deal(self) -> list[int]:
        """Make all chance moves that are due and return the types dealt."""
        dealt = []
        lib = pyhanabi.lib
        while not self.is_terminal and lib.StateCurPlayer(self.state._state) == pyhanabi.CHANCE_PLAYER_ID:
            self.state.deal_random_card()
            item = pyhanabi.ffi.new("pyhanabi_history_item_t*")
            lib.StateGetMoveHistory(self.state._state, lib.StateLenMoveHistory(self.state._state) - 1, item)
            move = pyhanabi.HanabiHistoryItem(item).move()
            dealt.append(move.color() * self.ranks + move.rank())
        return dealt

    @property
    def is_terminal(self) -> bool:
        return bool(pyhanabi.lib.StateEndOfGameStatus(self.state._state))

    @property
    def score(self) -> int:
        return int(pyhanabi.lib.StateScore(self.state._state))

    def legal(self) -> NDArray[np.bool_]:
        lib, state = pyhanabi.lib, self.state._state
        return np.array([lib.MoveIsLegal(state, move.c_move) for move in self.moves], dtype=np.bool_)

    def observation(self, player: int) -> NDArray[np.uint8]:
        lib, ffi = pyhanabi.lib, pyhanabi.ffi
        observation = ffi.new("pyhanabi_observation_t*")
        lib.NewObservation(self.state._state, player, observation)
        text = lib.EncodeObservation(self.encoder._encoder, observation)
        bits = np.frombuffer(ffi.string(text), dtype=np.uint8)[::2] - ord("0")  # "0,1,1,..."
        lib.DeleteString(text)
        lib.DeleteObservation(observation)
        return bits


class OpenSpielTable:
    """One game of OpenSpiel; its observation tensors without the detour over Python lists."""

    def __init__(self, game: HanabiGame):
        self.game = pyspiel.load_game(bridges.openspiel_string(game))
        observer = self.game.make_observer(pyspiel.IIGObservationType(perfect_recall=False), {})
        self.observer = pyspiel._Observation(self.game, observer)
        self.tensor = np.array(self.observer, copy=False)
        self.restart()

    def restart(self) -> None:
        self.state = self.game.new_initial_state()

    def apply(self, actions: list[int]) -> None:
        for action in actions:
            self.state.apply_action(action)

    def observation(self, player: int) -> NDArray[np.float32]:
        self.observer.set_from(self.state, player)
        return self.tensor


class Played(NamedTuple):
    """What happened in a game on which all engines agreed."""

    moves: int
    score: int
    comparisons: int


class Lockstep:
    """Plays games of one blueprint in all engines; raises ``Mismatch`` at the first difference."""

    def __init__(self, game: HanabiGame, blueprint: Blueprint, *, mix: float = 0.0, openspiel: bool = True):
        self.game, self.blueprint, self.mix = game, blueprint, mix
        self.state = np.zeros(game.state_size, np.int32)
        self.before = np.zeros_like(self.state)
        self.deck = np.zeros(game.deck_size, np.int32)
        self.held = np.zeros(game.cards_in_hand, np.int32)
        self.memories = np.zeros((game.players, blueprint.memory_size(game)), np.int64)
        self.legal = np.zeros(game.moves, np.bool_)
        self.observations = np.zeros((game.players, game.observation_size), np.uint8)
        self.openspiel = OpenSpielTable(game) if openspiel else None
        self.sections = observation_sections(game)

    def play(self, seed: int, number: int) -> Played:
        """Play game ``number`` under ``seed`` and return its length and score."""
        game, bot = self.game, self.blueprint
        self.hle = HleTable(game, int(key_of(seed, number, 1)) % DECK_SEEDS)
        if self.openspiel:
            self.openspiel.restart()
        key = key_of(seed, number, 2)
        self.dealt = 0
        self.made: list[int] = []
        move, total = -1, 0
        while True:
            self._chance(self.hle.deal())
            reward = _advance(
                game.rules, self.state, self.before, self.deck, self.memories, move, bot.start, bot.observe
            )
            total += reward
            self._compare(int(reward), int(total))
            if self.state[STATUS] != RUNNING:
                return Played(len(self.made), int(total), (len(self.made) + 1) * game.players)
            move = _choose(
                game.rules, self.state, self.memories, self.held, bot.decide, bot.sees_own_hand, key, self.mix
            )
            if move == ILLEGAL:
                self._fail("the blueprint's move is not legal", "", "")
            self.made.append(int(move))
            self.hle.state.apply_move(self.hle.moves[move])
            if self.openspiel:
                self.openspiel.apply([move])

    def _chance(self, cards: list[int]) -> None:
        self.deck[self.dealt : self.dealt + len(cards)] = cards
        self.dealt += len(cards)
        if self.openspiel:
            # Read before the deal: on chance nodes OpenSpiel repeats the reward.
            self.reward = self.openspiel.state.rewards()[0] if self.made else 0.0
            self.openspiel.apply(cards)

    def _compare(self, reward: int, total: int) -> None:
        _look(self.game.rules, self.state, self.legal, self.observations)
        over = bool(self.state[STATUS] != RUNNING)
        player = int(self.state[layout.CURRENT_PLAYER])
        self._expect("end of the game, HLE", over, self.hle.is_terminal)
        self._expect("score, HLE", total, self.hle.score)
        if not over:
            self._expect("player to move, HLE", player, self.hle.state.cur_player())
            self._expect(
                "legal moves, HLE", np.flatnonzero(self.legal).tolist(), np.flatnonzero(self.hle.legal()).tolist()
            )
        for seat in range(self.game.players):
            self._expect_observation("HLE", seat, self.hle.observation(seat))
        if self.openspiel:
            self._compare_openspiel(reward, total, over, player)

    def _compare_openspiel(self, reward: int, total: int, over: bool, player: int) -> None:
        assert self.openspiel
        theirs = self.openspiel.state
        self._expect("end of the game, OpenSpiel", over, theirs.is_terminal())
        self._expect("reward, OpenSpiel", reward, self.reward)
        self._expect("score, OpenSpiel", total, theirs.returns()[0])
        if not over:
            self._expect("player to move, OpenSpiel", player, theirs.current_player())
        self._expect("legal moves, OpenSpiel", np.flatnonzero(self.legal).tolist(), theirs.legal_actions())
        for seat in range(self.game.players):
            self._expect_observation("OpenSpiel", seat, self.openspiel.observation(seat))

    def _expect_observation(self, engine: str, seat: int, theirs: NDArray[Any]) -> None:
        ours = self.observations[seat]
        if not np.array_equal(ours, theirs):
            if ours.shape != theirs.shape:
                self._fail(f"length of the observation, {engine}", ours.shape, theirs.shape)
            bits = np.flatnonzero(ours != theirs)
            part = next(name for name, section in self.sections.items() if section.start <= bits[0] < section.stop)
            what = f"observation of player {seat}, {engine}, bits {bits.tolist()} (from the part '{part}')"
            self._fail(what, ours[bits].tolist(), theirs[bits].tolist())

    def _expect(self, what: str, ours: Any, theirs: Any) -> None:
        if ours != theirs:
            self._fail(what, ours, theirs)

    def _fail(self, what: str, ours: Any, theirs: Any) -> None:
        position = object.__new__(HanabiState)
        position.game, position.array, position.deck, position.history = self.game, self.state, self.deck, self.made
        raise Mismatch(
            f"{what}: ours {ours}, theirs {theirs}\nmoves made: {self.made}\n\n--- ours ---\n{position}\n\n"
            f"--- HLE ---\n{self.hle.state}\n"
            + (f"\n--- OpenSpiel ---\n{self.openspiel.state}\n" if self.openspiel else "")
        )
