"""Files that appear whole or not at all: written beside their place under another name, then renamed."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from games._base.errors import UsageError

_writers = itertools.count()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``, ending in ``.part``; it takes the name ``path`` when the block ends well.

    No two writers share a temporary name; the last one to end wins, whole. Libraries that choose a format by the suffix
    must be told it. Missing folders are made. Raises ``OSError`` as the disk does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{next(_writers)}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it appears whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def check_writable(path: Path, option: str) -> None:
    """Raise ``UsageError`` in the name of an option unless a file can be written there, in folders still to be made."""
    if path.is_dir():
        raise UsageError(f"{option} must be a file, and {path} is a folder")
    _check_takes_files(path, path.absolute().parent)


def check_folder(path: Path | None, option: str = "--output") -> None:
    """Raise ``UsageError`` in the name of an option unless files can be written to a folder, still to be made perhaps.

    ``None``: nothing is to be written.
    """
    if path is None:
        return
    if path.exists() and not path.is_dir():
        raise UsageError(f"{option} must be a folder, and {path} is a file")
    if path.is_symlink() and not path.exists():
        raise UsageError(f"{option} must be a folder, and {path} is a link to nothing")
    _check_takes_files(path, path.absolute())


def _check_takes_files(path: Path, folder: Path) -> None:
    while not folder.exists():
        folder = folder.parent
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UsageError(f"cannot write to {path}: {error.strerror}") from None
