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
from tests.agents.hanabi.test_command import is_one_sentence

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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--players", "7"], "players must be 2 to 5, not 7"),
        (["--players", "two"], "--players must be a whole number, not 'two'"),
        (["--players"], "--players needs a value"),
        (["--blueprint", "smrt"], "did you mean 'smart'?"),
        (["--blueprint", "xyzzy"], "choose one of information, smart"),
        (["--rollouts", "0"], "rollouts must be at least 1, not 0"),
        (["--rollouts", "1.5"], "--rollouts must be a whole number, not '1.5'"),
        (["--games", "0"], "--games must be at least 1, not 0"),
        (["--workers", "0"], "--workers must be at least 1, not 0"),
        (["--together", "0"], "--together must be at least 1, not 0"),
        (["--together", "4", "--blueprint", "smart"], "--together 4 needs a blueprint that is a torch network"),
        (["--eta", "-1"], "eta must be positive and finite, not -1.0"),
        (["--eta", "nan"], "eta must be positive and finite, not nan"),
        (["--eta", "steep"], "--eta must be a number, not 'steep'"),
        (["--search", "sparta", "--threshold", "-1"], "--threshold must be at least 0, not -1.0"),
        (["--threshold", "1"], "--threshold has no effect here: it is read by sparta only"),
        (["--plies", "-1"], "--plies must be at least 0, not -1"),
        (["--plies", "8", "--blueprint", "smart"], "--plies needs a blueprint that is a network"),
        (["--caution", "inf"], "--caution must be at least 0, not inf"),
        (["--reinvest", "0.5"], "--reinvest must be at least 1, not 0.5"),
        (["--softening", "1"], "--softening must be at least 0 and below 1, not 1.0"),
        (["--particles", "many"], "--particles must be a whole number, not 'many'"),
        (["--particles", "0"], "--particles must be at least 20, not 0"),
        (["--seed", "-1"], "--seed must be at least 0, not -1"),
        (["--seed", "9223372036854775808"], "--seed must be at most 9223372036854775807"),
        (["--first-game", "-1"], "--first-game must be at least 0, not -1"),
        (["--variant", "seven-card", "--players", "3"], "the seven-card variant is for 2 players, not 3"),
        (["--search", "best"], "--search must be one of mds, sparta, monte-carlo, none, not 'best'"),
        (["--gmaes", "3"], "there is no option --gmaes: did you mean --games?"),
        (["--xyzzy"], "there is no option --xyzzy: --help lists them"),
        (["hanabi"], "'hanabi' is not an option"),
        (["--cluster", "here:1"], "--cluster needs --backend dask or --backend ray"),
        (["--show"], "leave out --output"),
        (["--turns", "1-2"], "--turns has no effect without --show"),
        (["--blueprint", "cheating"], "sees its own cards"),
    ],
)
def test_bad_options_end_with_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert main(["--output", str(folder), *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert is_one_sentence(said.err)
    assert words in said.err
    assert not folder.exists()


def test_help_lists_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert not stop.value.code
    text = capsys.readouterr().out
    for field in fields(Options):
        assert "--" + field.name.replace("_", "-") in text
