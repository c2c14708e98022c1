"""Where the jobs of long work are done: in this process, in local processes, or on a Dask or Ray cluster (joblib).

A job is a function, importable by name, and its arguments, which are sent as pickles. Results are handed over as they
finish, in any order; each depends on its own job only.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from games._base.errors import UsageError

BackendName = Literal["local", "dask", "ray"]
Result = TypeVar("Result")

_NEEDS = {"dask": "distributed", "ray": "ray"}
_PATIENCE = 10.0  # seconds in which a Ray head must answer; left to itself, Ray tries for a quarter of an hour


def check_backend(backend: BackendName, cluster: str | None = None) -> None:
    """Raise ``UsageError`` with the remedy if a backend cannot be: its packages or its cluster are not there."""
    if cluster is not None and backend == "local":
        raise UsageError("--cluster needs --backend dask or --backend ray")
    package = _NEEDS.get(backend)
    if package is not None and importlib.util.find_spec(package) is None:
        raise UsageError(f"the {backend} backend is not installed: pip install 'tamaya[{backend}]'")


class Workers:
    """The workers of a command, started when they are first needed and stopped at the end: a context manager.

    workers : processes. backend : where they are. cluster : the address of a Dask scheduler or a Ray head; by default
    a cluster of ``workers`` local processes is started, once.
    """

    def __init__(self, workers: int, backend: BackendName = "local", cluster: str | None = None) -> None:
        self._workers, self._backend, self._cluster = workers, backend, cluster
        self._open = ExitStack()
        self._client: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def run(self, function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
        """Yield ``function(*arguments[i])`` for all ``i`` as they finish.

        ``function`` must be importable by name. A single job of the local backend runs in this process. Raises
        ``OSError`` if a cluster cannot be reached or a worker is lost.
        """
        if self._backend == "local":
            if min(self._workers, len(arguments)) <= 1:
                return (function(*job) for job in arguments)
            return _run_in_processes(function, arguments, self._workers)
        if self._client is None:
            check_backend(self._backend)
            start = _dask if self._backend == "dask" else _ray
            self._client = self._open.enter_context(start(self._workers, self._cluster))
        run: Callable[..., Iterator[Result]] = _run_on_dask if self._backend == "dask" else _run_on_ray
        return run(self._client, function, arguments)

    def stream(
        self, function: Callable[..., Iterable[Result]], arguments: Sequence[tuple[Any, ...]]
    ) -> Generator[Result, None, None]:
        """Yield what ``function(*arguments[i])`` yields for all ``i``: in this process as it comes, otherwise when the
        whole job has ended; see ``run``.
        """
        if self._backend == "local" and min(self._workers, len(arguments)) <= 1:
            for job in arguments:
                yield from function(*job)
            return
        for results in self.run(_listed, [(function, *job) for job in arguments]):
            yield from results


def _listed(function: Callable[..., Iterable[Result]], *arguments: Any) -> list[Result]:
    return list(function(*arguments))


def _run_in_processes(
    function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]], workers: int
) -> Iterator[Result]:
    import joblib

    _start_tracker()
    parallel = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
    with _signals_ignored(signal.SIGINT, signal.SIGTERM):
        results = parallel(joblib.delayed(function)(*job) for job in arguments)
    try:
        with warnings.catch_warnings():  # of jobs that are given up because nobody wants their results any more
            warnings.filterwarnings("ignore", ".*tasks which were still being processed", UserWarning)
            yield from results
    except BrokenProcessPool:
        raise _killed() from None


def _start_tracker() -> None:
    """Start the process that clears up after joblib's workers, before joblib does.

    After an interrupt it finds files gone that it was to remove, and would say so behind our last sentence.
    """
    from joblib.externals.loky.backend.resource_tracker import _resource_tracker

    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (before, "ignore:resource_tracker:UserWarning")))
    try:
        _resource_tracker.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before


def _killed() -> OSError:
    return ChildProcessError("a worker process was killed, perhaps because memory ran out: use fewer workers")


@contextmanager
def _signals_ignored(*numbers: signal.Signals) -> Iterator[None]:
    """Start processes that leave it to this one to react to Ctrl-C, or a batch system's signal, which goes to all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _dask(workers: int, cluster: str | None) -> Iterator[Any]:
    """Connect to a Dask scheduler, or start one with its workers on this machine."""
    from distributed import Client

    own: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    try:
        with _signals_ignored(signal.SIGINT):
            client = Client(cluster, **({} if cluster else own))
    except (OSError, ValueError) as error:
        raise ConnectionError(f"cannot reach a Dask scheduler at {cluster}: {error}") from None
    with client:
        yield client


def _run_on_dask(
    client: Any, function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]
) -> Iterator[Result]:
    from distributed import KilledWorker, as_completed

    futures = [client.submit(function, *job, pure=False) for job in arguments]
    try:
        for future in as_completed(futures):
            yield future.result()
    except KilledWorker:
        raise _killed() from None


def _check_answers(cluster: str) -> None:
    """Raise ``OSError`` if nobody listens at ``[SCHEME://]HOST:PORT``, and ``ValueError`` if that is no address."""
    address = urlsplit(cluster if "//" in cluster else f"//{cluster}")
    if address.hostname is None or address.port is None:
        raise ValueError("an address is HOST:PORT")
    socket.create_connection((address.hostname, address.port), _PATIENCE).close()


@contextmanager
def _ray(workers: int, cluster: str | None) -> Iterator[Any]:
    """Connect to a Ray head, or start one with its workers on this machine."""
    import ray

    try:
        if cluster not in (None, "auto", "local"):
            _check_answers(cluster)
        ray.init(address=cluster, num_cpus=None if cluster else workers, log_to_driver=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConnectionError(f"cannot reach a Ray head at {cluster}: {error}") from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _run_on_ray(ray: Any, function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
    remote = ray.remote(function)
    waiting = [remote.remote(*job) for job in arguments]
    try:
        while waiting:
            done, waiting = ray.wait(waiting)
            for reference in done:
                yield ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.WorkerCrashedError:
        raise _killed() from None
