"""The folder of a training run: what was asked, the state to go on from, the log, the weights; never half-written.

``options.json`` holds the game and the settings, so that a call with other settings is refused. ``state.npz`` holds the
arrays of the learner and the clock; it is replaced as a whole, so the one before is there until the new one is.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.training.options import TrainingOptions
from games._base.errors import UsageError
from games._base.files import whole_file, write_whole
from games._base.output_folder import OutputFolder
from games.hanabi.game import HanabiGame

_FORMAT = 1  # raise it when the state of a learner changes its meaning
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


class TrainingFolder(OutputFolder):
    """The files of one run; a context manager, because it keeps other commands off the folder while it is open.

    ``arrays`` and ``clock`` are what the last saved state holds: nothing in a new folder. Raises ``UsageError`` if the
    folder belongs to a run with other settings, is in use, damaged, or cannot be written.
    """

    def __init__(self, folder: Path, game: HanabiGame, options: TrainingOptions) -> None:
        self._asked = json.loads(json.dumps({"game": asdict(game), **asdict(options)}))
        self.arrays: dict[str, NDArray[Any]] = {}
        self.clock: dict[str, float] = {}
        self._open(folder)

    @property
    def log(self) -> Path:
        """Path of the log."""
        return self.folder / "log.jsonl"

    def _resume(self) -> None:
        self._claim()
        path = self.folder / "state.npz"
        if not path.exists():
            return
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                header = json.loads(file["header"].tobytes())
                if header["format"] != _FORMAT:
                    raise KeyError("format")
                self.clock = {name: float(value) for name, value in header["clock"].items()}
                self.arrays = {name: file[f"learner.{name}"] for name in header["arrays"]}
        except _DAMAGED:
            raise UsageError(
                f"{path} is not the state of a run that can go on: delete it, or choose another --checkpoint"
            ) from None

    def _claim(self) -> None:
        """Check that the folder is this run's; if it is new, write the settings to it."""
        path = self.folder / "options.json"
        if not path.exists():
            if any((self.folder / name).exists() for name in ("state.npz", "log.jsonl")):
                raise UsageError(f"{self.folder} is not from this command: choose another --checkpoint")
            write_whole(path, json.dumps(self._asked, indent=2) + "\n")
            return
        found = self._claimed(path, "a run's settings: choose another --checkpoint")
        for key in sorted(self._asked.keys() | found.keys()):
            asked, kept = self._asked.get(key), found.get(key)
            if asked != kept:
                raise UsageError(
                    f"{self.folder} holds a run with {_plain(key, kept, asked)}, not {_plain(key, asked, kept)}: "
                    "give the same options to go on with it, or choose another --checkpoint"
                )

    def save(self, arrays: Mapping[str, NDArray[Any]], clock: Mapping[str, float]) -> None:
        """Replace the state; raises ``OSError`` as the disk does."""
        header = {"format": _FORMAT, "clock": dict(clock), "arrays": list(arrays)}
        text = np.frombuffer(json.dumps(header).encode(), np.uint8)
        named: dict[str, Any] = {f"learner.{name}": array for name, array in arrays.items()}
        with whole_file(self.folder / "state.npz") as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, header=text, **named)


def _plain(key: str, value: Any, other: Any) -> str:
    """Return a setting as people read it; of a game, only what differs from ``other``."""
    if isinstance(value, dict) and isinstance(other, dict):
        return ", ".join(f"{name} {value[name]}" for name in value if value[name] != other.get(name))
    return f"{key} {' '.join(map(str, value)) if isinstance(value, list) else value}"
