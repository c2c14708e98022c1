"""Runs what a page has its reader type: commands in this process, by their own front doors; Python in one namespace.

A page is run in a folder that has the repository's ``examples`` in it, as a clone has.
"""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.documents.blocks import Block

ROOT = Path(__file__).resolve().parents[2]


class Failed(AssertionError):
    """A printed command or snippet does not do what its page says: it fails."""


@contextlib.contextmanager
def clone(folder: Path) -> Iterator[None]:
    """Be in a folder as in a clone, on one core, so that no command starts processes."""
    for name in ("examples", "docs", "solvers"):
        (folder / name).symlink_to(ROOT / name)
    allowed = os.sched_getaffinity(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "200")
        os.sched_setaffinity(0, {max(allowed)})
        try:
            yield
        finally:
            os.sched_setaffinity(0, allowed)


def run_block(block: Block, names: dict[str, Any]) -> None:
    """Run a block; raises ``Failed`` with page, line, and what was printed."""
    shown = io.StringIO()
    try:
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if block.kind == "python":
                text = "\n" * (block.line - 1) + block.text
                exec(compile(text, str(block.page), "exec"), names)
            else:
                for words in block.commands():
                    _run(words, shown)
    except (Exception, SystemExit) as error:
        raise Failed(
            f"{block.page}:{block.line}: {type(error).__name__}: {error}\n{shown.getvalue()[-3000:]}"
        ) from error


def _run(words: list[str], shown: io.StringIO) -> None:
    """Run one command; what it would read from a keyboard is at its end."""
    shown.write(f"$ {' '.join(words)}\n")
    if words[:2] == ["python", "-m"]:
        module, arguments = words[2], words[3:]
    elif words[0] == "tamaya":
        module, arguments = "tamaya", words[1:]
    elif words[0] == "python":
        module, arguments = words[1], words[2:]
    else:
        raise Failed(f"{words[0]} is nothing that a test runs: mark the block as not run, and say why")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, *arguments])
        patch.setattr(sys, "stdin", io.StringIO())
        patch.setattr(sys, "path", list(sys.path))
        try:
            runpy.run_path(module, run_name="__main__") if module.endswith(".py") else runpy.run_module(
                module, run_name="__main__", alter_sys=True
            )
        except SystemExit as stop:
            if stop.code:
                raise Failed(f"{' '.join(words)} ends with {stop.code}") from None
