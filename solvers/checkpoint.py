"""The state of a run on disk, so that interrupted long work goes on where it stopped, to the same bits.

A state file is an NPZ archive of all arrays that an iteration reads, with a JSON header: what the run is (the game, and
every option that changes an iterate), the iterations done, what they took, and the history. It is replaced as a whole.
Everything else that an iteration reads is a function of its number, so a run that went on cannot be told from one that
was never interrupted, but for its seconds.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from games._base.files import whole_file
from games.extensive.store import DAMAGED
from solvers.solution import Checkpoint

_FORMAT = 2  # raise it when a state changes its meaning
_HEADER = "header"
# What files of the first edition call otherwise.
_FIRST_FORMAT = 1
_FIRST_ALGORITHMS = {"mmd": "mmd-annealed"}

Arrays = Mapping[str, NDArray[Any]]


class Stored(Protocol):
    """What can be saved and restored. ``done``: iterations so far."""

    done: int

    def identity(self) -> Mapping[str, Any]:
        """Return what the run is, options by their name: two runs with the same identity have the same iterates."""

    def arrays(self) -> Arrays:
        """Return all that an iteration reads, by name."""

    def load(self, arrays: Arrays) -> None:
        """Take up such arrays; raises ``ValueError`` or ``KeyError`` if they are not those of the run."""


@dataclass
class Record:
    """What a run has measured and spent so far: seconds of iterations, by the clock and of all cores."""

    history: list[Checkpoint] = field(default_factory=list)
    seconds: float = 0.0
    processor_seconds: float = 0.0


class State(NamedTuple):
    """The content of a state file."""

    identity: dict[str, Any]
    done: int
    record: Record
    arrays: Arrays

    def take_up(self, run: Stored) -> None:
        """Put a run of this identity where the file left it."""
        run.load(self.arrays)
        run.done = self.done


def digest(arrays: Iterable[NDArray[Any]]) -> str:
    """Return a short hash of arrays, for an identity."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()[:16]


def fill(own: Arrays, found: Arrays) -> None:
    """Copy arrays into those of a run; raises ``ValueError`` if one has another shape or type."""
    for name, array in own.items():
        read = found[name]
        if array.shape != read.shape or array.dtype != read.dtype:
            raise ValueError(f"the array {name} has the shape {read.shape}, not {array.shape}")
        array[...] = read


def save(path: Path, run: Stored, identity: Mapping[str, Any], record: Record) -> None:
    """Write the state of a run; raises ``OSError`` as the disk does."""
    header = {
        "format": _FORMAT,
        "identity": identity,
        "done": run.done,
        "seconds": record.seconds,
        "processor_seconds": record.processor_seconds,
        "history": [point.line() for point in record.history],
    }
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **{_HEADER: text}, **run.arrays())


@contextmanager
def opened(path: Path) -> Iterator[State]:
    """Give what a state file holds, of the first edition, too; the arrays are read when they are asked for.

    Raises ``ValueError`` if it is none, and in place of what goes wrong with its content while it is open.
    """
    try:
        with path.open("rb") as binary, np.load(binary, allow_pickle=False) as file:
            header = json.loads(file[_HEADER].tobytes())
            identity = dict(header["identity"])
            if header.get("format") != _FORMAT:
                _update_first_edition(header, identity, file)
            yield State(identity, _whole(header["done"]), _record(header), file)
    except (*DAMAGED, AttributeError, IndexError, MemoryError, OverflowError):
        raise ValueError(
            f"{path} is not the state of a run that can go on: delete it, or choose another --output"
        ) from None


def restore(path: Path, run: Stored, identity: Mapping[str, Any]) -> Record:
    """Put a fresh run where the file left it and return what was measured; nothing if there is no file.

    Raises ``ValueError`` if the file is not a state, or that of another run; the message names the option that differs.
    """
    if not path.exists():
        return Record()
    with opened(path) as state:
        different = [name for name, value in identity.items() if state.identity.get(name) != value]
        if not different:
            state.take_up(run)
    if different:
        raise ValueError(
            f"{path.parent} holds a run with another {different[0]}: give the same options to go on with it, or choose "
            "another --output"
        )
    return state.record


def _whole(number: Any) -> int:
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"a count of iterations cannot be {number}")
    return number


def _line(line: Mapping[str, Any]) -> Checkpoint:
    """Return a line of the history; raises ``ValueError`` or ``TypeError`` if it is none."""
    values: dict[str, Any] = {name: math.nan if value is None else value for name, value in line.items()}
    numbers = [*(value for name, value in values.items() if name != "infosets"), *values.get("infosets", [])]
    if not all(isinstance(number, int | float) for number in numbers):
        raise ValueError("a measurement is a number")
    return Checkpoint(**values)


def _record(header: Mapping[str, Any]) -> Record:
    """Return the record of a header; raises ``ValueError`` or ``TypeError`` for what no run has written."""
    history = [_line(line) for line in header["history"]]
    spent = [float(header["seconds"]), float(header.get("processor_seconds", header["seconds"]))]
    iterations = [_whole(point.iteration) for point in history]
    times = [*spent, *(point.seconds for point in history)]
    if not all(math.isfinite(time) and time >= 0.0 for time in times):
        raise ValueError("a run takes a finite number of seconds")
    if iterations != sorted({*iterations}) or (history and iterations[-1] > header["done"]):
        raise ValueError("the history is not that of the run")
    return Record(history, *spent)


def _update_first_edition(header: dict[str, Any], identity: dict[str, Any], arrays: Arrays) -> None:
    """Give the parts of a file of the first edition the names that they have here; ``ValueError`` for other formats."""
    if identity.pop("format", header.get("format", _FIRST_FORMAT)) != _FIRST_FORMAT:
        raise ValueError("the format is not known")
    if "done" not in header:
        header["done"] = int(arrays["done"])
    for name in [name for name in identity if name != "game" and not name.startswith("--")]:
        identity["--" + name.replace("_", "-")] = identity.pop(name)
    identity["--algorithm"] = _FIRST_ALGORITHMS.get(identity["--algorithm"], identity["--algorithm"])
