"""The decks of a Hanabi search run: each is dealt to two line-ups, one with search and one without."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import NamedTuple

from agents.hanabi.folder import GAMES
from agents.hanabi.job import HanabiJob, play_job
from agents.hanabi.together import play_together
from agents.runs.folder import Chunk, GamesFolder
from agents.runs.runner import Runner
from agents.runs.schedule import FixedSchedule, Match
from games._base.backends import BackendName
from games._base.threads import available_cores

_GROUP = 2  # times as many games as are in play go to a process at once: it hands them over when all have ended
_PROBES = 4  # games a process by which all others are judged


class Work(NamedTuple):
    """What a process is told: the job, the games in play at a time, and the threads of rollouts (``None``: all)."""

    job: HanabiJob
    together: int
    threads: int | None


def decks(job: HanabiJob, first: int, games: int) -> FixedSchedule:
    """Return the schedule: every deck is one group, played by the searching line-up (0) and by the other (1)."""
    line_ups = tuple((agent,) * job.game.players for agent in (0, 1))
    return FixedSchedule([Match(0, (0, 1), line_ups)], games, first)


def play_decks(work: Work, match: Match, first: int, stop: int) -> Iterator[Chunk]:
    """Yield the decks ``first .. stop-1`` as they end."""
    job, together, threads = work
    began = perf_counter()
    results = (play_job(job, number, threads) for number in range(first, stop))
    for result in results if together == 1 else play_together(job, range(first, stop), together, threads):
        line = json.dumps(result.line(job.seed, job.seconds is not None)) + "\n"
        yield Chunk(match.unit, [result.number], {GAMES: [line]}, -(began - (began := perf_counter())))


def play_all(
    job: HanabiJob,
    schedule: FixedSchedule,
    folder: GamesFolder,
    workers: int | None,
    together: int,
    backend: BackendName = "local",
    cluster: str | None = None,
    report: Callable[[Chunk], None] = lambda chunk: None,
) -> None:
    """Play the decks that are missing, ``together`` of them side by side in each of some processes.

    workers : processes; ``None``: one a core, or one beside a card. A single local process is this one, where games are
        handed over as they end.
    """
    missing = sum(len(folder.missing(piece)) for piece in schedule.pieces())
    usual = 1 if job.device == "cuda" else available_cores()  # processes would share the card in turns
    processes = max(1, min(workers or usual, -(-missing // together)))
    work = Work(job, together, None if processes == 1 and workers is None else 1)
    size = None if together == 1 else max(1, min(_GROUP * together, -(-missing // processes)))
    if processes == 1 and backend == "local":
        size = max(1, missing)
    Runner(play_decks, work, processes, backend, cluster, report, size, _PROBES * processes).run(schedule, folder)
