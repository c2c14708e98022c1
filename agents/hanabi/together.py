"""Games of a Hanabi search run side by side: each in a thread of its own, their rollouts gathered in one batch.

For torch networks only: compiled rollouts gain nothing from company. A game that ends makes room for the next one, so
that batches stay full until none is left. Decks, seeds and keys are those of the games played one by one, and so are
the moves, but for rounding (``search.hanabi.rollouts.gathered``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from agents.hanabi.job import HanabiJob, HanabiResult, play_job, play_over, with_own_arrays
from games._base.backends import BackendName, run_jobs
from games._base.interrupts import check_interrupted
from games._base.threads import available_cores
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.gathered import Gathering, Member
from search.hanabi.rollouts.over import rollouts_over
from search.hanabi.spec import DeviceName

_GROUP = 2  # times as many games as are in play go to a process at once: it hands them over when all have ended


def usual_together(device: DeviceName) -> int:
    """Return how many games a process plays side by side, unless somebody says otherwise."""
    return 64 if device == "cuda" else 1


def play_together(
    job: HanabiJob, numbers: Sequence[int], together: int, threads: int | None = 1
) -> Iterator[HanabiResult]:
    """Yield games of a job over a torch network as they end, ``together`` of them in play at a time.

    threads : of rollouts and beliefs (``None``: all cores). On a CPU the games compute in turns; beside a card that
        plays the rollouts, so many at the same time.

    An error in one game ends all; it is raised here. Raises ``ValueError`` for another kind of blueprint.
    """
    job = with_own_arrays(job)
    policy = job.policy(threads)
    if not isinstance(policy, BatchedBlueprint):
        raise ValueError(f"games side by side are for torch networks, and {job.blueprint} is compiled")
    at_once = 1 if job.device == "cpu" else threads or available_cores()
    gathering = Gathering(rollouts_over(job.game, policy, threads, job.plies), at_once)

    def play(member: Member, number: int) -> HanabiResult:
        with member:
            return play_over(job, policy, number, threads, member=member)

    waiting, playing = deque(numbers), deque[Future[HanabiResult]]()
    with ThreadPoolExecutor(together, thread_name_prefix="game") as pool:
        try:
            while waiting or playing:
                while waiting and len(gathering) < together:
                    member = gathering.join()
                    game = pool.submit(play, member, waiting.popleft())
                    game.add_done_callback(partial(_leave, member))
                    playing.append(game)
                gathering.serve()
                check_interrupted()
                ended = [game for game in playing if game.done()]
                playing = deque(game for game in playing if game not in ended)
                for game in ended:
                    yield game.result()
        finally:
            gathering.stop()


def _leave(member: Member, _: Future[HanabiResult]) -> None:
    member.leave()


def play_group(job: HanabiJob, numbers: Sequence[int], together: int, threads: int | None = 1) -> list[HanabiResult]:
    """Return some games of a job, played side by side."""
    return list(play_together(job, numbers, together, threads))


def play_all(
    job: HanabiJob,
    numbers: Sequence[int],
    workers: int | None,
    together: int,
    backend: BackendName = "local",
    cluster: str | None = None,
) -> Generator[HanabiResult, None, None]:
    """Yield games of a job as they end, ``together`` of them side by side in each of some processes.

    workers : processes; ``None``: one a core, or one beside a card. A single local process is this one. Of several
    processes with games side by side, each hands its games over in groups.
    """
    usual = 1 if job.device == "cuda" else available_cores()  # processes would share the card in turns
    processes = min(workers or usual, -(-len(numbers) // together))
    threads = None if processes == 1 and workers is None else 1
    if together == 1:
        yield from run_jobs(play_job, [(job, number, threads) for number in numbers], processes, backend, cluster)
    elif processes == 1 and backend == "local":
        yield from play_together(job, numbers, together, threads)
    else:
        size = min(_GROUP * together, -(-len(numbers) // processes))
        groups = [numbers[first : first + size] for first in range(0, len(numbers), size)]
        jobs = [(job, group, together, threads) for group in groups]
        for results in run_jobs(play_group, jobs, processes, backend, cluster):
            yield from results
