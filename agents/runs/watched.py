"""Agents that are not our own play in a process of their own, which is watched: whoever ends it or hangs forfeits.

``WatchedProcess.play`` calls a generator function there and yields what it yields. The diary of the tables
(``agents.runs.forfeit``) lies in shared memory, so that when the process is gone it is known whose code was running
and what had been played. With a time limit a call that takes longer than that, and a grace, ends with the process.
"""

from __future__ import annotations

import atexit
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from agents.runs.forfeit import (
    CALLS,
    DOING,
    GAME,
    HISTORY,
    LENGTH,
    ROOM,
    RUNNING,
    SEAT,
    Diary,
    Forfeit,
    death_reason,
    ended,
    new_diary,
    slow_reason,
)

_GRACE = 1.0  # seconds after the limit in which a call may still end by itself
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1])\n"
    "from agents.runs import playing_process; playing_process.main(int(sys.argv[2]), int(sys.argv[3]))"
)


class Lost(NamedTuple):
    """A game that ended with the process: its number among those asked for, who forfeits, and the actions so far."""

    game: int
    forfeit: Forfeit
    history: list[int]


def _place() -> tuple[str, list[str]]:
    """Return where names of files and modules are looked up."""
    return os.getcwd(), list(sys.path)


class WatchedProcess:
    """A process that plays for this one.

    Raises ``ChildProcessError`` where it ends and no agent's code was running.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Connection
        self._door: socket.socket
        self._loaded: tuple[Any, Any] | None = None
        self._place: tuple[str, list[str]] | None = None
        self._session: Connection | None = None
        self._child = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (open as long as this is)
        self._file.truncate(len(new_diary()) * 8)
        self._diary: Diary = new_diary(mmap.mmap(self._file.fileno(), 0))

    def load(self, function: Callable[[Any], Any], job: Any, names: Sequence[str]) -> Any:
        """Return what a function returns of a job there, before anything is played, and raise what it raises.

        It notes in the diary (``GAME``) which of the names it is at, for the message if it ends the process. A job that
        is loaded already is not loaded again. A process that was started in another folder, or with other folders of
        modules, is replaced: names of files and modules are looked up in them.
        """
        if self._process is not None and self._place != _place():
            self.close()
        if self._loaded is None or self._loaded[0] != job or self._process is None or self._process.poll() is not None:
            self._loaded = None
            self._loaded = job, self._call(function, job, names)
        return self._loaded[1]

    def _call(self, function: Callable[[Any], Any], job: Any, names: Sequence[str]) -> Any:
        self._end_session()
        link = self._started()
        try:
            link.send((function, (job,)))
            answer = link.recv()
        except (EOFError, OSError):
            status, who = self._status(), names[self._diary[GAME]]
            raise ChildProcessError(f"{who} ended the process that loads it: {ended(status)}") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def play(self, function: Callable[..., Iterator[Any]], *arguments: Any, limit: float | None) -> Iterator[Any]:
        """Yield what a generator function yields there; at last, if the process ends on the way, a ``Lost`` game."""
        batch: Any = []
        try:
            link = self._opened()
            try:
                link.send((function, arguments))
                while isinstance(batch := self._received(link, limit), list):
                    yield from batch
            except (EOFError, OSError):
                batch = self._lost(limit)
        except BaseException:
            self.close()  # it may be in the middle of something
            raise
        if isinstance(batch, Exception):
            raise batch
        if batch is not None:
            yield batch

    def close(self) -> None:
        """End the process."""
        self._end_session(kill=True)
        if self._process is not None:
            self._link.close()
            self._door.close()
            self._process.kill()
            self._process.wait()
            self._process = None

    def _started(self) -> Connection:
        if self._process is None or self._process.poll() is not None:
            ours, theirs = socket.socketpair()
            given = [str(theirs.fileno()), str(self._file.fileno())]
            command = [sys.executable, "-c", _START, json.dumps(sys.path), *given]
            handed, self._place = (theirs.fileno(), self._file.fileno()), _place()
            self._process = subprocess.Popen(command, pass_fds=handed, stdin=subprocess.DEVNULL)
            theirs.close()
            self._link, self._door = Connection(os.dup(ours.fileno())), ours
        return self._link

    def _opened(self) -> Connection:
        """Return the connection to a fork, a new one if need be."""
        if self._session is None:
            self._started().send(None)
            told, descriptors, _, _ = socket.recv_fds(self._door, 8, 1)
            if not descriptors:
                raise ChildProcessError(f"the process that plays could not be forked: {ended(self._status())}")
            self._child, self._session = int.from_bytes(told, "little"), Connection(descriptors[0])
            self._diary[RUNNING] = self._diary[CALLS] = 0
        return self._session

    def _received(self, link: Connection, limit: float | None) -> Any:
        """Return the next batch; kill the fork if one call of an agent goes on and on."""
        if limit is None:
            return link.recv()
        seen, since = -1, time.monotonic()
        while not link.poll(min(0.25, limit / 2)):
            calls = self._diary[CALLS] if self._diary[RUNNING] else -1
            if calls != seen:
                seen, since = calls, time.monotonic()
            elif calls >= 0 and time.monotonic() - since > limit + _GRACE:
                with suppress(ProcessLookupError):
                    os.kill(self._child, signal.SIGKILL)
                self._overran = True
                raise EOFError
        return link.recv()

    _overran = False

    def _lost(self, limit: float | None) -> Lost:
        diary, overran, self._overran = self._diary, self._overran, False
        status = self._end_session()
        if not diary[CALLS]:
            raise ChildProcessError(f"the process in which agents play ended before it began: {ended(status)}")
        length = diary[LENGTH]
        history = list(diary[HISTORY : HISTORY + min(length, ROOM)])
        if overran and limit is not None:
            reason = slow_reason(limit, diary[DOING])
        else:
            reason = death_reason(status, diary)
        return Lost(diary[GAME], Forfeit(diary[SEAT], reason), history)

    def _end_session(self, kill: bool = False) -> int:
        """End the fork, if there is one, and return its exit status."""
        if self._session is None:
            return 0
        self._session.close()
        self._session = None
        if kill:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        try:
            status: int = self._link.recv()
        except (EOFError, OSError):
            status = self._status()
        return status

    def _status(self) -> int:
        if self._process is None:
            return 0
        status = self._process.wait()
        self._link.close()
        self._door.close()
        self._process = None
        return status


@lru_cache(maxsize=1)
def watched_process() -> WatchedProcess:
    """Return the process that plays for this one, started when it is first needed."""
    process = WatchedProcess()
    atexit.register(process.close)
    return process
