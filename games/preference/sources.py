"""What every reader does alike: refuse a file too large before reading it, and name file and line in every error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from games.arrays import check_size

TEXT_COPIES = 12  # a cell of text is an object of some 60 bytes


def at(path: Path, line: int) -> str:
    """Return how a line of a file is named in an error."""
    return f"{path}, line {line}"


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file in UTF-8, with or without a byte-order mark; line ends are kept."""
    check_size(path, copies=0)  # a list of votes is counted line by line
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from lines
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8") from None


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield line number and value of every line of a JSONL file that is not blank."""
    empty = True
    for number, line in enumerate(text_lines(path), start=1):
        if line.strip():
            empty = False
            yield number, _parsed(line, at(path, number))
    if empty:
        raise ValueError(f"{path} has no line that is not blank")


def json_value(path: Path) -> Any:
    """Return the value of a JSON file."""
    return _parsed("".join(text_lines(path)), str(path))


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where} is not JSON: {error.msg} (character {error.pos + 1})") from None
    except RecursionError:
        raise ValueError(f"{where} is nested too deeply to be read") from None
