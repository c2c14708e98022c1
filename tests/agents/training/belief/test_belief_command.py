"""Learned beliefs from the command line and in specifications of agents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents import hanabi_search
from agents.blueprints.neural.belief.model import save
from agents.game import load_game
from agents.registry import agent_type
from tests.agents.training.belief.positions import SMALL, random_model


@pytest.mark.parametrize("belief", ["learned", "learned-proposal"])
def test_a_search_plays_with_the_shipped_belief_and_names_it(belief: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    options = ["--games", "1", "--rollouts", "12", "--particles", "40", "--workers", "1", "--replays", "none"]
    assert hanabi_search.main([*options, "--belief", belief, "--output", str(folder)]) == 0
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["belief"] == belief
    assert summary["decisions"] > 20
    assert summary["exact_beliefs"] == 0 if belief == "learned" else summary["fallbacks"] < summary["decisions"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--belief", "learned", "--variant", "small"], "no learned belief is shipped for smart and 2 players with 2"),
        (["--belief", "learned", "--players", "3"], "no learned belief is shipped for information and 3 players"),
        (["--belief-weights", "x"], "--belief-weights needs a learned belief: learned or learned-proposal"),
        (["--belief", "guessed"], "--belief must be one of"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hanabi_search.main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_a_belief_about_another_game_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "belief.safetensors"
    save(random_model(SMALL, "smart"), path)
    assert hanabi_search.main(["--belief", "learned", "--belief-weights", str(path)]) == 2
    assert "is for 2 players with 3 cards each" in capsys.readouterr().err


def test_agents_can_be_told_what_to_believe() -> None:
    game = load_game("hanabi(players=2)")
    made = agent_type("mds(blueprint=smart,belief=learned,rollouts=50)", game)
    assert made.label.startswith("mds")
    with pytest.raises(ValueError, match="belief of mds must be exact, learned or learned-proposal, not sure"):
        agent_type("mds(blueprint=smart,belief=sure)", game)
