"""The driver of every iterating solver: advance, measure, save, report, stop – and go on to the same bits.

A run is measured at iterations that form a geometric series, whatever happened before: a run that is interrupted and
goes on, or is asked for more iterations, has the history of one that was not. Between two measurements the driver
advances in pieces of about a constant time, to save the state, to move a progress bar, and to hear an interrupt.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from games._base.interrupts import check_interrupted, interrupts_held
from solvers.checkpoint import Record, Stored, restore, save
from solvers.solution import Checkpoint

Report = Callable[[Checkpoint], None]
"""Called with every measurement."""
Watch = Callable[[int], None]
"""Called with the iterations done, after every piece."""


class Iterating(Stored, Protocol):
    """What the driver needs of a run."""

    def prepare(self) -> None:
        """Compile and build what is no part of an iteration."""

    def advance(self, count: int) -> None:
        """Run ``count`` more iterations."""

    def measure(self) -> Checkpoint:
        """Return the exact distances of what the run would return now; the driver adds the seconds."""


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


def drive(
    run: Iterating,
    pace: Pace,
    *,
    iterations: int,
    settled: Callable[[Checkpoint], bool],
    path: Path | None = None,
    report: Report | None = None,
    watch: Watch | None = None,
    reach: Callable[[Sequence[int]], Sequence[Checkpoint]] | None = None,
) -> Record:
    """Advance a fresh run to ``iterations``, or until a measurement has ``settled`` it; return what was measured.

    ``path``: the state file; the run goes on from it, if there is one, and leaves its state there. ``reach``: for runs
    that measure better than the driver – goes to as many as it likes of the iterations that it is given, at least to
    the first, and returns their measurements. Ctrl-C saves the run and raises ``KeyboardInterrupt`` with the sentence
    for the screen. Raises ``ValueError`` if the file is that of another run, or has more iterations than asked for.
    """
    run.prepare()
    identity = {} if path is None else run.identity()
    record = Record() if path is None else restore(path, run, identity)
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
        while run.done < iterations and not (record.history and settled(record.history[-1])):
            before, began = run.done, (time.perf_counter(), time.process_time())
            since = record.history[-1].iteration if record.history else 0
            stops = pace.stops(before, min(before + count, iterations), iterations, since)
            points: Sequence[Checkpoint] = ()
            if stops and reach is not None:
                points = reach(stops)
            else:
                run.advance((stops[0] if stops else before + count) - before)
            taken = _spend(record, began)
            if stops and reach is None:
                points = [run.measure()]
            _note(record, points, report)
            if watch is not None:
                watch(run.done)
            stop = interrupted()
            if path is not None and (stop or time.monotonic() - saved >= pace.every):
                save(path, run, identity, record)
                saved = time.monotonic()
            if stop:
                kept = "nothing was written" if path is None else "the same command goes on from there"
                raise KeyboardInterrupt(f"interrupted after {run.done:,} iterations; {kept}")
            check_interrupted()
            count = max(1, min(4 * count, int((run.done - before) * pace.piece / max(taken, 1e-9))))
    if not record.history or record.history[-1].iteration != run.done:
        _note(record, [run.measure()])
    if path is not None:
        save(path, run, identity, record)
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
        timed = replace(point, seconds=record.seconds, processor_seconds=record.processor_seconds)
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
