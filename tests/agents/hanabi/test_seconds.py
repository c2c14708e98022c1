"""Runs whose decisions have seconds in place of rollouts: what they record, and that this plays them again."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from agents.analysis.analyse import analyse
from agents.analysis.sources import read_source
from agents.hanabi.job import play_job
from agents.hanabi.options import PROGRAM, Options
from agents.hanabi_search import main
from games._base.command_line import parse
from games.hanabi import small
from games.hanabi.replay import GameRecord
from search.hanabi import seat
from search.hanabi.budget import Recorded
from search.spec import OptionError
from tests.agents.hanabi.test_command import games, summary
from tests.games.hanabi.test_view import played

QUICK = ("--variant", "small", "--particles", "100", "--workers", "1", "--seed", "7")


@pytest.fixture
def random_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock of seats go on by random amounts when somebody looks at it: nothing depends on this machine."""
    ticks = np.random.default_rng(0).exponential(0.3, 100_000)
    times = itertools.accumulate(ticks.tolist())
    monkeypatch.setattr(seat, "time", SimpleNamespace(perf_counter=lambda: next(times)))


@pytest.mark.usefixtures("random_clock")
def test_a_run_by_the_clock_names_its_rollouts_and_is_played_again_from_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(*arguments: str) -> int:
        return main([*QUICK, *arguments, "--output", str(tmp_path)])

    assert command("--seconds", "1", "--games", "1") == 0
    first = games(tmp_path)
    assert command("--seconds", "1", "--games", "2", "--replays", "all") == 0
    lines = games(tmp_path)
    assert lines[:1] == first
    job = parse(Options, (*QUICK, "--seconds", "1"), PROGRAM).job()
    for line in lines:
        again = play_job(job, line["game"], budget=Recorded(line["rollout_counts"])).line(7, counts=True)
        assert {key: again[key] for key in again if "seconds" not in key} == line
        assert sum(line["rollout_counts"]) == line["rollouts"] > 0
        replay = GameRecord.load(tmp_path / "replays" / f"game-{line['game']:05d}.json")
        assert [note and note.rollouts for note in replay.annotations] == line["rollout_counts"]
    assert len({count for line in lines for count in line["rollout_counts"]}) > 10
    found = summary(tmp_path)
    assert (found["rollouts"], found["seconds"]) == (None, 1.0)
    assert found["rollouts_per_decision"] == sum(line["rollouts"] for line in lines) / found["decisions"]
    capsys.readouterr()
    assert command("--seconds", "1", "--games", "2", "--verify") == 0
    assert "2 games played again: every move is the same." in capsys.readouterr().out
    *others, text = (tmp_path / "games.jsonl").read_text().splitlines()
    last = json.loads(text)
    last["moves"][5] = 0 if last["moves"][5] else 1
    (tmp_path / "games.jsonl").write_text("\n".join([*others, json.dumps(last), ""]))
    assert command("--seconds", "1", "--games", "2", "--verify") == 2
    assert "game 1 is another one when it is played again, from turn 5 on" in capsys.readouterr().err
    assert command("--seconds", "2", "--games", "2") == 2
    assert "seconds = 1.0, not 2.0" in capsys.readouterr().err


@pytest.mark.usefixtures("random_clock")
def test_an_analysis_by_the_clock_names_its_rollouts() -> None:
    state = played(small(2), 3, 6)
    found = analyse(state, blueprint="smart", seconds=1.0, threads=1)
    assert found.rollouts == sum(value.rollouts for value in found.moves) > 20 * len(found.moves)
    assert {value.rollouts for value in found.moves if not value.dropped} == {found.moves[0].rollouts}
    with pytest.raises(OptionError, match="seconds is a budget in place of rollouts"):
        analyse(state, rollouts=9, seconds=1.0)


def test_a_run_from_before_there_were_seconds_is_read_and_goes_on(tmp_path: Path) -> None:
    arguments = [*QUICK, "--rollouts", "40", "--output", str(tmp_path)]
    assert main([*arguments, "--games", "1"]) == 0
    claim = json.loads((tmp_path / "run.json").read_text())
    assert claim.pop("seconds", 0) is None
    (tmp_path / "run.json").write_text(json.dumps(claim))
    assert read_source(str(tmp_path)).search is not None
    assert main([*arguments, "--games", "2"]) == 0
    assert "rollout_counts" not in games(tmp_path)[1]
