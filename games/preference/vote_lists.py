"""Lists of pairwise votes, one a line, as arenas and annotation tools publish them.

Columns (CSV, TSV, a table of pandas) or keys (JSONL, an array in JSON) are known by name, in any order and any case;
others are ignored, but may choose lines (``where``) or part them (``by``). ``vote_forms`` has the forms. Without names
on top, two or three columns are winner, loser and weight.

A tie counts half a win each way. The weight (also ``count``, ``votes``) is a number above 0, 1 by default. A line whose
verdict is empty is no vote: it is counted, and otherwise passed over. Any other fault ends the reading with a sentence,
unless faults are to be skipped: then they are counted and listed (``LeftOut``).
"""

from __future__ import annotations

import itertools
import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from games.preference.sources import at, json_of, json_texts, json_value, suffix_of
from games.preference.tables import delimited
from games.preference.validation import nearest
from games.preference.vote_forms import KNOWN, Vote, columns_of, form_of, nearly, vote_of
from games.preference.votes import LeftOut, Votes

_SKIP = "(--skip-invalid leaves such lines out)"
_LISTED = 20  # sentences kept on lines that were left out


class Line(NamedTuple):
    """What one line says: names and cells of the columns that matter, or the sentence that says what is wrong."""

    names: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class VoteLog:
    """Votes of a file: all together, and the ``groups`` that a column parts them into, by its values."""

    votes: Votes
    groups: dict[str, Votes]


@dataclass(frozen=True)
class _Choice:
    """Which lines count, and what is kept of them; ``seen``: the columns that there were."""

    where: Mapping[str, str]
    by: str | None
    seen: set[str] = field(default_factory=set)

    def columns(self, names: Collection[str]) -> set[str]:
        """Return which of the columns of a line are kept."""
        self.seen.update(names)
        return {*columns_of(names), *self.where, *([self.by] if self.by else [])}

    def check(self) -> None:
        """Raise ``ValueError`` for a column that no line has."""
        for name in (*self.where, *([self.by] if self.by else [])):
            if name not in self.seen:
                hint = f": did you mean {nearest(name, sorted(self.seen))!r}?" if self.seen else ""
                raise ValueError(f"no vote has a column {name!r}{hint}")


def read_votes(
    source: Any, prior: float = 1.0, *, skip_invalid: bool = False, where: Mapping[str, str] | None = None
) -> Votes:
    """Return the votes of a file or table in one of the forms; see ``read_vote_log``."""
    return read_vote_log(source, prior, skip_invalid=skip_invalid, where=where).votes


def read_vote_log(
    source: Any,
    prior: float = 1.0,
    *,
    by: str | None = None,
    where: Mapping[str, str] | None = None,
    skip_invalid: bool = False,
) -> VoteLog:
    """Return the votes of a file (CSV, TSV, JSONL, JSON), or of a table with ``columns`` and ``to_numpy``.

    Parameters
    ----------
    source
        Path of the file, or the table (pandas' is one; it is not imported).
    prior
        Votes added to both sides of every pair (``Votes``).
    by
        Column that parts the votes into groups: a judge, a language. Each group has the alternatives it compared.
    where
        Value that each of these columns must have.
    skip_invalid
        Leave out what is no vote, and list it in ``votes.left_out``.

    Raises
    ------
    ValueError
        One sentence with file and line, for the first fault, or where no vote is left.
    """
    name = str(source) if isinstance(source, str | Path) else "the table"
    choice = _Choice({key.lower(): value for key, value in (where or {}).items()}, None if by is None else by.lower())
    lines, place = _lines(source, choice)
    counted: defaultdict[str, defaultdict[tuple[str, str, float], float]]
    counted = defaultdict(lambda: defaultdict(float))
    silent = faulty = 0
    sentences: list[str] = []
    for line, (first, times) in _distinct(lines).items():
        fields = dict(zip(line.names, line.cells, strict=True))
        if not line.fault and any(fields.get(key, "") != value for key, value in choice.where.items()):
            continue
        try:
            if line.fault:
                raise ValueError(line.fault)
            votes = vote_of(fields)
        except ValueError as error:
            where_from = at(source, first) if place == "line" else f"{name}, {place} {first}"
            if not skip_invalid:
                raise ValueError(f"{where_from}: {error} {_SKIP}") from None
            faulty += times
            sentences.append(f"{where_from}: {error}" + (f" ({times} times)" if times > 1 else ""))
            continue
        silent += 0 if votes else times
        _count(counted[fields.get(choice.by or "", "")], votes, times)
    choice.check()
    together: defaultdict[tuple[str, str, float], float] = defaultdict(float)
    for group in counted.values():
        for key, weight in group.items():
            together[key] += weight
    if not together:
        raise ValueError(f"{name} has no votes{' that fit' if choice.where else ''}")
    left_out = LeftOut(silent, faulty, tuple(sentences[:_LISTED])) if silent + faulty else None
    groups = {key: _votes(group, prior, None) for key, group in sorted(counted.items()) if group}
    return VoteLog(_votes(together, prior, left_out), groups if by is not None else {})


def _count(counted: defaultdict[tuple[str, str, float], float], votes: list[Vote], times: int) -> None:
    for left, right, share, weight in votes:
        if share == 0.0:  # the same key as the vote told the other way round
            left, right, share = right, left, 1.0
        counted[left, right, share] += times * weight


def _votes(counted: Mapping[tuple[str, str, float], float], prior: float, left_out: LeftOut | None) -> Votes:
    """Return counts; labels are sorted, as numbers if all are whole, so that the order of lines does not matter."""
    labels = _sorted({label for left, right, _ in counted for label in (left, right)})
    index = {label: position for position, label in enumerate(labels)}
    wins = np.zeros((len(labels), len(labels)))
    ties = np.zeros_like(wins)
    for (left, right, share), weight in sorted(counted.items()):
        i, j = index[left], index[right]
        if share == 0.5:
            ties[i, j] += weight
            ties[j, i] += weight
        else:
            wins[i, j] += share * weight
            wins[j, i] += (1.0 - share) * weight
    return Votes(wins + 0.5 * ties, ties, labels, prior, left_out=left_out)


def _distinct(lines: Iterator[tuple[int, Line]]) -> dict[Line, list[int]]:
    """Return for each different line the number of the first and how often it occurs; the first come first.

    An arena has a million votes and a few thousand different ones: each is then understood once.
    """
    found: dict[Line, list[int]] = {}
    for number, line in lines:
        entry = found.get(line)
        if entry is None:
            found[line] = [number, 1]
        else:
            entry[1] += 1
    return found


def is_vote_header(names: list[str]) -> bool:
    """Return whether names of columns, or keys, are those of a vote list."""
    return form_of({name.strip().lower() for name in names}) is not None


def is_vote_table(table: Any) -> bool:
    """Return whether a table in memory, as pandas has them, is a list of votes."""
    columns = getattr(table, "columns", None)
    return columns is not None and hasattr(table, "to_numpy") and is_vote_header([str(name) for name in columns])


def _sorted(labels: set[str]) -> tuple[str, ...]:
    if all(label.isdecimal() for label in labels):
        return tuple(sorted(labels, key=lambda label: (int(label), label)))
    return tuple(sorted(labels))


def _lines(source: Any, choice: _Choice) -> tuple[Iterator[tuple[int, Line]], str]:
    """Return the lines of a source with their numbers, and what a line is called there."""
    if not isinstance(source, str | Path):
        return _frame_lines(source, choice), "row"
    path = Path(source)
    suffix = suffix_of(path)
    if suffix == ".json":
        return _array_lines(path, choice), "entry"
    return _json_lines(path, choice) if suffix in (".jsonl", ".ndjson") else _table_lines(path, choice), "line"


def _table_lines(path: Path, choice: _Choice) -> Iterator[tuple[int, Line]]:
    """Yield number, names and cells of each line of a table; only the columns that say something of the vote."""
    lines = delimited(path)
    first = next(lines, None)
    if first is None:
        raise ValueError(f"{path} has no votes")
    line, cells = first
    names = [cell.lower() for cell in cells]
    if form_of(names) is None:
        sentence = nearly(names) or f"the columns of a vote list are {KNOWN}, not {','.join(cells)[:80]!r}"
        if len(cells) not in (2, 3) or not {"winner", "loser", "model_a", "model_b"}.isdisjoint(names):
            raise ValueError(f"{at(path, line)}: {sentence}")
        names = ["winner", "loser", "weight"][: len(cells)]
        lines = itertools.chain([first], lines)
    wanted = choice.columns(names)
    columns = [index for index, name in enumerate(names) if name in wanted]
    if twice := next((names[index] for index in columns if names.count(names[index]) > 1), None):
        raise ValueError(f"{at(path, line)}: the column {twice!r} is there twice")
    chosen = tuple(names[index] for index in columns)
    for line, cells in lines:
        if len(cells) != len(names):
            count = len(cells)
            yield line, Line(fault=f"the number of cells is {count}, and the first line has {len(names)}")
        else:
            yield line, Line(chosen, tuple([cells[index] for index in columns]))


def _json_lines(path: Path, choice: _Choice) -> Iterator[tuple[int, Line]]:
    for number, text in json_texts(path):
        try:
            value = json_of(text, "the line")
        except ValueError as error:
            yield number, Line(fault=str(error))
        else:
            yield number, _line_of(value, choice)


def _array_lines(path: Path, choice: _Choice) -> Iterator[tuple[int, Line]]:
    values = json_value(path)
    if not isinstance(values, list):
        raise ValueError(f"{path}: an array of votes is expected, objects with the keys {KNOWN}")
    for number, value in enumerate(values, start=1):
        yield number, _line_of(value, choice)


def _frame_lines(table: Any, choice: _Choice) -> Iterator[tuple[int, Line]]:
    names = [str(name).strip().lower() for name in table.columns]
    if form_of(names) is None:
        raise ValueError(nearly(names) or f"the columns of a vote list are {KNOWN}, not {','.join(names)[:80]!r}")
    for number, row in enumerate(np.asarray(table.to_numpy(), dtype=object).tolist(), start=1):
        yield number, _line_of(dict(zip(names, row, strict=True)), choice)


def _line_of(value: Any, choice: _Choice) -> Line:
    if not isinstance(value, dict):
        return Line(fault=f"an object with the keys {KNOWN} is expected")
    named = {str(key).lower(): item for key, item in value.items()}
    wanted = choice.columns(named)
    fields = {name: item for name, item in named.items() if name in wanted}
    try:
        return Line(tuple(fields), tuple([_text(item, name) for name, item in fields.items()]))
    except ValueError as error:
        return Line(fault=str(error))


def _text(item: Any, name: str) -> str:
    """Return a value as the cell of a table would have it; scores of several games are parted by semicolons."""
    if item is None or (isinstance(item, float) and math.isnan(item)) or str(item) == "<NA>":
        return ""
    if isinstance(item, list) and all(isinstance(game, dict) and "score" in game for game in item):
        return ";".join(_text(game["score"], "score") for game in item)
    if isinstance(item, list | dict):
        kind = "a list" if isinstance(item, list) else "an object"
        raise ValueError(f"the value of {name} is {kind}: a name, a number or a word is expected")
    return json.dumps(item) if isinstance(item, bool) else str(item).strip()
