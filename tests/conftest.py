"""Settings that all tests share: property-based tests try the same examples on every machine, however slow it is.

Files are handed out one by one to the processes that run them (``tests/distribution.py``), those with a long test
early, so that no process waits for one at the end.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

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
ROOT = Path(__file__).parent


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let each process keep to its area, where whole files are handed out."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.distribution import ByArea

    return ByArea(config, log)


def _place(item: pytest.Item) -> int:
    """Return the place of a test's file among the long ones."""
    name = item.path.relative_to(ROOT).as_posix()
    return LONG.index(name) if name in LONG else len(LONG)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is there now: thousands of tests and all modules stay to the end."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first."""
    items.sort(key=_place)


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


@pytest.fixture(autouse=True, scope="session")
def _parsers_are_made_once() -> Iterator[None]:
    """A process makes the parser of a command once, as it does where nobody tests it: a thousand tests call one."""
    from tyro._parsers import ParserSpecification

    make, made = ParserSpecification.from_callable_or_type, dict[Any, Any]()

    def once(f: Any, **given: Any) -> Any:
        key = f, repr(given)
        if key not in made:
            made[key] = make(f, **given)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ParserSpecification, "from_callable_or_type", staticmethod(once))
        yield


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
