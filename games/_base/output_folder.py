"""The folder of a resumable run: made if missing, kept to one command at a time, faults told in one sentence."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, Self

from games._base.errors import UsageError


class OutputFolder:
    """A context manager that keeps other commands off a folder while it is open.

    A run opens it with ``_open`` and says in ``_resume`` what it finds there. Raises ``UsageError`` if the folder is in
    use, cannot be written, or ``_resume`` refuses it.
    """

    folder: Path
    _lock: int

    def _open(self, folder: Path) -> None:
        self.folder = folder
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file: choose a folder for the output")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
        except OSError as error:
            raise UsageError(f"cannot use the output folder {folder}: {error.strerror}") from None
        try:
            self._resume()
        except OSError as error:
            self.close()
            raise UsageError(f"cannot write to the output folder {folder}: {error.strerror}") from None
        except BaseException:
            self.close()
            raise

    def _resume(self) -> None:
        """Check that the folder is this run's, claim it if it is new, and read what is finished."""
        raise NotImplementedError

    def _claimed(self, path: Path, what: str) -> dict[str, Any]:
        """Return the object in a JSON file that says whose folder this is; ``what`` names it if it is none."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UsageError(f"{path} is not {what}")
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other commands use the folder."""
        os.close(self._lock)

    def _locked(self) -> int:
        """Return a descriptor of the folder, locked for this process until it is closed."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UsageError(f"another command is writing to {self.folder}: wait for it, or choose another") from None
        except OSError:
            pass  # a file system without locks
        return descriptor
