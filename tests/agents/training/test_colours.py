"""Renaming colours by tables is the same as playing the game with a renamed deck."""

from __future__ import annotations

import numpy as np
import pytest

from agents.blueprints.neural.features import hinted_beliefs, most_features, write_features
from agents.training.colours import colour_tables
from games.hanabi.game import HanabiGame, small, standard
from games.hanabi.observation import encode_observation, encode_observation_v0
from games.hanabi.state import HanabiState

GAMES = [small(), standard(2), HanabiGame(players=3, colours=3, ranks=4, hand_size=3), standard(5)]


def features(state: HanabiState, advice: int) -> set[int]:
    """Return the features of the player to move, with hints for beliefs."""
    view, game = state.view(state.current_player), state.game
    beliefs = np.zeros(game.players * game.cards_in_hand, np.int64)
    hinted_beliefs(game.rules, view, beliefs)
    found = np.zeros(most_features(game), np.uint16)
    count = write_features(game.rules, view, beliefs, 0, advice, found)
    return set(found[:count].tolist())


def observations(state: HanabiState) -> list[np.ndarray]:
    found = []
    for encode in (encode_observation, encode_observation_v0):
        out = np.zeros(state.game.observation_size, np.float32)
        encode(state.game.rules, state.view(state.current_player), state.current_player, out)
        found.append(out)
    return found


@pytest.mark.parametrize("game", GAMES, ids=lambda game: f"{game.players}-{game.colours}-{game.ranks}")
def test_tables_rename_what_players_see(game: HanabiGame) -> None:
    tables = colour_tables(game)
    generator = np.random.default_rng(7)
    for number in range(3):
        choice = int(generator.integers(1, len(tables.moves)))
        types, moves = tables.types[choice], tables.moves[choice]
        deck = HanabiState.from_seed(game, 1, number).deck
        state = HanabiState(game, deck)
        renamed = HanabiState(game, types[np.asarray(deck)])
        while not state.is_terminal:
            advice = int(generator.choice(state.legal_moves()))
            seen = features(state, advice)
            assert features(renamed, int(moves[advice])) == {int(tables.features[choice, n]) for n in seen}
            for before, after in zip(observations(state), observations(renamed), strict=True):
                assert np.array_equal(after, before[tables.observations[choice]])
            assert sorted(renamed.legal_moves()) == sorted(int(moves[m]) for m in state.legal_moves())
            move = int(generator.choice(state.legal_moves()))
            state.apply(move)
            renamed.apply(int(moves[move]))
        assert renamed.is_terminal
        assert renamed.score == state.score


@pytest.mark.parametrize("game", GAMES, ids=lambda game: f"{game.players}-{game.colours}-{game.ranks}")
def test_tables_are_permutations_and_the_first_changes_nothing(game: HanabiGame) -> None:
    for table in colour_tables(game):
        assert np.array_equal(np.sort(table, axis=1), np.tile(np.arange(table.shape[1]), (len(table), 1)))
        assert np.array_equal(table[0], np.arange(table.shape[1]))
