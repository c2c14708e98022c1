"""Games side by side in one process: the same games, handed over as they end, and an end to all if one fails."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.blueprints import registry
from agents.hanabi import together as hanabi_together
from agents.hanabi.decks import decks, play_all
from agents.hanabi.folder import run_folder
from agents.hanabi.job import HanabiJob, HanabiResult, play_job, play_over
from agents.hanabi.together import play_together, usual_together
from agents.hanabi_search import main
from agents.runs import runner
from agents.training.options import TrainingOptions
from games._base.backends import Workers
from games.hanabi.game import small
from search.hanabi.spec import SearchSpec
from tests.agents.blueprints.networks import write_untrained
from tests.agents.hanabi.test_command import games, started, summary

QUICK = ("--variant", "small", "--rollouts", "12", "--particles", "40", "--workers", "1")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the file of an untrained torch network for the small game."""
    path = tmp_path_factory.mktemp("network") / "weights.safetensors"
    options = TrainingOptions(network="public-recurrent", hidden=(32, 16), clone_games=0, advice=1.0, seed=5)
    write_untrained(path, small(), options)
    return str(path)


@pytest.fixture
def job(weights: str) -> HanabiJob:
    return job_over(weights, plies=4)


def job_over(blueprint: str, **options: Any) -> HanabiJob:
    asked = SearchSpec(blueprint=blueprint, rollouts=12, particles=40, **options)
    return HanabiJob.of(asked.resolved(small(), registry), seed=0)


def game_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("game")]


def without_seconds(result: HanabiResult) -> dict[str, Any]:
    return {key: value for key, value in result.line(0).items() if "seconds" not in key}


def test_games_side_by_side_are_those_played_one_by_one(weights: str, tmp_path: Path) -> None:
    for together in ("1", "2"):
        folder = tmp_path / together
        options = [*QUICK, "--blueprint", weights, "--seats", "one", "--games", "3", "--together", together]
        assert main([*options, "--output", str(folder)]) == 0
        for line in (folder / "games.jsonl").read_text().splitlines():
            assert json.loads(line)["seconds"] >= json.loads(line)["decision_seconds"] > 0
    assert games(tmp_path / "1") == games(tmp_path / "2")
    assert summary(tmp_path / "1")["rollouts_per_decision"] == summary(tmp_path / "2")["rollouts_per_decision"] > 0


def test_games_are_handed_over_as_they_end(job: HanabiJob, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []

    def play(job: HanabiJob, blueprint: Any, number: int, *arguments: Any, **named: Any) -> HanabiResult:
        begun.append(number)
        return play_over(job, blueprint, number, *arguments, **named)

    monkeypatch.setattr(hanabi_together, "play_over", play)
    playing = play_together(job, range(50), 2)
    assert isinstance(playing, Iterator)
    first = next(playing)
    assert len(begun) <= 3
    assert without_seconds(first) == without_seconds(play_job(job, first.number))
    playing.close()  # type: ignore[attr-defined]
    assert not game_threads()


def test_an_error_in_one_game_ends_the_run(
    job: HanabiJob, tmp_path: Path, weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(job: HanabiJob, blueprint: Any, number: int, *arguments: Any, **named: Any) -> HanabiResult:
        if number == 2:
            raise ZeroDivisionError("in game 2")
        return play_over(job, blueprint, number, *arguments, **named)

    monkeypatch.setattr(hanabi_together, "play_over", play)
    with pytest.raises(ZeroDivisionError, match="in game 2"):
        main([*QUICK, "--blueprint", weights, "--games", "9", "--together", "2", "--output", str(tmp_path)])
    assert not game_threads()
    assert {line["game"] for line in games(tmp_path)} <= {0, 1}
    assert games(tmp_path)


def test_several_processes_are_given_groups_of_games(
    job: HanabiJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[Any, ...]] = []

    class Watched(Workers):
        def stream(self, function: Any, arguments: Any) -> Any:
            given.extend((self._workers, first, stop, *work[1:]) for work, _, first, stop in arguments)
            return (chunk for arguments in arguments for chunk in function(*arguments))

    monkeypatch.setattr(runner, "Workers", Watched)
    with run_folder(tmp_path / "groups", job) as folder:
        play_all(job, decks(job, 3, 4), folder, 2, 2)
        found = {line["game"]: line for line in folder.lines("games.jsonl", folder.keys())}
    assert given == [(2, 3, 5, 2, 1), (2, 5, 7, 2, 1)]
    for number, line in found.items():
        assert {key: value for key, value in line.items() if "seconds" not in key} == without_seconds(
            play_job(job, number)
        )
    assert found.keys() == set(range(3, 7))
    given.clear()
    with run_folder(tmp_path / "alone", job) as folder:
        play_all(job, decks(job, 0, 2), folder, 8, 1)
    assert given == [(2, 0, 1, 1, 1), (2, 1, 2, 1, 1)]


def test_compiled_blueprints_play_alone() -> None:
    assert (usual_together("cpu"), usual_together("cuda")) == (1, 64)
    with pytest.raises(ValueError, match="games side by side are for torch networks, and smart is compiled"):
        next(play_together(job_over("smart"), range(2), 2))


def test_an_interrupt_keeps_the_games_that_have_ended(weights: str, tmp_path: Path) -> None:
    options = (*QUICK, "--blueprint", weights, "--plies", "2", "--together", "2")
    process = started(tmp_path, *options, "--games", "2000")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert re.fullmatch(r"interrupted with \d+ of 2000 games finished; the same command goes on from there .*\n", err)
    finished = games(tmp_path)
    assert finished
    wanted = str(max(line["game"] for line in finished) + 2)
    assert main([*options, "--games", wanted, "--output", str(tmp_path)]) == 0
    assert [line["game"] for line in games(tmp_path)] == list(range(int(wanted)))
    assert all(line in games(tmp_path) for line in finished)
