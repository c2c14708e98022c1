"""Any long sweep: work cut up and spread over workers, kept as it finishes, put in order, gone on with."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.runs.folder import Chunk, GamesFolder
from agents.runs.runner import Runner, going_on_later
from agents.runs.schedule import FixedSchedule, Match, Piece, keys_of
from games._base.errors import UsageError
from games._base.records import fields, whole
from games._base.run_folder import Claim

LINE = fields({"unit": whole(), "deal": whole(), "square": whole()})
MATCHES = [Match(unit, (0,), ((0,),)) for unit in range(3)]


def squares(job: int, match: Match, first: int, stop: int) -> Iterator[Chunk]:
    """Two lines a group in each file, of other lengths."""
    for deal in range(first, stop):
        line = json.dumps({"unit": match.unit, "deal": deal, "square": job + deal**2}) + "\n"
        yield Chunk(match.unit, [deal], {"first.jsonl": [2 * line], "second.jsonl": [2 * line.replace(" ", "")]}, 0.001)


def opened(folder: Path | None) -> GamesFolder:
    checks = {"first.jsonl": LINE, "second.jsonl": LINE}
    return GamesFolder(folder, Claim({"seed": 1}), checks, lambda line: (line["unit"], line["deal"]))


def found(folder: GamesFolder, name: str = "second.jsonl") -> list[tuple[int, int, int]]:
    return [(line["unit"], line["deal"], line["square"]) for line in folder.lines(name, folder.keys())]


WHOLE = [(unit, deal, 7 + deal**2) for unit in range(3) for deal in range(4, 14) for _ in range(2)]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_is_kept_and_put_in_order(tmp_path: Path, workers: int) -> None:
    seen: list[int] = []
    with opened(tmp_path) as folder:
        runner = Runner(squares, 7, workers, report=lambda chunk: seen.append(len(chunk.deals)))
        runner.run(FixedSchedule(MATCHES, 10, 4), folder)
        assert found(folder) == WHOLE
        assert found(folder, "first.jsonl") == WHOLE
        folder.put_in_order()
        assert found(folder) == WHOLE
    assert sum(seen) == 30
    lines = [json.loads(line) for line in (tmp_path / "first.jsonl").read_text().splitlines()]
    assert [(line["unit"], line["deal"], line["square"]) for line in lines] == WHOLE


def test_the_size_of_chunks_changes_nothing(tmp_path: Path) -> None:
    for size in (1, 4, 100):
        with opened(tmp_path / str(size)) as folder:
            Runner(squares, 7, 1, size=size).run(FixedSchedule(MATCHES, 10, 4), folder)
            assert found(folder) == WHOLE


def test_only_what_is_missing_is_done(tmp_path: Path) -> None:
    with opened(tmp_path) as folder:
        Runner(squares, 7, 1).run(FixedSchedule(MATCHES[:2], 3, 4), folder)
    done: list[int] = []
    with opened(tmp_path) as folder:
        assert len(folder) == 6
        assert folder.missing(Piece(MATCHES[0], 4, 9)) == [7, 8]
        Runner(squares, 7, 1, report=lambda chunk: done.extend(chunk.deals)).run(FixedSchedule(MATCHES, 10, 4), folder)
        assert found(folder) == WHOLE
    assert len(done) == 24


@pytest.mark.parametrize("kept", range(0, 900, 37))
def test_torn_files_lose_whole_groups_only(tmp_path: Path, kept: int) -> None:
    """Cut anywhere, in either file: what is left are groups that are whole in both, and going on gives all of them."""
    for name in ("first.jsonl", "second.jsonl"):
        folder_path = tmp_path / name
        with opened(folder_path) as folder:
            Runner(squares, 7, 1).run(FixedSchedule(MATCHES, 10, 4), folder)
        path = folder_path / name
        path.write_bytes(path.read_bytes()[:kept])
        with opened(folder_path) as folder:
            before = found(folder)
            assert set(before) <= set(WHOLE)
            Runner(squares, 7, 1).run(FixedSchedule(MATCHES[:1], 1, 4), folder)
        with opened(folder_path) as folder:
            assert set(found(folder)) == set(before) | {WHOLE[0]}
            Runner(squares, 7, 1).run(FixedSchedule(MATCHES, 10, 4), folder)
            folder.put_in_order()
        with opened(folder_path) as folder:
            assert found(folder, "first.jsonl") == WHOLE


def test_a_damaged_line_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    with opened(tmp_path) as folder:
        Runner(squares, 7, 1).run(FixedSchedule(MATCHES, 10, 4), folder)
    path = tmp_path / "second.jsonl"
    damaged = path.read_bytes().replace(b'"square":32', b'"square":-2')
    path.write_bytes(damaged)
    with pytest.raises(UsageError, match=r"second\.jsonl is damaged, line \d+\.square must be a whole number"):
        opened(tmp_path)
    assert path.read_bytes() == damaged


def test_without_a_folder_nothing_stays() -> None:
    with opened(None) as folder:
        Runner(squares, 7, 1).run(FixedSchedule(MATCHES, 10, 4), folder)
        assert not folder.kept
        assert found(folder) == WHOLE
        place = folder.folder
    assert not place.exists()


def test_an_interrupt_says_what_is_finished(tmp_path: Path) -> None:
    def interrupt(chunk: Chunk) -> None:
        if chunk.deals == [6]:
            raise KeyboardInterrupt

    for kept in (True, False):
        schedule = FixedSchedule(MATCHES[:1], 10, 4)
        with opened(tmp_path if kept else None) as folder:
            remedy = "the same command goes on from there" if kept else "nothing was written"
            told = f"interrupted with 3 of 10 squares finished; {remedy}"
            with pytest.raises(KeyboardInterrupt, match=told), going_on_later(schedule, folder, "squares"):
                Runner(squares, 7, 1, report=interrupt).run(schedule, folder)


def slow(job: float, match: Match, first: int, stop: int) -> Iterator[Chunk]:
    began = time.perf_counter()
    time.sleep(job * (stop - first))
    lines = [json.dumps({"unit": match.unit, "deal": deal, "square": 0}) + "\n" for deal in range(first, stop)]
    yield Chunk(
        match.unit,
        list(range(first, stop)),
        {"first.jsonl": lines, "second.jsonl": lines},
        time.perf_counter() - began,
    )


def test_chunks_take_about_a_second() -> None:
    sizes: list[int] = []
    with opened(None) as folder:
        runner = Runner(slow, 0.01, 1, report=lambda chunk: sizes.append(len(chunk.deals)), probes=2)
        runner.run(FixedSchedule(MATCHES[:1], 150), folder)
    assert sizes[:2] == [1, 1]
    assert all(size <= 37 for size in sizes)  # four chunks a worker at least
    assert sum(sizes) == 150


def test_keys_are_in_the_order_of_the_pieces() -> None:
    pieces: list[Any] = [Piece(MATCHES[1], 2, 4), Piece(MATCHES[0], 0, 1)]
    assert keys_of(pieces) == [(1, 2), (1, 3), (0, 0)]
