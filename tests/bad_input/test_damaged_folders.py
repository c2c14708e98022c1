"""Damage to the folders of runs: every one ends in one sentence, or in what an undamaged folder would have become.

A folder that is refused is left as it was, to the byte.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from agents.hanabi import command as hanabi
from agents.hanabi.options import Options as HanabiOptions
from agents.tournament import command as tournament
from agents.tournament.options import Options as TournamentOptions
from agents.training.run import Goal
from games._base.command_line import run_command
from tests.agents.training.fake_learner import STEPS
from tests.agents.training.test_run import train
from tests.bad_input.damages import (
    BYTES,
    DEEP,
    NESTED,
    PLACES,
    Edit,
    bomb,
    contents,
    instead,
    line,
    swapped,
    with_arrays,
    with_header,
)


def run_hanabi(folder: Path) -> None:
    options = HanabiOptions(
        variant="small", rollouts=40, particles=100, games=3, workers=1, output=folder, replays="all"
    )
    hanabi.run(options, Console(file=io.StringIO()), "command")


def run_tournament(folder: Path) -> None:
    agents = ("uniform", "b=uniform")
    options = TournamentOptions(game="kuhn_poker", agents=agents, games=6, seed=3, workers=1, output=folder)
    tournament.run(options, Console(file=io.StringIO()))


def run_training(folder: Path) -> None:
    train(folder, Goal(steps=4 * STEPS, evaluate_games=10, quick_games=10))


RUNS: dict[str, tuple[Callable[[Path], None], str]] = {
    "hanabi": (run_hanabi, "games.jsonl"),
    "tournament": (run_tournament, "games.jsonl"),
    "training": (run_training, "log.jsonl"),
}
CLAIMS = {"hanabi": "run.json", "tournament": "run.json", "training": "options.json"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return finished folders of every kind."""
    found = {}
    for name, (run, _) in RUNS.items():
        found[name] = tmp_path_factory.mktemp(name)
        run(found[name])
    return found


ANY: list[tuple[str, Edit]] = [
    ("an empty object", instead(b"{}\n")),
    *BYTES,
    ("no object", instead(b"[1, 2]\n")),
    ("not JSON", instead(b"games\n")),
    ("not a line of text", instead(b"\xff\x00\xfe\n")),
    ("a line of zeros", lambda data: b"\0" * len(data) + b"\n"),
    ("two lines exchanged", swapped(0, 1)),
    ("a key twice", lambda data: data.replace(b"{", b'{"game": "twice", "iteration": "twice", ', 1)),
    ("deep nesting in a line", line(0, extra=NESTED)),
    ("NaN", line(0, seconds=float("nan"), returns=[float("nan")] * 2)),
    ("infinity", line(0, extra=float("inf"))),
    ("a number too large for a float", lambda data: data.replace(b"{", b'{"extra": 1e999, ', 1)),
    ("a line in the middle of a line", lambda data: data[: len(data) // 2] + b"\n" + data[len(data) // 2 :]),
    ("a zero in the middle", lambda data: data[: len(data) // 3] + b"\0" + data[len(data) // 3 + 1 :]),
]
LINES: dict[str, list[tuple[str, Edit]]] = {
    "hanabi": [
        ("score too large", line(1, score=11)),
        ("score too small", line(1, score=-1)),
        ("score of a half", line(1, score=2.5)),
        ("score as text", line(1, score="8")),
        ("no score", line(1, score=...)),
        ("no moves", line(1, moves=...)),
        ("moves out of range", line(1, moves=[0, 99], blueprint_moves=[0, 0], turns=2)),
        ("moves too few", line(1, moves=[])),
        ("a game of another seed", line(1, seed=7)),
        ("a negative game", line(1, game=-1)),
        ("a game of text", line(1, game="1")),
        ("a game beyond all numbers", line(1, game=10**40)),
        ("seconds below zero", line(1, seconds=-1.0)),
        ("null for a counter", line(1, decisions=None)),
        ("text for a counter", line(1, deviations="many")),
        ("illegal moves", line(1, moves=[0] * 40, blueprint_moves=[0] * 40, turns=40)),
        ("moves of another score", line(1, score=0)),
    ],
    "tournament": [
        ("returns out of range", line(2, returns=[50.0, -50.0])),
        ("a return of null", line(2, returns=[None, 1.0])),
        ("returns of text", line(2, returns="high")),
        ("three seats", line(2, seats=["uniform", "b", "b"])),
        ("a stranger", line(2, seats=["uniform", "c"])),
        ("the wrong seating", line(2, seats=["uniform", "uniform"])),
        ("a deal of text", line(2, deal="0")),
        ("a negative unit", line(2, unit=-1)),
        ("a half unit", line(2, unit=0.5)),
        ("no deal", line(2, deal=...)),
        ("a forfeit by nobody", line(2, forfeit={"seat": 5, "reason": "slow"})),
        ("a forfeit without a reason", line(2, forfeit={"seat": 0})),
        ("moves of text", line(2, moves="3")),
        ("an adjustment that is none", line(2, adjustment=[1.0])),
        ("no last line", lambda data: b"".join(data.splitlines(keepends=True)[:-1])),
        ("a line of another deal", line(2, deal=2)),
    ],
    "training": [
        ("a negative iteration", line(0, iteration=-1)),
        ("no steps", line(0, steps=...)),
        ("steps of text", line(0, steps="100")),
        ("a score of text", line(0, score="high")),
        ("a list for a number", line(0, score=[1.0])),
        ("seconds below zero", line(0, seconds=-1.0)),
    ],
}
CASES = [(kind, what, edit) for kind in RUNS for what, edit in (*ANY, *LINES[kind])]


def without_clocks(folder: Path) -> dict[str, Any]:
    """Return what the finished files of a run say, without what a clock has measured."""
    found: dict[str, Any] = {}
    for path in folder.rglob("*.json*"):
        if path.name in ("timings.jsonl", "log.jsonl"):
            continue
        lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
        rows = [json.loads(row) for row in lines]
        found[path.name] = [
            {key: value for key, value in row.items() if "seconds" not in key} if isinstance(row, dict) else row
            for row in rows
        ]
    return found


def check(kind: str, folder: Path, whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(folder)
    capsys.readouterr()
    code = run_command(lambda: RUNS[kind][0](folder))
    error = capsys.readouterr().err
    assert code in (0, 2)
    if code == 0:
        assert error == ""
        assert without_clocks(folder) == without_clocks(whole)
    else:
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        assert len(error) < 600
        assert contents(folder) == before


@pytest.mark.parametrize(("kind", "what", "edit"), CASES, ids=[f"{kind}-{what}" for kind, what, _ in CASES])
def test_damaged_lines(
    kind: str, what: str, edit: Edit, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole[kind], folder)
    path = folder / RUNS[kind][1]
    path.write_bytes(edit(path.read_bytes()))
    check(kind, folder, whole[kind], capsys)


CLAIM_DAMAGES: list[tuple[str, Edit]] = [
    ("empty", instead(b"")),
    ("torn", lambda data: data[: len(data) // 2]),
    ("deep", instead(DEEP)),
    ("a list", instead(b"[]")),
    ("NaN", instead(b'{"seed": NaN}')),
    ("not text", instead(b"\xff\xfe")),
    *[(what, edit) for what, edit in BYTES if what not in ("empty", "not text")],
    ("another seed", lambda data: json.dumps(json.loads(data) | {"seed": 77}).encode()),
    ("an unknown key", lambda data: json.dumps(json.loads(data) | {"temper": 1}).encode()),
    ("a key twice", lambda data: data.replace(b"{", b'{"seed": 1, "seed": 2, ', 1)),
    ("other types", lambda data: json.dumps({key: [] for key in json.loads(data)}).encode()),
    ("nulls", lambda data: json.dumps(dict.fromkeys(json.loads(data))).encode()),
]


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize(("what", "edit"), CLAIM_DAMAGES, ids=[what for what, _ in CLAIM_DAMAGES])
def test_damaged_claims(
    kind: str, what: str, edit: Edit, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole[kind], folder)
    path = folder / CLAIMS[kind]
    path.write_bytes(edit(path.read_bytes()))
    check(kind, folder, whole[kind], capsys)


def header(**changed: Any) -> Edit:
    text = {"format": 1, "clock": {"seconds": 1.0}, "arrays": []} | changed
    return with_arrays({"header": np.frombuffer(json.dumps(text).encode(), np.uint8)})


STATES: list[tuple[str, Edit]] = [
    ("empty", instead(b"")),
    ("torn", lambda data: data[:-40]),
    ("no archive", instead(b"arrays")),
    ("an empty archive", instead(b"PK\x05\x06" + b"\0" * 18)),
    ("no header", with_arrays({"header": ...})),
    ("a header of floats", with_arrays({"header": np.ones(3)})),
    ("another format", header(format=2)),
    ("a clock that stands at NaN", header(clock={"seconds": float("nan")})),
    ("a clock below zero", header(clock={"seconds": -5.0})),
    ("a clock of text", header(clock={"seconds": "late"})),
    ("no clock", header(clock=None)),
    ("weights that are NaN", with_arrays({"learner.position": np.array([np.nan])})),
    ("text for weights", with_arrays({"learner.position": np.array(["a"])})),
    ("no arrays", with_arrays({"learner.position": ..., "learner.counters": ...})),
    ("a number that was changed", with_arrays({"learner.position": np.array([0.5])})),
    ("an array more", with_arrays({"learner.more": np.array([0.5])})),
    ("a clock that was put forward", with_header(clock={"seconds": 1e6})),
    ("a bomb", bomb),
    ("doubled arrays", with_arrays({"learner.counters": np.array([4, 400, 4, 400])})),
]


OTHERS: list[tuple[str, str, Edit]] = [
    (name, what, edit)
    for name in ("histories.jsonl", "timings.jsonl")
    for what, edit in (
        *BYTES,
        ("an unknown key", line(2, extra=1)),
        ("a game of another number", line(2, game=1)),
        ("a negative game", line(2, game=-1)),
        ("no unit", line(2, unit=...)),
        ("another deal", line(2, deal=2)),
        ("moves of text", line(2, moves="3", actions="3")),
        ("a negative action", line(2, actions=[-1, 2], seconds=[-1.0, 2.0])),
        ("two lines exchanged", swapped(0, 1)),
    )
]


@pytest.mark.parametrize(("name", "what", "edit"), OTHERS, ids=[f"{name}-{what}" for name, what, _ in OTHERS])
def test_damaged_histories_and_timings(
    name: str, what: str, edit: Edit, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole["tournament"], folder)
    (folder / name).write_bytes(edit((folder / name).read_bytes()))
    check("tournament", folder, whole["tournament"], capsys)


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize("what", [what for what, _ in PLACES])
def test_what_is_no_file(
    kind: str, what: str, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("games.jsonl", "log.jsonl", "state.npz", CLAIMS[kind], "timings.jsonl", "histories.jsonl"):
        if (whole[kind] / name).exists():
            folder = tmp_path / name
            shutil.copytree(whole[kind], folder)
            (folder / name).unlink()
            dict(PLACES)[what](folder / name)
            check(kind, folder, whole[kind], capsys)


@pytest.mark.parametrize("kind", RUNS)
def test_the_folder_of_another_run(
    kind: str, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for other in RUNS:
        if other != kind:
            folder = tmp_path / other
            shutil.copytree(whole[other], folder)
            before = contents(folder)
            capsys.readouterr()
            assert run_command(lambda folder=folder: RUNS[kind][0](folder)) == 2
            assert capsys.readouterr().err.count("\n") == 1
            assert contents(folder) == before


@pytest.mark.parametrize(("what", "edit"), STATES, ids=[what for what, _ in STATES])
def test_damaged_states(
    what: str, edit: Edit, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole["training"], folder)
    path = folder / "state.npz"
    path.write_bytes(edit(path.read_bytes()))
    capsys.readouterr()
    before = contents(folder)
    assert run_command(lambda: run_training(folder)) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert contents(folder) == before
