"""The log of a training run: a line of JSON every few seconds, the same numbers as TensorBoard events.

``log.jsonl`` has two kinds of lines. *Training* lines hold means over the iterations since the line before; *greedy*
lines (they have the key ``greedy_score``) the evaluation of the averaged policy without exploration. Both begin with
``iteration``, ``steps`` and ``seconds``. A run that goes on first drops what was logged after its last saved state.
"""

from __future__ import annotations

import importlib.util
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from games._base import records

Line = dict[str, Any]

_EVERY = 5.0  # seconds between two training lines, at least
_COUNTERS = ("iteration", "steps")
_DIGITS = 6
_LINE = records.fields(
    {"iteration": records.whole(), "steps": records.whole(), "seconds": records.number(0.0)},
    rest=records.optional(records.number()),
)


class ScalarWriter(Protocol):
    """What the log needs of TensorBoard's ``SummaryWriter``."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


def event_writer(folder: Path, steps: int) -> ScalarWriter | None:
    """Return a writer of TensorBoard events after ``steps``, or ``None`` if tensorboard or torch is not installed."""
    if any(importlib.util.find_spec(package) is None for package in ("tensorboard", "torch")):
        return None
    from torch.utils.tensorboard import SummaryWriter

    writer: ScalarWriter = SummaryWriter(str(folder), purge_step=steps + 1)
    return writer


class TrainingLog:
    """The log of a run that goes on after ``iteration``; ``lines`` are those written so far."""

    def __init__(self, path: Path, iteration: int, writer: ScalarWriter | None = None) -> None:
        self.path, self.writer = path, writer
        found = records.read_lines(path, _LINE, "delete it, the run can go on without")
        kept = [line for line in found if line.value["iteration"] <= iteration]
        self.lines: list[Line] = [line.value for line in kept]
        if path.exists():
            os.truncate(path, kept[-1].stop if kept else 0)
        self._pending: list[Mapping[str, float]] = []
        self._written = time.monotonic()

    def add(self, iteration: int, steps: int, seconds: float, numbers: Mapping[str, float]) -> Line | None:
        """Note an iteration; return the line if one was due and has been written."""
        decisions = {"decisions": numbers["steps"]} if "steps" in numbers else {}
        self._pending.append({**numbers, **decisions, "iteration": iteration, "steps": steps, "seconds": seconds})
        if time.monotonic() - self._written < _EVERY and iteration > 1:
            return None
        return self.flush()

    def flush(self) -> Line | None:
        """Write what is pending as one line and return it."""
        if not self._pending:
            return None
        line = _summed_up(self._pending)
        self._pending.clear()
        self._write(line)
        return line

    def add_evaluation(self, iteration: int, steps: int, seconds: float, numbers: Mapping[str, float]) -> Line:
        """Write and return the line of an evaluation."""
        self.flush()
        line = {"iteration": iteration, "steps": steps, "seconds": round(seconds, 1), **numbers}
        self._write(line)
        return line

    def close(self) -> None:
        """Write what is pending and close the events."""
        self.flush()
        if self.writer is not None:
            self.writer.close()

    def _write(self, line: Line) -> None:
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        self.lines.append(line)
        self._written = time.monotonic()
        if self.writer is not None:
            for key, value in line.items():
                if key not in _COUNTERS:
                    self.writer.add_scalar(key, value, line["steps"])
            self.writer.flush()


def _summed_up(pending: list[Mapping[str, float]]) -> Line:
    """Return one line for several iterations: counters and clock at their end, means of the rest.

    ``steps_per_second`` counts the time of playing and learning, not that of evaluation and files.
    """
    last = pending[-1]
    line: Line = {
        "iteration": int(last["iteration"]),
        "steps": int(last["steps"]),
        "seconds": round(last["seconds"], 1),
    }

    def total(key: str) -> float:
        return sum(numbers.get(key, 0.0) for numbers in pending)

    busy = total("seconds_play") + total("seconds_update")
    if busy > 0.0:
        line["steps_per_second"] = round(total("decisions") / busy, 1)
    for key in last:
        if key not in line and key not in ("games", "decisions"):
            line[key] = float(f"{total(key) / len(pending):.{_DIGITS}g}")
    return line
