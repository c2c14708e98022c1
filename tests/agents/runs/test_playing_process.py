"""What serves calls in a process of its own: batches, errors, and nobody who listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from multiprocessing import Pipe

from agents.runs.playing_process import _serve


def _numbers(stop: int) -> Iterator[int]:
    yield from range(stop)
    if stop > 2:
        raise ValueError("too many")


def test_calls_are_answered_with_batches_or_an_error() -> None:
    ours, theirs = Pipe()
    for count in (2, 3):
        ours.send((_numbers, (count,)))
    serving = threading.Thread(target=_serve, args=(theirs,), daemon=True)
    serving.start()
    answers = [ours.recv() for _ in range(3)]
    ours.close()
    serving.join(10.0)
    assert not serving.is_alive()
    assert answers[:2] == [[0, 1], None]
    assert isinstance(answers[2], ValueError) and str(answers[2]) == "too many"


def test_a_run_that_is_gone_ends_the_service_without_a_word() -> None:
    for count in (2, 3):
        ours, theirs = Pipe()
        ours.send((_numbers, (count,)))
        ours.close()
        _serve(theirs)  # an answer cannot be sent, nor the error that this is
