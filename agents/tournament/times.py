"""What a tournament shows beside its statistics: time per move, and which games are worth a look.

Times differ from run to run and are therefore no part of ``results.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

Line = Mapping[str, Any]


def _numbered(lines: Iterable[Line]) -> dict[tuple[int, int, int], Line]:
    """Return games by unit, deal and number in the group."""
    found: dict[tuple[int, int, int], Line] = {}
    sizes: dict[tuple[int, int], int] = {}
    for line in lines:
        group = (int(line["unit"]), int(line["deal"]))
        number = sizes.get(group, 0)
        sizes[group] = number + 1
        found[(*group, number)] = line
    return found


def time_per_move(lines: Iterable[Line], timings: Iterable[Line], agents: Sequence[str]) -> list[dict[str, Any]]:
    """Return for every agent: moves, mean seconds a move, and the median, 95th percentile and longest of its games'
    mean seconds a move.

    ``timings`` as in ``timings.jsonl``: unit, deal, game (number in its group, in the order of ``lines``), seconds and
    moves by seat. Raises ``ValueError`` if a timed game is not among the lines.
    """
    games = _numbered(lines)
    seconds: dict[str, float] = dict.fromkeys(agents, 0.0)
    moves: dict[str, int] = dict.fromkeys(agents, 0)
    means: dict[str, list[float]] = {name: [] for name in agents}
    for timing in timings:
        key = (int(timing["unit"]), int(timing["deal"]), int(timing["game"]))
        if key not in games:
            raise ValueError(f"unit {key[0]}, deal {key[1]} has times for a game that was not played")
        for name, spent, made in zip(games[key]["seats"], timing["seconds"], timing["moves"], strict=True):
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


def notable_games(lines: Sequence[Line], cooperative: bool = False) -> list[dict[str, Any]]:
    """Return games worth a look – ``what`` about each, ``unit``, ``deal``, ``game``, ``seats``, ``returns``, ``moves``.

    The longest, the shortest, the most one-sided (cooperative: the best and the worst), and each agent's first forfeit.
    Of equals the first; a game is named once.
    """
    numbered = list(_numbered(lines).items())
    kept = [(key, line) for key, line in numbered if not line.get("forfeit")]
    chosen: list[tuple[str, tuple[tuple[int, int, int], Line]]] = []
    if kept:
        if cooperative:
            chosen.append(("highest score", max(kept, key=lambda game: float(game[1]["returns"][0]))))
            chosen.append(("lowest score", min(kept, key=lambda game: float(game[1]["returns"][0]))))
        else:
            chosen.append(("most one-sided", max(kept, key=lambda game: _margin(game[1]))))
        chosen.append(("longest", max(kept, key=lambda game: int(game[1]["moves"]))))
        chosen.append(("shortest", min(kept, key=lambda game: int(game[1]["moves"]))))
    culprits: set[str] = set()
    for key, line in numbered:
        if line.get("forfeit") and (name := line["seats"][line["forfeit"]["seat"]]) not in culprits:
            culprits.add(name)
            chosen.append((f"forfeit of {name}: {line['forfeit']['reason']}", (key, line)))
    found: dict[tuple[int, int, int], dict[str, Any]] = {}
    for what, (key, line) in chosen:
        if key in found:
            found[key]["what"] += f", {what}"
            continue
        place = dict(zip(("unit", "deal", "game"), key, strict=True))
        found[key] = {"what": what, **place, **{name: line[name] for name in ("seats", "returns", "moves")}}
    return list(found.values())


def _margin(line: Line) -> float:
    return float(max(line["returns"]) - min(line["returns"]))
