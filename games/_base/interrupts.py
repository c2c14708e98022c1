"""Interrupts that are not lost: Ctrl-C and requests to terminate stop long work between two compiled calls.

Python raises ``KeyboardInterrupt`` in the main thread as soon as it may, which can be while a compiled call converts
its arguments, or while the compiler is called back; there it is swallowed. The handler therefore remembers, and loops
ask with ``check_interrupted``.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, or a request to terminate.

    Not ``KeyboardInterrupt`` itself: where that one passes through code that was given as text (``exec``, as in named
    tuples and in the compiler), Python notes it as unhandled and at its end kills itself by Ctrl-C, whatever the exit
    code was to be.
    """


_interrupted = threading.Event()
_received = signal.SIGINT  # the signal that came last
_abandonable = 0  # blocks that the main thread is in which nobody misses when they are left half done


def exit_code() -> int:
    """Return the exit code of a command that was stopped: 130 after Ctrl-C, 143 after a request to terminate."""
    return 128 + _received


def _note(number: int) -> None:
    global _received
    _received = signal.Signals(number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _note(number)
    again = _interrupted.is_set()
    _interrupted.set()
    if again or not _abandonable:
        raise Interrupted


def check_interrupted() -> None:
    """Raise ``KeyboardInterrupt`` if there was one: inside a compiled call it may have been swallowed."""
    if _interrupted.is_set():
        raise Interrupted


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Treat a request to terminate (a batch system's, say) as Ctrl-C, and remember either until the end
    (``check_interrupted``).
    """
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
    except ImportError:  # what is raised while a library in C is loaded, it turns into this
        check_interrupted()
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        _interrupted.clear()  # it was heard: what this process does next is not to end by it


@contextlib.contextmanager
def abandonable() -> Iterator[None]:
    """Mark work that nobody misses when it is left half done: an interrupt ends it even where interrupts are held.

    It is raised where the work calls ``check_interrupted`` and at its end, not in its midst: called back from a library
    in C, Python can only print what was raised.
    """
    global _abandonable
    counts, before = threading.current_thread() is threading.main_thread(), _interrupted.is_set()
    _abandonable += counts
    try:
        yield
    finally:
        _abandonable -= counts
    if not before:
        check_interrupted()


@contextlib.contextmanager
def interrupts_held() -> Iterator[Callable[[], bool]]:
    """Note Ctrl-C (or a request to terminate) instead of raising it; gives the function that tells whether it came.

    The compiled iterations and the files are then whole. A second one is raised at once. The first ends what is
    ``abandonable``: the compiler may need a minute, and nothing has changed yet.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are for the main thread
        yield lambda: False
        return
    came = abandoned = False
    previous = {}

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal came, abandoned
        _note(number)
        if came or abandoned:
            raise Interrupted
        if _abandonable:
            abandoned = True
            _interrupted.set()
        else:
            came = True

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            previous[number] = signal.signal(number, note)
    try:
        yield lambda: came
    finally:
        if abandoned:
            _interrupted.clear()
        for number, handler in previous.items():
            signal.signal(number, handler)
