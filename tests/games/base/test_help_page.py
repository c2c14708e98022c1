"""Help pages: every option once, in groups, in lines of 80 characters; examples that the parser takes."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from dataclasses import fields
from importlib import import_module

import pytest

from games._base.command_line import parse
from games._base.help_page import WIDTH, entries_of, help_page

OPTIONS = {
    "agents.hanabi_search": "agents.hanabi.options",
    "agents.hanabi_analysis": "agents.analysis.options",
    "agents.exploitability": "agents.exploitability.options",
    "agents.play": "agents.human.options",
    "agents.tournament": "agents.tournament.options",
    "agents.train_blueprint": "agents.training.command_options",
    "agents.train_belief": "agents.training.belief.options",
    "solvers.preference": "solvers.preference.options",
    "solvers.matrix": "solvers.matrix.options",
    "solvers.extensive": "solvers.extensive.options",
    "solvers.exploitability": "solvers.exploitability.options",
    "solvers.phantom": "solvers.phantom.options",
}


def page_of(command: str) -> str:
    options, shown = import_module(OPTIONS[command]).Options, io.StringIO()
    with contextlib.redirect_stdout(shown), pytest.raises(SystemExit) as stop:
        parse(options, ["--help"], f"python -m {command}")
    assert not stop.value.code
    return shown.getvalue()


@pytest.mark.parametrize("command", OPTIONS)
def test_a_page_has_every_option_once_in_lines_of_80(command: str) -> None:
    page = page_of(command)
    assert max(map(len, page.splitlines())) <= WIDTH
    listed, _, examples = page.partition("\nexamples:\n")
    shown = re.findall(r"^  (?:-h, )?(--[\w-]+)", listed, re.MULTILINE)
    assert len(shown) == len(set(shown))
    arguments = re.search(r"^arguments:\n(.*?)\n\n", listed, re.MULTILINE | re.DOTALL)
    positional = len(re.findall(r"^  \S", arguments[1], re.MULTILINE)) if arguments else 0
    assert len(shown) - 1 + positional == len(fields(import_module(OPTIONS[command]).Options))
    assert shown[0] == "--help"
    assert examples.count(f"  python -m {command} ") == 2


@pytest.mark.parametrize("command", OPTIONS)
def test_examples_are_options_that_there_are(command: str) -> None:
    options = import_module(OPTIONS[command]).Options
    _, _, examples = page_of(command).partition("\nexamples:\n")
    for line in examples.replace("\\\n", " ").splitlines():
        words = shlex.split(line)
        assert words[:3] == ["python", "-m", command]
        parse(options, words[3:], f"python -m {command}")


BOX = """usage: x [-h] [OPTIONS] GAME

What it does.

╭─ positional arguments ──────╮
│ GAME        A game, or      │
│             *.efg. (required) │
╰─────────────────────────────╯
╭─ options ───────────────────╮
│ -h, --help  show this help message and exit │
│ --eta INT   A step-size of something. (default: 3) │
│ --mode {some,others,many-more} │
│             One of them. │
╰─────────────────────────────╯
"""


def test_a_box_becomes_groups() -> None:
    head, arguments, options = entries_of(BOX)
    assert head == ["usage: x [-h] [OPTIONS] GAME", "", "What it does.", ""]
    assert [one.words for one in arguments] == ["A game, or *.efg. (required)"]
    assert [one.name for one in options] == ["--help", "--eta", "--mode"]
    page = help_page(BOX, {"basic": "mode help"}, ["x --mode some", "x " + "--eta 3333333 " * 6])
    assert "\nbasic:\n  --mode {some,others,many-more}\n                        One of them.\n  -h, --help" in page
    assert "\nfurther options:\n  --eta INT             A step-size of something. (default: 3)\n" in page
    assert page.endswith("--eta 3333333 --eta 3333333 \\\n    --eta 3333333\n")
