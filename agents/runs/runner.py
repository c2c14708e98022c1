"""Playing a tournament's schedule: pieces of work sized by measured game length, spread over workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

from agents.tournament.folder import Played
from agents.tournament.games import Chunk, TournamentJob, play_chunk
from agents.tournament.schedule import Piece, Schedule
from games._base.backends import BackendName, Workers
from games._base.interrupts import check_interrupted

_CHUNK_SECONDS = 1.0
_MOST_GROUPS = 2000
_CHUNKS_A_WORKER = 4

Work = tuple[TournamentJob, object, int, int]


@dataclass
class Runner:
    """Plays what a schedule asks for and is not played yet.

    job : what is played. workers, backend, cluster : where (``games._base.backends``). report : told of every chunk.

    A chunk is what a worker is sent at once and what is saved at once: about a second of games, judged by the games of
    the same match so far. Its size changes nothing in the results.
    """

    job: TournamentJob
    workers: int
    backend: BackendName = "local"
    cluster: str | None = None
    report: Callable[[Chunk], None] | None = None
    _pace: dict[int, float] = field(default_factory=dict)

    def run(self, schedule: Schedule, played: Played) -> None:
        """Play until the schedule wants no more."""
        with Workers(min(self.workers, schedule.budget), self.backend, self.cluster) as workers:
            while pieces := schedule.next(played):
                while missing := [(piece, deals) for piece in pieces if (deals := played.missing(piece))]:
                    chunks = [chunk for piece, deals in missing for chunk in self._chunks(piece, deals, len(missing))]
                    self._play(workers, chunks, played)

    def _chunks(self, piece: Piece, deals: list[int], pieces: int) -> list[Work]:
        """Return the next work of a piece: one group if its pace is not known yet, otherwise all, cut up."""
        pace = self._pace.get(piece.match.unit)
        if pace is None:
            return [(self.job, piece.match, deals[0], deals[0] + 1)]
        size = int(min(_MOST_GROUPS, _CHUNK_SECONDS / max(pace, 1e-9)))
        share = -(-len(deals) * pieces // (self.workers * _CHUNKS_A_WORKER))
        size = max(1, min(size, share))
        work: list[Work] = []
        for first, stop in _ranges(deals):
            work += [(self.job, piece.match, at, min(at + size, stop)) for at in range(first, stop, size)]
        return work

    def _play(self, workers: Workers, work: list[Work], played: Played) -> None:
        for chunk in workers.run(play_chunk, work):
            played.add(chunk)
            self._pace[chunk.unit] = chunk.seconds / len(chunk.deals)
            if self.report is not None:
                self.report(chunk)
            check_interrupted()


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Return increasing numbers as ranges ``(first, stop)``."""
    found = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in group]
        found.append((members[0], members[-1] + 1))
    return found
