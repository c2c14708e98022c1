"""What searches made of each deck, in a small file that is committed, so that decks add up over machines and months.

A deck of a searched game takes seconds to minutes, a table wants thousands of them, and what compares two searches is
what they made of the *same* decks. Folders of runs hold every move and stay where they were played; a record holds of
each deck only what a table needs, one line of JSON for each search::

    {"search": "2-neural-mds-one", "job": "5d0c…", "game": [400, 401], "score": [25, 24], …}

``job`` is the digest of everything that decides the games – the search, the rules, the seed and the network's weights –
so that decks of one search never stand for another's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

from agents.hanabi.job import HanabiJob
from agents.statistics import Mean, mean
from games._base.errors import UsageError
from games._base.files import write_whole
from games._base.records import Check, Fault, fields, number, read_lines, rows, text, unknown, whole

Deck = dict[str, Any]
Decks = dict[int, Deck]
Record = dict[tuple[str, str], Decks]  # by search and digest of its job

_MOST = 25  # points of a game
_COLUMNS: dict[str, Check] = {
    "game": whole(),
    "score": whole(0, _MOST),
    "blueprint_score": whole(0, _MOST),
    "advantage": number(),
    "decisions": whole(),
    "deviations": whole(),
    "rollouts": whole(),
    "decision_seconds": number(0.0),
}
_LINE = fields(
    {"search": text(80), "job": text(64)} | {name: rows(check) for name, check in _COLUMNS.items()}, {}, unknown
)


def _check(value: Any) -> None:
    _LINE(value)
    if len({len(value[name]) for name in _COLUMNS}) != 1:
        raise Fault(" must have as many of each number as decks")
    if len(set(value["game"])) != len(value["game"]):
        raise Fault(".game has a deck twice")


def digest(job: HanabiJob) -> str:
    """Return what stands for a job: 16 hexadecimal digits that change with whatever decides its games."""
    decisive = asdict(job) | {"weights": job.policy().weights(job.game)}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]


def deck_of(line: Mapping[str, Any]) -> Deck:
    """Return what a record keeps of a line of ``games.jsonl``."""
    return {name: line[name] for name in _COLUMNS}


def read(path: Path) -> Record:
    """Return the decks of each search and job in a file, by number; none if there is no file.

    Raises ``UsageError`` if a line is damaged or a search is there twice.
    """
    found: Record = {}
    for line in read_lines(path, _check, "it can be written anew from the folders of the runs"):
        value = line.value
        key = value["search"], value["job"]
        if key in found:
            raise UsageError(f"{path} has {value['search']} twice with the same job")
        columns = [value[name] for name in _COLUMNS]
        found[key] = {values[0]: dict(zip(_COLUMNS, values, strict=True)) for values in zip(*columns, strict=True)}
    return found


def write(path: Path, record: Record) -> None:
    """Write a record whole, searches and decks in order."""
    lines = []
    for (search, job), decks in sorted(record.items()):
        columns = {name: [decks[game][name] for game in sorted(decks)] for name in _COLUMNS}
        lines.append(json.dumps({"search": search, "job": job} | columns, separators=(",", ":")) + "\n")
    write_whole(path, "".join(lines))


def compared(searches: Mapping[str, Iterable[Deck]]) -> dict[tuple[str, str], tuple[int, Mean]]:
    """Return for each two searches the decks that both played and the mean difference of their advantages, a less b.

    The error is that of the mean of paired differences; pairs with fewer than two decks in common are left out.
    """
    gained = {name: {deck["game"]: deck["advantage"] for deck in decks} for name, decks in searches.items()}
    found = {}
    for one, other in combinations(gained, 2):
        both = sorted(gained[one].keys() & gained[other].keys())
        if len(both) > 1:
            found[one, other] = len(both), mean([gained[one][game] - gained[other][game] for game in both])
    return found
