"""Settings that all tests share: property-based tests try the same examples on every machine, however slow it is.

Files are handed out one by one to the processes that run them, in an order that saves time: files with a long test
early, so that no process waits for one at the end; and files about solvers between files about Hanabi, so that two
processes seldom compile the same kernels at the same moment (who comes later finds them on the disk).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import count, groupby
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

# Tests run in several processes: torch, if it is loaded at all, must not start a thread a core in each of them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


# Files that last the longest, of which most is a single test.
LONG = (
    "search/hanabi/test_cuda_rollouts.py",
    "games/hanabi/cuda/test_cuda_batch.py",
    "agents/hanabi/test_together.py",
    "agents/hanabi/test_command.py",
    "agents/hanabi/test_torch_agents.py",
    "search/test_theorem.py",
)
SOLVERS = ("solvers", "games/extensive", "games/phantom", "search/phantom", "search/openspiel")
ROOT = Path(__file__).parent


def _areas(path: Path) -> tuple[bool, int]:
    """Return whether a file is about solvers, and its place among the long ones."""
    name = path.relative_to(ROOT).as_posix()
    return name.startswith(SOLVERS), LONG.index(name) if name in LONG else len(LONG)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files: within either area the long ones first, and both areas spread evenly over the whole."""
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    areas: dict[bool, list[list[pytest.Item]]] = {True: [], False: []}
    for file in sorted(files, key=lambda file: _areas(file[0].path)[1]):
        areas[_areas(file[0].path)[0]].append(file)
    placed = [(at / len(area), solvers, file) for solvers, area in areas.items() for at, file in enumerate(area)]
    items[:] = [item for *_, file in sorted(placed, key=lambda one: one[:2]) for item in file]


@pytest.fixture(autouse=True, scope="session")
def _interrupts_are_heard() -> None:
    """Tests interrupt commands; a job that a shell starts in the background inherits that Ctrl-C is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _no_lines_of_progress() -> None:
    """What a command prints in a test does not depend on how long the machine takes for it."""
    from games._base import progress

    progress.QUIET = 1e6


@pytest.fixture
def time_flies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the lines of progress goes on by seconds whenever it is looked at: every phase has time for one."""
    from games._base import progress

    seconds = count(0.0, 2.0 * progress.QUIET)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(seconds)))


@pytest.fixture
def one_torch_thread() -> Iterator[None]:
    """Torch computes on one thread, the same bits every time, and as before afterwards."""
    import torch

    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)
