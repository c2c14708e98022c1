"""Searched games of the variants that have a name: which game it is, who plays it, and how it comes back from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.analysis.sources import read_source
from agents.game import load_game
from agents.hanabi.options import PROGRAM, Options
from agents.hanabi_search import main
from games._base.command_line import parse
from games.hanabi.hanab_live import from_hanab_live
from games.hanabi.hanab_live_variants import suits_of
from games.hanabi.replay import GameRecord
from games.hanabi.suits import VariantGame
from games.hanabi.variants import VARIANTS, variant_game

OF_SITE = {
    "six-suits": "6 Suits",
    **{name: f"{name.title()} (5 Suits)" for name in ("rainbow", "black", "pink", "white", "brown")},
}
NO_CONVENTIONS = ("rainbow", "pink", "white", "brown")


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_the_same_game_for_searches_and_tournaments_and_has_a_blueprint(name: str) -> None:
    job = parse(Options, ["--variant", name, "--bomb", "keep"], PROGRAM).job()
    assert job.game == variant_game(name, 2, "keep") == load_game(f"hanabi(variant={name}, bomb=keep)").rules
    assert job.blueprint == ("neural" if name == "standard" else "piers" if name in NO_CONVENTIONS else "smart")
    if name in OF_SITE:
        assert isinstance(job.game, VariantGame) and job.game.suits == suits_of(OF_SITE[name])


@pytest.mark.parametrize("name", ["rainbow", "brown"])
def test_a_searched_game_of_a_variant_comes_back_from_its_folder(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["--rollouts", "12", "--particles", "20", "--exact-limit", "0", "--workers", "1"]
    asked = ["--variant", name, "--players", "3", "--games", "1", *few, "--output", str(tmp_path)]
    assert not main([*asked, "--replays", "all"])
    assert f"3 players (with {name})" in capsys.readouterr().out
    (line,) = (json.loads(text) for text in (tmp_path / "games.jsonl").read_text().splitlines())
    assert any(made != blueprint for made, blueprint in zip(line["moves"], line["blueprint_moves"], strict=True))
    (exported,) = (tmp_path / "replays").glob("*.json")
    for record in (read_source(str(tmp_path)).game, from_hanab_live(json.loads(exported.read_text()))):
        assert isinstance(record, GameRecord) and record.game.difference(variant_game(name, 3)) is None
        assert (list(record.moves), record.score) == (line["moves"], line["score"])
    assert not main([*asked, "--verify"])
    assert "1 game" in capsys.readouterr().out
