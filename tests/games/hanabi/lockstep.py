"""Games played in three engines at once: ours, the Hanabi Learning Environment (HLE) and OpenSpiel.

HLE's Python interface can only deal at random, so HLE decides on the deck: under one seed it deals the same cards
whatever is played, and a dry run with lives without end reveals them. We play the game on that deck in one compiled
call, recording every position; then both engines make the same moves, and after each the legal moves, the player to
move, the reward, the end of the game and the observation of *every* seat are compared. HLE is driven through its C
interface, which is several times faster than its Python classes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyspiel
from hanabi_learning_environment import pyhanabi
from numba import types
from numpy.typing import NDArray

from games._base.jit import jitable, kernel
from games._base.rng import below, draw, fold, uniform
from games.hanabi import HanabiGame, bridges, layout
from games.hanabi.blueprint import (
    DECIDE_TYPE,
    OBSERVE_TYPE,
    PARAMETERS_TYPE,
    RULES_TYPE,
    START_TYPE,
    STATE_TYPE,
    Blueprint,
)
from games.hanabi.layout import RUNNING, STATUS
from games.hanabi.observation import encode_observation, observation_sections
from games.hanabi.rules import apply_move, deal, legal_moves, score
from games.hanabi.self_play import blueprint_move, copy_into
from games.hanabi.state import HanabiState

DECK_SEEDS = 2**31 - 1


class Mismatch(AssertionError):
    """Two engines disagree; the message shows the position in both."""


@kernel
def key_of(seed, number, stream):
    """Return the random key of one game."""
    return fold(fold(fold(np.uint64(0), seed), number), stream)


_RECORD = types.int64(
    RULES_TYPE,
    STATE_TYPE,
    types.int64,
    PARAMETERS_TYPE,
    START_TYPE,
    DECIDE_TYPE,
    OBSERVE_TYPE,
    types.boolean,
    types.uint64,
    types.float64,
    types.int32[:, ::1],
    types.int32[:, ::1],
    types.boolean[:, ::1],
    types.uint8[:, :, ::1],
)


@jitable
def _look(rules, state, moves, legal, observations):
    """Fill the mask of legal moves and the observations of all seats; return the number of legal moves."""
    count = legal_moves(rules, state, moves)
    legal[:] = False
    for i in range(count):
        legal[moves[i]] = True
    for player in range(rules[layout.PLAYERS]):
        encode_observation(rules, state, player, observations[player])
    return count


@kernel(_RECORD)
def _record(
    rules,
    deck,
    columns,
    parameters,
    start,
    decide,
    observe,
    sees_own_hand,
    key,
    mix,
    events,
    states,
    legal,
    observations,
):
    """Play a whole game; with probability ``mix`` a move is uniformly random instead of the blueprint's.

    Row ``t`` of ``states``, ``legal`` and ``observations`` is the position after ``t`` moves, row ``t`` of ``events``
    the move made in it and its reward. Returns the number of moves, or -1 after an illegal one.
    """
    memories = np.zeros((rules[layout.PLAYERS], columns), np.int64)
    held = np.empty(rules[layout.HAND_SIZE], np.int32)
    moves = np.empty(rules[layout.MOVES], np.int32)
    deal(rules, states[0], deck)
    start(rules, parameters, memories)
    turn = 0
    while True:
        state = states[turn]
        count = _look(rules, state, moves, legal[turn], observations[turn])
        if state[STATUS] != RUNNING:
            return turn
        word = fold(key, turn)
        if uniform(draw(word, 0)) < mix:
            move = np.int64(moves[below(draw(word, 1), count)])
        else:
            move = blueprint_move(rules, state, memories, held, decide, sees_own_hand, draw(word, 2))
        if move < 0:
            return -1
        after = states[turn + 1]
        copy_into(after, state)
        apply_move(rules, after, deck, move)
        observe(rules, state, after, memories)
        events[turn, 0] = move
        events[turn, 1] = score(rules, after) - score(rules, state)
        turn += 1


class HleTable:
    """One game of HLE, through its C interface."""

    def __init__(self, game: HanabiGame, seed: int, **changes: int):
        self.ranks, self.bomb = game.ranks, game.bomb
        self.game = pyhanabi.HanabiGame(bridges.hle_parameters(game, seed) | changes)
        self.state = self.game.new_initial_state()
        self.encoder = pyhanabi.ObservationEncoder(self.game)
        self.moves = [self.game.get_move(uid) for uid in range(game.moves)]

    def deal(self, *, past_the_end: bool = False) -> list[int]:
        """Make all chance moves that are due and return the types dealt; after the end HLE would go on if asked."""
        dealt = []
        lib = pyhanabi.lib
        while lib.StateCurPlayer(self.state._state) == pyhanabi.CHANCE_PLAYER_ID:
            if self.is_terminal and not past_the_end:
                break
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
        """HLE's score, with the points kept after a bomb where our game does."""
        lib, state = pyhanabi.lib, self.state._state
        if self.bomb == "keep":
            return sum(lib.StateFireworks(state, colour) for colour in range(self.game.num_colors()))
        return int(lib.StateScore(state))

    def legal(self) -> list[int]:
        is_legal, state = pyhanabi.lib.MoveIsLegal, self.state._state
        return [uid for uid, move in enumerate(self.moves) if is_legal(state, move.c_move)]

    def observation(self, player: int) -> NDArray[np.uint8]:
        lib, ffi = pyhanabi.lib, pyhanabi.ffi
        observation = ffi.new("pyhanabi_observation_t*")
        lib.NewObservation(self.state._state, player, observation)
        text = lib.EncodeObservation(self.encoder._encoder, observation)
        bits = np.frombuffer(ffi.string(text), dtype=np.uint8)[::2] - ord("0")  # "0,1,1,..."
        lib.DeleteString(text)
        lib.DeleteObservation(observation)
        return bits


def hle_deck(game: HanabiGame, seed: int) -> NDArray[np.int32]:
    """Return the cards that HLE deals under ``seed``, in order: a dry run in which everybody plays the oldest card."""
    table = HleTable(game, seed, max_life_tokens=game.deck_size + 1)
    dealt = table.deal()
    while len(dealt) < game.deck_size:
        table.state.apply_move(table.moves[game.cards_in_hand])
        dealt += table.deal(past_the_end=True)
    return np.array(dealt, dtype=np.int32)


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


class Lockstep:
    """Plays games of one blueprint in all engines; raises ``Mismatch`` at the first difference."""

    def __init__(self, game: HanabiGame, blueprint: Blueprint, *, mix: float = 0.0, openspiel: bool = True):
        self.game, self.blueprint, self.mix = game, blueprint, mix
        rows = game.maximum_turns + 1
        self.columns = blueprint.memory_size(game)
        self.events = np.zeros((rows, 2), np.int32)
        self.states = np.zeros((rows, game.state_size), np.int32)
        self.legal = np.zeros((rows, game.moves), np.bool_)
        self.observations = np.zeros((rows, game.players, game.observation_size), np.uint8)
        self.theirs = np.zeros((game.players, game.observation_size), np.uint8)
        self.openspiel = OpenSpielTable(game) if openspiel else None
        self.sections = observation_sections(game)

    def play(self, seed: int, number: int) -> Played:
        """Play game ``number`` under ``seed`` and return its length and score."""
        hle_seed = int(key_of(seed, number, 1)) % DECK_SEEDS
        self.deck = hle_deck(self.game, hle_seed)
        moves = self._record(key_of(seed, number, 2))
        self.hle = HleTable(self.game, hle_seed)
        self._deal(self.hle.deal(), 0)
        if self.openspiel:
            self.openspiel.restart()
            self.openspiel.apply(self.deck[: self.game.players * self.game.cards_in_hand].tolist())
        total = 0
        self._compare(0, 0, total)
        for turn in range(moves):
            move, reward = self.events[turn].tolist()
            total += reward
            self.hle.state.apply_move(self.hle.moves[move])
            if self.openspiel:
                self.openspiel.apply([move])
            self._deal(self.hle.deal(), turn + 1)
            self._compare(turn + 1, reward, total)
        return Played(moves, total)

    def _record(self, key: np.uint64) -> int:
        bot = self.blueprint
        moves = _record(
            self.game.rules,
            self.deck,
            self.columns,
            bot.parameters(self.game),
            bot.start,
            bot.decide,
            bot.observe,
            bot.sees_own_hand,
            key,
            self.mix,
            self.events,
            self.states,
            self.legal,
            self.observations,
        )
        if moves < 0:
            raise Mismatch(f"blueprint {bot.name!r} made an illegal move")
        return int(moves)

    def _deal(self, cards: list[int], turn: int) -> None:
        """Check that HLE dealt what we dealt."""
        first = int(self.states[turn - 1, layout.DEALT]) if turn else 0
        dealt = self.deck[first : self.states[turn, layout.DEALT]].tolist()
        self._expect(turn, "cards dealt, HLE", dealt, cards)

    def _compare(self, turn: int, reward: int, total: int) -> None:
        over = bool(self.states[turn, STATUS] != RUNNING)
        player = int(self.states[turn, layout.CURRENT_PLAYER])
        self._expect(turn, "end of the game, HLE", over, self.hle.is_terminal)
        self._expect(turn, "score, HLE", total, self.hle.score)
        if not over:
            self._expect(turn, "player to move, HLE", player, self.hle.state.cur_player())
            self._expect(turn, "legal moves, HLE", self.legal[turn].nonzero()[0].tolist(), self.hle.legal())
        for seat in range(self.game.players):
            self.theirs[seat] = self.hle.observation(seat)
        self._expect_observations(turn, "HLE")
        if self.openspiel:
            self._compare_openspiel(turn, reward, total)

    def _compare_openspiel(self, turn: int, reward: int, total: int) -> None:
        assert self.openspiel
        theirs = self.openspiel.state
        over = bool(self.states[turn, STATUS] != RUNNING)
        self._expect(turn, "end of the game, OpenSpiel", over, theirs.is_terminal())
        kept = self.game.bomb == "keep" and self.states[turn, layout.LIFE_TOKENS] == 0  # OpenSpiel scores it as 0
        if turn:  # read before the deal: on chance nodes OpenSpiel repeats the reward
            if not kept:
                self._expect(turn, "reward, OpenSpiel", reward, theirs.rewards()[0])
            dealt = slice(self.states[turn - 1, layout.DEALT], self.states[turn, layout.DEALT])
            self.openspiel.apply(self.deck[dealt].tolist())
        if not kept:
            self._expect(turn, "score, OpenSpiel", total, theirs.returns()[0])
        if not over:
            self._expect(turn, "player to move, OpenSpiel", self.states[turn, 0], theirs.current_player())
        self._expect(turn, "legal moves, OpenSpiel", self.legal[turn].nonzero()[0].tolist(), theirs.legal_actions())
        for seat in range(self.game.players):
            self.theirs[seat] = self.openspiel.observation(seat)
        self._expect_observations(turn, "OpenSpiel")

    def _expect_observations(self, turn: int, engine: str) -> None:
        ours = self.observations[turn]
        if (ours == self.theirs).all():
            return
        seat, bit = np.argwhere(ours != self.theirs)[0].tolist()
        bits = np.flatnonzero(ours[seat] != self.theirs[seat])
        part = next(name for name, section in self.sections.items() if section.start <= bit < section.stop)
        what = f"observation of player {seat}, {engine}, bits {bits.tolist()} (the first is in '{part}')"
        self._expect(turn, what, ours[seat][bits].tolist(), self.theirs[seat][bits].tolist())

    def _expect(self, turn: int, what: str, ours: Any, theirs: Any) -> None:
        if ours == theirs:
            return
        moves = self.events[:turn, 0].tolist()
        position = HanabiState(self.game, self.deck, moves)
        raise Mismatch(
            f"{what}: ours {ours}, theirs {theirs}\nmoves made: {moves}\n\n--- ours ---\n{position}\n\n"
            f"--- HLE ---\n{self.hle.state}\n"
            + (f"\n--- OpenSpiel ---\n{self.openspiel.state}\n" if self.openspiel else "")
        )
