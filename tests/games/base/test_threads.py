"""Splitting a range of work over threads: every item once, whatever the split, and no error lost."""

from __future__ import annotations

import threading

import pytest

from games._base.threads import run_ranges


@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
@pytest.mark.parametrize("workers", [None, 1, 2, 5])
@pytest.mark.parametrize("chunk", [None, 1, 3, 1000])
def test_every_item_is_done_once(count: int, workers: int | None, chunk: int | None) -> None:
    done = [0] * count

    def work(start: int, stop: int) -> None:
        assert 0 <= start < stop <= count
        for item in range(start, stop):
            done[item] += 1

    run_ranges(work, count, workers, chunk)
    assert done == [1] * count


@pytest.mark.parametrize(("seconds", "alone"), [(0.0, True), (0.9e-3, True), (1.1e-3, False), (None, False)])
def test_what_is_not_worth_a_thread_is_done_by_this_one(seconds: float | None, alone: bool) -> None:
    threads = set()
    run_ranges(lambda start, stop: threads.add(threading.current_thread().name), 20, 3, chunk=2, seconds=seconds)
    assert (threads == {threading.current_thread().name}) == alone


def test_two_workers_work_at_the_same_time() -> None:
    meeting = threading.Barrier(2)
    run_ranges(lambda start, stop: meeting.wait(timeout=30) and None, 2, workers=2, chunk=1)
    assert not meeting.broken


@pytest.mark.parametrize("workers", [1, 3])
def test_an_exception_reaches_the_caller(workers: int) -> None:
    def work(start: int, stop: int) -> None:
        if start <= 6 < stop:
            raise ArithmeticError("item 6")

    with pytest.raises(ArithmeticError, match="item 6"):
        run_ranges(work, 10, workers, chunk=2)
