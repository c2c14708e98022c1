"""What every blueprint must satisfy, taken from the registry: a new one is tested by being listed there.

The contract is ``games/hanabi/blueprint.py``, the checks are ``games/hanabi/conformance.py``, which users call, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from agents.blueprints.registry import blueprint, rule_based_names
from games._base.jit import kernel
from games.hanabi import conformance
from games.hanabi.blueprint import DECIDE_SIGNATURE, OBSERVE_SIGNATURE, START_SIGNATURE, Blueprint
from games.hanabi.conformance import NonConformance, Table, can_play
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.hanabi.layout import CURRENT_PLAYER, HAND_LENGTHS, HANDS, HIDDEN, PLAY_BASE, PLAYERS, STATE_SIZE
from games.hanabi.rules import card_address
from games.hanabi.self_play import self_play
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

NETWORKS = {  # base, and earlier moves that are read
    "network over smart": ("smart", 0),
    "network over information": ("information", 3),
    "network alone": ("none", 2),
}


@pytest.fixture(params=[*rule_based_names(), *NETWORKS])
def policy(request: pytest.FixtureRequest) -> Blueprint:
    return policy_called(request.param)


def policy_called(name: str) -> Blueprint:
    """Return a blueprint of the registry, or one of a network with random weights."""
    if name in NETWORKS:
        base, history = NETWORKS[name]
        return untrained(base, advice=1.0, history=history)
    return blueprint(name)


@pytest.mark.parametrize("deviation", [0.0, 0.3])
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_moves_are_legal_and_decide_is_pure(policy: Blueprint, configuration: str, deviation: float) -> None:
    game = CONFIGURATIONS[configuration]
    if plays(policy, game):
        conformance.check_moves(policy, game, deviation=deviation)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_seat_knows_only_what_it_sees(policy: Blueprint, configuration: str) -> None:
    game = CONFIGURATIONS[configuration]
    if plays(policy, game):
        conformance.check_knowledge(policy, game)


def plays(policy: Blueprint, game: HanabiGame) -> bool:
    assert can_play(policy, game) or game not in STANDARD.values(), "the standard game must be playable"
    return can_play(policy, game)


@pytest.mark.parametrize(
    "rule",
    [
        conformance.check_start,
        conformance.check_compiled_loop,
        conformance.check_grouping,
        conformance.check_randomness,
    ],
    ids=lambda rule: rule.__name__,
)
@pytest.mark.parametrize("configuration", STANDARD)
def test_standard_games_are_played_by_the_rules(
    policy: Blueprint, configuration: str, rule: Callable[[Blueprint, HanabiGame], None]
) -> None:
    rule(policy, STANDARD[configuration])


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


@cache
def _faulty() -> dict[str, tuple[Blueprint, str]]:
    """Return blueprints that break a rule each, and what is said of them."""
    honest = _spy(False)

    @kernel(START_SIGNATURE)
    def start(rules, parameters, memories):
        memories[:, 1:] = 0

    @kernel(DECIDE_SIGNATURE)
    def decide(rules, view, memory, key):
        return np.int64(rules[PLAY_BASE] + key % 2)

    @kernel(OBSERVE_SIGNATURE)
    def observe(rules, before, after, memories):
        for player in range(rules[PLAYERS]):
            memories[player, 0] += after[card_address(rules, player, 0)]

    @kernel(DECIDE_SIGNATURE)
    def touch(rules, view, memory, key):
        memory[0] += 1
        return np.int64(rules[PLAY_BASE])

    @kernel(OBSERVE_SIGNATURE)
    def ignore(rules, before, after, memories):
        pass

    blind = replace(honest, observe=ignore)
    return {
        "start": (replace(blind, start=start), "start leaves numbers of the last game"),
        "random": (replace(blind, decide=decide), "another key gave another move"),
        "peeks": (replace(blind, observe=observe), "knows more than it sees"),
        "touches": (replace(blind, decide=touch), "decide changes the memory"),
    }


@pytest.mark.parametrize("name", ["start", "random", "peeks", "touches"])
def test_checks_find_what_is_wrong(name: str) -> None:
    policy, sentence = _faulty()[name]
    with pytest.raises(NonConformance, match=sentence):
        conformance.check(policy, [standard(2)])
