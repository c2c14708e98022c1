"""The one progress bar: how much of a long piece of work is done, how long it took and may take, and a few words.

On a terminal it is a bar that is redrawn; elsewhere, in a pipe or a batch system's log, it is a line every few seconds
and one at the end, so that somebody who looks sees that the work goes on. The lines come from a thread of their own:
they come, too, where the next step takes minutes, as compiled kernels release the interpreter lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

Item = TypeVar("Item")

QUIET = 5.0
"""Seconds between two lines where there is no terminal."""


class _Clock(ProgressColumn):
    """Time since the start and an estimate of the time left: ``0:14, 1:03 left``."""

    def render(self, task: Task) -> Text:
        passed = clock(task.finished_time if task.finished else task.elapsed)
        left = "" if task.finished or task.time_remaining is None else f", {clock(task.time_remaining)} left"
        return Text(passed + left, style="progress.elapsed")


def clock(seconds: float | None) -> str:
    """Return a duration as a clock shows it: ``0:14``, ``1:02:03``."""
    minutes, rest = divmod(int(seconds or 0), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


class Bar:
    """A bar that is on screen; ``title`` and ``total`` may be changed by ``update``."""

    def __init__(self, console: Console, progress: Progress, title: str, total: float, done: float) -> None:
        self._console, self._progress = console, progress
        self._task = progress.add_task("", total=total, title=title)
        progress.update(self._task, completed=done)
        self._title, self._total, self._done, self._text = title, total, done, ""
        self._began = self._told = time.monotonic()
        self._telling = threading.RLock()

    def advance(self, count: float = 1, text: str | None = None) -> None:
        """Note that ``count`` more are done; ``text`` stands beside the bar from now on."""
        self.update(self._done + count, text)

    def update(self, done: float, text: str | None = None, *, total: float | None = None) -> None:
        """Note how many are done, of how many, and what stands beside the bar."""
        self._done = done
        self._text = self._text if text is None else text
        self._total = self._total if total is None else total
        self._progress.update(self._task, completed=done, total=self._total, description=self._text)
        if not self._console.is_terminal:
            self.tell_in_time()

    def tell_in_time(self) -> float:
        """Print where the work stands, if it is time to; return the seconds until it is."""
        with self._telling:
            due = self._told + QUIET - time.monotonic()
            if due <= 0.0:
                self.tell()
                due = QUIET
            return due

    def tell(self) -> None:
        """Print where the work stands, as a line."""
        with self._telling:
            self._told = time.monotonic()
            whole = isinstance(self._total, int)
            share = f"{self._done:,.0f}/{self._total:,}" if whole else f"{self._done / max(self._total, 1e-300):.0%}"
            _print(self._console, f"{self._title} {share} {clock(self._told - self._began)} {self._text}".rstrip())


def _print(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def regularly(tell: Callable[[], float]) -> Iterator[None]:
    """Call ``tell``, which returns the seconds until it is to be called again, in a thread while the block runs."""
    over = threading.Event()

    def keep_telling() -> None:
        wait = tell()
        while not over.wait(wait):
            wait = tell()

    thread = threading.Thread(target=keep_telling, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def working(console: Console | None, title: str) -> Iterator[None]:
    """Say what is at work while the block runs, where nothing can be counted: ``reading votes.csv``.

    A terminal shows it until the block ends; elsewhere there is a line every few seconds, none if it is done by then.
    """
    console = Console(stderr=True) if console is None else console
    if console.is_terminal:
        with console.status(title):
            yield
        return
    began = time.monotonic()

    def tell() -> float:
        passed = time.monotonic() - began
        if passed >= QUIET:
            _print(console, f"{title} {clock(passed)}")
        return QUIET

    with regularly(tell):
        yield


@contextmanager
def progress_bar(
    console: Console | None, title: str, total: float, *, done: float = 0, transient: bool = False
) -> Iterator[Bar]:
    """Show a bar while the block runs; without a console, on standard error.

    title : what is counted, or what is at work. total : how many; a whole number is shown as ``3/20``, a fraction (1.0)
    as a bar alone. done : how many were done before. transient : the bar goes away at the end.
    """
    console = Console(stderr=True) if console is None else console
    counted = [MofNCompleteColumn()] if isinstance(total, int) else []
    columns = (
        TextColumn("{task.fields[title]}"),
        BarColumn(None if counted else 30),
        *counted,
        _Clock(),
        TextColumn("{task.description}"),
    )
    progress = Progress(
        *columns, console=console, expand=bool(counted), transient=transient, disable=not console.is_terminal
    )
    with progress:
        bar = Bar(console, progress, title, total, done)
        if console.is_terminal:
            yield bar
            return
        with regularly(bar.tell_in_time):
            yield bar
    if not transient:
        bar.tell()


def tracked(items: Sequence[Item], console: Console, title: str, *, transient: bool = False) -> Iterator[Item]:
    """Yield the items, with a bar that counts those that are done."""
    with progress_bar(console, title, len(items), transient=transient) as bar:
        for item in items:
            yield item
            bar.advance()
