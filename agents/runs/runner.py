"""Playing a schedule, or any long sweep: pieces of work of about a second, spread over workers, kept as they finish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from agents.runs.folder import Chunk, GamesFolder
from agents.runs.schedule import Match, Piece, Schedule, keys_of
from games._base.backends import BackendName, Workers
from games._base.interrupts import check_interrupted

_CHUNK_SECONDS = 1.0
_MOST_GROUPS = 2000
_CHUNKS_A_WORKER = 4

Play = Callable[[Any, Match, int, int], Iterable[Chunk]]
"""``(job, match, first, stop)`` -> the groups of these deals, as they are finished."""


@dataclass
class Runner:
    """Plays what a schedule asks for and is not played yet.

    Parameters
    ----------
    play, job : plays deals of a match, by name and plain data, so that another process or machine can.
    workers, backend, cluster : where (``games._base.backends``).
    report : told of every chunk that is kept.
    size : groups of a chunk; by default a second of them, judged by those of the same match so far.
    probes : chunks of one group by which a match is judged first.

    A chunk is what a worker is sent at once. Its size changes nothing in the results.
    """

    play: Play
    job: Any
    workers: int
    backend: BackendName = "local"
    cluster: str | None = None
    report: Callable[[Chunk], None] = lambda chunk: None
    size: int | None = None
    probes: int = 1
    _pace: dict[int, float] = field(default_factory=dict)

    def run(self, schedule: Schedule, folder: GamesFolder) -> None:
        """Play until the schedule wants no more."""
        with Workers(min(self.workers, schedule.budget), self.backend, self.cluster) as workers:
            while pieces := schedule.next(folder):
                while missing := [(piece, deals) for piece in pieces if (deals := folder.missing(piece))]:
                    chunks = [chunk for piece, deals in missing for chunk in self._chunks(piece, deals, len(missing))]
                    self._play(workers, chunks, folder)

    def _chunks(self, piece: Piece, deals: list[int], pieces: int) -> list[tuple[Any, Match, int, int]]:
        """Return the next work of a piece: a few groups if its pace is not known yet, otherwise all, cut up."""
        size, pace = self.size, self._pace.get(piece.match.unit)
        if size is None and pace is None:
            return [(self.job, piece.match, deal, deal + 1) for deal in deals[: self.probes]]
        if size is None:
            share = -(-len(deals) * pieces // (self.workers * _CHUNKS_A_WORKER))
            size = max(1, min(_MOST_GROUPS, int(_CHUNK_SECONDS / max(pace or 0.0, 1e-9)), share))
        work: list[tuple[Any, Match, int, int]] = []
        for first, stop in _ranges(deals):
            work += [(self.job, piece.match, at, min(at + size, stop)) for at in range(first, stop, size)]
        return work

    def _play(self, workers: Workers, work: list[tuple[Any, Match, int, int]], folder: GamesFolder) -> None:
        with closing(workers.stream(self.play, work)) as chunks:
            for chunk in chunks:
                folder.add(chunk)
                self._pace[chunk.unit] = chunk.seconds / len(chunk.deals)
                self.report(chunk)
                check_interrupted()


@contextmanager
def going_on_later(schedule: Schedule, folder: GamesFolder, noun: str) -> Iterator[None]:
    """Let an interrupt say how many groups, called ``noun``, are finished and what to do."""
    try:
        yield
    except KeyboardInterrupt:
        done = sum(key in folder for key in keys_of(schedule.pieces()))
        remedy = f"the same command goes on from there ({folder.folder})" if folder.kept else "nothing was written"
        raise KeyboardInterrupt(f"interrupted with {done} of {schedule.budget} {noun} finished; {remedy}") from None


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Return increasing numbers as ranges ``(first, stop)``."""
    found = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in group]
        found.append((members[0], members[-1] + 1))
    return found
