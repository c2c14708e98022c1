"""What a tournament shows beside its statistics: time per move, and which games are worth a look.

Times differ from run to run and are therefore no part of ``results.json``.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from agents.statistics.grouped import in_order

Line = Mapping[str, Any]


def _numbered(lines: Iterable[Line]) -> Iterator[tuple[int, Line]]:
    """Yield games with their numbers in their groups, whose lines stand together."""
    group, number = None, 0
    for line in lines:
        number = number + 1 if (line["unit"], line["deal"]) == group else 0
        group = line["unit"], line["deal"]
        yield number, line


def time_per_move(lines: Iterable[Line], timings: Iterable[Line], agents: Sequence[str]) -> list[dict[str, Any]]:
    """Return for every agent: moves, mean seconds a move, and the median, 95th percentile and longest of its games'
    mean seconds a move.

    ``timings`` as in ``timings.jsonl``, in the order of the ``lines`` (lists are put in order): unit, deal, game (its
    number in its group), seconds and moves by seat. Raises ``ValueError`` if a timed game is not among the lines.
    """
    seconds: dict[str, float] = dict.fromkeys(agents, 0.0)
    moves: dict[str, int] = dict.fromkeys(agents, 0)
    means = {name: array("d") for name in agents}
    games = _numbered(in_order(lines))
    for timing in in_order(timings):
        key = (timing["unit"], timing["deal"], timing["game"])
        line = next((line for number, line in games if (line["unit"], line["deal"], number) == key), None)
        if line is None:
            raise ValueError(f"unit {key[0]}, deal {key[1]} has times for a game that was not played")
        for name, spent, made in zip(line["seats"], timing["seconds"], timing["moves"], strict=True):
            seconds[name] += spent
            moves[name] += made
            if made:
                means[name].append(spent / made)
    return [
        {
            "agent": name,
            "moves": moves[name],
            "mean": seconds[name] / moves[name] if moves[name] else None,
            **dict(zip(("median", "p95", "longest"), _percentiles(means[name]), strict=True)),
        }
        for name in agents
    ]


def _percentiles(values: Sequence[float]) -> list[float | None]:
    return [float(value) for value in np.percentile(values, [50, 95, 100])] if values else [None] * 3


def notable_games(lines: Iterable[Line], cooperative: bool = False) -> list[dict[str, Any]]:
    """Return games worth a look: ``what`` about each, its number ``game`` in its group, and its line.

    The longest, the shortest, the most one-sided (cooperative: the best and the worst), and each agent's first forfeit.
    Of equals the first; a game is named once.
    """
    score = (lambda line: float(line["returns"][0])) if cooperative else _margin
    wanted: list[tuple[str, Callable[[Line], float]]] = [
        *([("highest score", score), ("lowest score", lambda line: -score(line))] if cooperative else []),
        *([] if cooperative else [("most one-sided", score)]),
        ("longest", lambda line: line["moves"]),
        ("shortest", lambda line: -line["moves"]),
    ]
    best: dict[str, tuple[float, int, Line]] = {}
    lost: dict[str, tuple[str, int, Line]] = {}
    for number, line in _numbered(in_order(lines)):
        if line.get("forfeit"):
            name, reason = line["seats"][line["forfeit"]["seat"]], line["forfeit"]["reason"]
            lost.setdefault(name, (f"forfeit of {name}: {reason}", number, line))
            continue
        for what, measure in wanted:
            if what not in best or measure(line) > best[what][0]:
                best[what] = (measure(line), number, line)
    chosen = [(what, *best[what][1:]) for what, _ in wanted if what in best] + list(lost.values())
    found: dict[tuple[int, int, int], dict[str, Any]] = {}
    for what, number, line in chosen:
        key = (line["unit"], line["deal"], number)
        if key in found:
            found[key]["what"] += f", {what}"
        else:
            found[key] = {"what": what, "game": number, "forfeit": None, **line}
    return list(found.values())


def _margin(line: Line) -> float:
    return float(max(line["returns"]) - min(line["returns"]))
