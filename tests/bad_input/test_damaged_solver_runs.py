"""Damage to what solvers leave on disk: every one ends in one sentence, or in what an undamaged run would have given.

What is refused is left as it was, to the byte.
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

import solvers.extensive.command
import solvers.extensive.options
import solvers.matrix.command
import solvers.matrix.options
import solvers.phantom.command
import solvers.phantom.options
import solvers.preference.command
import solvers.preference.options
from games._base.command_line import run_command
from games._base.seals import sealed
from tests.bad_input.damages import BYTES, PLACES, Edit, arrays_of, bomb, contents, instead, with_arrays, with_header

STATE = "state.npz"


def extensive(folder: Path, algorithm: str = "pcfr+") -> None:
    options = solvers.extensive.options.Options(
        game="kuhn_poker", algorithm=algorithm, iterations=12, tolerance=0.0, output=folder
    )
    solvers.extensive.command.run(options, _quiet(), "command")


def sampled(folder: Path, algorithm: str = "external-mccfr") -> None:
    extensive(folder, algorithm)


def matrix(folder: Path, algorithm: str = "prm+") -> None:
    table = folder.with_name("payoffs.csv")
    table.write_text("0,-2,1\n1,0,-1\n-1,3,0\n")
    options = solvers.matrix.options.Options(
        game=str(table),
        algorithm=algorithm,
        iterations=12,
        tolerance=0.0,
        workers=1,
        output=folder / "solution.json",
        state=folder / STATE,
    )
    solvers.matrix.command.run(options, _quiet(), "command")


def preference(folder: Path, algorithm: str = "mmd") -> None:
    table = folder.with_name("preferences.csv")
    table.write_text("0.5,0.7,0.2\n0.3,0.5,0.9\n0.8,0.1,0.5\n")
    options = solvers.preference.options.Options(
        file=table,
        algorithm=algorithm,
        betas="0.1",
        iterations=12,
        tolerance=0.0,
        workers=1,
        output=folder / "solution.json",
        state=folder / STATE,
    )
    solvers.preference.command.run(options, _quiet(), "command")


def phantom(folder: Path, algorithm: Any = "pcfr+") -> None:
    options = solvers.phantom.options.Options(
        "abrupt_dark_hex_2x2", algorithm=algorithm, iterations=6, workers=1, output=folder
    )
    solvers.phantom.command.run(options, _quiet(), "command")


def _quiet() -> Console:
    return Console(file=io.StringIO())


RUNS: dict[str, tuple[Callable[..., None], str]] = {
    "extensive": (extensive, "cfr"),
    "sampled": (sampled, "outcome-mccfr"),
    "matrix": (matrix, "mmd"),
    "preference": (preference, "egpo"),
    "phantom": (phantom, "mmd"),
}
"""What runs, and another algorithm, whose state is another run's."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return folders of finished runs."""
    found = {}
    for name, (run, _) in RUNS.items():
        found[name] = tmp_path_factory.mktemp(name) / "run"
        found[name].mkdir()
        run(found[name])
    return found


def _of_floats(change: Callable[[Any], Any]) -> Edit:
    """Return the edit of the first array of floats that is not empty."""

    def edit(data: bytes) -> bytes:
        arrays = arrays_of(data)
        name = next(name for name, array in arrays.items() if array.dtype.kind == "f" and array.size)
        return with_arrays({name: change(arrays[name])})(data)

    return edit


def _first(number: float) -> Edit:
    def change(array: Any) -> Any:
        changed = array.copy()
        changed.flat[0] = number
        return changed

    return _of_floats(change)


def _exchanged(data: bytes) -> bytes:
    """Give each array the content of the next one."""
    arrays = arrays_of(data)
    header = arrays.pop("header")
    names, values = list(arrays), [*list(arrays.values())[1:], next(iter(arrays.values()))]
    return with_arrays({"header": header, **dict(zip(names, values, strict=True))})(data)


def _unsealed(edit: Edit) -> Edit:
    """Return an edit whose file does not say what was written, as older ones do not."""

    def unsealed(data: bytes) -> bytes:
        return with_header(seal=..., digests=...)(edit(data))

    return unsealed


def _resealed(**changed: Any) -> Edit:
    """Return the edit that changes the header and seals it anew: it means something else, and was never damaged."""

    def edit(data: bytes) -> bytes:
        arrays = arrays_of(data)
        header = json.loads(arrays.pop("header").tobytes()) | changed
        rest = {name: value for name, value in header.items() if name not in ("seal", "digests") and value is not ...}
        return with_arrays({"header": np.frombuffer(json.dumps(sealed(rest, arrays)).encode(), np.uint8)})(data)

    return edit


DAMAGES: list[tuple[str, Edit]] = [
    *BYTES,
    ("a bomb", bomb),
    ("no archive", instead(b"arrays")),
    ("an empty archive", instead(b"PK\x05\x06" + bytes(18))),
    ("no header", with_arrays({"header": ...})),
    ("a header of floats", with_arrays({"header": np.ones(3)})),
    ("a header of text", with_arrays({"header": np.array(["header"])})),
    ("a number that is NaN", _first(np.nan)),
    ("a number without end", _first(np.inf)),
    ("a number that was changed", _first(0.25)),
    ("a number below zero", _first(-7.0)),
    ("an array of another shape", _of_floats(lambda array: array[..., :-1])),
    ("an array of another type", _of_floats(lambda array: array.astype(np.float32))),
    ("an array of text", _of_floats(lambda array: array.astype(str))),
    ("an array in another's place", _exchanged),
    ("more iterations", with_header(done=10_000)),
    ("fewer iterations", with_header(done=3)),
    ("another format", with_header(format=7)),
    ("no identity", with_header(identity=...)),
    ("no history", with_header(history=[])),
    ("an unknown key", with_header(more=1)),
    ("other digests", with_header(digests={})),
    ("another seal", with_header(seal="0123456789abcdef")),
    ("unsealed, NaN", _unsealed(_of_floats(lambda array: array * np.nan))),
    ("unsealed, without end", _unsealed(_of_floats(lambda array: np.full_like(array, np.inf)))),
    ("unsealed, of text", _unsealed(_of_floats(lambda array: array.astype(str)))),
    ("sealed, iterations below zero", _resealed(done=-1)),
    ("sealed, iterations of truth", _resealed(done=True)),
    ("sealed, seconds that are NaN", _resealed(seconds=float("nan"))),
    ("sealed, a history of words", _resealed(history=[{"iteration": 1, "exploitability": "small"}])),
    ("sealed, a history of the future", _resealed(history=[{"iteration": 1000, "exploitability": 0.1}])),
    ("sealed, nested deeply", lambda data: with_arrays({"header": np.frombuffer(b"[" * 100_000, np.uint8)})(data)),
]


def _found(folder: Path) -> dict[str, Any]:
    """Return what a run says, without what a clock has measured, and its policy."""
    text = json.loads((folder / "solution.json").read_text())
    for part in (text, *text["history"]):
        for name in [name for name in part if "seconds" in name]:
            del part[name]
    policy = folder / "policy.npz"
    arrays = arrays_of(policy.read_bytes()) if policy.exists() else {}
    return text | {name: array.tolist() for name, array in arrays.items()}


def check(kind: str, folder: Path, whole: Path, capsys: pytest.CaptureFixture[str]) -> int:
    before = contents(folder)
    capsys.readouterr()
    code = run_command(lambda: RUNS[kind][0](folder))
    error = capsys.readouterr().err
    if code == 0:
        assert error == ""
        assert _found(folder) == _found(whole)
    else:
        assert code == 2
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        assert len(error) < 600
        assert contents(folder) == before
    return code


@pytest.mark.parametrize("kind", RUNS)
def test_damaged_states(kind: str, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    harmless = []
    for number, (what, edit) in enumerate(DAMAGES):
        folder = tmp_path / str(number) / "run"
        shutil.copytree(whole[kind], folder)
        before = (folder / STATE).read_bytes()
        after = edit(before)
        (folder / STATE).write_bytes(after)
        if check(kind, folder, whole[kind], capsys) == 0 and before != after:
            harmless.append(what)
    assert set(harmless) <= {"a byte-order mark", "doubled", "lines that end as on Windows"}


@pytest.mark.parametrize("kind", RUNS)
def test_what_is_no_file(kind: str, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, (_, put) in enumerate(PLACES):
        for name in (STATE, "solution.json"):
            folder = tmp_path / f"{number}-{name}" / "run"
            shutil.copytree(whole[kind], folder)
            (folder / name).unlink()
            put(folder / name)
            check(kind, folder, whole[kind], capsys)


@pytest.mark.parametrize("kind", RUNS)
def test_the_state_of_another_run(
    kind: str, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, other = RUNS[kind]
    folder = tmp_path / "run"
    folder.mkdir()
    run(folder, other)
    assert check(kind, folder, whole[kind], capsys) == 2
    for stranger in RUNS:
        if stranger != kind:
            shutil.copy(whole[stranger] / STATE, folder / STATE)
            assert check(kind, folder, whole[kind], capsys) == 2


@pytest.mark.parametrize("kind", RUNS)
def test_results_that_are_damaged_are_written_anew(
    kind: str, whole: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (_, edit) in enumerate(BYTES):
        folder = tmp_path / str(number) / "run"
        shutil.copytree(whole[kind], folder)
        for path in folder.iterdir():
            if path.name != STATE:
                path.write_bytes(edit(path.read_bytes()))
        assert check(kind, folder, whole[kind], capsys) == 0
