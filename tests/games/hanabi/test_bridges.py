"""States carried over from HLE and OpenSpiel, and to OpenSpiel."""

from __future__ import annotations

import random

import pyspiel
import pytest
from hanabi_learning_environment import pyhanabi

from games.hanabi import HanabiGame, bridges, seven_card, small, standard
from games.hanabi.state import HanabiState

GAMES = [standard(2), standard(5), small(2), seven_card(), HanabiGame(3, colours=3, ranks=4, hand_size=3)]


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_configurations_and_moves_survive_the_way_to_hle(game: HanabiGame) -> None:
    theirs = bridges.hle_game(game, seed=3)
    assert bridges.game_from_hle(theirs) == game
    assert theirs.max_moves() == game.moves
    for move in range(game.moves):
        assert theirs.get_move_uid(bridges.hle_move(game, move)) == move
        assert bridges.move_from_hle(game, theirs.get_move(move)) == move


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_a_state_of_hle_is_rebuilt_at_every_move(game: HanabiGame) -> None:
    theirs = bridges.hle_game(game, seed=5)
    encoder = pyhanabi.ObservationEncoder(theirs)
    state = theirs.new_initial_state()
    choice = random.Random(0)
    while not state.is_terminal():
        if state.cur_player() == pyhanabi.CHANCE_PLAYER_ID:
            state.deal_random_card()
            continue
        ours = bridges.state_from_hle(theirs, state)
        assert ours.current_player == state.cur_player()
        for player in range(game.players):
            assert ours.observation(player).tolist() == encoder.encode(state.observation(player))
        state.apply_move(choice.choice(state.legal_moves()))
    assert bridges.state_from_hle(game, state).score == state.score()


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_a_state_of_openspiel_comes_and_goes(game: HanabiGame) -> None:
    theirs = pyspiel.load_game(bridges.openspiel_string(game)).new_initial_state()
    assert bridges.game_from_openspiel(theirs.get_game()) == game
    choice = random.Random(1)
    while not theirs.is_terminal():
        if not theirs.is_chance_node():
            ours = bridges.state_from_openspiel(theirs)
            assert ours.legal_moves() == theirs.legal_actions()
            assert ours.observation(0).tolist() == theirs.observation_tensor(0)
            assert bridges.state_to_openspiel(ours).history() == theirs.history()
        theirs.apply_action(choice.choice(theirs.legal_actions()))
    ours = bridges.state_from_openspiel(theirs)
    assert ours.is_terminal and ours.score == theirs.returns()[0]
    assert bridges.state_to_openspiel(ours).history() == theirs.history()


def test_defaults_of_openspiel_are_the_standard_game() -> None:
    assert bridges.game_from_openspiel(pyspiel.load_game("hanabi")) == standard(2)


def test_undealt_cards_are_completed_by_seed() -> None:
    state = bridges.state_to_openspiel(HanabiState.from_seed(standard(2), 9))
    same, again, other = (bridges.state_from_openspiel(state, seed) for seed in (1, 1, 2))
    assert same == again and same != other
    assert (same.array == other.array).all()


def test_what_cannot_be_carried_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 5 colours"):
        bridges.hle_parameters(HanabiGame(2, colours=6))
    with pytest.raises(ValueError, match="not a game of Hanabi"):
        bridges.game_from_openspiel(pyspiel.load_game("tic_tac_toe"))
    theirs = bridges.hle_game(standard(2))
    with pytest.raises(ValueError, match="only 0 cards are dealt"):
        bridges.state_from_hle(theirs, theirs.new_initial_state())
    with pytest.raises(ValueError, match="player 1 moves in turn 0"):
        bridges.replay(standard(2), [(1, 5)])
