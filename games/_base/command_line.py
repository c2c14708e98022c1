"""What every command does alike: options from a dataclass, one sentence for what is wrong, a clean stop."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import io
import math
import operator
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import dropwhile, takewhile
from typing import Any, TypeVar, get_type_hints

from games._base.errors import UsageError
from games._base.extras import without_extra
from games._base.help_page import help_page
from games._base.interrupts import exit_code, terminated_like_interrupted

OptionsType = TypeVar("OptionsType")

LARGEST = 2**63 - 1
"""The largest whole number that an option may have."""

MOST_WORKERS = 4096
"""The largest number of threads or processes that is taken for one."""

_RULE = set("╭╮╰╯│─- ")  # of what a line between the parts of a box is drawn
_NOT_A_NUMBER = re.compile(r"invalid literal for int\(\) with base 10: (.*)|could not convert string to float: (.*)")
_NOT_AN_OPTIONAL = re.compile(r"no type matching \{None\}\|(INT|FLOAT) could be instantiated from \[(.*)\]$")


def parse(options: type[OptionsType], arguments: Sequence[str], program: str) -> OptionsType:
    """Return the options dataclass filled from the command line; ``--help`` prints and exits.

    The class may say how its help is shown (``games._base.help_page``): ``help_groups``, titles with names of options,
    and ``help_examples``, commands.

    Raises ``UsageError`` where the parser would have drawn a box and left.
    """
    import tyro

    _refuse_empty(arguments)
    message, page = io.StringIO(), _Page()
    try:
        with contextlib.redirect_stderr(message), _wide_help(arguments, options, page):
            return tyro.cli(options, args=list(arguments), prog=program)
    except SystemExit as stop:
        if not stop.code:
            if page.getvalue():
                print(help_page(page.getvalue(), options.help_groups, options.help_examples), end="")  # type: ignore[attr-defined]
            raise
        raise UsageError(_sentence(message.getvalue(), _typed(options))) from None


def _typed(options: type) -> list[str]:
    """Return what is typed for the options of a class, some of which have another name than their field."""
    hints = get_type_hints(options, include_extras=True)
    found = []
    for field in fields(options):
        marks = getattr(hints[field.name], "__metadata__", ())
        named = (name for mark in marks if (name := getattr(mark, "name", None)) is not None)
        found.append(option(next(named, field.name)))
    return found


class _Page(io.StringIO):
    """What the parser takes for a terminal with letters enough to draw boxes."""

    encoding = "utf-8"


@contextlib.contextmanager
def _wide_help(arguments: Sequence[str], options: type, page: io.StringIO) -> Iterator[None]:
    """Have the parser write its help to ``page``, each option in a line, if it is asked for and has groups."""
    if not {"-h", "--help"} & set(arguments) or not hasattr(options, "help_groups"):
        yield
        return
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "10000"
    try:
        with contextlib.redirect_stdout(page):
            yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def _refuse_empty(arguments: Sequence[str]) -> None:
    """Raise ``UsageError`` for a value without a character, which a script leaves where a variable is not set.

    As a path it would be the current folder, as a name nothing.
    """
    for before, argument in zip(["", *arguments], arguments, strict=False):
        name, equals, value = argument.partition("=") if argument.startswith("--") else (before, "=", argument)
        if equals and not value.strip():
            what = f"the value of {name}" if name.startswith("--") else "an argument"
            raise UsageError(f"{what} is empty: write one, or leave it out")


def _sentence(box: str, names: Sequence[str]) -> str:
    """Return what the parser says in its box as one sentence; ``names`` are the options that exist."""
    drawn = re.sub(r"\x1b\[[0-9;]*m", "", box).splitlines()[1:]
    lines = ["" if set(line) <= _RULE else line.strip("│ ") for line in drawn]
    text = " ".join(takewhile(bool, dropwhile(operator.not_, lines))).rstrip(". ")
    if found := re.match(r"Unrecognized options: ([^ ,]+)", text):
        return _unknown_option(found[1], names)
    if found := re.match(r"invalid choice (.+) for argument '(.+?)'. Expected one of \((.+?),?\)$", text):
        choices = [choice.strip("' ") for choice in found[3].split(",")]
        if "None" in choices:  # of an option that may be left out, whose choices come in any order
            choices = sorted(set(choices) - {"None"})
        return f"{found[2]} must be one of {', '.join(choices)}, not {found[1]}"
    if found := re.match(r"Missing value for argument '(.+?)'", text):
        return f"{found[1]} needs a value"
    if found := re.match(r"Missing from .+?: (\S+)", text):
        return f"{found[1]} is missing: --help says what it is"
    if found := re.match(r"Error parsing ([^:]+): (.+)$", text):
        if number := _NOT_A_NUMBER.match(found[2]):
            return f"{found[1]} must be a {'whole ' if number[1] else ''}number, not {number[1] or number[2]}"
        if number := _NOT_AN_OPTIONAL.match(found[2]):
            return f"{found[1]} must be a {'whole ' if number[1] == 'INT' else ''}number, not {number[2]}"
        return f"{found[1]}: {found[2]}"
    return text or "the options could not be read: see --help"


def _unknown_option(typed: str, names: Sequence[str]) -> str:
    if not typed.startswith("-"):
        return f"{typed!r} is not an option: options begin with --, and --help lists them"
    nearest = difflib.get_close_matches(typed.replace("_", "-"), names, n=1)
    return f"there is no option {typed}: " + (f"did you mean {nearest[0]}?" if nearest else "--help lists them")


def option(name: str) -> str:
    """Return what is typed for a field of the options; ``lambda_`` stands for a word that Python has taken."""
    return "--" + name.rstrip("_").replace("_", "-")


def check_least(options: object, **least: float) -> None:
    """Raise ``UsageError`` if an option, an attribute that is not ``None``, is less than what it must be at least.

    No number may be infinite, no whole one beyond 64 bits.
    """
    for name, bound in least.items():
        value = getattr(options, name)
        if value is not None and not (math.isfinite(value) and value >= bound):
            raise UsageError(f"{option(name)} must be at least {bound}, not {value}")
        if isinstance(value, int):
            check_most(options, **{name: LARGEST})


def check_most(options: object, **most: float) -> None:
    """Raise ``UsageError`` if an option, an attribute that is not ``None``, is more than what it may be at most."""
    for name, bound in most.items():
        value = getattr(options, name)
        if value is not None and not value <= bound:
            raise UsageError(f"{option(name)} must be at most {bound}, not {value}")


def check_workers(options: object, name: str = "workers") -> None:
    """Raise ``UsageError`` unless a number of threads or processes is one that a machine can start."""
    check_least(options, **{name: 1})
    check_most(options, **{name: MOST_WORKERS})


def refuse_given(who: str, options: object, names: Iterable[str], advice: str = "leave it out") -> None:
    """Raise ``UsageError`` for the first of the options that is given, other than its default: ``who`` has no such one.

    ``options`` is a dataclass with defaults.
    """
    usual = {field.name: field.default for field in fields(options)}  # type: ignore[arg-type]
    for name in names:
        if getattr(options, name) != usual[name]:
            raise UsageError(f"{option(name)} has no effect {who}: {advice}")


def command_line(program: str, arguments: Sequence[str]) -> str:
    """Return the command that repeats this call."""
    return f"{program} {shlex.join(arguments)}".rstrip()


def door(
    program: str, options: type[OptionsType], work: str, console: Callable[[], Any] | None = None
) -> Callable[..., int]:
    """Return the ``main(arguments)`` of a command: options are read before anything heavy is imported.

    Parameters
    ----------
    program : how the command is called, as in ``python -m agents.hanabi_search``.
    options : the dataclass that the command line fills. Its module imports neither numba nor torch nor OpenSpiel, so
        that ``--help`` and what is wrong with an option come at once.
    work : ``"package.module:function"``, imported when the options are read; ``function(options, console, command)``
        does the work, ``command`` being the line that repeats it.
    console : makes the console; by default rich's own.
    """

    def main(arguments: Sequence[str] | None = None) -> int:
        given = list(sys.argv[1:] if arguments is None else arguments)

        def run() -> None:
            chosen = parse(options, given, program)
            module, _, name = work.partition(":")
            function = getattr(importlib.import_module(module), name)
            function(chosen, (console or _console)(), command_line(program, given))

        return run_command(run)

    return main


def _console() -> Any:
    from rich.console import Console

    return Console()


def run_command(function: Callable[[], Any]) -> int:
    """Run a command and return its exit code.

    0 if it worked; 2 after one sentence for bad input (``UsageError``), a package that is not installed
    (``games._base.extras``) or a failing disk or machine (``OSError``); 130 if it was interrupted, 143 if it was asked
    to terminate. Anything else is a bug and shows where it happened.
    """
    try:
        with terminated_like_interrupted():
            function()
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        print(f"error: {error.strerror or error}{place}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        missing = without_extra(error)
        if missing is None:
            raise
        print(f"error: {missing}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        print(str(interrupt) or "interrupted", file=sys.stderr)
        return exit_code()
    return 0
