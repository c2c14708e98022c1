"""Arrays in files that somebody brings (``.npy``, ``.npz``): what a file declares is looked at before it is unpacked.

An archive says what it holds and how large that is when unpacked; one that holds something else, or more than there is
memory for, is refused by name and size, before a byte of it is unpacked. Pickled objects are never loaded.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE_LIMIT = 8 << 30
"""Largest file, or largest content of a compressed one, in bytes: 8 GiB."""

ARRAY_COPIES = 3  # memory taken in units of the file: its numbers, and what is made of them

_LISTED = 12  # names of arrays in a message


def far_middle(low: Any, high: Any) -> Any:
    """Return the middle of payoffs that are all far from 0, else 0; numbers, or arrays of them.

    Far is where the smallest is no smaller in size than the range ``high - low``. Payoffs and their middle are then
    within a factor of two of each other, so that subtracting it is exact (Sterbenz 1974): what a constant that is added
    to all payoffs would hide comes to light, and nothing is lost.
    """
    return np.where(np.maximum(low, -high) >= high - low, low + 0.5 * (high - low), 0.0)


_DAMAGED = (ValueError, KeyError, TypeError, EOFError, RuntimeError, AttributeError, MemoryError, OverflowError)
_BROKEN = (*_DAMAGED, SyntaxError, NotImplementedError, zipfile.BadZipFile, zlib.error)


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
    if not path.is_file():
        raise ValueError(f"{path} is no ordinary file")
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


def load_array(path: Path, mapped: bool = False) -> NDArray[Any]:
    """Return the array of an NPY file, ``mapped`` without reading it."""
    check_size(path)
    try:
        array = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except _BROKEN:
        raise ValueError(f"{path} is not a NumPy array file of numbers (.npy), or is cut short") from None
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path} is an archive: give it the suffix .npz")
    return array


def load_arrays(
    path: Path, names: Collection[str] | None = None, needed: Collection[str] = (), copies: int = ARRAY_COPIES
) -> dict[str, NDArray[Any]]:
    """Return the arrays of an NPZ file by name.

    ``names`` are those that it may hold (any, if ``None``), ``needed`` those that it must. Raises ``ValueError`` with
    one sentence for a file that is not such an archive, holds anything else or lacks something, or holds more than fits
    in memory; ``OSError`` as the disk does.
    """
    check_size(path, copies=0)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (*_BROKEN, OSError):
        raise ValueError(f"{path} is not a NumPy archive (.npz), or is cut short") from None
    held = [part.filename.removesuffix(".npy") for part in parts]
    for name, part in zip(held, parts, strict=True):
        if not part.filename.endswith(".npy") or (names is not None and name not in names):
            known = "" if names is None or len(names) > _LISTED else f": known are {', '.join(sorted(names))}"
            raise ValueError(f"{path} holds {part.filename[:60]!r}, which does not belong there{known}")
    if len(set(held)) != len(held):
        raise ValueError(f"{path} holds two arrays of one name")
    if missing := [name for name in needed if name not in held]:
        raise ValueError(f"{path} holds no array {missing[0]!r}: it must have {', '.join(needed)}")
    check_size(path, max(sum(part.file_size for part in parts), 1), copies)
    try:
        with np.load(path, allow_pickle=False) as archived:
            arrays = {name: archived[name] for name in held}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError  # of what is no array numpy returns the bytes
    except _BROKEN:
        raise ValueError(f"{path} holds an array that is not one of numbers or text, or is damaged") from None
    return arrays
