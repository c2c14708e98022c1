"""Where points are lost: an identity of every game, an oracle that is the compiled team, and a game by hand."""

from __future__ import annotations

import numpy as np
import pytest

from agents.blueprints.registry import blueprint
from benchmarks.hanabi_losses import LEFT, oracle, taken_apart, within_reach
from games.hanabi.game import standard
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState


@pytest.mark.parametrize("players", [2, 5])
def test_what_is_lost_adds_up_and_the_oracle_is_the_team_that_sees_every_card(players: int) -> None:
    game, cheating, generator = standard(players), blueprint("cheating"), np.random.default_rng(players)
    alone, bombs = self_play(game, cheating, 12, seed=5, workers=1).scores, 0
    for number in range(12):
        state, careful = HanabiState.from_seed(game, 5, number), number % 2
        while not state.is_terminal:  # at random, and half of the games without plays that cost a life
            moves = state.legal_moves()
            safe = [move for move in moves if not careful or state_after(state, move).life_tokens == 3]
            state.apply(int(generator.choice(safe or moves)))
        found = taken_apart(HanabiState.from_seed(game, 5, number), state.history, oracle(cheating))
        assert found["score"] == state.score == found["oracle"][-1]
        assert found["oracle"][0] == alone[number]
        assert len(found["oracle"]) == len(LEFT) + 2
        assert game.types - state.score == sum(found["kinds"].values())
        assert sum(found["last_copies"]) == found["kinds"]["discarded"] + found["kinds"]["misplayed"]
        bombs += found["kinds"]["bomb"] > 0
        assert (found["kinds"]["bomb"] > 0) == (found["lives"] == 3)
    assert bombs == 6


def state_after(state: HanabiState, move: int) -> HanabiState:
    after = state.copy()
    after.apply(move)
    return after


def test_a_game_by_hand() -> None:
    game = standard(2)
    hands = ["R5", "G5", "Y1", "Y1", "W3", "R1", "R1", "B2", "B4", "B4"]
    left = [f"{colour}{rank}" for colour in "RYGWB" for rank in range(1, 6) for _ in range(game.copies[rank - 1])]
    for card in hands:
        left.remove(card)
    moves = [
        "hint +1 rank 2",
        "hint +1 rank 1",
        "hint +1 rank 2",
        "discard 3",  # a B4, of which there is another
        "discard 0",  # R5: one point
        "discard 3",  # the other B4: blue ends at 3, two points
        "play 0",  # G5, on nothing: one point and a life
        "play 0",  # R1
    ]
    found = taken_apart(HanabiState(game, [*hands, *left]), HanabiState(game, [*hands, *left], moves).history, first)
    assert found["kinds"] == {"discarded": 3, "misplayed": 1, "tempo": 20, "bomb": 0}
    assert (found["lives"], found["score"]) == (1, 1)
    assert found["last_copies"] == [4, 0, 0, 0]
    assert within_reach(HanabiState(game, [*hands, *left], moves)) == 21


def first(state: HanabiState) -> int:
    return state.legal_moves()[0]
