"""The folder of a training run: what was asked, the state to go on from, the log, the weights; never half-written.

``options.json`` holds the game and the settings (``games._base.run_folder``). ``state.npz`` holds the arrays of the
learner and the clock; it is replaced as a whole, so the one before is there until the new one is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from agents.training.options import TrainingOptions
from games._base.records import fields as an_object
from games._base.records import number, rows, text, whole
from games._base.run_folder import Claim, RunFolder, read_state, write_state
from games.hanabi.game import HanabiGame

_FORMAT = 1  # raise it when the state of a learner changes its meaning
_CLOCK = an_object({}, rest=number(0.0))
_HEADER = an_object({"format": whole(_FORMAT, _FORMAT), "clock": _CLOCK, "arrays": rows(text())})
_PREFIX = "learner."


class TrainingFolder(RunFolder):
    """The files of one run; a context manager, because it keeps other commands off the folder while it is open.

    ``arrays`` and ``clock`` are what the last saved state holds: nothing in a new folder. Raises ``UsageError`` if the
    folder belongs to a run with other settings, is in use, damaged, or cannot be written.
    """

    def __init__(self, folder: Path, game: HanabiGame, options: TrainingOptions) -> None:
        usual = {field.name: field.default for field in fields(options) if field.default is not MISSING}
        strangers = ("state.npz", "log.jsonl")
        asked = {"game": asdict(game), **asdict(options)}
        super().__init__(folder, Claim(asked, "a run", "options.json", usual, (), strangers, "--checkpoint"))

    @property
    def log(self) -> Path:
        """Path of the log."""
        return self.folder / "log.jsonl"

    def _read(self) -> None:
        header, arrays = read_state(self.folder / "state.npz", _HEADER, "--checkpoint")
        self.clock: dict[str, float] = header.get("clock", {})
        self.arrays: dict[str, NDArray[Any]] = {name.removeprefix(_PREFIX): array for name, array in arrays.items()}

    def save(self, arrays: Mapping[str, NDArray[Any]], clock: Mapping[str, float]) -> None:
        """Replace the state; raises ``OSError`` as the disk does."""
        header = {"format": _FORMAT, "clock": dict(clock), "arrays": list(arrays)}
        write_state(self.folder / "state.npz", header, {_PREFIX + name: array for name, array in arrays.items()})
