"""Greedy games of a compiled network: the advice alone replays the base, and a hand-made policy does what it says."""

from __future__ import annotations

import numpy as np
import pytest

from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.network import Shape, new_network, views
from agents.blueprints.registry import blueprint
from agents.training.greedy import fresh_memories, play_greedily
from games.hanabi.game import HanabiGame, small, standard
from games.hanabi.layout import PLAY_BASE
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState


@pytest.mark.parametrize(("name", "game"), [("smart", standard(2)), ("information", standard(3))])
def test_a_network_that_takes_the_advice_plays_like_its_base(name: str, game: HanabiGame) -> None:
    base = blueprint(name)
    parameters = new_network(Shape(feature_count(game), 16, 16, game.moves), seed=0, advice=30.0)
    found = play_greedily(game, parameters, base, fresh_memories(game, base), seed=5, first=3, games=40, workers=2)
    assert found.tolist() == self_play(game, base, 40, seed=5, first_game=3).scores.tolist()


def test_a_network_that_likes_one_move_plays_it() -> None:
    game = small()
    parameters = new_network(Shape(feature_count(game), 16, 16, game.moves), seed=0)
    oldest = int(game.rules[PLAY_BASE])
    views(parameters)["policy_bias"][oldest] = 1e6
    found = play_greedily(game, parameters, None, fresh_memories(game, None), seed=1, first=0, games=20)
    expected = []
    for number in range(20):
        state = HanabiState.from_seed(game, 1, number)
        while not state.is_terminal:
            state.apply(oldest)
        expected.append(state.score)
    assert found.tolist() == expected
    assert np.ptp(found) > 0 or found[0] == 0
