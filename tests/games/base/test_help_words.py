"""The words of help pages: one option, one sentence, in whichever command it stands; a number says its unit."""

from __future__ import annotations

import contextlib
import io
import re
from collections import defaultdict
from importlib import import_module

import pytest

from games._base import command_line
from games._base.help_page import Entry, entries_of
from tests.games.base.test_help_page import OPTIONS

HOMONYMS = {
    "lambda": "the trace of generalised advantage estimation; the price of a variance",
    "tables": "teams at tables; tables of win rates",
    "temperature": "of a policy that is imitated; over the iterations of an algorithm that anneals it",
}
"""Options that are called alike and mean different things; they keep their names, command lines being a contract."""

UNITS = re.compile(
    r"\b(seconds?|minutes|points?|units of (the )?(payoffs|utility|rewards)|per unit of utility"
    r"|part of the payoff range|share|from 0 to 1|probability|this confidence|standard errors|weights?|votes|times"
    r"|decisions|logit|norm|learning rate|written as the step size|NUMBER)\b",
    re.IGNORECASE,
)
"""What a number that is not whole is measured in; a weight and a learning rate are plain numbers."""


def options_of(command: str) -> list[Entry]:
    """Return the options of a command as its help shows them."""
    boxes = list[str]()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setattr(command_line, "help_page", lambda box, *_: boxes.append(box) or "")
        with pytest.raises(SystemExit):
            command_line.parse(import_module(OPTIONS[command]).Options, ["--help"], f"python -m {command}")
    return entries_of(boxes[0])[2]


@pytest.fixture(scope="module")
def entries() -> dict[str, list[Entry]]:
    return {command: options_of(command) for command in OPTIONS}


def sentence(words: str) -> str:
    """Return what an option is, without the particulars of a command, which stand behind a colon or semicolon."""
    return re.split(r"[:;]|\.(?= |$)", re.sub(r" \(default: .*\)$", "", words))[0].removesuffix(".")


def test_an_option_has_one_sentence_in_all_commands(entries: dict[str, list[Entry]]) -> None:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for command, options in entries.items():
        for one in options:
            found[one.name.removeprefix("--")][sentence(one.words)].append(command)
    assert sum(len(commands) > 1 for words in found.values() for commands in words.values()) > 30
    different = {name: dict(words) for name, words in found.items() if len(words) > 1}
    assert different.keys() == HOMONYMS.keys(), different


def test_a_number_says_its_unit(entries: dict[str, list[Entry]]) -> None:
    numbers = [
        f"{command} {one.typed}: {one.words}"
        for command, options in entries.items()
        for one in options
        if re.search(r" (FLOAT|SCHEDULE)\b", one.typed)
    ]
    assert len(numbers) > 40
    assert [line for line in numbers if not UNITS.search(line.partition(": ")[2])] == []


@pytest.mark.parametrize("command", OPTIONS)
def test_every_option_is_explained(command: str, entries: dict[str, list[Entry]]) -> None:
    for one in entries[command]:
        assert len(sentence(one.words).split()) > 1, one


def test_a_sentence_ends_where_the_particulars_begin() -> None:
    assert sentence("Workers side by side: threads; the same. (default: one a core)") == "Workers side by side"
    assert sentence("Number of games. (default: 3)") == "Number of games"
    assert sentence("From 0.5 to 1, e.g. so.") == "From 0.5 to 1, e.g"
