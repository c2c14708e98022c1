"""What an agent does wrong at a table: it crashes, makes an illegal move, takes too long, ends its process: a forfeit.

Whatever an agent's code raises or returns ends here. A table notes in a *diary* whose code is running – a few integers,
which may be shared with a process that watches this one (``agents.runs.watched``) – and ``blame`` turns what is raised
meanwhile into a forfeit. Reasons are recorded without anything that differs from run to run (times, addresses), so that
a tournament repeated is the same. A time limit is of course a matter of the machine.
"""

from __future__ import annotations

import contextlib
import operator
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from types import FrameType
from typing import Any, NamedTuple

from search.seating import BeliefRecord, RecordsBeliefs

# Entries of a diary.
CALLS = 0  # of agents' code so far
SEAT = 1  # whose code was called last
DOING = 2  # what it was to do: START, ACT, NOTE
RUNNING = 3  # whether it is still at it
WATCHED = 4  # whether another process looks after this one
GAME = 5  # number of the game, in the order in which they were asked for
LENGTH = 6  # of the history so far
HISTORY = 7  # the actions made, as many as there is room for
ROOM = 1 << 14

START, ACT, NOTE = range(3)
_DOING = (" at the start", "", " when told of a move")
_SLOW = ("to start", "for a move", "to take note of a move")

Diary = memoryview


def new_diary(shared: Any = None) -> Diary:
    """Return an empty diary, in some shared bytes or by itself."""
    return memoryview(bytearray(8 * (HISTORY + ROOM)) if shared is None else shared).cast("q")


def write_down(diary: Diary, history: list[int], action: int) -> None:
    """Add an action to a history, and to that of the diary."""
    if len(history) < ROOM:
        diary[HISTORY + len(history)] = action
    history.append(action)
    diary[LENGTH] = len(history)


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
    each seat. history : all actions, those of chance included (Hanabi: the moves). beliefs : of each seat whose player
    searches, how often it could not say what is hidden (``search.seating.BeliefRecord``); ``None`` where none does.
    """

    returns: list[float]
    moves: int
    forfeit: Forfeit | None
    seconds: list[float]
    seat_moves: list[int]
    history: list[int]
    beliefs: list[BeliefRecord | None] | None = None


class OutOfTime(BaseException):
    """A call took longer than the limit; no ``Exception``, so that an agent does not catch it by the way."""


class Elsewhere(Exception):
    """What an agent raised in another process, in words (``in_words``)."""


class Died(Exception):
    """The process in which an agent is has ended."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Returned:
    """What an agent returned in another process: a number, if it was one, and what to say if that is not legal."""

    def __init__(self, action: int | None, reason: str) -> None:
        self._action, self.reason = action, reason

    def __index__(self) -> int:
        if self._action is None:
            raise TypeError("no number")
        return self._action


def exact_action(action: Any) -> int | None:
    """Return what an agent returned as an exact int, ``None`` if it is no whole number (floats are none)."""
    try:
        return int.__add__(operator.index(action), 0)
    except BaseException:  # whatever an odd object does when it is asked for its index
        return None


def belief_records(agents: Sequence[Any], moves: Sequence[int]) -> list[BeliefRecord | None] | None:
    """Return how often each seat's player had no usable belief in the game it has played; ``None`` if none says.

    moves : of each seat. Who made none may not have been told of the game, and is not asked.
    """
    asked = (made and issubclass(type(agent), RecordsBeliefs) for agent, made in zip(agents, moves, strict=True))
    found = [_belief_record(agent) if ask else None for agent, ask in zip(agents, asked, strict=True)]
    return found if any(found) else None


def _belief_record(agent: RecordsBeliefs) -> BeliefRecord | None:
    """Return what a player says as exact numbers, nothing if it says anything else."""
    try:
        counts = [exact_action(count) for count in agent.belief_record()]
    except (Exception, OutOfTime):
        return None
    numbers = [count for count in counts if count is not None and 0 <= count < 1 << 63]
    return BeliefRecord(*numbers) if len(numbers) == len(counts) == len(BeliefRecord._fields) else None


def _words(function: Callable[[], Any]) -> str:
    """Return a text that foreign code makes, as plain text on one line; nothing if it cannot."""
    try:
        text = str.__str__(function())[:2000]
    except BaseException:  # an agent's exceptions may have methods of its own
        return ""
    text = re.sub(r"0x[0-9a-fA-F]+", "0x", text.encode("utf-8", "replace").decode()).strip()
    return "".join(letter if letter.isprintable() else " " for letter in text.split("\n")[0])[:200]


def in_words(error: BaseException) -> str:
    """Return the kind of an exception of foreign code and what it says, on one line: the same in every run."""
    if type(error) is Elsewhere:
        return _words(lambda: str(error))
    text = _words(lambda: str(error))
    return _words(lambda: type(error).__name__) + (f": {text}" if text else "")


def slow_reason(limit: float, doing: int = ACT) -> str:
    """Return the reason for a call that took too long."""
    return f"took longer than {limit:g} s {_SLOW[doing]}"


def death_reason(status: int, diary: Diary) -> str:
    """Return the reason for the end of the process after an agent's code was called; ``status``: see ``ended``."""
    doing = _DOING[diary[DOING]] if diary[RUNNING] else " between two moves"
    return f"ended its process{doing}: {ended(status)}"


def ended(status: int) -> str:
    """Return how a process ended, in words; ``status`` as ``os.waitstatus_to_exitcode`` gives it."""
    return f"exit code {status}" if status >= 0 else f"killed by signal {-status}"


def illegal_reason(action: Any) -> str:
    """Return the reason for an action that is not legal."""
    if type(action) is Returned:
        return _words(lambda: action.reason)
    if type(action) is int and abs(action) >= 1 << 63:
        shown = "of a number beyond 64 bits"
    elif type(action) in (int, float, bool, str, type(None)):
        shown = _words(lambda: repr(action))[:60]
    elif (number := exact_action(action)) is not None:
        return illegal_reason(number)
    else:
        shown = f"of type {_words(lambda: type(action).__name__)}"
    return f"made the illegal move {shown}"


def blame(
    error: BaseException, diary: Diary, limit: float | None, passing: tuple[type[BaseException], ...] = ()
) -> Forfeit:
    """Return the forfeit of whose code raised an error.

    The error is raised again if no agent's code was running, if it is one of ``passing`` (a person who leaves the
    table), and if it is an interrupt that may be meant for this process.
    """
    interrupt = isinstance(error, KeyboardInterrupt) and not diary[WATCHED]
    if interrupt or not diary[RUNNING] or isinstance(error, passing):
        raise error
    if isinstance(error, OutOfTime) and limit is not None:
        reason = slow_reason(limit, diary[DOING])
    elif type(error) is Died:
        reason = death_reason(error.status, diary)
    else:
        reason = f"crashed{_DOING[diary[DOING]]}: {in_words(error)}"
    diary[RUNNING] = 0
    return Forfeit(diary[SEAT], reason)


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


def limited(function: Callable[..., Any], limit: float | None) -> Callable[..., Any]:
    """Return ``function`` under a time limit: ``OutOfTime`` also if it swallowed that itself and returned late."""
    if limit is None:
        return function

    def call(*arguments: Any) -> Any:
        with time_limit(limit):
            began = perf_counter()
            found = function(*arguments)
            taken = perf_counter() - began
        if taken > limit:
            raise OutOfTime
        return found

    return call
