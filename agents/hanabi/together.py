"""Games of a Hanabi search run side by side: each in a thread of its own, their rollouts gathered in one batch.

For torch networks only: compiled rollouts gain nothing from company. A game that ends makes room for the next one, so
that batches stay full until none is left. Decks, seeds and keys are those of the games played one by one, and so are
the moves, but for rounding (``search.hanabi.rollouts.gathered``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from agents.hanabi.job import HanabiJob, HanabiResult, play_over, with_own_arrays
from games._base.interrupts import check_interrupted
from games._base.threads import available_cores
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.gathered import Gathering, Member
from search.hanabi.rollouts.over import rollouts_over
from search.hanabi.spec import DeviceName


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
