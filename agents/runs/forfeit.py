"""What an agent does wrong at a table: it crashes, makes an illegal move, or takes too long; the game is forfeited.

The reason is recorded without anything that differs from run to run (times, addresses), so that a tournament repeated
is the same. A time limit is of course a matter of the machine.
"""

from __future__ import annotations

import contextlib
import re
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NamedTuple

CRASHES = (Exception, SystemExit)
"""What an agent's code may raise that is the agent's fault."""


class Forfeit(NamedTuple):
    """Who forfeited, and why."""

    seat: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return it as ``games.jsonl`` holds it."""
        return {"seat": self.seat, "reason": self.reason}


class Played(NamedTuple):
    """A finished game.

    returns : of each seat. moves : how many decisions were made. forfeit : if somebody did. seconds, seat_moves : of
    each seat. history : all actions, those of chance included (Hanabi: the moves).
    """

    returns: list[float]
    moves: int
    forfeit: Forfeit | None
    seconds: list[float]
    seat_moves: list[int]
    history: list[int]


class OutOfTime(Exception):
    """A move took longer than the limit."""


def reason_of(error: BaseException, while_doing: str = "") -> str:
    """Return a crash in words: the same ones in every run."""
    text = re.sub(r"0x[0-9a-fA-F]+", "0x", str(error)).strip().split("\n")[0][:200]
    return f"crashed{while_doing}: {type(error).__name__}" + (f": {text}" if text else "")


def slow_reason(limit: float) -> str:
    """Return the reason for a move that took too long."""
    return f"took longer than {limit:g} s for a move"


def crash_reason(error: BaseException, limit: float | None) -> str:
    """Return the reason for an exception out of a decision, which may be that time is up."""
    return slow_reason(limit) if isinstance(error, OutOfTime) and limit is not None else reason_of(error)


def illegal_reason(action: Any) -> str:
    """Return the reason for an action that is not legal."""
    shown = f"{action}" if isinstance(action, int) else re.sub(r"0x[0-9a-fA-F]+", "0x", repr(action))[:60]
    return f"made the illegal move {shown}"


@contextlib.contextmanager
def time_limit(limit: float | None) -> Iterator[None]:
    """Raise ``OutOfTime`` in the block when it has taken ``limit`` seconds.

    A compiled call is not cut short: the exception comes when it returns. In another than the main thread nothing is
    raised, and the caller has to look at the clock.
    """
    if limit is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)


def limited(function: Callable[[Any], Any], limit: float) -> Callable[[Any], Any]:
    """Return ``function`` under a time limit."""

    def call(argument: Any) -> Any:
        with time_limit(limit):
            return function(argument)

    return call
