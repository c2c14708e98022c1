"""JSON from a disk: what is not what it should be is refused in one sentence that says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from games._base.errors import UsageError
from games._base.records import Fault, among, fields, number, optional, parse, read_lines, rows, text, whole

LINE = fields(
    {"game": whole(0, 9), "seats": rows(text(5), 2, 2), "returns": rows(number(-1.0, 1.0))},
    {"forfeit": optional(fields({"seat": among((0, 1))}))},
    rest=optional(number()),
)
GOOD: dict[str, Any] = {"game": 3, "seats": ["a", "b"], "returns": [0.5, -1], "forfeit": None}


@pytest.mark.parametrize("more", [{}, {"forfeit": {"seat": 1}}, {"mean": 1e300}, {"mean": None}, {"returns": []}])
def test_what_is_right_is_returned(more: dict[str, Any]) -> None:
    assert parse(json.dumps(GOOD | more), LINE) == GOOD | more


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (GOOD | {"game": 10}, ".game must be a whole number from 0 to 9, not 10"),
        (GOOD | {"game": True}, ".game must be a whole number from 0 to 9, not true"),
        (GOOD | {"game": 3.0}, "not 3.0"),
        (GOOD | {"game": 10**30}, "not a number beyond 64 bits"),
        (GOOD | {"seats": ["a"]}, ".seats must be a list of 2 to 2 values, not 1 values"),
        (GOOD | {"seats": ["a", "beyond"]}, '.seats[1] must be a text of at most 5 characters, not "beyond"'),
        (GOOD | {"returns": [0, 1.5]}, ".returns[1] must be a finite number of at least -1 and at most 1, not 1.5"),
        (GOOD | {"returns": "no"}, '.returns must be a list of 0 to 9223372036854775807 values, not "no"'),
        (GOOD | {"forfeit": {"seat": 2}}, ".forfeit.seat must not be 2"),
        (GOOD | {"forfeit": {}}, ".forfeit lacks seat"),
        (GOOD | {"mean": "high"}, '.mean must be a finite number, not "high"'),
        ({"game": 3}, " lacks seats"),
        ([], " must be an object, not 0 values"),
        ('{"game": NaN}', " holds NaN, which is not a number"),
        ('{"game": -Infinity}', " holds -Infinity, which is not a number"),
        ('{"game": 3, "seats": ["a", "b"], "returns": [1e999]}', ".returns[0] must be a finite number"),
        ('{"game": 3, "game": 4}', " has a key twice"),
        ("{", " is not JSON"),
        ("", " is not JSON"),
        ("[" * 100_000, " is nested too deeply"),
        ('{"a": ' * 100_000, " is nested too deeply"),
        ("1" * 10_000, " is not JSON"),  # Python refuses so long a number
        (b"\xff\xfe", " is not JSON"),
    ],
)
def test_what_is_wrong_is_named(data: Any, words: str) -> None:
    written = data if isinstance(data, (str, bytes)) else json.dumps(data)
    with pytest.raises(Fault) as fault:
        parse(written, LINE)
    assert words in str(fault.value)
    assert len(str(fault.value)) < 200


def test_values_that_nothing_describes_are_finite_and_shallow() -> None:
    deep: Any = 1
    for _ in range(12):
        deep = [deep]
    assert parse(json.dumps(deep)) == deep
    for wrong in ([deep], [[1e999]], {"a": {"b": -1e999}}):
        with pytest.raises(Fault, match=r"nested too deeply|must be finite"):
            parse(json.dumps(wrong).replace("Infinity", "1e999"))


def test_lines_are_read_to_the_last_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    assert list(read_lines(path, whole(), "delete it")) == []
    path.write_bytes(b"1\n22\n3")
    assert [tuple(line) for line in read_lines(path, whole(), "delete it")] == [(1, 0, 2), (22, 2, 5)]
    path.write_bytes(b"1\n-2\n3\n")
    with pytest.raises(UsageError, match=r"lines\.jsonl is damaged, line 2 must be a whole number .*, not -2: delete"):
        list(read_lines(path, whole(), "delete it"))
