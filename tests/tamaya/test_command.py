"""The console script ``tamaya``: its list, its doors, and where ``solve`` sends a game."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from games.extensive import compile_game
from games.extensive.store import write_game
from tamaya import command
from tamaya.own import MARK, PACKAGES, foreign_package
from tamaya.solving import command_of

ROOT = Path(__file__).resolve().parents[2]


def test_the_list_has_a_line_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--help"]) == 0
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert lines == list(command.COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], ["solve", "--help"]])
def test_lists_of_commands_fit_80_columns(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize("name", [name for name in command.COMMANDS if name != "solve"])
def test_every_command_is_a_door(name: str) -> None:
    assert callable(command.door_of(name).main)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["hanabi"], "error: there is no command hanabi: did you mean hanabi-search?\n"),
        (["Tournament"], "error: there is no command Tournament: did you mean tournament?\n"),
        (["xyz"], "error: there is no command xyz: --help lists them\n"),
        ([], "error: name a command, as in tamaya solve leduc_poker: tamaya --help lists them\n"),
        (["solve"], "error: say first what is to be solved: tamaya solve GAME [OPTION ...]\n"),
        (["solve", "--alpha", "1"], "error: say first what is to be solved: tamaya solve GAME [OPTION ...]\n"),
    ],
)
def test_what_is_no_command_is_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 2
    assert capsys.readouterr() == ("", sentence)


def test_a_command_gets_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["solve", "kuhn_poker", "--algorithm", "lp"]) == 0
    assert "-0.0555555556" in capsys.readouterr().out
    assert command.main(["exploitability", "kuhn_poker", "uniform"]) == 0
    assert "0.458333" in capsys.readouterr().out
    assert command.main(["preference", "nowhere.csv"]) == 2
    assert "nowhere.csv" in capsys.readouterr().err


def test_solve_finds_the_kind_of_game(tmp_path: Path) -> None:
    def file(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    np.savez(tmp_path / "batch.npz", matrices=np.full((2, 3, 3), 0.5))
    np.save(tmp_path / "payoffs.npy", np.array([[1.0, -2.0], [0.0, 3.0]]))
    write_game(tmp_path / "kuhn.npz", compile_game("kuhn_poker"))
    expected = {
        file("wins.csv", ",a,b\na,0.5,0.7\nb,0.3,0.5\n"): "preference",
        file("votes.csv", "winner,loser\na,b\nb,a\na,b\n"): "preference",
        file("payoffs.csv", ",left,right\nup,3,-1\ndown,-2,1\n"): "matrix",
        file("wrong.csv", "no,table\n"): "preference",
        str(tmp_path / "nowhere.csv"): "preference",
        str(tmp_path / "batch.npz"): "preference",
        str(tmp_path / "payoffs.npy"): "matrix",
        str(tmp_path / "kuhn.npz"): "extensive",
        "game.efg": "extensive",
        "leduc_poker": "extensive",
        "liars_dice(dice_sides=4)": "extensive",
        "no_such_game": "extensive",
        "phantom_ttt": "phantom",
        "no such votes.CSV.gz": "preference",
        "matrix_rps": "matrix",
        "blotto(coins=5,fields=2)": "matrix",
    }
    assert {game: command_of(game) for game in expected} == expected


def run_beside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python where a folder comes before Tamaya's on the path."""
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_packages_here_are_our_own() -> None:
    assert foreign_package() is None
    assert all(MARK in (ROOT / package / "__init__.py").read_text(encoding="utf-8") for package in PACKAGES)


@pytest.mark.parametrize("package", ["agents", "games"])
def test_somebody_elses_package_is_named_in_one_sentence(package: str, tmp_path: Path) -> None:
    theirs = tmp_path / package / "__init__.py"
    theirs.parent.mkdir()
    theirs.write_text("from .agent import Agent\n", encoding="utf-8")
    sentence = (
        f"the package '{package}' that Python finds ({theirs}) is not Tamaya's but somebody else's: install Tamaya in "
        "an environment of its own"
    )
    for arguments in (["--help"], ["hanabi-search", "--games", "1"]):
        run = run_beside(tmp_path, "-m", "tamaya", *arguments)
        assert (run.returncode, run.stdout, run.stderr) == (2, "", f"error: {sentence}\n")
    run = run_beside(tmp_path, "-c", "import tamaya; tamaya.solve")
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == f"ImportError: {sentence}"


def test_a_package_without_its_first_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever overwrote ``agents/__init__.py`` and is then uninstalled leaves a folder without one."""
    rest = ModuleSpec("agents", None, is_package=True)
    rest.submodule_search_locations = ["somewhere/agents"]
    monkeypatch.setattr("tamaya.own.find_spec", lambda name: rest if name == "agents" else find_spec(name))
    found = foreign_package.__wrapped__()
    assert found is not None
    assert found.startswith("the package 'agents' that Python finds (somewhere/agents) is not Tamaya's")
    monkeypatch.setattr("tamaya.own.find_spec", lambda name: None)
    assert foreign_package.__wrapped__() == "the package 'games' of Tamaya is missing: install Tamaya again"
