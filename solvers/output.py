"""What the commands write: files, their places tried before any work, and numbers as tables show them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from games._base.errors import UsageError
from games._base.files import write_whole
from games.version import __version__
from solvers.solution import Solution

Outputs = Sequence[tuple[str, Path | None, tuple[str, ...]]]


def check_outputs(outputs: Outputs, source: Path | None = None) -> None:
    """Raise ``UsageError`` unless every path can be written, has a suffix allowed, and is not taken twice.

    ``source`` is the file that the game is read from, which must not be written over.
    """
    taken = {} if source is None else {os.path.realpath(source): "the file that is read"}
    for option, path, suffixes in outputs:
        if path is None:
            continue
        if path.suffix not in suffixes:
            raise UsageError(f"{option} must end in {' or '.join(suffixes)}, not {path.name!r}")
        if path.is_dir():
            raise UsageError(f"{option} must be a file, and {path} is a folder")
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent} for {option}: make it first")
        if (user := taken.setdefault(os.path.realpath(path), option)) != option:
            raise UsageError(f"{option} would write over {user}, {path}: give it another name")
        try:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
        except OSError as error:
            raise UsageError(f"{option} cannot be written in {path.parent}: {error.strerror}") from None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file with indentation, lists of numbers on one line each."""
    parts = [f"  {json.dumps(key)}: {_value(value)}" for key, value in content.items()]
    write_whole(path, "{\n" + ",\n".join(parts) + "\n}\n")


def solution_json(solution: Solution, command: str, head: dict[str, Any], extras: dict[str, Any]) -> dict[str, Any]:
    """Return what ``solution.json`` says: the game and policy of ``head``, the certificate, how to make it again."""
    summary = solution.summary()
    history = summary.pop("history")
    return {**head, **summary, **extras, "version": __version__, "command": command, "history": history}


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n    " + ",\n    ".join(_dumped(item) for item in value) + "\n  ]"
    return _dumped(value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn the library's ``ValueError``, and a lack of memory, into ``UsageError``."""
    try:
        yield
    except UsageError:
        raise
    except ValueError as error:
        raise UsageError(str(error)) from None
    except MemoryError:
        raise UsageError("there is not enough memory for a game of this size") from None


def number(value: float) -> str:
    """Return a small number as tables show it."""
    return "0" if value == 0.0 else f"{value:.1e}"


def counted(value: float) -> str:
    """Return a large count with three digits: 999, 1.23k, 45.6M."""
    for power, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= power:
            return f"{value / power:.3g}{unit}"
    return f"{value:.0f}"


def duration(seconds: float) -> str:
    """Return a time with its unit: ``1.5 ms``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def short(label: str, width: int = 40) -> str:
    """Return a label cut to a width; labels may be whole answers of a language model."""
    line = " ".join(label.split())
    return line if len(line) <= width else line[: width - 1] + "…"
