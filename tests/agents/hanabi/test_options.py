"""The options of ``python -m agents.hanabi_search``: what they are where nothing is said, their help, and bad ones."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from agents.hanabi.options import PROGRAM, Options
from agents.hanabi_search import main
from games._base.command_line import parse
from games._base.errors import UsageError

ROOT = Path(__file__).parents[3]


def test_parse_fills_the_options_in() -> None:
    options = parse(Options, ["--players", "3", "--first-game", "7"], PROGRAM)
    assert (options.players, options.first_game, options.job().blueprint) == (3, 7, "information")
    assert parse(Options, ["--variant", "small"], PROGRAM).job().blueprint == "smart"
    assert parse(Options, ["--seats", "one"], PROGRAM).job().softening < parse(Options, [], PROGRAM).job().softening
    with pytest.raises(UsageError):
        parse(Options, ["--players", "x"], PROGRAM)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_bad_options_read_the_same_in_any_terminal(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agents.hanabi_search", "--eta", "steep"],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "40"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "error: --eta must be a number, not 'steep'\n")


def test_help_lists_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert not stop.value.code
    text = capsys.readouterr().out
    for field in fields(Options):
        assert "--" + field.name.replace("_", "-") in text
