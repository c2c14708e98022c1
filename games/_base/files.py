"""Files that appear whole or not at all: written beside their place under another name, then renamed."""

from __future__ import annotations

import itertools
import os
import platform
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from games._base.errors import UsageError

_writers = itertools.count()
_MACHINE = re.sub(r"\W", "-", platform.node())


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside ``path``, ending in ``.part``; it takes the name ``path`` when the block ends well.

    No two writers share a temporary name; the last one to end wins, whole; what a writer on this machine left when it
    was killed goes. Libraries that choose a format by the suffix
    must be told it. Missing folders are made. Raises ``OSError`` as the disk does.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    temporary = path.with_name(f"{path.name}.{_MACHINE}.{os.getpid()}.{next(_writers)}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _remove_leftovers(path: Path) -> None:
    """Remove temporary files of a path whose writers, processes of this machine, are gone."""
    begin = f"{path.name}.{_MACHINE}."
    for name in os.listdir(path.parent):
        if name.startswith(begin) and name.endswith(".part"):
            writer = name[len(begin) :].split(".")[0]
            if writer.isdecimal() and not _runs(int(writer)):
                with suppress(OSError):
                    (path.parent / name).unlink()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another user's
    return True


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it appears whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def present(path: Path) -> bool:
    """Return whether there is a file at a path; raises ``UsageError`` if anything else is: a folder, a pipe, a link
    that leads nowhere.
    """
    if path.is_file():
        return True
    if os.path.lexists(path):
        raise UsageError(f"{path} should be a file, and is none: move it away")
    return False


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
