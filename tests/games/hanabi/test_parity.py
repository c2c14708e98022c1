"""The engine against HLE and OpenSpiel: every comparison of ``lockstep.py``, on a sample of ``tests.hanabi_parity``."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.blueprints.random_legal import RANDOM
from games.hanabi import HanabiGame, seven_card, small, standard
from tests.games.hanabi.lockstep import Lockstep

GAMES = 60  # `make parity` plays thousands


@pytest.mark.parametrize("players", [2, 3, 4, 5])
def test_random_games_agree(players: int) -> None:
    table = Lockstep(standard(players), RANDOM)
    played = [table.play(0, number) for number in range(GAMES)]
    assert sum(result.moves for result in played) > 8 * GAMES


@pytest.mark.parametrize("players", [2, 3, 4, 5])
def test_games_that_run_out_of_cards_agree(players: int) -> None:
    # With this many lives random players reach the last turns and complete colours.
    table = Lockstep(HanabiGame(players, life_tokens=50), RANDOM)
    played = [table.play(1, number) for number in range(GAMES // 10)]
    assert all(result.moves >= 50 - players * table.game.cards_in_hand for result in played)
    assert all(result.score > 0 for result in played)


@pytest.mark.parametrize("game", [small(2), small(5), seven_card(), small(3, "keep"), standard(2, "keep")], ids=str)
def test_presets_agree(game: HanabiGame) -> None:
    table = Lockstep(game, RANDOM)
    for number in range(GAMES // 4):
        table.play(2, number)


def test_a_bomb_scores_by_its_rule() -> None:
    for bomb in ("zero", "keep"):
        table = Lockstep(HanabiGame(colours=2, life_tokens=2, bomb=bomb), RANDOM)
        lost = []
        for number in range(GAMES):
            score = table.play(3, number).score
            if not table.hle.state.life_tokens():
                lost.append(score)
        assert len(lost) > GAMES // 2
        assert any(lost) == (bomb == "keep")


@st.composite
def odd_games(draw: st.DrawFn, largest: int = 5) -> HanabiGame:
    """Games of up to ``largest`` colours and ranks with few tokens and lives and small hands."""
    players = draw(st.integers(2, 5))
    colours = draw(st.integers(1, largest))
    ranks = draw(st.integers(1, largest))
    copies = sum(3 if rank == 0 else 1 if rank == ranks - 1 else 2 for rank in range(ranks))
    hand_size = draw(st.integers(1, max(1, min(5, colours * copies // players))))
    if players * hand_size > colours * copies:
        players, hand_size = 2, 1
    tokens, lives = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    return HanabiGame(players, colours, ranks, hand_size, tokens, lives, draw(st.sampled_from(["zero", "keep"])))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(odd_games(), st.integers(0, 2**31))
def test_odd_configurations_agree(game: HanabiGame, seed: int) -> None:
    table = Lockstep(game, RANDOM)
    for number in range(5):
        table.play(seed, number)
