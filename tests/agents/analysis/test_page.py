"""``python -m agents.hanabi_analysis``: the page, the JSON beside it, and what it is asked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape
from pathlib import Path
from typing import Any

import pytest

from agents.analysis.page import page_of
from agents.hanabi_analysis import main
from agents.hanabi_search import main as search
from games.hanabi import small, standard
from games.hanabi.built import built_position, position_to_json
from games.hanabi.hanab_live import to_hanab_live
from games.hanabi.hanab_live_link import to_link
from games.hanabi.replay import GameRecord
from games.hanabi.suits import VariantGame
from games.hanabi.view import HanabiView
from tests.games.hanabi.test_view import played

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RECORD = GameRecord.from_state(played(standard(2), 12, 10), players=("Ann </script><b>", "Bo"))


def asked(tmp_path: Path, game: str, *more: str) -> dict[str, Any]:
    """Run the command and return the JSON."""
    page = tmp_path / "page.html"
    assert main([game, "--rollouts", "60", "--workers", "1", "--output", str(page), *more]) == 0
    data: dict[str, Any] = json.loads(page.with_suffix(".json").read_text())
    return data


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("analysis")
    RECORD.save(folder / "game.json")
    return folder / "page.html", asked(folder, str(folder / "game.json"))


def test_every_decision_is_in_the_json(analysed: tuple[Path, dict[str, Any]]) -> None:
    _, data = analysed
    assert [turn["turn"] for turn in data["turns"]] == list(range(len(RECORD.moves) + 1))
    assert len(data["boards"]) == len(RECORD.moves) + 1
    for turn, step in zip(data["turns"], RECORD.replay(), strict=False):
        assert [move["id"] for move in sorted(turn["moves"], key=lambda m: m["id"])] == step.before.legal_moves()
        assert turn["made"] in {move["move"] for move in turn["moves"]}
        assert len(turn["belief"]) == 5 and all(abs(sum(card) - 1) < 0.01 for card in turn["belief"])
        assert data["boards"][turn["turn"]]["hands"] == [step.before.hand(seat) for seat in (0, 1)]
    assert data["link"] == to_link(RECORD) and data["search"]["blueprint"] == "piers"
    assert data["command"].startswith("python -m agents.hanabi_analysis") and data["search"]["seed"] == 0


def test_the_page_holds_the_json_and_nothing_from_elsewhere(analysed: tuple[Path, dict[str, Any]]) -> None:
    page, data = analysed
    text = page.read_text()
    (inside,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert json.loads(inside) == data
    assert text == page_of(data)
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//|@import|url\(", text)
    assert "<b>" not in text.split("<style>")[0] and text.count("</script>") == 2


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine to open the page in")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_draws_it_and_nothing_is_wider_than_the_screen(
    width: int, analysed: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Turn 3, seen by Bo, revealed: rows of moves, maps of beliefs with the true cards ringed, the curve.

    In a frame, because a window of Chromium is never narrower than 500 pixels.
    """
    assert BROWSER is not None
    page, data = analysed
    drive = """<script>
    at("seer").value = "1"; at("reveal").checked = true; go(2);
    parent.document.title = [document.documentElement.scrollWidth, innerWidth,
      document.querySelectorAll("#moves tr").length - 1, document.querySelectorAll(".heat .ring").length,
      document.querySelectorAll("#curve .mark").length, document.querySelectorAll(".card").length,
      getComputedStyle(document.querySelector(".columns")).gridTemplateColumns.split(" ").length].join(" ");
    </script>"""
    inside = escape(page.read_text().replace("</body>", drive + "</body>"))
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<html><title>nothing</title><iframe width={width} height=2000 style="border:0" srcdoc="{inside}"></iframe>'
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [BROWSER, *options, "--window-size=1400,2100", "--dump-dom", frame.as_uri()]
    dom = subprocess.run(command, capture_output=True, timeout=300, check=True, text=True).stdout
    found = re.search(r"<title>(.*?)</title>", dom)
    assert found is not None
    wide, room, moves, rings, marks, cards, columns = (int(number) for number in found[1].split())
    assert (wide <= room, room) == (True, width)
    assert columns == (2 if width == 1280 else 1)
    assert (moves, rings, cards) == (len(data["turns"][2]["moves"]), 5, 10)
    away = [turn for turn in data["turns"] if turn["made"] is not None and turn["made"] != turn["planner"]]
    assert marks >= len(away) > 0


def test_every_source_is_read(tmp_path: Path) -> None:
    link = to_link(RECORD)
    told = asked(tmp_path, link, "--turns", "2-3")
    assert [turn["turn"] for turn in told["turns"]] == [1, 2] and told["players"] == ["Alice", "Bob"]
    (tmp_path / "live.json").write_text(json.dumps(to_hanab_live(RECORD)))
    live = asked(tmp_path, str(tmp_path / "live.json"), "--turns", "2-3")
    assert [turn["moves"] for turn in live["turns"]] != []
    assert [turn["best"] for turn in live["turns"]] == [turn["best"] for turn in told["turns"]]
    position = built_position(standard(2), [["??"] * 5, ["R1", "R2", "Y1", "G4", "B5"]])
    (tmp_path / "position.json").write_text(json.dumps(position_to_json(position)))
    assert len(asked(tmp_path, str(tmp_path / "position.json"))["turns"]) == 1


def test_the_accuracy_is_the_mean_of_what_the_turns_lost(tmp_path: Path) -> None:
    RECORD.save(tmp_path / "game.json")
    data = asked(tmp_path, str(tmp_path / "game.json"), "--rollouts", "300", "--turns", "1-6")
    lost = [turn["lost"] for turn in data["turns"] if None not in (turn["lost"], turn["lost_error"])]
    row = data["accuracy"][0]
    assert row["moves"] == len(lost) > 2 and row["lost"] == pytest.approx(sum(lost) / len(lost), abs=1e-3)


def test_the_terminal_says_what_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    RECORD.save(tmp_path / "game.json")
    data = asked(tmp_path, str(tmp_path / "game.json"), "--turns", "1-2", "--rollouts", "20")
    told = " ".join(capsys.readouterr().out.split())
    assert (data["accuracy"][0]["error"], data["accuracy"][0]["unknown"]) == (None, 2)
    assert "What 2 moves lost is not known" in told and "±" not in told and "Without values" not in told
    monkeypatch.setattr("agents.analysis.decisions.AnalysingSeat.values", lambda *_: None)
    data = asked(tmp_path, str(tmp_path / "game.json"), "--turns", "2-3")
    assert [turn["outcome"] for turn in data["turns"]] == ["fallback", "fallback"]
    told = " ".join(capsys.readouterr().out.split())
    assert "Without values, for want of a usable belief: turns 2, 3." in told


@pytest.mark.parametrize("name", ["rainbow", "pink", "brown"])
def test_games_with_special_suits_are_looked_at(name: str, tmp_path: Path) -> None:
    """Beliefs are about what hints leave, and moves are those of the game."""
    game = VariantGame(2, suits=("red", "yellow", "green", "blue", name))
    record = GameRecord.from_state(played(game, 4, 8))
    data = asked(tmp_path, to_link(record), "--turns", "7-9")
    assert data["link"] == to_link(record) and data["colours"][4]["name"] == name
    for turn, step in zip(data["turns"], list(record.replay())[6:], strict=False):
        seat = step.before.current_player
        view = HanabiView(game, step.before.view(seat), seat)
        assert [move["id"] for move in sorted(turn["moves"], key=lambda m: m["id"])] == step.before.legal_moves()
        for i, card in enumerate(turn["belief"]):
            assert {kind for kind, chance in enumerate(card) if chance} <= set(view.could_be(i))
            assert sum(card) == pytest.approx(1, abs=0.01)


def test_a_game_of_a_run_is_looked_at_with_its_own_blueprint(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = ["--variant", "small", "--blueprint", "smart", "--games", "2", "--rollouts", "20", "--workers", "1"]
    assert search([*command, "--output", str(folder)]) == 0
    data = asked(tmp_path, str(folder), "--number", "1", "--turns", "1")
    assert data["search"]["blueprint"] == "smart" and data["search"]["softening"] == 0.2
    lines = [json.loads(line) for line in (folder / "games.jsonl").read_text().splitlines()]
    assert data["score"] == lines[1]["score"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a game"),
        (["nowhere.json"], "No such file"),
        (["{folder}/broken.json"], "Expecting value"),
        (["{folder}"], "not a folder of agents.hanabi_search"),
        (["{folder}/game.json", "--turns", "9-2"], "--turns must be"),
        (["{folder}/game.json", "--turns", "90"], "within 1 to"),
        (["{folder}/game.json", "--number", "1"], "of a game in a run folder"),
        (["{folder}/game.json", "--blueprint", "nobody"], "no blueprint called 'nobody'"),
        (["{folder}/game.json", "--rollouts", "0"], "--rollouts must be at least 1"),
        (["{folder}/game.json", "--output", "page.txt"], "must be a file .html"),
        (["{folder}/nothing.safetensors"], "there is no file"),
        (["--agreement"], "name a game"),
        (["{folder}/game.json", "--agreement", "--rollouts", "5"], "--rollouts has no effect with --agreement"),
        (["{folder}/game.json", "--agreement", "--output", "page.html"], "must be a file .json with --agreement"),
        (["{folder}/game.json", "--agreement", "--blueprint", "nobody"], "no blueprint called 'nobody'"),
        (["{folder}/game.json", "--agreement", "--seconds", "3"], "--seconds has no effect with --agreement"),
        (["{folder}/position.json", "--turns", "3-4"], "--turns has no effect on a position"),
        (["{folder}/none", "--agreement"], "there are no games (*.json) in the folder"),
        (["{folder}/game.json", "--agreement", "--workers", "0"], "--workers must be at least 1"),
    ],
)
def test_what_makes_no_sense_ends_with_one_sentence(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    GameRecord.from_state(played(small(2), 1, 3)).save(tmp_path / "game.json")
    position = built_position(standard(2), [["??"] * 5, ["R1", "R2", "Y1", "G4", "B5"]])
    (tmp_path / "position.json").write_text(json.dumps(position_to_json(position)))
    (tmp_path / "broken.json").write_text("{]"[1:])
    (tmp_path / "none").mkdir()
    assert main([argument.format(folder=tmp_path) for argument in arguments]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
