"""The folder of a run: it says whose it is, is kept to one command at a time, and is never half-written.

What decides the outcome of a run is its *claim*, written as JSON before anything else, so that a call with the same
claim goes on where the last one stopped and a call with another is refused by what differs. A folder is locked, its
claim compared and what it holds read and checked before anything in it is written. What is finished is appended to
files of JSON lines (``games._base.records``), of which a torn last line does not count; what is complete is written
whole (``games._base.files``), and the arrays that long work goes on from are a *state*, one file.
"""

from __future__ import annotations

import fcntl
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from games._base.errors import UsageError
from games._base.files import present, whole_file, write_whole
from games._base.records import Check, Fault, fields, parse
from games._base.seals import SealedArrays, sealed

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading arrays from a file that holds something else may raise."""

_CLAIMS = ("run.json", "options.json")  # of all kinds of runs: a folder has one


@dataclass(frozen=True)
class Claim:
    """What decides the outcome of a run, and how to speak of it.

    Parameters
    ----------
    asked : everything that decides the outcome, as JSON has it.
    noun : what the folder holds, as in "holds a tournament with seed = 3".
    file : where the claim is written.
    usual : what keys stand for that older runs did not write.
    grows : keys of counts that may grow from call to call, named like their options.
    strangers : files that only such a run leaves: a folder that has one, and no claim, is something else's.
    option : of the folder.
    """

    asked: Mapping[str, Any]
    noun: str = "a run"
    file: str = "run.json"
    usual: Mapping[str, Any] = field(default_factory=dict)
    grows: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    option: str = "--output"

    @property
    def remedy(self) -> str:
        """What to do about a folder that cannot be used."""
        return f"choose another {self.option}, or delete that folder"

    def check(self, folder: Path, found: Mapping[str, Any]) -> None:
        """Raise ``UsageError``, naming what differs, unless ``found`` is the claim of this run or a shorter one."""
        asked = json.loads(json.dumps(self.asked))
        for key in [*asked, *(key for key in found if key not in asked)]:
            held, wanted = (values.get(key, self.usual.get(key)) for values in (found, asked))
            if held == wanted:
                continue
            if key not in self.grows:
                shown = f"{key} = {_plain(held, wanted)}, not {_plain(wanted, held)}"
                raise UsageError(f"{folder} holds {self.noun} with {shown}: {self.remedy}")
            if type(held) is not int:
                raise UsageError(f"{folder / self.file} is not the description of {self.noun}: {self.remedy}")
            if held > wanted:
                raise UsageError(
                    f"{folder} holds {self.noun} with {held} {key}, so --{key} must be at least that, not {wanted}: "
                    f"choose another {self.option} for a shorter one"
                )


def _plain(value: Any, other: Any) -> str:
    """Return a value of a claim as people read it; of objects, what differs from the ``other``."""
    if isinstance(value, dict):
        beside = other if isinstance(other, dict) else {}
        return ", ".join(f"{key} {_plain(part, None)}" for key, part in value.items() if beside.get(key, ...) != part)
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item, None) for item in value) or "none"
    return "none" if value is None else str(value)


class RunFolder:
    """The files of a run, a context manager: other commands are kept off while it is open.

    Raises ``UsageError`` in one sentence if the folder belongs to another run, is in use, damaged, or cannot be
    written.
    """

    def __init__(self, folder: Path, claim: Claim) -> None:
        self.folder, self.claim = folder, claim
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file: choose a folder for the output")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
        except OSError as error:
            raise UsageError(f"cannot use the output folder {folder}: {error.strerror}") from None
        try:
            known = self._claimed()
            self._read()
            if known != (asked := json.loads(json.dumps(claim.asked))):
                write_whole(folder / claim.file, json.dumps(asked, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            self.close()
            raise UsageError(f"cannot write to the output folder {folder}: {error.strerror}") from None
        except BaseException:
            self.close()
            raise

    def _claimed(self) -> dict[str, Any] | None:
        """Return the claim that the folder holds, if it is this run's."""
        path = self.folder / self.claim.file
        if not present(path):
            others = [name for name in _CLAIMS if name != self.claim.file]
            if strange := [name for name in (*self.claim.strangers, *others) if (self.folder / name).exists()]:
                raise UsageError(f"{self.folder / strange[0]} is of something else: choose another {self.claim.option}")
            return None
        try:
            found: dict[str, Any] = parse(path.read_bytes(), fields({}))
        except Fault:
            raise UsageError(
                f"{path} is not the description of {self.claim.noun}: choose another {self.claim.option}"
            ) from None
        try:
            self.claim.check(self.folder, found)
        except UsageError:
            if not self._unused():
                raise
            return None
        return found

    def _unused(self) -> bool:
        """Return whether nothing came of the run that the folder holds, so that another may have it."""
        return False

    def _read(self) -> None:
        """Read what is finished; nothing has been written yet."""

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


def write_state(path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace the state of a run, whole: named arrays and what else there is to know; raises ``OSError``."""
    import numpy as np

    text = np.frombuffer(json.dumps(sealed(header, arrays)).encode(), np.uint8)
    named: dict[str, Any] = dict(arrays)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, header=text, **named)


def read_state(path: Path, header: Check, option: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return header and arrays of a state, nothing if there is no file.

    ``header`` checks what it must be (``games._base.records``); arrays must be of finite numbers, and those that were
    written (``games._base.seals``). Raises ``UsageError`` naming the folder's ``option`` for anything else.
    """
    if not present(path):
        return {}, {}
    import numpy as np

    from games.arrays import load_arrays

    try:
        held = load_arrays(path, needed=["header"], copies=1)
        kept = SealedArrays(parse(held.pop("header").tobytes(), fields({})), held)
        found, arrays = kept.header, dict(kept)
        header(found)
        whole = len(arrays) == len(held) and all(np.isfinite(array).all() for array in arrays.values())
    except DAMAGED:
        whole = False
    if not whole:
        raise UsageError(f"{path} is not the state of a run that can go on: delete it, or choose another {option}")
    return found, arrays
