"""The process in which watched agents play (``agents.runs.watched``): it loads them once and forks for every session.

What agents do to the process they run in – leave it, be killed, hang – they do to a fork; the next one has what was
loaded and nothing of what they did. Commands come over a socket: pickled ``(function, arguments)`` to be called here,
or ``None`` for a fork, whose own socket is sent back. A fork answers calls of generator functions with what they yield.
"""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from agents.runs.forfeit import WATCHED, Diary, new_diary
from games._base.errors import UsageError

_BATCH = 0.05  # seconds of results that are sent together

diary: Diary | None = None
"""Shared with the process that watches this one; ``None`` if none does."""


def main(control: int, shared: int) -> None:
    """Serve the process at the other end of a socket until it is gone."""
    global diary
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever watches reacts, and ends this
        signal.signal(number, signal.SIG_IGN)
    os.dup2(2, 1)  # what agents print must not get between the results of the command
    diary = new_diary(mmap.mmap(shared, 0))
    diary[WATCHED] = 1
    link = Connection(os.dup(control))
    with socket.socket(fileno=control) as door:
        while True:
            try:
                order = link.recv()
            except (EOFError, OSError):
                return
            if order is None:
                link.send(os.waitstatus_to_exitcode(_session(door, link)))
            else:
                link.send(_answer(*order))


def _session(door: socket.socket, link: Connection) -> int:
    """Fork; send the fork's socket and process id; return how it ended. Ends it if the other side is gone."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        door.close()
        link.close()
        ours.close()
        server(Connection(theirs.detach()))
        os._exit(0)
    theirs.close()
    socket.send_fds(door, [child.to_bytes(8, "little")], [ours.fileno()])
    ours.close()
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if link.poll(0.01) and _gone(door):
            os.kill(child, signal.SIGKILL)
            os._exit(0)


def _gone(door: socket.socket) -> bool:
    return door.recv(1, socket.MSG_PEEK) == b""


def _serve(link: Connection) -> None:
    """Answer calls with batches of what their generators yield, then ``None``; an error is sent in place of a batch."""
    while True:
        try:
            function, arguments = link.recv()
        except (EOFError, OSError):
            return
        batch: list[Any] = []
        due = time.monotonic() + _BATCH
        try:
            for found in function(*arguments):
                batch.append(found)
                if time.monotonic() >= due:
                    link.send(batch)
                    batch, due = [], time.monotonic() + _BATCH
            link.send(batch)
            link.send(None)
        except Exception as error:  # the table's own: agents' never come so far
            try:
                link.send(_told(error))
            except OSError:  # nobody listens any more: that was the error, as a run was interrupted
                return


server: Callable[[Connection], None] = _serve
"""What a fork does with its connection; what is loaded may put something else here (``agents.isolated``)."""


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        return _told(error)


def _told(error: Exception) -> Exception:
    """Return an error that can be sent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return UsageError(str(error)) if isinstance(error, ValueError) else error


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
