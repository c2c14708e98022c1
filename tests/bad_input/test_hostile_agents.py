"""Whatever an agent returns, raises or does to its process, it forfeits, and the tournament goes on to its results."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.tournament.__main__ import main
from agents.tournament.command import run
from agents.tournament.options import Options
from tests.agents.hostile import RETURNS

HOSTILE = "tests.agents.hostile"

RAISES = [
    ("error", "crashed: RuntimeError: broken <object object at 0x>"),
    ("surrogate", r"crashed: ValueError: lone \? surrogate  \[31m"),
    ("mute", "crashed: Mute"),
    ("base", "crashed: BaseException: all the way"),
    ("interrupt", "crashed: KeyboardInterrupt"),
    ("sys.exit", "crashed: SystemExit: 0"),
    ("generator exit", "crashed: GeneratorExit"),
    ("recursion", "crashed: RecursionError: .*"),
    ("memory", "crashed: MemoryError"),
    ("_exit 0", "ended its process: exit code 0"),
    ("_exit 7", "ended its process: exit code 7"),
    ("kill", "ended its process: killed by signal 9"),
    ("abort", "ended its process: killed by signal 6"),
    ("segmentation fault", "ended its process: killed by signal 11"),
]


def tournament(agent: str, output: Path | None = None, game: str = "kuhn_poker", **options: Any) -> dict[str, Any]:
    other = "random" if game.startswith("hanabi") else "uniform"
    given = {"games": 4, "seed": 3, "workers": 1} | options
    return run(
        Options(game=game, agents=(f"x={agent}", other), output=output, **given), Console(file=io.StringIO(), width=120)
    )


def reasons(results: dict[str, Any]) -> list[str]:
    """Return why the hostile agent forfeited; nobody else did."""
    assert set(results["forfeits"]["by_agent"]) == {"x"}
    return [line["reason"] for line in results["forfeits"]["reasons"]]


@pytest.mark.parametrize(("how", "reason"), RAISES, ids=[how for how, _ in RAISES])
def test_what_agents_raise_and_do(how: str, reason: str, tmp_path: Path) -> None:
    results = tournament(f"{HOSTILE}:Hostile(how='{how}')", tmp_path)
    assert results["games"] == 4
    (found,) = reasons(results)
    assert re.fullmatch(reason, found)
    lines = [json.loads(line) for line in (tmp_path / "games.jsonl").read_text().splitlines()]
    assert all(line["returns"][line["seats"].index("x")] == -2.0 for line in lines if line["forfeit"])
    histories = [json.loads(line)["actions"] for line in (tmp_path / "histories.jsonl").read_text().splitlines()]
    assert all(len(history) >= 2 for history in histories)  # the deal was made before anybody was to act
    assert list((tmp_path / "replays").glob("*.json"))
    assert "forfeit" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("what", RETURNS)
def test_what_agents_return(what: str) -> None:
    (found,) = reasons(tournament(f"{HOSTILE}:Returns(what='{what}')"))
    assert found.startswith("made the illegal move ")
    assert found.isprintable()
    assert len(found) < 100


@pytest.mark.parametrize("how", ["error", "_exit 0", "kill"])
def test_at_the_start(how: str) -> None:
    (found,) = reasons(tournament(f"{HOSTILE}:Hostile(how='{how}', at=start)"))
    assert " at the start" in found


@pytest.mark.parametrize("how", ["base", "_exit 7"])
def test_when_told_of_a_move(how: str) -> None:
    found = reasons(tournament(f"{HOSTILE}:Told(how='{how}')"))
    assert all(" when told of a move" in reason for reason in found)


@pytest.mark.parametrize(("how", "at"), [("base", "act"), ("_exit 7", "act"), ("kill", "observe")])
def test_at_hanabi(how: str, at: str) -> None:
    results = tournament(f"{HOSTILE}:HanabiHostile(how='{how}', at={at})", game="hanabi(variant=small)", games=1)
    assert reasons(results)
    assert results["games"] == 4


def test_a_thread_that_ends_the_process() -> None:
    assert reasons(tournament(f"{HOSTILE}:Later", games=2)) == ["ended its process: exit code 9"]


@pytest.mark.parametrize("call", ["Hostile(how=hang)", "Hostile(how=hang, at=start)", "Told(how=hang)"])
def test_who_swallows_the_alarm_is_ended(call: str) -> None:
    results = tournament(f"{HOSTILE}:{call}", games=2, move_time=0.2)
    assert all(found.startswith("took longer than 0.2 s ") for found in reasons(results))


def test_the_rest_of_a_chunk_is_played_and_is_the_same_whoever_plays_it(tmp_path: Path) -> None:
    for workers in (1, 2):
        tournament(f"{HOSTILE}:Hostile(how='_exit 7')", tmp_path / str(workers), games=12, workers=workers)
    for name in ("games.jsonl", "histories.jsonl", "results.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


@pytest.mark.parametrize("how", ["error", "_exit 0", "kill", "sys.exit"])
def test_who_cannot_be_made_is_refused_by_name(how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agents = ["uniform", f"x={HOSTILE}:Hostile(how='{how}', at=made)"]
    given = ["--game", "kuhn_poker", "--games", "4", "--workers", "1", "--output", str(tmp_path / "out")]
    assert main([*given, "--agents", *agents]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert "Hostile" in error
    assert not (tmp_path / "out").exists()
