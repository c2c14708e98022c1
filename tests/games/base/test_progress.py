"""Progress in a pipe: lines while a step takes long, none for what is short; a terminal has a bar."""

from __future__ import annotations

import io
import re
import threading
import time

import pytest
from rich.console import Console

from games._base import progress
from games._base.progress import Bar, progress_bar, tracked, working

PATIENCE = 60.0  # seconds after which a line that does not come never will


class Pipe(io.StringIO):
    """A pipe that somebody waits at."""

    def __init__(self) -> None:
        super().__init__()
        self._written = threading.Condition()

    def write(self, text: str, /) -> int:
        with self._written:
            count = super().write(text)
            self._written.notify_all()
            return count

    def wait_for(self, lines: int) -> list[str]:
        """Return the first lines, as soon as there are so many."""
        with self._written:
            assert self._written.wait_for(lambda: self.getvalue().count("\n") >= lines, PATIENCE), self.getvalue()
            return self.getvalue().splitlines()[:lines]


def console_of(pipe: io.StringIO) -> Console:
    return Console(file=pipe, force_terminal=False, width=80)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET", 0.01)


@pytest.mark.usefixtures("often")
def test_lines_come_while_a_single_step_takes_long() -> None:
    pipe = Pipe()
    with progress_bar(console_of(pipe), "games", 3) as bar:
        bar.update(1, "score 24.00")
        lines = pipe.wait_for(3)
    assert all(re.fullmatch(r"games 0/3 \d+:\d\d|games 1/3 \d+:\d\d score 24\.00", line) for line in lines)
    assert pipe.getvalue().splitlines()[-1].startswith("games 1/3 ")


@pytest.mark.usefixtures("often")
def test_lines_come_where_nothing_is_counted() -> None:
    pipe = Pipe()
    with working(console_of(pipe), "reading votes.csv"):
        lines = pipe.wait_for(2)
    assert all(re.fullmatch(r"reading votes\.csv \d+:\d\d", line) for line in lines)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("transient", [False, True])
def test_no_line_comes_after_the_end(transient: bool) -> None:
    pipe = Pipe()
    with progress_bar(console_of(pipe), "games", 3, transient=transient):
        pipe.wait_for(1)
    told = pipe.getvalue()
    assert [one.name for one in threading.enumerate() if one.name == "progress"] == []
    assert pipe.getvalue() == told


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_ends_it(error: type[BaseException]) -> None:
    with pytest.raises(error), progress_bar(console_of(Pipe()), "games", 3):
        raise error
    with pytest.raises(error), working(console_of(Pipe()), "reading"):
        raise error
    assert [one.name for one in threading.enumerate() if one.name == "progress"] == []


def test_what_is_short_prints_its_end_alone() -> None:
    pipe = Pipe()
    with working(console_of(pipe), "reading"):
        pass
    with progress_bar(console_of(pipe), "iterations", 1.0, transient=True) as bar:
        bar.update(0.5)
    assert pipe.getvalue() == ""
    assert list(tracked("abc", console_of(pipe), "letters")) == ["a", "b", "c"]
    assert pipe.getvalue() == "letters 3/3 0:00\n"


def test_lines_have_a_few_seconds_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that is set by hand: an update every second for a minute is a line every five."""
    passed = 0.0
    monkeypatch.setattr(progress, "QUIET", 5.0)
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    pipe = Pipe()
    console = console_of(pipe)
    bar = Bar(console, progress.Progress(console=console, disable=True), "games", 60, 0)
    for second in range(1, 61):
        passed = float(second)
        bar.update(second)
    assert pipe.getvalue().splitlines() == [f"games {k}/60 {progress.clock(k)}" for k in range(5, 61, 5)]


def test_a_terminal_has_a_bar_and_no_lines() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    with progress_bar(console, "games", 2) as bar:
        bar.advance()
    with working(console, "reading"):
        pass
    assert "games" in screen.getvalue()
    assert "1/2" in screen.getvalue()
