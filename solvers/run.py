"""The driver of every iterating solver: advance, measure, save, report, stop – and go on to the same bits.

A run is measured at iterations that form a geometric series, whatever happened before: a run that is interrupted and
goes on, or is asked for more iterations, has the history of one that was not. Between two measurements the driver
advances in pieces of about a constant time, to save the state, to move a progress bar, and to hear an interrupt.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games._base.files import present
from games._base.interrupts import check_interrupted, interrupts_held
from solvers.checkpoint import Arrays, Record, State, opened, save
from solvers.solution import Checkpoint

Report = Callable[[Checkpoint], None]
"""Called with every measurement."""
Watch = Callable[[int], None]
"""Called with the iterations done, after every piece."""


@dataclass(frozen=True)
class Pace:
    """When a run is measured, and how long a piece of it may take.

    After iteration ``t`` it is measured at ``growth t``, rounded down (``nearest``: to the nearest), but at least
    ``least`` later; ``from_start``: at iteration 0, too. ``first``: iterations of the first piece; ``piece``: seconds
    of the others. ``every``: seconds between two states on disk.
    """

    growth: float = 1.15
    least: int = 1
    nearest: bool = False
    from_start: bool = True
    first: int = 1
    piece: float = 0.5
    every: float = 60.0

    def following(self, point: int) -> int:
        """Return the measurement after the one at ``point``."""
        grown = point * self.growth
        return max(point + self.least, round(grown) if self.nearest else int(grown))

    def after(self, done: int, since: int = 0) -> int:
        """Return the first measurement after ``done`` iterations; ``since`` is one before."""
        point = since
        while point <= done:
            point = self.following(point)
        return point

    def stops(self, done: int, last: int, end: int, since: int = 0) -> list[int]:
        """Return the measurements after ``done``, up to ``last``; ``end``, where the run ends, is one."""
        point, found = self.after(done, since), []
        while point < end and point <= last:
            found.append(point)
            point = self.following(point)
        return [*found, end] if end <= last else found

    def drop_end(self, history: list[Checkpoint]) -> None:
        """Remove the measurement at the end of a run with fewer iterations, where a longer one makes none."""
        while history and self.after(history[-1].iteration - 1) != history[-1].iteration:
            history.pop()


class Iterating(ABC):
    """What the driver needs of a run. ``done``: iterations so far; ``tolerance``: see ``solvers.solution.Solution``."""

    pace: Pace = Pace()
    done: int = 0
    tolerance: float = 0.0

    def prepare(self) -> None:
        """Compile and build what is no part of an iteration."""
        self.advance(0)

    @property
    def limit(self) -> float:
        """The distance at which the run is over: what the tolerance allows, less what rounding may hide."""
        return self.tolerance

    @abstractmethod
    def advance(self, count: int) -> None:
        """Run ``count`` more iterations."""

    @abstractmethod
    def measure(self) -> Checkpoint:
        """Return the exact distances of what the run would return now; the driver adds the seconds."""

    def advance_measured(self, stops: Sequence[int]) -> Sequence[Checkpoint]:
        """Advance to the first of the iterations ``stops``, and let the driver measure; or to as many as it likes, and
        return their measurements.
        """
        self.advance(stops[0] - self.done)
        return ()

    def settled(self, point: Checkpoint) -> bool:
        """Whether the run is over, given the latest measurement; NaN ends it, too."""
        return not point.reached > self.limit

    @abstractmethod
    def solution(self, record: Record) -> Any:
        """Return the solution that the run has come to."""

    @abstractmethod
    def identity(self) -> Mapping[str, Any]:
        """Return what the run is, options by their name: two runs with the same identity have the same iterates."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """Return all that an iteration reads, by name."""

    @abstractmethod
    def load(self, arrays: Arrays) -> None:
        """Take up such arrays; raises ``ValueError`` or ``KeyError`` if they are not those of the run."""

    def resume(self, path: Path, identity: Mapping[str, Any]) -> Record:
        """Go to where a state file is, if there is one, and return what was measured.

        Raises ``ValueError`` if it is no state, or that of another run; the message names the option that differs.
        """
        if not present(path):
            return Record()
        with opened(path) as state:
            different = [name for name, value in identity.items() if state.identity.get(name) != value]
            if not different:
                self.load(state.arrays)
        if different:
            raise ValueError(
                f"{path.parent} holds a run with another {different[0]}: give the same options to go on with it, or "
                "choose another --output"
            )
        self.done = state.done
        return state.record


def drive(
    run: Iterating,
    *,
    iterations: int,
    path: Path | None = None,
    report: Report | None = None,
    watch: Watch | None = None,
) -> Record:
    """Advance a fresh run to ``iterations``, or until it is settled; return what was measured.

    ``path``: the state file; the run goes on from it, if there is one, and leaves its state there. Ctrl-C saves the run
    and raises ``KeyboardInterrupt`` with the sentence for the screen. Raises ``ValueError`` for a number of iterations
    or a tolerance below 0, and if the file is that of another run, or has more iterations than asked for.
    """
    for name, number in (("number of iterations", iterations), ("tolerance", run.tolerance)):
        if not number >= 0:
            raise ValueError(f"the {name} must be at least 0, not {number}")
    run.prepare()
    pace, identity = run.pace, {} if path is None else run.identity()
    record = Record() if path is None else run.resume(path, identity)
    if run.done > iterations:
        raise ValueError(
            f"{path and path.parent} holds a run of {run.done:,} iterations, more than --iterations {iterations:,}: "
            "ask for more, or choose another --output"
        )
    pace.drop_end(record.history)
    if pace.from_start and not record.history:
        _note(record, [run.measure()])
    count, saved = pace.first, time.monotonic()
    with interrupts_held() as interrupted:
        while run.done < iterations and not (record.history and run.settled(record.history[-1])):
            before, began = run.done, (time.perf_counter(), time.process_time())
            since = record.history[-1].iteration if record.history else 0
            stops = pace.stops(before, min(before + count, iterations), iterations, since)
            points: Sequence[Checkpoint] = ()
            if stops:
                points = run.advance_measured(stops)
            else:
                run.advance(count)
            taken = _spend(record, began)
            _note(record, points if points or not stops else [run.measure()], report)
            if watch is not None:
                watch(run.done)
            stop = interrupted()
            if path is not None and (stop or time.monotonic() - saved >= pace.every):
                save(path, State(identity, run.done, record, run.arrays()))
                saved = time.monotonic()
            if stop:
                kept = "nothing was written" if path is None else "the same command goes on from there"
                raise KeyboardInterrupt(f"interrupted after {run.done:,} iterations; {kept}")
            check_interrupted()
            count = max(1, min(4 * count, int((run.done - before) * pace.piece / max(taken, 1e-9))))
    if not record.history or record.history[-1].iteration != run.done:
        _note(record, [run.measure()])
    if path is not None:
        save(path, State(identity, run.done, record, run.arrays()))
    return record


def _spend(record: Record, began: tuple[float, float]) -> float:
    """Add the time since ``began``, by the clock and of all cores; return that by the clock."""
    taken = time.perf_counter() - began[0]
    record.seconds += taken
    record.processor_seconds += time.process_time() - began[1]
    return taken


def _note(record: Record, points: Sequence[Checkpoint], report: Report | None = None) -> None:
    """Add measurements to the record, with the time spent so far, and report them."""
    for point in points:
        timed = point._replace(seconds=record.seconds, processor_seconds=record.processor_seconds)
        record.history.append(timed)
        if report is not None:
            report(timed)


def share_done(iteration: int, iterations: int, distance: float, first: float, tolerance: float) -> float:
    """Return how much of the way is done: in iterations or in orders of magnitude of the distance, whichever is more.

    ``first`` is the distance at the first checkpoint.
    """
    share = iteration / max(iterations, 1)
    if 0.0 < distance < first and 0.0 < tolerance < first:
        share = max(share, math.log(distance / first) / math.log(tolerance / first))
    return min(share, 1.0)
