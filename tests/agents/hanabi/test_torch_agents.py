"""Torch networks sit where compiled blueprints do: at tables, in tournaments, under searches, and with a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.agent import Seating
from agents.game import load_game
from agents.hanabi.blueprints import blueprint_score, searchable
from agents.hanabi.table import HanabiTable
from agents.registry import agent_type
from agents.tournament.__main__ import main as tournament
from agents.training.options import TrainingOptions
from games.hanabi.game import small
from games.hanabi.state import HanabiState
from search.hanabi.keys import SeatKeys
from search.hanabi.seat import FollowSeat, SearchSeat
from tests.agents.blueprints.networks import write_untrained
from tests.agents.human.test_play import sit_down
from tests.search.hanabi.test_soundness import scrambled

GAME = load_game("hanabi(variant=small)")

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the file of an untrained torch network for the small game."""
    path = tmp_path_factory.mktemp("network") / "weights.safetensors"
    options = TrainingOptions(network="public-recurrent", hidden=(32, 16), clone_games=0, advice=1.0, seed=5)
    write_untrained(path, small(), options)
    return str(path)


def agents_of(weights: str) -> list[str]:
    return [weights, f"neural:{weights}", f"mds(blueprint={weights}, rollouts=40, particles=40)"]


def test_a_network_is_an_agent(weights: str) -> None:
    kinds = [agent_type(text, GAME) for text in agents_of(weights)]
    assert [type(kind.make()) for kind in kinds] == [FollowSeat, FollowSeat, SearchSeat]
    digest = searchable(weights).weights(small())
    assert {kind.weights for kind in kinds} == {digest} != {None}
    with pytest.raises(ValueError, match="plays Hanabi with colours = 2, not 5"):
        agent_type(weights, load_game("hanabi"))
    with pytest.raises(ValueError, match="learned beliefs about rule-based and compiled blueprints only"):
        agent_type(f"mds(blueprint={weights}, belief=learned)", GAME)


def test_a_team_of_networks_plays_its_self_play(weights: str) -> None:
    policy = searchable(weights)
    scores = []
    for number in range(6):
        state, seats = HanabiState.from_seed(small(), 4, number), [agent_type(weights, GAME).make() for _ in range(2)]
        keys = SeatKeys.of_game(small(), 4, number)
        table = HanabiTable(small(), seats)
        assert not table.compiled
        table.play(state, [0, 0], keys=keys)
        scores.append(state.score)
    assert scores == [blueprint_score(small(), policy, 4, number) for number in range(6)]
    assert len(set(scores)) > 1


def moves_of(text: str, truth: HanabiState, seat: int) -> tuple[int, str]:
    """Return what a fresh agent does and thinks after the history of a state, which it sees as its player does."""
    agent: Any = agent_type(text, GAME).make()
    current = HanabiState(truth.game, truth.deck)
    agent.start(Seating(truth.game, seat, 9, current.view(seat)))
    for move in truth.history:
        before = current.view(seat)
        current.apply(move)
        agent.observe(before, current.view(seat))
    return agent.act(current.view(seat)), repr(agent.explain(current.view(seat)))


@pytest.mark.parametrize("kind", range(3), ids=["file", "neural", "mds"])
def test_scrambling_the_hidden_cards_changes_no_move(weights: str, kind: int) -> None:
    generator, changed = np.random.default_rng(1), 0
    for number in range(5):
        state = HanabiState.from_seed(small(), 6, number)
        while state.turn < 3 + number:
            state.apply(int(generator.choice(state.legal_moves())))
            if state.is_terminal:
                break
        if state.is_terminal:
            continue
        seat = state.current_player
        other = scrambled(state, seat, generator)
        changed += state.hand(seat) != other.hand(seat)
        assert moves_of(agents_of(weights)[kind], state, seat) == moves_of(agents_of(weights)[kind], other, seat)
    assert changed >= 2


def test_networks_play_a_tournament(weights: str, tmp_path: Path) -> None:
    field = [f"network={weights}", "smart", f"search=mds(blueprint={weights}, rollouts=10, particles=20, plies=2)"]
    given = ["--game", GAME.name, "--agents", *field, "--games", "1", "--seed", "3", "--workers", "1"]
    for folder in (tmp_path / "a", tmp_path / "b"):
        assert tournament([*given, "--output", str(folder)]) == 0
    first, second = ((folder / "games.jsonl").read_text() for folder in (tmp_path / "a", tmp_path / "b"))
    assert first == second
    lines = [json.loads(line) for line in first.splitlines()]
    assert all(line["forfeit"] is None for line in lines)
    assert {name for line in lines for name in line["seats"]} == {"network", "smart", "search"}


def test_a_person_plays_with_a_network_and_asks_it(weights: str, tmp_path: Path) -> None:
    shown = sit_down(["?", "h1", "q"], tmp_path / "a", game=GAME.name, against=(weights,), hints=None)
    assert f"rolloutsof{weights}" in "".join(shown.split())  # a long title is broken
    shown = sit_down(["?", "q"], tmp_path / "b", game=GAME.name, against=("smart",), hints="smart")
    assert "100.0%" in shown
