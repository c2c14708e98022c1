"""The record of decks: what a table of searches is made from when the folders of the runs are gone."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import deck_record, hanabi_search
from benchmarks.hanabi_search import ROWS, Row, jobs_of, spans
from games._base.errors import UsageError

numbers = st.integers(0, 10**6)
decks = st.builds(
    lambda *values: dict(zip(deck_record._COLUMNS, values, strict=True)),
    numbers,
    st.integers(0, 25),
    st.integers(0, 25),
    st.floats(-25, 25),
    numbers,
    numbers,
    numbers,
    st.floats(0, 1e6),
)
records = st.dictionaries(
    st.tuples(st.sampled_from(["2-neural-mds-one", "3-information-sparta-one"]), st.sampled_from(["a" * 16, "b" * 16])),
    st.lists(decks, min_size=1, max_size=4).map(lambda found: {deck["game"]: deck for deck in found}),
)


@given(records)
def test_a_record_is_read_as_it_was_written(record: deck_record.Record) -> None:
    path = Path.cwd() / "record.jsonl"
    deck_record.write(path, record)
    assert deck_record.read(path) == record


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("record"))
        yield


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"score": [25, 26]}, "whole number from 0 to 25"),
        ({"game": [1, 1]}, "a deck twice"),
        ({"score": [25]}, "as many of each number"),
        ({"colour": 1}, "does not belong"),
    ],
)
def test_a_damaged_record_is_refused(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    line = {"search": "s", "job": "j"} | {name: [1, 2] for name in deck_record._COLUMNS}
    path = tmp_path / "record.jsonl"
    path.write_text(json.dumps(line | change) + "\n")
    with pytest.raises(UsageError, match=said):
        deck_record.read(path)
    path.write_text((json.dumps(line) + "\n") * 2)
    with pytest.raises(UsageError, match="twice"):
        deck_record.read(path)


@given(st.dictionaries(numbers, st.floats(-5, 5)), st.dictionaries(numbers, st.floats(-5, 5)))
def test_differences_are_of_the_decks_that_both_have_played(one: dict[int, float], other: dict[int, float]) -> None:
    searches = {
        name: [{"game": game, "advantage": value} for game, value in found.items()]
        for name, found in (("one", one), ("other", other))
    }
    both = sorted(set(one) & set(other))
    found = deck_record.compared(searches)
    if len(both) < 2:
        assert not found
        return
    games, gained = found["one", "other"]
    gaps = np.array([one[game] for game in both]) - np.array([other[game] for game in both])
    assert games == len(both)
    assert gained.value == pytest.approx(gaps.mean(), abs=1e-12)
    assert gained.standard_error == pytest.approx(gaps.std(ddof=1) / math.sqrt(games), abs=1e-12)


@given(st.sets(st.integers(0, 40)))
def test_spans_are_the_numbers_again(numbers: set[int]) -> None:
    found = spans(sorted(numbers))
    assert [number for first, stop in found for number in range(first, stop)] == sorted(numbers)
    assert all(stop < first for (_, stop), (first, _) in pairwise(found))  # none could be joined


def test_a_digest_changes_with_what_decides_the_games() -> None:
    row = Row(2, "smart", 2, 10)
    jobs = [
        *jobs_of(row).values(),
        *jobs_of(replace(row, rollouts=20)).values(),
        *jobs_of(replace(row, players=3)).values(),
        *jobs_of(replace(row, blueprint="piers")).values(),
    ]
    jobs += [replace(jobs[0], seed=1), *jobs_of(ROWS[0]).values()]
    digests = [deck_record.digest(job) for job in jobs]
    assert len(set(digests)) == len(digests)
    assert digests[0] == deck_record.digest(jobs_of(row)["mds-one"])


def test_decks_of_the_record_are_not_played_again(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(hanabi_search, "ROWS", (Row(2, "smart", 2, 10, (("mds", "one"), ("sparta", "one"))),))
    monkeypatch.setattr(hanabi_search, "ALONE", 100)

    def tables(*arguments: str) -> str:
        command = ["--workers", "1", "--record", "record.jsonl", *arguments]
        monkeypatch.setattr(sys, "argv", ["hanabi_search", *command])
        assert hanabi_search.main() == 0
        text: str = capsys.readouterr().out
        return "\n".join(line for line in text.splitlines() if not line.startswith("Seed"))

    first = tables("--folder", "first", "--first-game", "1")
    recorded = Path("record.jsonl").read_text()
    monkeypatch.setattr(hanabi_search, "play_all", None)  # nothing is left to play
    assert tables("--folder", "second", "--first-game", "1") == tables("--finished", "--folder", "third") == first
    assert Path("record.jsonl").read_text() == recorded
    assert "| 2 | smart | MDS, one | SPARTA, one | 2 |" in first
    (key, found), _ = sorted(deck_record.read(Path("record.jsonl")).items())
    assert key[0] == "2-smart-mds-one"
    assert list(found) == [1, 2]
