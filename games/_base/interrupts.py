"""Interrupts that are not lost: Ctrl-C and requests to terminate stop long work between two compiled calls.

Python raises ``KeyboardInterrupt`` in the main thread as soon as it may, which can be while a compiled call converts
its arguments; there it is swallowed. The handler therefore remembers, and loops ask with ``check_interrupted``.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_interrupted = threading.Event()
_received = signal.SIGINT  # the signal that came last


def exit_code() -> int:
    """Return the exit code of a command that was stopped: 130 after Ctrl-C, 143 after a request to terminate."""
    return 128 + _received


def _note(number: int) -> None:
    global _received
    _received = signal.Signals(number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _note(number)
    _interrupted.set()
    raise KeyboardInterrupt


def check_interrupted() -> None:
    """Raise ``KeyboardInterrupt`` if there was one: inside a compiled call it may have been swallowed."""
    if _interrupted.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Treat a request to terminate (a batch system's, say) as Ctrl-C, and remember either (``check_interrupted``)."""
    _interrupted.clear()
    if threading.current_thread() is not threading.main_thread():  # signals are for the main thread
        yield
        return
    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        numbers.append(signal.SIGINT)
    previous = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def interrupts_held() -> Iterator[Callable[[], bool]]:
    """Note Ctrl-C (or a request to terminate) instead of raising it; gives the function that tells whether it came.

    The compiled iterations and the files are then whole. A second one is raised at once.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are for the main thread
        yield lambda: False
        return
    came = False
    previous = {}

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal came
        _note(number)
        if came:
            raise KeyboardInterrupt
        came = True

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            previous[number] = signal.signal(number, note)
    try:
        yield lambda: came
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
