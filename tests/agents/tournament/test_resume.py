"""A tournament that is killed goes on where it stopped, and what it writes is what it would have written."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.runs import folder as runs_folder
from agents.runs import runner
from agents.tournament import command as tournament_command
from agents.tournament import folder as tournament_folder
from agents.tournament.command import run
from agents.tournament.options import Options
from games._base.errors import UsageError

ROOT = Path(__file__).parents[3]
PLAYERS = "tests.agents.players"
AGENTS = ("uniform", f"{PLAYERS}:Last(slip=.4)", f"{PLAYERS}:Crashes", "bot:uniform_random")
FILES = ("results.json", "games.jsonl", "run.json")


def tournament(output: Path, **options: Any) -> None:
    given: dict[str, Any] = {"game": "kuhn_poker", "agents": AGENTS, "games": 40, "seed": 8, "workers": 1} | options
    run(Options(output=output, **given), Console(file=io.StringIO()))


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


class Killed(BaseException):
    """What a process that is killed does: nothing more."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """Return what uninterrupted tournaments write, by format."""
    found = {}
    for name, options in FORMATS.items():
        folder = tmp_path_factory.mktemp(name)
        tournament(folder, **options)
        found[name] = contents(folder)
    return found


FORMATS: dict[str, dict[str, Any]] = {"round robin": {}, "swiss": {"swiss": 2}, "decide": {"decide": 0.9}}


@pytest.mark.parametrize("case", range(21))
def test_killed_at_random_and_resumed_is_the_same_bytes(
    case: int, whole: dict[str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to three times: killed after a random number of chunks, perhaps in the middle of writing the journal."""
    generator = random.Random(case)
    name = list(FORMATS)[case % 3]
    monkeypatch.setattr(runner, "_MOST_GROUPS", generator.randint(1, 7))
    original = tournament_command.play_chunk
    for _ in range(generator.randint(1, 3)):
        left = generator.randint(0, 12)

        def dies(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return original(*arguments)

        monkeypatch.setattr(tournament_command, "play_chunk", dies)
        try:
            tournament(tmp_path, **FORMATS[name])
        except Killed:
            assert not (tmp_path / "results.json").exists()
        for path in tmp_path.glob("*s.jsonl"):
            if generator.random() < 0.6:
                size = path.stat().st_size
                os.truncate(path, generator.randint(max(0, size - 400), size))
    monkeypatch.setattr(tournament_command, "play_chunk", original)
    tournament(tmp_path, **FORMATS[name])
    assert contents(tmp_path) == whole[name]


@pytest.mark.parametrize("failing", ["games.jsonl", "timings.jsonl", "results.json"])
def test_killed_while_the_results_are_written(
    failing: str, whole: dict[str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tournament_folder if failing == "results.json" else runs_folder
    function = "write_whole" if failing == "results.json" else "whole_file"
    original = getattr(place, function)

    def dies(path: Path, *rest: Any) -> Any:
        if path.name == failing:
            raise Killed
        return original(path, *rest)

    monkeypatch.setattr(place, function, dies)
    with pytest.raises(Killed):
        tournament(tmp_path)
    monkeypatch.setattr(place, function, original)
    tournament(tmp_path)
    assert contents(tmp_path) == whole["round robin"]


def test_a_finished_tournament_plays_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tournament(tmp_path)
    before = contents(tmp_path)

    def never(*arguments: Any) -> Any:
        raise AssertionError("a game was played")

    monkeypatch.setattr(tournament_command, "play_chunk", never)
    tournament(tmp_path)
    assert contents(tmp_path) == before


def test_a_folder_that_an_older_version_left_unfinished_is_refused(tmp_path: Path) -> None:
    tournament(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "journal.jsonl").write_text("{}\n")
    with pytest.raises(UsageError, match=r"a tournament that an older version began: choose another --output"):
        tournament(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGKILL, 1), (signal.SIGTERM, 2)], ids=["kill-1", "term-2"])
def test_a_killed_process_is_resumed(number: signal.Signals, workers: int, tmp_path: Path) -> None:
    """A real process, killed when some deals are saved and others are not; then run in this one."""
    agents = ("uniform", f"{PLAYERS}:Last(slip=.4, pause=.02)")
    options: dict[str, Any] = {"game": "kuhn_poker", "agents": agents, "games": 30, "seed": 1}
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "agents.tournament", "--game", "kuhn_poker", "--agents", *agents]
    command += ["--games", "30", "--seed", "1", "--workers", str(workers), "--output", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    journal, deadline = folder / "games.jsonl", time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if journal.exists() and journal.stat().st_size > 1000:
            process.send_signal(number)
            break
        time.sleep(0.01)
    _, error = process.communicate(timeout=120)
    assert journal.exists(), error
    assert process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 143), error
    saved = len(journal.read_bytes().splitlines())
    assert 0 < saved < 30
    if number == signal.SIGTERM:
        assert "the same command goes on from there" in error
        assert "Traceback" not in error
    quick = {**options, "workers": 1}
    run(Options(output=folder, **quick), Console(file=io.StringIO()))
    run(Options(output=tmp_path / "whole", **quick), Console(file=io.StringIO()))
    assert contents(folder) == contents(tmp_path / "whole")
    assert len(json.loads((folder / "results.json").read_text())["agents"]) == 2
