"""What every blueprint must satisfy, taken from the registry: a new one is tested by being listed there.

The contract is ``games/hanabi/blueprint.py``. ``Table`` below plays games from Python through the blueprint's three
functions, independently of the compiled loop in ``self_play``.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from agents.blueprints.registry import blueprint, rule_based_names
from games._base.jit import kernel
from games._base.rng import draw, fold
from games.hanabi import rules as hanabi
from games.hanabi.blueprint import DECIDE_SIGNATURE, OBSERVE_SIGNATURE, START_SIGNATURE, Blueprint
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DECK_SIZE,
    HAND_LENGTHS,
    HANDS,
    HIDDEN,
    MOVES,
    PLAY_BASE,
    PLAYERS,
    RUNNING,
    STATE_SIZE,
    STATUS,
    TURN,
)
from games.hanabi.rules import card_address
from games.hanabi.self_play import POLICY_STREAM, deck_of_game, self_play
from tests.agents.blueprints.networks import untrained

STANDARD = {f"{players} players": standard(players) for players in range(2, 6)}
ODD = {
    "small": small(),
    "small, 5 players": small(5),
    "seven cards": seven_card(),
    "one life, one token": HanabiGame(3, colours=3, ranks=3, hand_size=2, information_tokens=1, life_tokens=1),
    "no tokens": HanabiGame(2, colours=2, ranks=4, hand_size=3, information_tokens=0),
    "one rank": HanabiGame(4, colours=4, ranks=1, hand_size=1),
    "one colour, one card": HanabiGame(2, colours=1, ranks=5, hand_size=1, information_tokens=2),
    "no deck": HanabiGame(2, colours=1, ranks=3, hand_size=3),
    "63 types": HanabiGame(2, colours=9, ranks=7, hand_size=8),
    "bombs keep points": standard(2, bomb="keep"),
}
CONFIGURATIONS = STANDARD | ODD

# Mean scores of others for 2, 3 ... players, with a lost game scoring 0; ours may not be worse. information: README of
# WuTheFWasThat/hanabi.rs; simple, smart, cheating: README of Quuxplusone/Hanabi, smart re-run with lost games at 0;
# piers, iggi: the agents of rocanaan/hanabi-ad-hoc-learning, run in the Hanabi Learning Environment (150 games).
PUBLISHED = {
    "information": (22.52, 24.795, 24.936, 24.922),
    "smart": (22.99, 22.93, 21.88, 19.06),
    "simple": (16.92, 18.48, 19.32, 18.50),
    "piers": (17.0, 16.9),
    "iggi": (15.7, 15.7),
    "cheating": (24.90, 24.98, 24.97, 24.95),
}

_apply_move = kernel(hanabi.apply_move)
_is_legal = kernel(hanabi.is_legal)
_legal_moves = kernel(hanabi.legal_moves)
_deal = kernel(hanabi.deal)
_deck_of_game = kernel(deck_of_game)


@kernel
def _policy_key(seed, game, turn):
    return draw(fold(fold(fold(np.uint64(0), seed), game), POLICY_STREAM), turn)


NETWORKS = ("network over smart", "network over information", "network alone")


@pytest.fixture(params=[*rule_based_names(), *NETWORKS])
def policy(request: pytest.FixtureRequest) -> Blueprint:
    return policy_called(request.param)


def policy_called(name: str) -> Blueprint:
    """Return a blueprint of the registry, or one of a network with random weights."""
    if name in NETWORKS:
        return untrained("none" if name == "network alone" else name.split()[-1], advice=1.0)
    return blueprint(name)


def scrambled(game: HanabiGame, state: np.ndarray, player: int, types: np.ndarray | int) -> np.ndarray:
    """Return a copy of ``state`` with the card types of one hand replaced."""
    copy = state.copy()
    for i in range(int(state[game.rules[HAND_LENGTHS] + player])):
        copy[card_address(game.rules, player, i)] = types if isinstance(types, int) else types[i]
    return copy


def can_play(policy: Blueprint, game: HanabiGame) -> bool:
    """Return whether the policy plays ``game``; it may refuse an odd one, with one sentence."""
    try:
        return policy.memory_size(game) >= 1
    except ValueError:
        assert game not in STANDARD.values(), "the standard game must be playable"
        return False


class Table:
    """One game, played move by move."""

    def __init__(self, game: HanabiGame, policy: Blueprint, seed: int, number: int) -> None:
        self.game, self.policy, self.seed, self.number = game, policy, seed, number
        self.rules = game.rules
        self.deck = np.empty(self.rules[DECK_SIZE], np.int32)
        self.state = np.empty(self.rules[STATE_SIZE], np.int32)
        self.before = self.state.copy()
        self.memories = self.new_memories()
        _deck_of_game(self.rules, seed, number, self.deck)
        _deal(self.rules, self.state, self.deck)

    def new_memories(self, garbage: int = 0) -> np.ndarray:
        memories = np.full((self.game.players, self.policy.memory_size(self.game)), garbage, np.int64)
        self.policy.start(self.rules, self.policy.parameters(self.game), memories)
        return memories

    @property
    def running(self) -> bool:
        return bool(self.state[STATUS] == RUNNING)

    @property
    def player(self) -> int:
        return int(self.state[CURRENT_PLAYER])

    def view(self) -> np.ndarray:
        """Return what the policy is given: the state, with the own hand hidden unless the policy cheats."""
        if self.policy.sees_own_hand:
            return self.state.copy()
        return scrambled(self.game, self.state, self.player, HIDDEN)

    def decide(self, stream: int = 0) -> int:
        """Ask the policy for a move, and check that it answers with a legal one and touches nothing."""
        view = self.view()
        memory = self.memories[self.player].copy()
        key = np.uint64(_policy_key(self.seed + stream, self.number, int(self.state[TURN])))
        move = int(self.policy.decide(self.rules, view, memory, key))
        assert _is_legal(self.rules, self.state, move), f"illegal move {move}"
        assert np.array_equal(view, self.view()), "decide changed the view"
        assert np.array_equal(memory, self.memories[self.player]), "decide changed the memory"
        return move

    def random_move(self, generator: np.random.Generator) -> int:
        moves = np.empty(self.rules[MOVES], np.int32)
        return int(generator.choice(moves[: _legal_moves(self.rules, self.state, moves)]))

    def step(self, move: int) -> None:
        self.before[:] = self.state
        _apply_move(self.rules, self.state, self.deck, move)
        self.policy.observe(self.rules, self.before, self.state, self.memories)


@pytest.mark.parametrize("deviation", [0.0, 0.3])
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_moves_are_legal_and_decide_is_pure(policy: Blueprint, configuration: str, deviation: float) -> None:
    game = CONFIGURATIONS[configuration]
    generator = np.random.default_rng(1)
    for number in range(6 if can_play(policy, game) else 0):
        table = Table(game, policy, 11, number)
        while table.running:
            move = table.decide()
            assert table.decide() == move, "the same key gave another move"
            table.step(table.random_move(generator) if generator.random() < deviation else move)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_seat_knows_only_what_it_sees(policy: Blueprint, configuration: str) -> None:
    """Seat p's memory is the same in the full simulation, with p's hand hidden throughout, and with it scrambled.

    The other rows mean nothing in a seat that is simulated alone; its own row must come out right all the same. Random
    moves are mixed in, because teammates who search leave the convention.
    """
    game = CONFIGURATIONS[configuration]
    generator = np.random.default_rng(2)
    for number in range(3 if can_play(policy, game) else 0):
        table = Table(game, policy, 12, number)
        alone = {(seat, hidden): table.new_memories() for seat in range(game.players) for hidden in (True, False)}
        while table.running:
            deviates = generator.random() < 0.25
            table.step(table.random_move(generator) if deviates else table.decide())
            for (seat, hidden), memories in alone.items():
                types = HIDDEN if hidden else generator.integers(0, game.types, game.cards_in_hand)
                before = scrambled(game, table.before, seat, types)
                after = scrambled(game, table.state, seat, types)
                policy.observe(game.rules, before, after, memories)
                assert np.array_equal(memories[seat], table.memories[seat]), (
                    f"seat {seat} knows more than it sees after move {table.state[TURN]} of game {number}"
                )


@pytest.mark.parametrize("configuration", STANDARD)
def test_start_fills_a_used_memory(policy: Blueprint, configuration: str) -> None:
    table = Table(STANDARD[configuration], policy, 0, 0)
    assert np.array_equal(table.new_memories(garbage=12345), table.new_memories())


@pytest.mark.parametrize("configuration", STANDARD)
def test_python_and_compiled_loop_play_the_same_games(policy: Blueprint, configuration: str) -> None:
    game = STANDARD[configuration]
    compiled = self_play(game, policy, 4, seed=13, first_game=7)
    for i in range(4):
        table = Table(game, policy, 13, 7 + i)
        while table.running:
            table.step(table.decide())
        assert hanabi.score(game.rules, table.state) == compiled.scores[i]
        assert table.state[TURN] == compiled.turns[i]


@pytest.mark.parametrize("configuration", STANDARD)
def test_games_do_not_depend_on_how_they_are_grouped(policy: Blueprint, configuration: str) -> None:
    game = STANDARD[configuration]
    whole = self_play(game, policy, 30, seed=5)
    parts = [
        self_play(game, policy, stop - start, seed=5, first_game=start) for start, stop in ((0, 1), (1, 12), (12, 30))
    ]
    for field in ("scores", "turns", "lives"):
        assert np.array_equal(getattr(whole, field), np.concatenate([getattr(part, field) for part in parts]))


@pytest.mark.parametrize("configuration", STANDARD)
def test_randomness_is_declared(policy: Blueprint, configuration: str) -> None:
    """Another key gives another move at most as often as declared; never, where nothing is declared."""
    different = decisions = 0
    for number in range(10):
        table = Table(STANDARD[configuration], policy, 14, number)
        while table.running:
            move = table.decide()
            different += sum(table.decide(stream) != move for stream in range(1, 5))
            decisions += 4
            table.step(move)
    assert different <= policy.randomness * decisions


def test_readings_are_mostly_right() -> None:
    """What the convention tells a player about the own cards is never empty, and mostly true among teammates."""
    readers = [(policy, policy.read) for policy in map(blueprint, rule_based_names()) if policy.read is not None]
    assert readers
    for (policy, read), game in itertools.product(readers, STANDARD.values()):
        right = cards = 0
        for number in range(6):
            table = Table(game, policy, 15, number)
            while table.running:
                masks = np.zeros(game.cards_in_hand, np.int64)
                read(table.rules, table.view(), table.memories[table.player], masks)
                for i in range(int(table.state[table.rules[HAND_LENGTHS] + table.player])):
                    assert 0 < masks[i] < 1 << game.types
                    right += int(masks[i]) >> int(table.state[card_address(table.rules, table.player, i)]) & 1
                    cards += 1
                table.step(table.decide())
        assert right >= 0.9 * cards, policy.name


@pytest.mark.parametrize(
    ("name", "players", "published"),
    [(name, players, mean) for name, means in PUBLISHED.items() for players, mean in enumerate(means, start=2)],
)
def test_scores_reach_the_published_ones(name: str, players: int, published: float) -> None:
    result = self_play(standard(players), blueprint(name), 1000, seed=16)
    margin = 5 * result.standard_error
    assert result.mean >= published - margin
    if name == "cheating":
        assert result.mean <= published + margin


def test_random_play_loses() -> None:
    result = self_play(standard(2), blueprint("random"), 500, seed=16)
    assert result.mean < 0.5
    assert (result.lives == 0).mean() > 0.95


@cache
def _spy(sees_own_hand: bool) -> Blueprint:
    """Return a player that checks what it is shown, and makes an illegal move if that is not what it should be."""

    @kernel(START_SIGNATURE)
    def start(rules, parameters, memories):
        memories[:] = 0

    @kernel(DECIDE_SIGNATURE)
    def decide(rules, view, memory, key):
        for player in range(rules[PLAYERS]):
            hidden = player == view[CURRENT_PLAYER] and not sees_own_hand
            for i in range(view[rules[HAND_LENGTHS] + player]):
                if (view[card_address(rules, player, i)] == HIDDEN) != hidden:
                    return np.int64(-1)
        return np.int64(rules[PLAY_BASE])

    @kernel(OBSERVE_SIGNATURE)
    def observe(rules, before, after, memories):
        for k in range(rules[HANDS], rules[STATE_SIZE]):
            memories[0, 0] += before[k] + after[k]

    return Blueprint("spy", start, decide, observe, lambda game: 1, sees_own_hand=sees_own_hand)


@pytest.mark.parametrize("sees_own_hand", [False, True])
@pytest.mark.parametrize("configuration", STANDARD)
def test_the_own_hand_is_hidden_from_all_but_cheats(configuration: str, sees_own_hand: bool) -> None:
    result = self_play(STANDARD[configuration], _spy(sees_own_hand), 20, seed=17)
    assert (result.turns >= 3).all()


def test_an_illegal_move_is_reported_with_its_game() -> None:
    @kernel(DECIDE_SIGNATURE)
    def decide(rules, view, memory, key):
        return np.int64(0)

    spy = _spy(False)
    discards = Blueprint("discards", spy.start, decide, spy.observe, spy.memory_size)
    with pytest.raises(RuntimeError, match=r"'discards' made an illegal move in game 3 of seed 1"):
        self_play(standard(2), discards, 5, seed=1, first_game=3)
