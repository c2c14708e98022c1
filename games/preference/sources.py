"""What every reader does alike: refuse a file too large before reading it, and name file and line in every error."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE_LIMIT = 8 << 30
"""Largest file, or largest content of a compressed one, in bytes: 8 GiB."""

ARRAY_COPIES = 3  # memory taken in units of the file: its numbers, the exact matrix, and what is needed on the way
TEXT_COPIES = 12  # a cell of text is an object of some 60 bytes


def at(path: Path, line: int) -> str:
    """Return how a line of a file is named in an error."""
    return f"{path}, line {line}"


def available_memory() -> int | None:
    """Return bytes of memory that are free or can be freed, or ``None`` where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def check_size(path: Path, size: int | None = None, copies: int = ARRAY_COPIES) -> None:
    """Raise ``ValueError`` if a file is empty, above ``SIZE_LIMIT`` or too large for the memory that is free.

    ``size`` is what it holds when unpacked, ``copies`` how many times that is needed. Raises ``OSError`` if there is no
    such file.
    """
    size = path.stat().st_size if size is None else size
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file")
    if size == 0:
        raise ValueError(f"{path} is empty")
    if size > SIZE_LIMIT:
        raise ValueError(f"{path} holds {size / 2**30:.1f} GiB, more than the limit of {SIZE_LIMIT / 2**30:.0f} GiB")
    free = available_memory()
    if free is not None and copies * size > free:
        raise ValueError(
            f"{path} holds {size / 2**30:.1f} GiB: reading it needs about {copies * size / 2**30:.1f} GiB of memory, "
            f"and {free / 2**30:.1f} GiB are free"
        )


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


def load_array(path: Path, mapped: bool = False) -> NDArray[Any]:
    """Return the array of an NPY file, ``mapped`` without reading it; pickled objects are never loaded."""
    check_size(path)
    try:
        array = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (ValueError, EOFError, MemoryError):
        raise ValueError(f"{path} is not a NumPy array file of numbers (.npy), or is cut short") from None
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path} is an archive: give it the suffix .npz")
    return array


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of an NPZ file by name; pickled objects are never loaded."""
    check_size(path)
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        check_size(path, max(unpacked, 1))
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (zipfile.BadZipFile, EOFError, MemoryError, AttributeError):
        raise ValueError(f"{path} is not a NumPy archive (.npz), or is cut short") from None
    except ValueError as error:
        if str(error).startswith(str(path)):
            raise
        raise ValueError(f"{path} holds an array that is not one of numbers or text: pickles are not loaded") from None
