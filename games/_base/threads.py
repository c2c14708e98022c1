"""Threads for compiled kernels: they release the interpreter lock, so a range of work is split over cores.

Threads rather than numba's ``parallel=True``: kernels compile several times faster, may be entered from several threads
at once, and survive a fork. Work item ``i`` must depend on ``i`` alone, which makes results independent of the split.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

_WORTH_A_THREAD = 1e-4  # seconds of a range: to hand one over and to wait for it takes 20 to 50 microseconds


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache(maxsize=4)
def _pool(workers: int, process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="tamaya")


def run_ranges(
    function: Callable[[int, int], None],
    count: int,
    workers: int | None = None,
    chunk: int | None = None,
    seconds: float | None = None,
) -> None:
    """Call ``function(start, stop)`` on ranges that cover ``0 .. count-1``, on ``workers`` threads (default: all).

    ``chunk`` is the size of a range; by default each worker gets about four, so that uneven ones balance. ``seconds``
    is what all of it takes one thread, roughly: if a range is too short to be handed over, this thread does them all.
    Exceptions of a call are raised here; ``OSError`` if the system has no more threads.
    """
    workers = max(1, workers or available_cores())
    if count <= 0:
        return
    size = chunk or -(-count // (4 * workers))
    if workers == 1 or count == 1 or (seconds is not None and seconds * size < _WORTH_A_THREAD * count):
        function(0, count)
        return
    # The process id is part of the key: threads do not survive a fork.
    pool = _pool(workers, os.getpid())
    try:
        jobs = [pool.submit(function, start, min(start + size, count)) for start in range(0, count, size)]
    except RuntimeError as error:  # of Python, which cannot start a thread
        raise BlockingIOError(errno.EAGAIN, f"{error}: use fewer workers than {workers}") from None
    for job in jobs:
        job.result()
