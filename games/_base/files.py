"""Files that appear whole or not at all: written beside their place under another name, then renamed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
