from __future__ import annotations

import random

import numpy as np
import pytest

from games._base.jit import kernel
from games.phantom import rules
from games.phantom.game import game_names, phantom_game
from tests.games.phantom import naive as naive_phantom
from tests.games.phantom.lockstep import PhantomLockstep


@pytest.mark.parametrize("name", [name for name in game_names() if phantom_game(name).open_spiel_name])
def test_random_games_agree_with_open_spiel(name: str) -> None:
    lockstep = PhantomLockstep(phantom_game(name))
    returns = {lockstep.play(0, number).returns for number in range(150)}
    assert returns == ({1.0, -1.0} if phantom_game(name).hex else {1.0, 0.0, -1.0})


@kernel
def _play(cells_tried, winning, cells, abrupt, states):
    state = 0
    for i in range(cells_tried.shape[0]):
        state = rules.attempt(state, cells_tried[i], winning, cells, abrupt)
        states[i] = state


@pytest.mark.parametrize("name", game_names())
def test_compiled_rules_are_those_of_the_slow_definition(name: str) -> None:
    game, generator = phantom_game(name), random.Random(name)
    for _ in range(30):
        position, tried, states = naive_phantom.start(), [], [rules.START]
        while position.utility is None:
            legal = naive_phantom.legal(game, position)
            assert rules.legal_cells(states[-1], game.cells) == sum(1 << cell for cell in legal)
            assert rules.player_to_move(states[-1]) == position.player
            tried.append(generator.choice(legal))
            position = naive_phantom.attempt(game, position, tried[-1])
            states.append(rules.attempt(states[-1], tried[-1], game.winning, game.cells, game.abrupt))
            for player in range(2):
                known = [cell for cell, refused in position.attempts[player] if refused]
                assert rules.refused(states[-1], player) == sum(1 << cell for cell in known)
                laid = naive_phantom.stones(position.attempts[player])
                assert rules.stones(states[-1], player) == sum(1 << cell for cell in laid)
        assert rules.is_over(states[-1]) and rules.utility(states[-1]) == position.utility
        assert rules.legal_cells(states[-1], game.cells) == 0
        compiled = np.zeros(len(tried), np.int64)
        _play(np.array(tried), game.winning, game.cells, game.abrupt, compiled)
        assert compiled.tolist() == states[1:]


def test_games_are_found_by_their_own_name_and_by_open_spiels() -> None:
    import pyspiel

    for name in game_names():
        game = phantom_game(name)
        assert phantom_game(game.name) is game
        if game.open_spiel_name:
            assert phantom_game(str(pyspiel.load_game(game.open_spiel_name))) is game
    assert phantom_game("dark_hex").name == phantom_game("dark_hex(board_size=3)").name == "dark_hex"
    assert phantom_game("dark_hex(num_rows=2,num_cols=2)").name == "dark_hex_2x2"
    assert phantom_game("phantom_ttt(gameversion=abrupt)").name == "abrupt_phantom_ttt"


@pytest.mark.parametrize(
    "name",
    ["chess", "dark_hex(board_size=4)", "phantom_ttt(obstype=reveal-numturns)", "phantom_ttt(rows=3)", "phantom_ttt(a"],
)
def test_other_games_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="there is no phantom game"):
        phantom_game(name)
