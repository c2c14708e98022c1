"""The features of a position against a slow definition by name, and what a network may rely on."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import pytest

from agents.blueprints.information import INFORMATION
from agents.blueprints.neural import features
from agents.blueprints.smart import SMART
from games._base.jit import kernel
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.hanabi.layout import HIDDEN
from games.hanabi.state import HanabiState
from tests.agents.blueprints.naive_features import Name, Reader, all_names

MASKS = 8  # where both conventions keep their sets
GAMES = {
    "2 players": standard(2),
    "3 players": standard(3),
    "4 players": standard(4),
    "5 players": standard(5),
    "small": small(3),
    "seven cards": seven_card(),
    "one rank, one card": HanabiGame(4, colours=4, ranks=1, hand_size=1),
    "no tokens": HanabiGame(2, colours=2, ranks=4, hand_size=3, information_tokens=0),
    "63 types": HanabiGame(2, colours=9, ranks=7, hand_size=8),
}

_write = kernel(features.write_features)
_hinted = kernel(features.hinted_beliefs)


@functools.cache
def numbers(name: str) -> dict[Name, int]:
    return {feature: number for number, feature in enumerate(all_names(GAMES[name]))}


def positions(game: HanabiGame, games: int, blueprint: Blueprint) -> Iterator[tuple[HanabiState, np.ndarray]]:
    """Yield positions, with the memories of a table at which half of the moves are random ones."""
    generator = np.random.default_rng(5)
    for number in range(games):
        state = HanabiState.from_seed(game, 21, number)
        memories = blueprint.new_memories(game)
        while not state.is_terminal:
            yield state, memories
            player = state.current_player
            move = int(blueprint.decide(game.rules, state.view(player), memories[player], np.uint64(0)))
            if generator.random() < 0.4:
                move = int(generator.choice(state.legal_moves()))
            before = state.array.copy()
            state.apply(move)
            blueprint.observe(game.rules, before, state.array, memories)


def written(game: HanabiGame, view: np.ndarray, beliefs: np.ndarray, at: int, advice: int) -> list[int]:
    buffer = np.full(features.most_features(game), -1, np.int32)
    count = _write(game.rules, view, beliefs, at, advice, buffer)
    assert (buffer[count:] == -1).all()
    return [int(number) for number in buffer[:count]]


@pytest.mark.parametrize("blueprint", [SMART, INFORMATION], ids=lambda blueprint: blueprint.name)
@pytest.mark.parametrize("name", GAMES)
def test_features_are_those_of_the_slow_definition(name: str, blueprint: Blueprint) -> None:
    game, number = GAMES[name], numbers(name)
    generator = np.random.default_rng(6)
    seen: set[int] = set()
    for state, memories in positions(game, 4, blueprint):
        view = state.view(state.current_player)
        memory = memories[state.current_player]
        if generator.random() < 0.1:  # beliefs that nothing supports
            memory = generator.integers(0, 2**game.types, memory.shape)
        advice = int(generator.integers(-1, game.moves))
        found = written(game, view, memory, MASKS, advice)
        expected = {number[feature] for feature in Reader(game, view, memory[MASKS:].tolist()).names(advice)}
        assert len(set(found)) == len(found)
        assert set(found) == expected
        seen |= expected
    assert len(seen) > 30


@pytest.mark.parametrize("name", GAMES)
def test_numbers_lie_in_their_sections(name: str) -> None:
    game, number = GAMES[name], numbers(name)
    sections = features.feature_sections(game)
    assert features.feature_count(game) == len(number)
    assert [section.start for section in sections.values()][1:] == [section.stop for section in sections.values()][:-1]
    first = {"deck": "deck size", "stack": "fireworks", "discarded": "discards", "touched": "last touched"}
    for feature, place in number.items():
        kind = first.get(str(feature[0]), str(feature[0]))
        if kind in ("own", "other", "colours", "ranks"):
            kind = "own cards" if feature[0] == "own" or (feature[0] != "other" and feature[1] == 0) else "other cards"
        assert sections[kind].start <= place < sections[kind].stop


@pytest.mark.parametrize("name", GAMES)
def test_features_depend_on_the_view_only_and_hints_give_beliefs(name: str) -> None:
    """A scrambled own hand changes nothing; without a convention, beliefs are what hints leave possible."""
    game = GAMES[name]
    generator = np.random.default_rng(7)
    for state, _ in positions(game, 2, SMART):
        player = state.current_player
        beliefs = np.zeros(game.players * game.cards_in_hand, np.int64)
        _hinted(game.rules, state.view(player), beliefs)
        reader = Reader(game, state.view(player), beliefs.tolist())
        for holder, hand in enumerate(reader.hands):
            assert reader.beliefs[holder] == [reader.hinted(card) for card in hand]
        expected = written(game, state.view(player), beliefs, 0, -1)
        assert expected
        view = state.array.copy()
        for index in range(len(state.hand(player))):
            view[game.card_offset(player, index)] = generator.choice([HIDDEN, int(generator.integers(game.types))])
        assert written(game, view, beliefs, 0, -1) == expected


def test_the_classes_of_a_probability() -> None:
    parts = [
        (0, 0),
        (0, 5),
        (1, 11),
        (1, 10),
        (6, 25),
        (1, 4),
        (12, 25),
        (1, 2),
        (18, 25),
        (3, 4),
        (8, 9),
        (9, 10),
        (5, 5),
    ]
    classes = [features.probability_class(part, whole) for part, whole in parts]
    assert classes == [0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7]
