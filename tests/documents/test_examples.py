"""Every example runs, at a tiny size, and says what its first lines promise; its data are what their program writes."""

from __future__ import annotations

import ast
import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from tests.documents.notebooks import cells_of, run_notebook
from tests.documents.running import ROOT, clone

EXAMPLES = ROOT / "examples"
SCRIPTS: dict[str, tuple[list[str], str]] = {
    "arena_ratings": ([], "Elo   share of the Nash average"),
    "exploit_a_bot": (["5"], "p  0.5: +"),
    "hanabi_position": (["100"], "points lost against the best"),
    "hanabi_search": (["1", "10"], "piers alone"),
    "judge_log": ([], "one of many: votes are missing"),
    "leduc_equilibrium": (["5"], "OpenSpiel says"),
    "openspiel_search": (["4", "20"], "chips a game against random play"),
    "own_agent": (["2"], "better with likelihood"),
    "own_openspiel_policy": ([], "exploitability 1.6407"),
    "phantom_board": (["5"], "in sequence form +0.500000"),
    "update_equivalence": (["kuhn_poker"], "kuhn_poker: the two policies are at most"),
}
NOTEBOOKS: dict[str, dict[str, Any]] = {
    "preference_log": {"RESAMPLINGS": 10},
    "quantal_response_path": {"POINTS": 5},
    "leduc_search": {"GAME": "kuhn_poker", "ROLLOUTS": (20, 50), "STEPS": 2},
    "hanabi_own_policy": {"GAMES": 1, "ROLLOUTS": 10, "VARIANT": "small"},
}


@pytest.fixture
def _clone(tmp_path: Path) -> Iterator[None]:
    with clone(tmp_path):
        yield


@pytest.mark.usefixtures("_clone")
@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_script_says_what_it_promises(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, promised = SCRIPTS[name]
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    runpy.run_path(f"examples/{name}.py", run_name="__main__")
    assert promised in capsys.readouterr().out


def test_every_script_and_notebook_is_here_and_short() -> None:
    paths = [path for path in EXAMPLES.glob("*.py") if path.stem != "own_policy"]  # tests/agents/own
    assert sorted(path.stem for path in paths) == sorted(SCRIPTS)
    assert sorted(path.stem for path in EXAMPLES.glob("*.ipynb")) == sorted(NOTEBOOKS)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert 20 <= len(text.splitlines()) <= 60, path
        assert f"``python examples/{path.name}" in (ast.get_docstring(ast.parse(text)) or ""), path


@pytest.mark.usefixtures("_clone")
@pytest.mark.parametrize("name", sorted(NOTEBOOKS))
def test_a_notebook_runs_from_top_to_bottom(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(EXAMPLES / "data")
    with mpl.rc_context({"figure.max_open_warning": 0}):
        mpl.use("Agg")
        monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
        names = run_notebook(EXAMPLES / f"{name}.ipynb", **NOTEBOOKS[name])
    check = {
        "preference_log": lambda: np.diag(names["table"]).max() < 1e-9 and len(names["judges"]) == 4,
        "quantal_response_path": lambda: all(point.converged for point in names["points"]),
        "leduc_search": lambda: names["apart"] < 1e-12,
        "hanabi_own_policy": lambda: names["code"] == 0 and names["summary"]["games"] == 1,
    }
    assert check[name]()


def test_notebooks_are_plain() -> None:
    for name in NOTEBOOKS:
        cells = cells_of(EXAMPLES / f"{name}.ipynb")
        assert sum(tagged for _, tagged in cells) == 1
        for text, _ in cells:
            ast.parse(text)
        written = json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"))
        assert written["nbformat"] == 4


def test_data_are_what_their_program_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make.py", str(tmp_path)])
    runpy.run_path(str(EXAMPLES / "data" / "make.py"), run_name="__main__")
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(path.name for path in (EXAMPLES / "data").iterdir() if path.name != "make.py")
    for name in written:
        mine, theirs = tmp_path / name, EXAMPLES / "data" / name
        if name.endswith(".npz"):
            with np.load(mine) as one, np.load(theirs) as other:
                assert all(np.array_equal(one[key], other[key]) for key in one)
        else:
            assert mine.read_bytes() == theirs.read_bytes(), name
