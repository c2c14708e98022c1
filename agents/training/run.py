"""A training run: iterate, log, evaluate, save, until the steps or the minutes are used up or somebody interrupts.

The run knows nothing of networks: a ``Trainable`` is a learner with a way to play greedily and to write its weights.
All that decides what is learned is in the learner's arrays and options; the clock only says when to stop, so a run that
was interrupted and resumed makes the same iterations, to the same bits, as one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.training.evaluation import Evaluation, Play, evaluate
from agents.training.folder import TrainingFolder
from agents.training.log import Line, TrainingLog
from agents.training.options import TrainingOptions
from games._base.errors import UsageError
from games._base.interrupts import interrupts_held
from games.hanabi.game import HanabiGame

_SAVE_EVERY = 60.0  # seconds


class Learner(Protocol):
    """What a run needs of a learner, compiled or torch."""

    game: HanabiGame
    options: TrainingOptions
    iteration: int
    steps: int

    def iterate(self) -> dict[str, float]:
        """Play and learn once; return ``steps``, ``games``, ``score``, ``entropy``, ``kl_previous`` and others."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that a bit-exact resume needs."""
        ...

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from what ``arrays`` returned; raises ``ValueError`` if it is of another shape."""
        ...


@dataclass(frozen=True)
class Trainable:
    """A learner, how its averaged policy plays greedily, how its averaged weights are written, and their number.

    ``write(path, record, card)`` writes the weights with all that is known of them, and the model card beside them.
    ``origin`` is for the record: what is known of the weights that learning started from.
    """

    learner: Learner
    play: Play
    write: Callable[[Path, dict[str, Any], str], None]
    parameters: int
    origin: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Goal:
    """When a run stops and what it measures on the way.

    steps, minutes : whichever comes first; minutes count all calls with the same folder.
    evaluate_every : minutes between two evaluations of ``quick_games`` games.
    evaluate_games : games of the last evaluation.
    """

    steps: float
    minutes: float | None = None
    evaluate_every: float = 5.0
    quick_games: int = 2000
    evaluate_games: int = 10_000


class Watcher(Protocol):
    """Who is told about a run while it goes on."""

    def log(self, line: Line) -> None: ...

    def checkpoint(self, evaluation: Evaluation, lines: list[Line]) -> None: ...


class Run:
    """One call of the command: a learner that goes on from where its folder left it."""

    def __init__(self, trainable: Trainable, folder: TrainingFolder, goal: Goal, log: TrainingLog) -> None:
        self.trainable, self.folder, self.goal, self.log = trainable, folder, goal, log
        self.learner = trainable.learner
        self._before = folder.clock.get("seconds", 0.0)
        self._evaluated = folder.clock.get("evaluated", 0.0)
        self._began = self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds of training and evaluation, earlier calls included."""
        return self._before + time.monotonic() - self._began

    @property
    def finished(self) -> bool:
        """Whether the steps or the minutes are used up."""
        minutes = self.goal.minutes
        return self.learner.steps >= self.goal.steps or (minutes is not None and self.seconds >= 60.0 * minutes)

    def train(self, watcher: Watcher) -> Evaluation:
        """Train until finished and return the last evaluation.

        Ctrl-C saves the state and raises ``KeyboardInterrupt`` with the sentence for the screen. Raises ``UsageError``,
        leaving the state saved last as it is, if numbers overflow.
        """
        with interrupts_held() as interrupted:
            self._began = self._saved = time.monotonic()
            while not self.finished and not interrupted():
                numbers = self._iterated()
                line = self.log.add(self.learner.iteration, self.learner.steps, self.seconds, numbers)
                if line is not None:
                    watcher.log(line)
                if time.monotonic() - self._saved >= _SAVE_EVERY:
                    self.save()
                if self.seconds - self._evaluated >= 60.0 * self.goal.evaluate_every and not self.finished:
                    self.save()
                    self._evaluate(self.goal.quick_games, watcher, interrupted)
            self.save()
            last = None if interrupted() else self._evaluate(self.goal.evaluate_games, watcher, interrupted)
            self.save()
            if last is None:
                raise KeyboardInterrupt(
                    f"interrupted after {self.learner.steps:,} steps; the same command goes on from there "
                    f"({self.folder.folder})"
                )
            return last

    def _iterated(self) -> dict[str, float]:
        try:
            numbers = self.learner.iterate()
        except FloatingPointError:
            numbers = {"policy": math.nan}
        if not all(math.isfinite(number) for number in numbers.values()):
            raise self._diverged()
        return numbers

    def _diverged(self) -> UsageError:
        return UsageError(
            f"training diverged after {self.learner.steps:,} steps, its numbers are not finite any more: choose a "
            "smaller --learning-rate and another --checkpoint"
        )

    def save(self) -> None:
        """Write the log and the state; raises ``UsageError`` instead if the state is not finite."""
        arrays = self.learner.arrays()
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise self._diverged()
        self.log.flush()
        self.folder.save(arrays, {"seconds": self.seconds, "evaluated": self._evaluated})
        self._saved = time.monotonic()

    def _evaluate(self, games: int, watcher: Watcher, stop: Callable[[], bool]) -> Evaluation | None:
        found = evaluate(self.trainable.play, games, self.learner.game.types, stop)
        if found is not None:
            self._evaluated = self.seconds
            line = self.log.add_evaluation(self.learner.iteration, self.learner.steps, self.seconds, found.line())
            watcher.log(line)
            watcher.checkpoint(found, self.log.lines)
        return found


def restore(learner: Learner, folder: TrainingFolder) -> None:
    """Put a fresh learner where the folder left it, if it holds a state."""
    if not (folder.arrays or folder.clock):
        return
    try:
        learner.restore(folder.arrays)
    except (ValueError, LookupError, TypeError, OverflowError):
        raise UsageError(
            f"{folder.folder / 'state.npz'} was written by another version: delete it, or choose another --checkpoint"
        ) from None
