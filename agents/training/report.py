"""What a training run shows while it goes on: a live table on a terminal, a line now and then in a file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from agents.training.log import Line
from games._base import progress
from games._base.progress import clock, regularly

_ROWS = 12
_COLUMNS = (
    ("time", lambda line: clock(line["seconds"])),
    ("steps", lambda line: f"{line['steps']:,}"),
    ("steps/s", lambda line: _number(line.get("steps_per_second"), ",.0f")),
    ("score", lambda line: _number(line.get("score"), ".2f")),
    ("entropy", lambda line: _number(line.get("entropy"), ".3f")),
    ("KL prev.", lambda line: _number(line.get("kl_previous"), ".4f")),
    ("KL magnet", lambda line: _number(line.get("kl_magnet"), ".4f")),
    ("clipped", lambda line: _number(line.get("clip_fraction"), ".3f")),
    ("value loss", lambda line: _number(line.get("value_loss"), ".4f")),
)


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def greedy_text(line: Line) -> str:
    """Return an evaluation in words."""
    return (
        f"greedy {line['greedy_score']:.3f} ± {line['greedy_standard_error']:.3f} "
        f"({line['greedy_games']:,} games, {line['steps']:,} steps)"
    )


class Display:
    """A context manager that shows the lines of a log as they come."""

    def __init__(self, console: Console, title: str, lines: Sequence[Line] = ()) -> None:
        self.console, self.title = console, title
        self._lines = [line for line in lines if "greedy_score" not in line][-_ROWS:]
        greedy = [line for line in lines if "greedy_score" in line]
        self._greedy = greedy_text(greedy[-1]) if greedy else ""
        self._live: Live | None = None
        self._open = ExitStack()
        self._began = time.monotonic()
        self._told = -progress.QUIET

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = self._open.enter_context(Live(self._table(), console=self.console, auto_refresh=False))
        else:
            self.console.print(self.title)
            self._open.enter_context(regularly(self._tell_in_time))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def show(self, line: Line) -> None:
        """Show a new line of the log."""
        if "greedy_score" in line:
            self._greedy = greedy_text(line)
        else:
            self._lines = [*self._lines, line][-_ROWS:]
        if self._live is not None:
            self._live.update(self._table(), refresh=True)
        elif "greedy_score" in line:
            self._told = time.monotonic()
            self.console.print(self._greedy, highlight=False)
        elif time.monotonic() - self._told >= progress.QUIET:
            self._told = time.monotonic()
            told = (f"{name} {text}" for name, column in _COLUMNS if (text := column(line)))
            self.console.print(", ".join(told), highlight=False, soft_wrap=True)

    def _tell_in_time(self) -> float:
        """Say that an iteration or evaluation takes long, if nothing has been said for a while; return the seconds
        until that is due."""
        now = time.monotonic()
        due = max(self._told, self._began) + 2.0 * progress.QUIET - now
        if due > 0.0:
            return due
        self._told = now
        self.console.print(f"time {clock(now - self._began)}, at work on an iteration or evaluation", highlight=False)
        return 2.0 * progress.QUIET

    def _table(self) -> Table:
        table = Table(title=self.title, caption=self._greedy or "no evaluation yet", title_justify="left")
        for name, _ in _COLUMNS:
            table.add_column(name, justify="right")
        for line in self._lines:
            table.add_row(*(column(line) for _, column in _COLUMNS))
        return table
