"""The state of a run on disk, so that interrupted long work goes on where it stopped, to the same bits.

A state file is an NPZ archive of all arrays that an iteration reads, with a JSON header: what the run is (the game, and
every option that changes an iterate), the iterations done, what they took, and the history. It is replaced as a whole.
Everything else that an iteration reads is a function of its number, so a run that went on cannot be told from one that
was never interrupted, but for its seconds.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games._base.files import whole_file
from games._base.run_folder import DAMAGED
from games._base.seals import SealedArrays, sealed
from games._base.seals import digest as digest
from games.arrays import check_size
from solvers.solution import Checkpoint

_FORMAT = 2  # raise it when a state changes its meaning
_HEADER = "header"
# What files of the first edition call otherwise.
_FIRST_FORMAT = 1
_FIRST_ALGORITHMS = {"mmd": "mmd-annealed"}

Arrays = Mapping[str, NDArray[Any]]


@dataclass
class Record:
    """What a run has measured and spent so far: seconds of iterations, by the clock and of all cores."""

    history: list[Checkpoint] = field(default_factory=list)
    seconds: float = 0.0
    processor_seconds: float = 0.0


class State(NamedTuple):
    """The content of a state file (``solvers.run.Iterating`` says what the parts are)."""

    identity: Mapping[str, Any]
    done: int
    record: Record
    arrays: Arrays


def fill(own: Arrays, found: Arrays) -> None:
    """Copy arrays into those of a run that has just begun.

    Raises ``ValueError`` if one has another shape or type, or holds what no iteration makes of these: a number that is
    not finite where there was a finite one, in a file that does not say what was written (``games._base.seals``).
    """
    trusted = isinstance(found, SealedArrays) and found.trusted
    for name, array in own.items():
        read = found[name]
        if array.shape != read.shape or array.dtype != read.dtype:
            raise ValueError(f"the array {name} has the shape {read.shape}, not {array.shape}")
        if not trusted and not _plausible(array, read):
            raise ValueError(f"the array {name} holds numbers that are not finite")
        array[...] = read


def _plausible(own: NDArray[Any], read: NDArray[Any]) -> bool:
    """Whether numbers are finite, the logarithm of 0 for an action that has it already, or not measured yet."""
    strange = ~np.isfinite(read)
    if not strange.any():
        return True
    impossible = np.isneginf(own).any(axis=-2, keepdims=True) if own.ndim > 1 else np.zeros(own.shape, bool)
    return not (strange & ~np.isnan(own) & ~(np.isneginf(read) & impossible)).any()


def save(path: Path, state: State) -> None:
    """Write the state of a run; raises ``OSError`` as the disk does."""
    record = state.record
    header = {
        "format": _FORMAT,
        "identity": state.identity,
        "done": state.done,
        "seconds": record.seconds,
        "processor_seconds": record.processor_seconds,
        "history": [point.line() for point in record.history],
    }
    text = np.frombuffer(json.dumps(sealed(header, state.arrays)).encode(), np.uint8)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **{_HEADER: text}, **state.arrays)


@contextmanager
def opened(path: Path) -> Iterator[State]:
    """Give what a state file holds, of the first edition, too; the arrays are read when they are asked for.

    Raises ``ValueError`` if it is none, and in place of what goes wrong with its content while it is open.
    """
    if path.exists() and not path.is_file():  # a pipe would wait for a writer
        raise ValueError(f"{path} should be a file, and is none: move it away")
    try:
        with zipfile.ZipFile(path) as archive:
            check_size(path, sum(part.file_size for part in archive.infolist()), copies=1)
        with path.open("rb") as binary, np.load(binary, allow_pickle=False) as file:
            header = json.loads(file[_HEADER].tobytes())
            arrays = SealedArrays(header, file)
            identity = dict(header["identity"])
            if header.get("format") != _FORMAT:
                _update_first_edition(header, identity, file)
            yield State(identity, _whole(header["done"]), _record(header), arrays)
    except (*DAMAGED, AttributeError, IndexError, MemoryError, OverflowError):
        raise ValueError(
            f"{path} is not the state of a run that can go on: delete it, or choose another --output"
        ) from None


def _whole(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise ValueError(f"a count of iterations cannot be {number}")
    return number


def _line(line: Mapping[str, Any]) -> Checkpoint:
    """Return a line of the history; raises ``ValueError`` or ``TypeError`` if it is none."""
    values: dict[str, Any] = {name: math.nan if value is None else value for name, value in line.items()}
    numbers = [*(value for name, value in values.items() if name != "infosets"), *values.get("infosets", [])]
    if not all(type(number) in (int, float) for number in numbers):
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
