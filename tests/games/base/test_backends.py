"""Workers on this machine and on real clusters of two, started here: the same processes do all jobs of a command."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agents.tournament.__main__ import main
from games._base.backends import BackendName, Workers
from games._base.errors import UsageError
from solvers.normal_form.distributed import solve_batch_parts
from solvers.normal_form.solving import solve
from tests.solvers.normal_form.test_distributed import BATCH, same

NEEDS = {"dask": "distributed", "ray": "ray"}
CLUSTERS = ("dask", "ray")


def need(backend: BackendName) -> Any:
    return pytest.importorskip(NEEDS[backend], reason=f"the {backend} extra is not installed")


def process(pause: float) -> int:
    time.sleep(pause)
    return os.getpid()


def factorial(number: int) -> int:
    return math.factorial(number)


def refuse(number: int) -> int:
    raise UsageError(f"job {number} cannot be done")


@pytest.fixture(scope="module")
def started() -> Iterator[Callable[[BackendName], Workers]]:
    """What starts two workers of a kind, once for all tests: a Ray head takes ten seconds."""
    with ExitStack() as ends:

        @cache
        def start(backend: BackendName) -> Workers:
            if backend != "local":
                need(backend)
            return ends.enter_context(Workers(2, backend))

        yield start


@pytest.fixture(params=["local", *CLUSTERS])
def workers(request: pytest.FixtureRequest, started: Callable[[BackendName], Workers]) -> Workers:
    return started(request.param)


def test_the_same_two_workers_do_all_jobs(workers: Workers) -> None:
    found = [set(workers.run(process, [(0.05,)] * 12)) for _ in range(2)]
    assert os.getpid() not in found[0] | found[1]
    assert len(found[0] | found[1]) == 2


def test_results_and_errors_come_back(workers: Workers) -> None:
    assert sorted(workers.run(factorial, [(n,) for n in range(20)])) == [math.factorial(n) for n in range(20)]
    with pytest.raises(UsageError, match="cannot be done"):
        list(workers.run(refuse, [(1,), (2,)]))


def test_a_batch_of_preference_games_is_solved_in_parts(workers: Workers) -> None:
    same(solve(BATCH, "nash-mp", beta=0.1), solve_batch_parts(BATCH, workers=workers, size=6, beta=0.1))


def test_one_worker_is_this_process() -> None:
    with Workers(1) as workers:
        assert list(workers.run(process, [(0.0,)] * 3)) == [os.getpid()] * 3


def up_to(number: int, seen: list[int]) -> Iterator[int]:
    for i in range(number):
        seen.append(i)
        yield i


def test_what_is_yielded_comes_at_once_in_this_process_and_a_job_at_a_time_from_others() -> None:
    seen: list[int] = []
    with Workers(1) as workers:
        stream = workers.stream(up_to, [(3, seen), (2, seen)])
        assert [next(stream), len(seen)] == [0, 1]
        assert list(stream) == [1, 2, 0, 1]
    with Workers(2) as workers:
        assert sorted(workers.stream(up_to, [(3, []), (2, [])])) == [0, 0, 1, 1, 2]


@pytest.fixture
def scheduler(started: Callable[[BackendName], Workers]) -> str:
    """The address of a Dask cluster of two workers."""
    workers = started("dask")
    list(workers.run(factorial, [(1,)]))
    address: str = workers._client.scheduler.address
    return address


def test_a_running_cluster_plays_the_same_games(scheduler: str, tmp_path: Path) -> None:
    command = ["--game", "kuhn_poker", "--agents", "uniform", "bot:uniform_random", "--games", "60"]
    assert main([*command, "--workers", "1", "--output", str(tmp_path / "here")]) == 0
    assert main([*command, "--backend", "dask", "--cluster", scheduler, "--output", str(tmp_path / "there")]) == 0
    for name in ("results.json", "games.jsonl"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_a_cluster_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    need("dask")
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        where = ["--backend", "dask", "--cluster", "tcp://127.0.0.1:9"]
        code = main(["--game", "kuhn_poker", "--agents", "uniform", "b=uniform", "--games", "4", *where])
    assert code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: cannot reach a Dask scheduler at tcp://127.0.0.1:9")
    assert "Traceback" not in error


@pytest.mark.parametrize("cluster", ["127.0.0.1:9", "ray://127.0.0.1:9", "nowhere.invalid:6379", "nowhere", "x:y"])
def test_a_ray_head_that_is_not_there_is_said_at_once(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    need("ray")
    where = ["--backend", "ray", "--cluster", cluster]
    assert main(["--game", "kuhn_poker", "--agents", "uniform", "b=uniform", "--games", "4", *where]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: cannot reach a Ray head at {cluster}: ") and error.count("\n") == 1


def test_who_clears_up_after_workers_is_silent() -> None:
    program = (
        "from games._base.backends import _start_tracker\n"
        "from joblib.externals.loky.backend.resource_tracker import _resource_tracker\n"
        "_start_tracker()\n"
        "_resource_tracker.register('/a/file/that/is/gone', 'file')\n"
        "import os; print(os.environ.get('PYTHONWARNINGS'))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert (done.stdout, done.stderr) == ("None\n", "")
