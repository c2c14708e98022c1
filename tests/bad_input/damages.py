"""Ways of damaging a file: functions from its bytes to other bytes, and what is left at its place instead of a file."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Edit = Callable[[bytes], bytes]


def line(number: int, **changed: Any) -> Edit:
    """Return the edit that changes keys of a line (``...``: takes them out)."""

    def edit(data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        found = json.loads(lines[number]) | changed
        lines[number] = json.dumps({key: value for key, value in found.items() if value is not ...}).encode() + b"\n"
        return b"".join(lines)

    return edit


def instead(text: bytes) -> Edit:
    return lambda data: text


DEEP = b"[" * 100_000 + b"]" * 100_000 + b"\n"
NESTED: Any = 1
for _ in range(100):
    NESTED = [NESTED]


BYTES: list[tuple[str, Edit]] = [
    ("empty", instead(b"")),
    ("not text", instead(b"\xff\xfe\x00")),
    ("zeros", lambda data: bytes(len(data))),
    ("cut in half", lambda data: data[: len(data) // 2]),
    ("cut by a byte", lambda data: data[:-1]),
    ("doubled", lambda data: data + data),
    ("reversed", lambda data: data[::-1]),
    ("a byte of a text that is none", lambda data: data[: len(data) // 2] + b"\xff" + data[len(data) // 2 :]),
    ("a byte-order mark", lambda data: b"\xef\xbb\xbf" + data),
    ("deep nesting", instead(DEEP)),
    ("lines that end as on Windows", lambda data: data.replace(b"\n", b"\r\n")),
]
"""Damages that any file may have."""


def swapped(first: int, second: int) -> Edit:
    """Return the edit that exchanges two lines."""

    def edit(data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        lines[first], lines[second] = lines[second], lines[first]
        return b"".join(lines)

    return edit


def arrays_of(data: bytes) -> dict[str, Any]:
    """Return the arrays of an archive."""
    with np.load(io.BytesIO(data)) as file:
        return {name: file[name] for name in file.files}


def with_arrays(changed: dict[str, Any]) -> Edit:
    """Return the edit that replaces arrays of an archive (``...``: takes them out), and leaves its seal alone."""

    def edit(data: bytes) -> bytes:
        arrays = arrays_of(data) | changed
        written = io.BytesIO()
        np.savez(written, **{name: array for name, array in arrays.items() if array is not ...})
        return written.getvalue()

    return edit


def with_header(**changed: Any) -> Edit:
    """Return the edit that changes keys of an archive's header (``...``: takes them out)."""

    def edit(data: bytes) -> bytes:
        found = json.loads(arrays_of(data)["header"].tobytes()) | changed
        text = json.dumps({key: value for key, value in found.items() if value is not ...})
        return with_arrays({"header": np.frombuffer(text.encode(), np.uint8)})(data)

    return edit


def bomb(data: bytes) -> bytes:
    """Return an archive that says that its first array has 2^50 numbers."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays_of(data).items():
            with archive.open(f"{name}.npy", "w") as stream:
                np.lib.format.write_array(stream, array)
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (2**50,)})
        archive.writestr("bomb.npy", head.getvalue() + bytes(10_000_000))
    return written.getvalue()


def _folder(path: Path) -> None:
    path.mkdir()


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _nowhere(path: Path) -> None:
    path.symlink_to("nowhere/at/all")


PLACES: list[tuple[str, Callable[[Path], None]]] = [
    ("a folder", _folder),
    ("a link to itself", _loop),
    ("a link to nowhere", _nowhere),
    ("a pipe", _pipe),
]
"""What may be where a file should be."""


def contents(folder: Path) -> dict[str, Any]:
    """Return every path under a folder, with the bytes of files and what else there is to know of others."""
    return {str(path.relative_to(folder)): _content(path) for path in sorted(folder.rglob("*"))}


def _content(path: Path) -> Any:
    if path.is_symlink():
        return "a link", os.readlink(path)
    return path.read_bytes() if path.is_file() else path.lstat().st_mode
