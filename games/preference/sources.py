"""What every reader does alike: open a file packed or not, refuse one too large, name file and line in every error."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from games import arrays
from games.arrays import check_size

TEXT_COPIES = 12  # a cell of text is an object of some 60 bytes
PACKED = ".gz"


def suffix_of(path: Path) -> str:
    """Return the suffix that says what a file holds, in small letters: ``.csv`` of ``votes.csv``, ``A.CSV.gz``."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == PACKED else suffix


def at(path: Path, line: int) -> str:
    """Return how a line of a file is named in an error."""
    return f"{path}, line {line}"


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file in UTF-8, with or without a byte-order mark, packed by gzip if it ends in .gz.

    Line ends are kept. What a packed file holds is counted while it is read, and refused above the limit of all files.
    """
    check_size(path, copies=0)  # a list of votes is counted line by line
    packed = path.suffix.lower() == PACKED
    read = 0
    try:
        with _opened(path, packed) as lines:
            for line in lines:
                read += len(line)
                if packed and read > arrays.SIZE_LIMIT:
                    raise ValueError(f"{path} holds more than the limit of {arrays.SIZE_LIMIT / 2**30:.0f} GiB")
                yield line
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise ValueError(f"{path} is not a file packed by gzip, or is cut short") from None


def _opened(path: Path, packed: bool) -> IO[str]:
    if packed:
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def json_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every line of a JSONL file that is not blank."""
    empty = True
    for number, line in enumerate(text_lines(path), start=1):
        if line.strip():
            empty = False
            yield number, line
    if empty:
        raise ValueError(f"{path} has no line that is not blank")


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield line number and value of every line of a JSONL file that is not blank."""
    for number, line in json_texts(path):
        yield number, json_of(line, at(path, number))


def json_value(path: Path) -> Any:
    """Return the value of a JSON file."""
    return json_of("".join(text_lines(path)), str(path))


def json_of(text: str, where: str) -> Any:
    """Return the value of a JSON text; raises ``ValueError`` that begins with ``where`` it stands."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where} is not JSON: {error.msg} (character {error.pos + 1})") from None
    except RecursionError:
        raise ValueError(f"{where} is nested too deeply to be read") from None
    except ValueError as error:  # a number of too many digits
        raise ValueError(f"{where}: {str(error).partition(';')[0]}") from None
