"""The command ``python -m agents.hanabi_search``: its files, what it prints, and how it stops and goes on."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from agents.hanabi import command as hanabi_command
from agents.hanabi.command import run
from agents.hanabi.folder import run_folder
from agents.hanabi.job import play_job
from agents.hanabi.options import PROGRAM, Options
from agents.hanabi.replays import chosen_games
from agents.hanabi_search import main
from games._base.command_line import parse

ROOT = Path(__file__).parents[3]
QUICK = ("--variant", "small", "--rollouts", "40", "--particles", "100", "--workers", "1")

# The contract of DESIGN.md, word for word.
SUMMARY_KEYS = [
    "players",
    "games",
    "blueprint",
    "search",
    "rollouts",
    "seed",
    "mean",
    "standard_error",
    "perfect_rate",
    "blueprint_mean",
    "blueprint_standard_error",
    "gain",
    "gain_standard_error",
    "seconds_per_decision",
    "decisions",
    "deviations",
    "version",
    "command",
]
GAME_KEYS = ["game", "seed", "score", "blueprint_score", "turns", "seconds", "deviations"]

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of four games, to be read and copied only."""
    folder = tmp_path_factory.mktemp("four") / "run"
    assert main([*QUICK, "--games", "4", "--output", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of one game, to be read and copied only."""
    folder = tmp_path_factory.mktemp("one") / "run"
    assert main([*QUICK, "--games", "1", "--output", str(folder)]) == 0
    return folder


def games(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of ``games.jsonl`` without what a clock has measured."""
    lines = [json.loads(line) for line in (folder / "games.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if "seconds" not in key} for line in lines]


def whole_lines(folder: Path) -> list[str]:
    """Return the lines of ``games.jsonl`` but for one that is torn, as a process leaves it that is killed."""
    return (folder / "games.jsonl").read_text().split("\n")[:-1]


def summary(folder: Path) -> dict[str, Any]:
    content = json.loads((folder / "summary.json").read_text())
    assert isinstance(content, dict)
    return content


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def is_one_sentence(text: str) -> bool:
    return text.startswith("error: ") and text.count("\n") == 1 and "Traceback" not in text and "│" not in text


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the command as a process (and a process group) of its own; return once it has finished a game."""
    process = subprocess.Popen(
        [sys.executable, "-m", "agents.hanabi_search", *arguments, "--output", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that runs the tests in the background makes them ignore Ctrl-C; the command must not inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while process.poll() is None:
        if (folder / "games.jsonl").exists() and "\n" in (folder / "games.jsonl").read_text():
            break
        time.sleep(0.01)
    return process


def test_the_files_of_a_run(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    arguments = [*QUICK, "--games", 5, "--seed", 3, "--output", folder]
    code, out, err = command(*arguments)
    assert (code, err) == (0, "")
    lines, found = games(folder), summary(folder)
    assert set(SUMMARY_KEYS) <= found.keys()
    assert all(set(GAME_KEYS) - {"seconds"} <= line.keys() for line in lines)
    assert [line["game"] for line in lines] == list(range(5))
    assert {line["seed"] for line in lines} == {3}
    assert (found["players"], found["games"]) == (2, 5)
    assert found["mean"] == sum(line["score"] for line in lines) / 5
    assert found["blueprint_mean"] == sum(line["blueprint_score"] for line in lines) / 5
    assert found["gain"] == pytest.approx(found["mean"] - found["blueprint_mean"])
    assert found["decisions"] == sum(line["decisions"] for line in lines) == sum(line["turns"] for line in lines)
    assert found["deviations"] == sum(line["deviations"] for line in lines) > 0
    assert shlex.split(found["command"])[3:] == [str(argument) for argument in arguments]
    assert (folder / "scores.png").read_bytes().startswith(b"\x89PNG")
    assert f"{found['gain']:+.3f} ± {found['gain_standard_error']:.3f}" in out
    assert not list(folder.rglob("*.part"))


def test_every_line_has_the_seconds_of_the_game(one: Path) -> None:
    line = json.loads((one / "games.jsonl").read_text())
    assert line["seconds"] >= line["decision_seconds"] > 0
    assert summary(one)["seconds_per_decision"] == pytest.approx(line["decision_seconds"] / line["decisions"])
    assert summary(one)["gain_standard_error"] is None


def test_games_do_not_depend_on_the_number_of_workers(command: Command, four: Path, tmp_path: Path) -> None:
    assert command(*QUICK[:-1], 2, "--games", 4, "--output", tmp_path)[0] == 0
    assert games(tmp_path) == games(four)


def test_a_job_may_arrive_with_arrays_that_cannot_be_written() -> None:
    job = parse(Options, QUICK, PROGRAM).job()
    expected = play_job(job, 0)
    job.game.rules.flags.writeable = False  # as Ray hands them over
    assert play_job(job, 0).moves == expected.moves


def test_another_seed_gives_other_games(command: Command, four: Path, tmp_path: Path) -> None:
    command(*QUICK, "--games", 2, "--seed", 1, "--output", tmp_path)
    assert all(a["moves"] != b["moves"] for a, b in zip(games(tmp_path), games(four)[:2], strict=True))


def test_a_run_goes_on_where_it_stopped(command: Command, four: Path, tmp_path: Path) -> None:
    command(*QUICK, "--games", 2, "--output", tmp_path)
    before = (tmp_path / "games.jsonl").read_text()
    _, out, _ = command(*QUICK, "--games", 4, "--output", tmp_path)
    assert "2 of 4 games are finished already" in out
    assert (tmp_path / "games.jsonl").read_text().startswith(before)
    assert games(tmp_path) == games(four)
    assert summary(tmp_path)["mean"] == summary(four)["mean"]


def test_a_range_of_games_can_be_played_elsewhere(command: Command, four: Path, tmp_path: Path) -> None:
    command(*QUICK, "--games", 2, "--first-game", 2, "--output", tmp_path)
    assert games(tmp_path) == games(four)[2:]


def test_a_torn_last_line_is_dropped(command: Command, four: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(four, tmp_path / "run")
    path = folder / "games.jsonl"
    path.write_bytes(path.read_bytes()[:-25])
    code, out, _ = command(*QUICK, "--games", 4, "--output", folder)
    assert code == 0
    assert "3 of 4 games are finished already" in out
    assert games(folder) == games(four)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_run_goes_on(command: Command, tmp_path: Path, workers: str) -> None:
    process = started(tmp_path / "killed", *QUICK[:-1], workers, "--games", "2000")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed" / "summary.json").exists()
    finished = [json.loads(line)["game"] for line in whole_lines(tmp_path / "killed")]
    assert finished
    wanted = max(finished) + 3
    _, out, _ = command(*QUICK, "--games", wanted, "--output", tmp_path / "killed")
    assert f"{len(finished)} of {wanted} games are finished already; going on." in out
    assert command(*QUICK, "--games", wanted, "--output", tmp_path / "whole")[0] == 0
    assert games(tmp_path / "killed") == games(tmp_path / "whole")


@pytest.mark.parametrize(
    ("workers", "number"),
    [
        ("1", signal.SIGINT),
        ("2", signal.SIGTERM),
        pytest.param("2", signal.SIGINT, marks=pytest.mark.exhaustive),
    ],
)
def test_an_interrupted_run_says_so_in_one_sentence(
    command: Command, tmp_path: Path, workers: str, number: signal.Signals
) -> None:
    options = (*QUICK[:-1], workers, "--games", "2000")
    process = started(tmp_path, *options)
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number, err
    said, *rest = err.splitlines()
    assert re.fullmatch(r"interrupted with \d+ of 2000 games finished; the same command goes on from there .*", said)
    assert not rest
    finished = [line["game"] for line in games(tmp_path)]
    assert finished
    wanted = max(finished) + 2
    _, out, _ = command(*QUICK, "--games", wanted, "--output", tmp_path)
    assert f"{len(finished)} of {wanted} games are finished already; going on." in out


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (["--rollouts", "41"], "rollouts = 40, not 41"),
        (["--seed", "1"], "seed = 0, not 1"),
        (["--blueprint", "random"], "blueprint = smart, not random"),
        (["--variant", "standard"], "colours 2"),
        (["--seats", "one"], "seats = all, not one"),
    ],
)
def test_a_folder_with_other_options_is_left_alone(
    command: Command, one: Path, tmp_path: Path, change: list[str], named: str
) -> None:
    folder = shutil.copytree(one, tmp_path / "run")
    code, _, err = command(*QUICK, "--games", 2, *change, "--output", folder)
    assert code == 2
    assert is_one_sentence(err)
    assert named in err
    assert contents(folder) == contents(one)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("run.json", "[]", "is not the description of a run"),
        ("run.json", "{", "is not the description of a run"),
        ("games.jsonl", "{}\n", "is of something else"),
    ],
)
def test_a_folder_with_foreign_files_is_left_alone(
    command: Command, tmp_path: Path, name: str, content: str, words: str
) -> None:
    (tmp_path / name).write_text(content)
    code, _, err = command(*QUICK, "--output", tmp_path)
    assert code == 2
    assert is_one_sentence(err)
    assert words in err
    assert contents(tmp_path) == {name: content.encode()}


def test_damage_inside_the_games_is_reported(command: Command, one: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(one, tmp_path / "run")
    path = folder / "games.jsonl"
    path.write_bytes(b"\0\0\n" + path.read_bytes())
    code, _, err = command(*QUICK, "--games", 2, "--output", folder)
    assert code == 2
    assert is_one_sentence(err)
    assert "damaged" in err


def test_two_commands_do_not_write_to_one_folder(command: Command, tmp_path: Path) -> None:
    with run_folder(tmp_path, parse(Options, QUICK, PROGRAM).job()):
        code, _, err = command(*QUICK, "--games", 1, "--output", tmp_path)
    assert code == 2
    assert is_one_sentence(err)
    assert "another command" in err
    assert command(*QUICK, "--games", 1, "--output", tmp_path)[0] == 0


def test_an_output_that_cannot_be_a_folder(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for output in (file, file / "run"):
        code, _, err = command(*QUICK, "--output", output)
        assert code == 2
        assert is_one_sentence(err)
        assert str(output) in err
    assert file.read_text() == "mine"


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_backend_that_is_not_installed(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, backend: str
) -> None:
    find = importlib.util.find_spec
    missing = ("distributed", "ray")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name in missing else find(name, *rest))
    code, _, err = command(*QUICK, "--backend", backend, "--output", tmp_path / "run")
    assert code == 2
    assert is_one_sentence(err)
    assert f"pip install 'tamaya[{backend}]'" in err
    assert not (tmp_path / "run").exists()


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "replays").glob("*")}


def test_replays_are_those_asked_for(command: Command, four: Path, tmp_path: Path) -> None:
    tmp_path = shutil.copytree(four, tmp_path / "run")
    arguments = (*QUICK, "--games", 8, "--output", tmp_path)
    command(*arguments)
    lines = games(tmp_path)
    assert len(lines) == 8
    gain = {line["game"]: line["score"] - line["blueprint_score"] for line in lines}
    best = {int(name[5:10]) for name in names(tmp_path)}
    assert len(best) == 5
    assert min(gain[n] for n in best) >= max(gain[n] for n in gain if n not in best)
    command(*arguments, "--replays", "worst")
    worst = {int(name[5:10]) for name in names(tmp_path)}
    assert len(worst) == 5
    assert max(gain[n] for n in worst) <= min(gain[n] for n in gain if n not in worst)
    command(*arguments, "--replays", "all")
    assert names(tmp_path) == {f"game-{n:05d}.{kind}" for n in range(8) for kind in ("txt", "json")}
    command(*arguments, "--replays", "none")
    assert names(tmp_path) == set()


def test_replays_are_ranked_by_gain_and_then_by_score() -> None:
    lines = [
        {"game": number, "score": score, "blueprint_score": score - gain}
        for number, (score, gain) in enumerate([(20, 1), (25, 1), (18, -3), (22, 4), (25, 0), (10, -3)])
    ]
    assert [line["game"] for line in chosen_games(lines, "best", 3)] == [3, 1, 0]
    assert [line["game"] for line in chosen_games(lines, "worst", 3)] == [5, 2, 4]


def test_replays_of_the_standard_game(command: Command, tmp_path: Path) -> None:
    command("--blueprint", "smart", "--rollouts", 20, "--particles", 50, "--games", 1, "--output", tmp_path)
    (line,) = games(tmp_path)
    text = (tmp_path / "replays" / "game-00000.txt").read_text()
    assert text.startswith(f"smart with mds: {line['score']} points; alone: {line['blueprint_score']}\n")
    assert text.count("blueprint: ") == line["deviations"] > 0
    live = json.loads((tmp_path / "replays" / "game-00000.json").read_text())
    assert len(live["deck"]) == 50
    assert len(live["actions"]) == line["turns"]


def test_show_tells_both_choices_and_the_action_values(command: Command, one: Path) -> None:
    code, out, _ = command(*QUICK, "--show")
    assert code == 0
    (line,) = games(one)
    turns = re.findall(r"^turn (\d+): player (\d)", out, re.MULTILINE)
    assert turns == [(str(turn), str(turn % 2)) for turn in range(line["turns"])]
    assert len(re.findall(r"^→ ", out, re.MULTILINE)) == line["turns"]
    assert len(re.findall("the blueprint would ", out)) == line["deviations"] > 0
    assert len(re.findall(r"^move +value +± s\.e\. +policy", out, re.MULTILINE)) > 0
    assert out.count("← blueprint\n") + out.count("← blueprint ") >= line["deviations"]
    assert f"final score {line['score']} of 10; smart alone scores {line['blueprint_score']}" in out
    assert re.search(r"^believes   \w\d \d+%", out, re.MULTILINE) and "the prior being the blueprint's policy" in out
    assert all(re.search(rf"^{word}: ", out, re.MULTILINE) for word in ("prior", "caution", "dropped"))
    assert re.search(r"[\d.]+ +(← \w+( and planner)?, )?dropped *$", out, re.MULTILINE)
    _, some, _ = command(*QUICK, "--show", "--turns", "2-3")
    assert re.findall(r"^turn (\d+)", some, re.MULTILINE) == ["2", "3"]
    _, left, _ = command(*QUICK, "--show", "--only-deviations")
    assert len(re.findall(r"^turn ", left, re.MULTILINE)) == line["deviations"] == left.count("the blueprint would ")


def test_show_takes_the_first_game_in_which_the_search_deviates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Games of three moves, the search leaving the blueprint in the second one of game 2 only."""

    def play(job: Any, number: int, threads: int | None, narrator: Any) -> int:
        for turn in range(3):
            decision = SimpleNamespace(deviates=(number, turn) == (2, 1))
            seats = [SimpleNamespace(last_decision=decision, told=f"{number}.{turn}")]
            narrator(SimpleNamespace(current_player=0), 0, seats)
        return number

    monkeypatch.setattr(hanabi_command, "play_job", play)
    screen = io.StringIO()
    console = Console(file=screen)
    tell: Any = lambda state, move, seats: console.print(seats[0].told)  # noqa: E731
    job: Any = None
    assert hanabi_command._first_deviating(job, tell, console) == 2
    assert screen.getvalue().split() == ["2.0", "2.1", "2.2"]
    monkeypatch.setattr(hanabi_command, "_MOST_TRIED", 2)
    assert hanabi_command._first_deviating(job, tell, console) == 1
    assert screen.getvalue().split()[3:] == ["1.0", "1.1", "1.2"]


@pytest.mark.parametrize("blueprint", ["smart", "random"])
def test_without_search_nothing_is_gained(command: Command, tmp_path: Path, blueprint: str) -> None:
    command(*QUICK, "--search", "none", "--blueprint", blueprint, "--bomb", "keep", "--games", 20, "--output", tmp_path)
    lines, found = games(tmp_path), summary(tmp_path)
    assert [line["score"] for line in lines] == [line["blueprint_score"] for line in lines]
    assert len({line["score"] for line in lines}) > 1
    assert (found["gain"], found["gain_standard_error"], found["decisions"], found["deviations"]) == (0, 0, 0, 0)
    assert found["mean"] > 0


def test_one_seat_searches_and_rotates_with_the_game(command: Command, tmp_path: Path) -> None:
    command(*QUICK, "--players", 3, "--blueprint", "smart", "--seats", "one", "--games", 6, "--output", tmp_path)
    for line in games(tmp_path):
        turns = [turn for turn in range(line["turns"]) if turn % 3 == line["game"] % 3]
        assert line["decisions"] == len(turns)
        other = [turn for turn, move in enumerate(line["moves"]) if move != line["blueprint_moves"][turn]]
        assert len(other) == line["deviations"]
        assert set(other) <= set(turns)
    assert summary(tmp_path)["deviations"] > 0


@pytest.mark.parametrize(
    "options",
    [
        ["--search", "sparta", "--allocation", "even", "--seats", "one"],
        ["--search", "monte-carlo"],
        ["--search", "mds", "--allocation", "even", "--caution", "0"],
    ],
)
def test_other_planners_play(command: Command, tmp_path: Path, options: list[str]) -> None:
    assert command(*QUICK, "--games", 3, *options, "--output", tmp_path)[0] == 0
    found = summary(tmp_path)
    assert found["search"] == options[1]
    assert 0 < found["deviations"] < found["decisions"]
    assert 0 < found["rollouts_per_decision"] <= 40


def test_sparta_with_an_unreachable_threshold_is_the_blueprint(command: Command, tmp_path: Path) -> None:
    command(*QUICK, "--games", 3, "--search", "sparta", "--threshold", 100, "--output", tmp_path)
    found = summary(tmp_path)
    assert found["decisions"] > 0
    assert (found["deviations"], found["gain"]) == (0, 0)


def frames(text: str) -> Iterable[str]:
    """Return the lines of a terminal's text, without its control codes."""
    return (re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line).rstrip() for line in re.split(r"[\r\n]", text))


def test_the_progress_bar_fits_a_narrow_terminal() -> None:
    screen = io.StringIO()
    options = parse(Options, (*QUICK, "--games", "5"), PROGRAM)
    run(options, Console(file=screen, width=80, force_terminal=True), "")
    shown = [line for line in frames(screen.getvalue()) if "gain" in line and "│" not in line]
    assert shown
    assert all(line.startswith("games ") and len(line) <= 80 and "…" not in line for line in shown)
    assert any("5/5" in line for line in shown)
