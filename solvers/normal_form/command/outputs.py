"""Files that the commands write: their places tried before any work, their content whole or not at all."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from games._base.errors import UsageError
from games._base.files import write_whole
from games.version import __version__
from solvers.normal_form.command.options import SolverOptions
from solvers.normal_form.solution import NormalFormSolution

Outputs = Sequence[tuple[str, Path | None, tuple[str, ...]]]


def check_outputs(outputs: Outputs, source: Path | None = None) -> None:
    """Raise ``UsageError`` unless every path can be written, has a suffix allowed, and is not taken twice.

    ``source`` is the file that the game is read from, which must not be written over.
    """
    taken = {} if source is None else {source.resolve(): "the file that is read"}
    for option, path, suffixes in outputs:
        if path is None:
            continue
        if path.suffix not in suffixes:
            raise UsageError(f"{option} must end in {' or '.join(suffixes)}, not {path.name!r}")
        if path.is_dir():
            raise UsageError(f"{option} must be a file, and {path} is a folder")
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent} for {option}: make it first")
        if (user := taken.setdefault(path.resolve(), option)) != option:
            raise UsageError(f"{option} would write over {user}, {path}: give it another name")
        try:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
        except OSError as error:
            raise UsageError(f"{option} cannot be written in {path.parent}: {error.strerror}") from None


def finite(value: float) -> float | None:
    """Return the value, or ``None`` for NaN and infinity, which JSON does not have."""
    return value if math.isfinite(value) else None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file with indentation, lists of numbers on one line each."""
    parts = [f"  {json.dumps(key)}: {_value(value)}" for key, value in content.items()]
    write_whole(path, "{\n" + ",\n".join(parts) + "\n}\n")


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n    " + ",\n    ".join(_dumped(item) for item in value) + "\n  ]"
    return _dumped(value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def content(
    solution: NormalFormSolution, policy: dict[str, Any], options: SolverOptions, command: str
) -> dict[str, Any]:
    """Return what ``solution.json`` says: the policy first, then its certificate, and how to make it again."""
    summary = solution.summary()
    history = summary.pop("history")
    head = {key: summary.pop(key) for key in ("algorithm", "beta")}
    origin = {"feedback": options.feedback, "seed": options.seed, "version": __version__, "command": command}
    return head | policy | summary | origin | {"history": history}


def tell_written(console: Console, paths: Sequence[Path | None]) -> None:
    """Print which files were written."""
    names = [str(path) for path in paths if path is not None]
    if names:
        console.print(f"Written: {', '.join(names)}", highlight=False, markup=False, soft_wrap=True)
