"""The results of a cooperative tournament: the team matrix, self-play, cross-play, perfect games."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.statistics.paired import Interval
from agents.statistics.ratings import likelihood_of_superiority
from agents.statistics.teams import TeamGames, even, perfect_rate, team_table

FloatArray = NDArray[np.float64]


def team_results(
    lines: Iterable[Mapping[str, Any]],
    agents: Sequence[str],
    utility_range: tuple[float, float],
    confidence: float,
) -> dict[str, Any]:
    """Return the part of ``results.json`` that only cooperative games have (``agents.statistics.teams``).

    ``matrix``: tables [n, n], symmetric; ``ratings``: self-play, cross-play and their difference of every agent;
    ``self_play``, ``cross_play`` and ``gap``: of the whole pool; ``teams``: every seating that was played.
    """
    games = TeamGames(lines, agents)
    n = len(agents)
    warnings = []
    if len(games.cross_cells()) < n * (n - 1) // 2:
        warnings.append("Not every two agents sat at one table: means over the pool leave these pairs out.")
    return {
        "warnings": warnings,
        "matrix": _matrix(games, n, utility_range, confidence),
        "ratings": [_agent_line(games, agent, name, utility_range, confidence) for agent, name in enumerate(agents)],
        "rating_differences": _differences(games, n, confidence),
        **_pool(games, confidence),
        "teams": team_table(games, agents, utility_range[1], confidence),
        "nash": None,
        "alpha_rank": None,
        "cyclicity": None,
        "variance_reduction": None,
    }


def _matrix(games: TeamGames, n: int, utility_range: tuple[float, float], confidence: float) -> dict[str, Any]:
    names = ("mean", "standard_error", "low", "high", "perfect_rate", "perfect_low", "perfect_high")
    table: dict[str, Any] = {name: np.full((n, n), np.nan) for name in names}
    table |= {name: np.zeros((n, n), dtype=np.int64) for name in ("groups", "games")}
    for cell in games.cells:
        found = games.interval(cell, confidence, utility_range)
        perfect = perfect_rate(games.scores[cell], utility_range[1], confidence)
        values = {
            "mean": found.value,
            "standard_error": found.standard_error,
            "low": found.low,
            "high": found.high,
            "perfect_rate": perfect["perfect_rate"],
            "perfect_low": perfect["perfect_interval"][0],
            "perfect_high": perfect["perfect_interval"][1],
            "groups": games.observations(cell),
            "games": len(games.scores[cell]),
        }
        for name, value in values.items():
            table[name][cell] = table[name][cell[::-1]] = value
    return table


def _agent_line(
    games: TeamGames, agent: int, name: str, utility_range: tuple[float, float], confidence: float
) -> dict[str, Any]:
    own, cross = (agent, agent), games.cross_cells(agent)
    line: dict[str, Any] = {"agent": name, "self_play": None, "cross_play": None, "gap": None}
    alone = own in games.cells
    if alone:
        (line["self_play"],) = games.combine([{own: 1.0}], confidence)
        line["self_play_perfect"] = perfect_rate(games.scores[own], utility_range[1], confidence)
    if cross:
        (line["cross_play"],) = games.combine([even(cross)], confidence)
    if alone and cross:
        (line["gap"],) = games.combine([{own: 1.0} | even(cross, -1.0)], confidence)
    return line


def _pool(games: TeamGames, confidence: float) -> dict[str, Interval | None]:
    own, cross = games.self_cells(), games.cross_cells()
    weights = {"self_play": even(own) if own else None, "cross_play": even(cross) if cross else None}
    weights["gap"] = even(own) | even(cross, -1.0) if own and cross else None
    return {name: games.combine([named], confidence)[0] if named else None for name, named in weights.items()}


def _differences(games: TeamGames, n: int, confidence: float) -> dict[str, Any]:
    """Return differences of cross-play means (self-play where there is none), standard errors and superiority."""
    difference, error = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            rows = [games.cross_cells(agent) or [(agent, agent)] for agent in (i, j)]
            if i == j or not all(cell in games.cells for row in rows for cell in row):
                continue
            weights = even(rows[0])
            for cell, weight in even(rows[1], -1.0).items():
                weights[cell] = weights.get(cell, 0.0) + weight
            (found,) = games.combine([weights], confidence)
            difference[i, j], error[i, j] = found.value, found.standard_error
    superiority = likelihood_of_superiority(difference, error)
    return {"difference": difference, "standard_error": error, "superiority": superiority}
