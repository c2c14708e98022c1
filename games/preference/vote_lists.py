"""Lists of pairwise votes, one a line, as arenas and annotation tools publish them.

Columns (CSV, TSV) or keys (JSONL) are known by name, in any order and any case; others are ignored. Three forms:

- ``winner, loser[, weight][, tie]``: ``tie`` true (1, true, yes, tie, draw) makes the vote a tie between the two. The
  weight may say ``tie`` or ``draw`` instead of a number. Without names on top, two or three columns in this order.
- ``model_a, model_b, winner[, weight]``: the winner is ``model_a``, ``model_b`` (``a``, ``b``, or the model's own
  name), or a tie: ``tie``, ``draw``, ``both``, ``tie (bothbad)`` (``bothbad``, ``both_bad``).
- ``model_a, model_b, winner_model_a, winner_model_b, winner_tie[, weight]``: one of the three is 1, the others 0.

A tie counts half a win each way. The weight (also ``count``, ``votes``) is a number above 0, 1 by default.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import numpy as np

from games.preference.sources import at, json_lines
from games.preference.tables import delimited
from games.preference.votes import Votes

Vote = tuple[str, str, float, bool]  # winner, loser, weight, whether it was a tie
Fields = Mapping[str, str]
Line = tuple[tuple[str, ...], tuple[str, ...]]  # names and cells

_TIES = {"tie", "draw", "both", "bothbad", "tie(bothbad)"}
_TRUE = {"1", "1.0", "true", "yes"} | _TIES
_FALSE = {"", "0", "0.0", "false", "no", "none", "null"}
_WEIGHTS = ("weight", "count", "votes")
_ONE_HOT = ("winner_model_a", "winner_model_b", "winner_tie")
_FIELDS = {"winner", "loser", "tie", "model_a", "model_b", *_ONE_HOT, *_WEIGHTS}
_FORMS = "winner,loser[,weight] or model_a,model_b,winner"


def read_votes(path: Path, prior: float = 1.0) -> Votes:
    """Return the votes of a CSV, TSV or JSONL file in one of the module's forms.

    Labels are sorted, as numbers if all are whole numbers, so that the order of the lines does not matter.
    """
    counted: defaultdict[tuple[str, str, bool], float] = defaultdict(float)
    lines = _json_fields(path) if path.suffix in (".jsonl", ".ndjson") else _table_fields(path)
    for (names, cells), (first, times) in _distinct(lines).items():
        winner, loser, weight, tie = _vote(dict(zip(names, cells, strict=True)), at(path, first))
        counted[winner, loser, tie] += times * weight
    if not counted:
        raise ValueError(f"{path} has no votes")
    labels = _sorted({label for winner, loser, _ in counted for label in (winner, loser)})
    index = {label: position for position, label in enumerate(labels)}
    wins = np.zeros((len(labels), len(labels)))
    ties = np.zeros_like(wins)
    for (winner, loser, tie), weight in counted.items():
        i, j = index[winner], index[loser]
        if tie:
            ties[i, j] += weight
            ties[j, i] += weight
        else:
            wins[i, j] += weight
    return Votes(wins + 0.5 * ties, ties, labels, prior)


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
    return _form({name.strip().lower() for name in names}) is not None


def _sorted(labels: set[str]) -> tuple[str, ...]:
    if all(label.isdecimal() for label in labels):
        return tuple(sorted(labels, key=lambda label: (int(label), label)))
    return tuple(sorted(labels))


def _form(names: Collection[str]) -> Callable[[Fields, str], Vote] | None:
    for needed, form in (
        (("winner", "loser"), _winner_and_loser),
        (("model_a", "model_b", "winner"), _arena),
        (("model_a", "model_b", "winner_model_a", "winner_model_b"), _one_hot),
    ):
        if all(name in names for name in needed):
            return form
    return None


def _vote(fields: Fields, where: str) -> Vote:
    form = _form(fields)
    if form is None:
        raise ValueError(f"{where}: the keys of a vote are {_FORMS}, not {','.join(fields)[:80]!r}")
    return form(fields, where)


def _table_fields(path: Path) -> Iterator[tuple[int, Line]]:
    """Yield number, names and cells of each line of a table; only the columns that say something of the vote."""
    lines = delimited(path)
    first = next(lines, None)
    if first is None:
        raise ValueError(f"{path} has no votes")
    line, cells = first
    names = [cell.lower() for cell in cells]
    if _form(names) is None:
        if len(cells) not in (2, 3) or not {"winner", "loser", "model_a", "model_b"}.isdisjoint(names):
            raise ValueError(f"{at(path, line)}: the columns of a vote list are {_FORMS}, not {','.join(cells)[:80]!r}")
        names = ["winner", "loser", "weight"][: len(cells)]
        lines = itertools.chain([first], lines)
    columns = [index for index, name in enumerate(names) if name in _FIELDS]
    chosen = tuple(names[index] for index in columns)
    for line, cells in lines:
        if len(cells) != len(names):
            count = len(cells)
            raise ValueError(f"{at(path, line)}: the number of cells is {count}, and the first line has {len(names)}")
        yield line, (chosen, tuple([cells[index] for index in columns]))


def _json_fields(path: Path) -> Iterator[tuple[int, Line]]:
    for line, value in json_lines(path):
        if not isinstance(value, dict):
            raise ValueError(f"{at(path, line)}: an object with the keys {_FORMS} is expected")
        named = {str(key).lower(): item for key, item in value.items()}
        fields = {name: "" if item is None else str(item).strip() for name, item in named.items() if name in _FIELDS}
        yield line, (tuple(fields), tuple(fields.values()))


def _winner_and_loser(fields: Fields, where: str) -> Vote:
    winner, loser = _pair(fields["winner"], fields["loser"], where)
    tie = _flag(fields.get("tie", ""), "tie", where)
    for name in _WEIGHTS:
        if _plain(fields.get(name, "")) in ("tie", "draw"):
            return winner, loser, 1.0, True
    return winner, loser, _weight(fields, where), tie


def _arena(fields: Fields, where: str) -> Vote:
    a, b = _pair(fields["model_a"], fields["model_b"], where)
    outcome, weight = fields["winner"], _weight(fields, where)
    if outcome == a or outcome == b:
        return (a, b, weight, False) if outcome == a else (b, a, weight, False)
    plain = _plain(outcome)
    if plain in ("model_a", "a"):
        return a, b, weight, False
    if plain in ("model_b", "b"):
        return b, a, weight, False
    if plain in _TIES:
        return a, b, weight, True
    raise ValueError(f"{where}: the winner must be model_a, model_b, tie or tie (bothbad), not {outcome[:40]!r}")


def _one_hot(fields: Fields, where: str) -> Vote:
    a, b = _pair(fields["model_a"], fields["model_b"], where)
    first, second, tie = (_flag(fields.get(name, ""), name, where) for name in _ONE_HOT)
    if first + second + tie != 1:
        raise ValueError(f"{where}: exactly one of {', '.join(_ONE_HOT)} must be 1")
    return (b, a, _weight(fields, where), False) if second else (a, b, _weight(fields, where), tie)


def _pair(one: str, other: str, where: str) -> tuple[str, str]:
    if not one or not other:
        raise ValueError(f"{where}: a vote needs the labels of two alternatives, and one is empty")
    if one == other:
        raise ValueError(f"{where}: {one!r} is compared with itself")
    return one, other


def _plain(text: str) -> str:
    return text.lower().replace(" ", "").replace("both_bad", "bothbad")


def _flag(text: str, name: str, where: str) -> bool:
    plain = _plain(text)
    if plain not in _TRUE and plain not in _FALSE:
        raise ValueError(f"{where}: {name} must be 1 or 0, not {text[:40]!r}")
    return plain in _TRUE


def _weight(fields: Fields, where: str) -> float:
    text = next((fields[name] for name in _WEIGHTS if fields.get(name)), "1")
    try:
        weight = float(text)
    except ValueError:
        raise ValueError(f"{where}: the weight {text[:40]!r} is not a number") from None
    if not (math.isfinite(weight) and weight > 0):
        raise ValueError(f"{where}: the weight must be a finite number above 0, not {text[:40]}")
    return weight
