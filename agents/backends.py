"""Where the games of a run are played: in this process, in local processes, or on a Dask or Ray cluster (joblib).

Results are handed over as they finish, in any order; each depends on its own job only.
"""

from __future__ import annotations

import importlib.util
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

BackendName = Literal["local", "dask", "ray"]
Result = TypeVar("Result")

_NEEDS = {"dask": "distributed", "ray": "ray"}


def check_backend(backend: BackendName) -> None:
    """Raise ``ValueError`` with the remedy if the packages of a backend are not installed."""
    package = _NEEDS.get(backend)
    if package is not None and importlib.util.find_spec(package) is None:
        raise ValueError(f"the {backend} backend is not installed: pip install 'tamaya[{backend}]'")


def run_jobs(
    function: Callable[..., Result],
    arguments: Sequence[tuple[Any, ...]],
    workers: int,
    backend: BackendName = "local",
    cluster: str | None = None,
) -> Iterator[Result]:
    """Yield ``function(*arguments[i])`` for all ``i`` as they finish.

    ``function`` must be importable by name. ``cluster`` is the address of a Dask scheduler or a Ray head; by default a
    cluster of ``workers`` local processes is started. Raises ``OSError`` if a cluster cannot be reached or a worker is
    lost.
    """
    if backend == "local" and workers == 1:
        for job in arguments:
            yield function(*job)
        return
    check_backend(backend)
    if backend == "local":
        yield from _run_in_processes(function, arguments, workers)
    elif backend == "dask":
        yield from _run_on_dask(function, arguments, workers, cluster)
    else:
        yield from _run_on_ray(function, arguments, workers, cluster)


def _run_in_processes(
    function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]], workers: int
) -> Iterator[Result]:
    import joblib

    parallel = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
    with _signals_ignored():
        results = parallel(joblib.delayed(function)(*job) for job in arguments)
    try:
        yield from results
    except BrokenProcessPool:
        raise ChildProcessError(
            "a worker process was killed, perhaps because memory ran out: use fewer workers"
        ) from None


@contextmanager
def _signals_ignored() -> Iterator[None]:
    """Start processes that leave it to this one to react to Ctrl-C, or a batch system's signal, which goes to all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _run_on_dask(
    function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]], workers: int, cluster: str | None
) -> Iterator[Result]:
    from distributed import Client, as_completed

    options: dict[str, Any] = {} if cluster else {"n_workers": workers, "threads_per_worker": 1}
    try:
        client = Client(cluster, **options)
    except (OSError, ValueError) as error:
        raise ConnectionError(f"cannot reach a Dask scheduler at {cluster}: {error}") from None
    with client:
        futures = [client.submit(function, *job, pure=False) for job in arguments]
        for future in as_completed(futures):
            yield future.result()


def _run_on_ray(
    function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]], workers: int, cluster: str | None
) -> Iterator[Result]:
    import ray

    try:
        ray.init(address=cluster, num_cpus=None if cluster else workers, log_to_driver=False)
    except (OSError, ValueError) as error:
        raise ConnectionError(f"cannot reach a Ray head at {cluster}: {error}") from None
    try:
        remote = ray.remote(function)
        waiting = [remote.remote(*job) for job in arguments]
        while waiting:
            done, waiting = ray.wait(waiting)
            for reference in done:
                yield ray.get(reference)
    finally:
        ray.shutdown()
