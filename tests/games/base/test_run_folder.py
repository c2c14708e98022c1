"""Run folders: whose a folder is, what differs, one command at a time, nothing written before all is checked."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from games._base import run_folder
from games._base.errors import UsageError
from games._base.records import fields, whole
from games._base.run_folder import Claim, RunFolder, read_state, write_state

ASKED: dict[str, Any] = {"seed": 3, "game": {"players": 2, "colours": 5}, "agents": ["a", "b"], "games": 10}


def claim(**changed: Any) -> Claim:
    return Claim(ASKED | changed, "a tournament", grows=("games",), strangers=("games.jsonl",))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_new_folder_says_whose_it_is_and_the_same_run_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "run"
    for _ in range(2):
        with RunFolder(folder, claim()):
            assert json.loads((folder / "run.json").read_text()) == ASKED


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seed": 4}, "holds a tournament with seed = 3, not 4: choose another --output"),
        ({"game": {"players": 3, "colours": 5}}, "with game = players 2, not players 3:"),
        ({"agents": ["a"]}, "with agents = a, b, not a:"),
        ({"agents": []}, "with agents = a, b, not none:"),
        ({"decide": 0.9}, "with decide = none, not 0.9:"),
        ({"games": 9}, "holds a tournament with 10 games, so --games must be at least that, not 9:"),
    ],
)
def test_another_run_is_refused_by_what_differs(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    RunFolder(tmp_path, claim()).close()
    before = contents(tmp_path)
    with pytest.raises(UsageError) as error:
        RunFolder(tmp_path, claim(**changed))
    assert words in str(error.value)
    assert contents(tmp_path) == before
    RunFolder(tmp_path, claim()).close()  # the lock is gone


def test_what_is_held_and_not_asked_is_named(tmp_path: Path) -> None:
    RunFolder(tmp_path, claim(weights="ab")).close()
    with pytest.raises(UsageError, match="with weights = ab, not none:"):
        RunFolder(tmp_path, claim())


def test_old_folders_lack_newer_keys(tmp_path: Path) -> None:
    RunFolder(tmp_path, Claim(ASKED)).close()
    newer = ASKED | {"plies": 12}
    with pytest.raises(UsageError, match="with plies = 0, not 12"):
        RunFolder(tmp_path, Claim(newer, usual={"plies": 0}))
    RunFolder(tmp_path, Claim(newer, usual={"plies": 12})).close()
    assert json.loads((tmp_path / "run.json").read_text()) == newer


def test_a_count_may_grow(tmp_path: Path) -> None:
    for games in (10, 12):
        RunFolder(tmp_path, claim(games=games)).close()
    assert json.loads((tmp_path / "run.json").read_text())["games"] == 12


@pytest.mark.parametrize("text", ["[]", "{", "", '{"seed": NaN}', '{"games": "many"}', "[" * 100_000])
def test_a_claim_that_is_none_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    asked = {"games": 10}
    with pytest.raises(UsageError, match="is not the description of a tournament"):
        RunFolder(tmp_path, Claim(asked, "a tournament", grows=("games",)))
    assert (tmp_path / "run.json").read_text() == text


def test_folders_of_something_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is a file: choose a folder"):
        RunFolder(tmp_path / "file", claim())
    with pytest.raises(UsageError, match="cannot use the output folder"):
        RunFolder(tmp_path / "file" / "run", claim())
    (tmp_path / "games.jsonl").write_text("{}\n")
    with pytest.raises(UsageError, match=r"games\.jsonl is of something else"):
        RunFolder(tmp_path, claim())
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UsageError, match="cannot use the output folder"):
        RunFolder(tmp_path / "loop", claim())


def test_nothing_is_written_before_all_is_read(tmp_path: Path) -> None:
    class Damaged(RunFolder):
        def _read(self) -> None:
            raise UsageError("damaged")

    with pytest.raises(UsageError, match="damaged"):
        Damaged(tmp_path, claim())
    assert contents(tmp_path) == {}


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(run_folder, "write_whole", full)
    with pytest.raises(UsageError, match=r"cannot write to the output folder .*: No space left on device"):
        RunFolder(tmp_path, claim())
    monkeypatch.undo()
    RunFolder(tmp_path, claim()).close()


def test_one_command_at_a_time(tmp_path: Path) -> None:
    with RunFolder(tmp_path, claim()), pytest.raises(UsageError, match="another command is writing to"):
        RunFolder(tmp_path, claim())


HEADER = fields({"done": whole()})


def test_a_state_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    assert read_state(path, HEADER, "--output") == ({}, {})
    write_state(path, {"done": 5}, {"one": np.arange(3), "two": np.zeros((2, 0))})
    header, arrays = read_state(path, HEADER, "--output")
    assert header == {"done": 5}
    assert arrays["one"].tolist() == [0, 1, 2]
    assert arrays["two"].shape == (2, 0)


@pytest.mark.parametrize("header", [{}, {"done": -1}, {"done": None}, []])
def test_a_state_with_another_header_is_refused(tmp_path: Path, header: Any) -> None:
    np.savez(tmp_path / "state.npz", header=np.frombuffer(json.dumps(header).encode(), np.uint8))
    with pytest.raises(UsageError, match="is not the state of a run that can go on: delete it"):
        read_state(tmp_path / "state.npz", HEADER, "--output")
    write_state(tmp_path / "state.npz", dict(header), {})
    with pytest.raises(UsageError, match="is not the state of a run that can go on: delete it"):
        read_state(tmp_path / "state.npz", HEADER, "--output")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_state_of_numbers_that_are_none_is_refused(tmp_path: Path, value: float) -> None:
    write_state(tmp_path / "state.npz", {"done": 1}, {"weights": np.array([1.0, value])})
    with pytest.raises(UsageError, match="is not the state of a run that can go on"):
        read_state(tmp_path / "state.npz", HEADER, "--output")


def test_torn_and_foreign_states_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    write_state(path, {"done": 1}, {"weights": np.ones(100)})
    whole_file = path.read_bytes()
    np.savez(tmp_path / "objects.npz", header=np.array([{}], dtype=object))
    for data in (b"", b"PK", whole_file[:50], whole_file[:-30], (tmp_path / "objects.npz").read_bytes()):
        path.write_bytes(data)
        with pytest.raises(UsageError, match="is not the state of a run that can go on"):
            read_state(path, HEADER, "--output")
