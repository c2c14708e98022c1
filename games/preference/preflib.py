"""PrefLib files: rankings (.soc, .soi, .toc, .toi) and weighted graphs (.wmd).

The format is PrefLib's specification since 2022 (Mattei and Walsh 2013; FORMAT_SPECIFICATION.md of PrefLib-Data):
lines of metadata that begin with ``#``, among them ``# NUMBER ALTERNATIVES: 3`` and ``# ALTERNATIVE NAME 1: …``, then
one ranking a line, ``13: 1,{4,3},2`` for 13 voters who put 1 first and 4 level with 3; or, in .wmd, one edge
``source,destination,weight`` a line. An edge of a graph is read as that weight of votes for its source over its
destination.

Files from before 2022 have no ``#``: the number of alternatives, then ``1,name`` for each, then a line of counts –
voters, sum of votes, different orders; in .wmd the alternatives and edges share the first line –, then ``13,1,{4,3},2``
for each ranking. They are brought into the form of today.

The four kinds of ranking differ in what they allow: ties in .toc and .toi, missing alternatives in .soi and .toi. A
file that breaks its own kind is refused. Every voter decides every pair that the ranking contains. What a ranking
leaves out is either *ignored*, not compared with anything, or ranked *last*, level below all that is ranked (as
PrefLib makes .toc from .soi).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from games.preference.sources import at, suffix_of, text_lines
from games.preference.votes import Votes

SUFFIXES = (".soc", ".soi", ".toc", ".toi", ".wmd")
UNRANKED = ("ignored", "last")

_COUNTS = re.compile(r"\d+(\s*,\s*\d+)*")
_LEVEL = re.compile(r"\s*(?:\{([^{}]*)\}|([^{},]+))\s*(?:,|$)")


@dataclass(frozen=True)
class _File:
    path: Path
    metadata: dict[str, str]
    labels: tuple[str, ...]
    data: list[tuple[int, str]]  # line number and text


def read_preflib(path: Path, prior: float = 1.0, unranked: str = "ignored") -> Votes:
    """Return the pairwise votes of a PrefLib file; rankings are kept as ballots for the bootstrap.

    ``unranked`` is ``"ignored"`` or ``"last"``, of alternatives that a ranking leaves out. Raises ``ValueError`` with
    file and line for anything against the format, a count of voters or edges that differs from the file's own
    included.
    """
    if unranked not in UNRANKED:
        raise ValueError(f"unranked alternatives can be {' or '.join(UNRANKED)}, not {unranked!r}")
    file = _parsed(path)
    votes = _graph(file, prior) if suffix_of(path) == ".wmd" else _rankings(file, prior, unranked)
    return votes


def _parsed(path: Path) -> _File:
    metadata: dict[str, str] = {}
    data: list[tuple[int, str]] = []
    for number, raw in enumerate(text_lines(path), start=1):
        line = raw.strip()
        if line.startswith("#"):
            name, _, value = line[1:].partition(":")
            metadata[name.strip().upper()] = value.strip()
        elif line:
            data.append((number, line))
    if not metadata and data and _COUNTS.fullmatch(data[0][1]):
        metadata, data = _older(path, data)
    if "NUMBER ALTERNATIVES" not in metadata:
        raise ValueError(
            f'{path} lacks the line "# NUMBER ALTERNATIVES: …": PrefLib files have begun with their metadata since 2022'
        )
    count = _whole(metadata["NUMBER ALTERNATIVES"], f"{path}: NUMBER ALTERNATIVES")
    if count < 1:
        raise ValueError(f"{path}: NUMBER ALTERNATIVES must be at least 1, not {count}")
    labels = tuple(metadata.get(f"ALTERNATIVE NAME {index}") or str(index) for index in range(1, count + 1))
    if len(set(labels)) != count:
        twice = next(label for label in labels if labels.count(label) > 1)
        raise ValueError(f"{path}: two alternatives are named {twice!r}: names must differ")
    if not data:
        raise ValueError(f"{path} has metadata and no votes")
    return _File(path, metadata, labels, data)


def _older(path: Path, data: list[tuple[int, str]]) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Return metadata and data of a file in the layout before 2022, as those of today have them."""
    first, *more = (part.strip() for part in data[0][1].split(","))
    count = _whole(first, at(path, data[0][0]))
    metadata = {"NUMBER ALTERNATIVES": first}
    for place, (number, line) in enumerate(data[1 : count + 1], start=1):
        index, comma, label = line.partition(",")
        if index.strip() != str(place) or not comma:
            raise ValueError(f"{at(path, number)}: '{place},name' of an alternative is expected, not {line[:40]!r}")
        metadata[f"ALTERNATIVE NAME {place}"] = label.strip()
    rest = data[count + 1 :]
    if more:
        return metadata | {"NUMBER EDGES": more[0]}, rest
    if not rest or not _COUNTS.fullmatch(rest[0][1]) or rest[0][1].count(",") != 2:
        where = at(path, rest[0][0]) if rest else str(path)
        raise ValueError(f"{where}: the line 'voters,sum,orders' is expected after the {count} names of alternatives")
    _, total, orders = rest[0][1].split(",")
    if _whole(orders, at(path, rest[0][0])) != len(rest) - 1:
        raise ValueError(f"{path} has {len(rest) - 1} orders and says {orders.strip()}: it may have been cut short")
    return metadata | {"NUMBER VOTERS": total}, [(number, line.replace(",", ":", 1)) for number, line in rest[1:]]


def _whole(text: str, where: str) -> int:
    if not re.fullmatch(r"\d{1,12}", text.strip()):
        raise ValueError(f"{where}: {text.strip()[:40]!r} is not a whole number")
    return int(text)


def _alternative(text: str, count: int, where: str) -> int:
    number = _whole(text, where)
    if not 1 <= number <= count:
        raise ValueError(f"{where}: there is no alternative {number}: they are numbered from 1 to {count}")
    return number - 1


def _rankings(file: _File, prior: float, unranked: str) -> Votes:
    count, kind = len(file.labels), suffix_of(file.path)
    ranks = np.full((len(file.data), count), -1, dtype=np.int64)
    weights = np.empty(len(file.data))
    for index, (number, line) in enumerate(file.data):
        where = at(file.path, number)
        voters, colon, order = line.partition(":")
        if not colon:
            raise ValueError(f"{where}: a ranking is written as 'voters: first,second,…', not {line[:40]!r}")
        weights[index] = _whole(voters, where)
        place = -1
        for place, level in enumerate(_levels(order, where)):
            for text in level:
                alternative = _alternative(text, count, where)
                if ranks[index, alternative] >= 0:
                    raise ValueError(f"{where}: alternative {alternative + 1} is ranked twice")
                ranks[index, alternative] = place
            if len(level) > 1 and kind in (".soc", ".soi"):
                raise ValueError(f"{where}: a {kind} file has no ties, and this ranking has")
        if (ranks[index] < 0).any():
            if kind in (".soc", ".toc"):
                missing = int(np.flatnonzero(ranks[index] < 0)[0]) + 1
                raise ValueError(f"{where}: a {kind} file ranks every alternative, and {missing} is missing")
            if unranked == "last":
                ranks[index, ranks[index] < 0] = place + 1
    _agree(file, "NUMBER VOTERS", int(weights.sum()), "voters")
    try:
        return Votes.from_ballots(ranks, weights, file.labels, prior)
    except ValueError as error:
        raise ValueError(f"{file.path}: {error}") from None


def _levels(order: str, where: str) -> Iterator[list[str]]:
    """Yield the alternatives, as text, of each place of a ranking such as ``1,{4,3},2``."""
    position = 0
    order = order.strip()
    while position < len(order):
        match = _LEVEL.match(order, position)
        if match is None:
            raise ValueError(f"{where}: {order[position : position + 40]!r} is not a list such as 1,{{4,3}},2")
        position = match.end()
        yield match[1].split(",") if match[1] is not None else [match[2]]


def _graph(file: _File, prior: float) -> Votes:
    count = len(file.labels)
    wins = np.zeros((count, count))
    for number, line in file.data:
        where = at(file.path, number)
        parts = line.split(",")
        if len(parts) != 3:
            raise ValueError(f"{where}: an edge is written as 'source,destination,weight', not {line[:40]!r}")
        source, destination = (_alternative(text, count, where) for text in parts[:2])
        try:
            weight = float(parts[2])
        except ValueError:
            raise ValueError(f"{where}: the weight {parts[2].strip()[:40]!r} is not a number") from None
        if not (np.isfinite(weight) and weight >= 0):
            raise ValueError(f"{where}: the weight must be a finite number of at least 0, not {parts[2].strip()}")
        if source == destination:
            raise ValueError(f"{where}: alternative {source + 1} has an edge to itself")
        wins[source, destination] += weight
    _agree(file, "NUMBER EDGES", len(file.data), "edges")
    try:
        return Votes(wins, labels=file.labels, prior=prior)
    except ValueError as error:
        raise ValueError(f"{file.path}: {error}") from None


def _agree(file: _File, name: str, found: int, what: str) -> None:
    if name in file.metadata:
        stated = _whole(file.metadata[name], f"{file.path}: {name}")
        if stated != found:
            raise ValueError(f"{file.path} has {found} {what} and says {stated}: it may have been cut short")
