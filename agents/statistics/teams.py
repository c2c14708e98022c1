r"""Cooperative games: how well agents play together – self-play, cross-play, and both with errors that count decks
once.

Cell (i, j) of the **team matrix** is the mean score of all games in which i and j both sat (with whom else does not
matter; with two players, i with j in either seat), cell (i, i) that of i with copies of itself. The off-diagonal mean
of a row is the agent's **cross-play** score, the diagonal its **self-play** score (Hu, Lerer, Peysakhovich and
Foerster, "Other-play", ICML 2020). Cells and combinations of cells have standard errors
clustered by deal, for the same decks are dealt to all teams.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from agents.statistics.clusters import CellMeans
from agents.statistics.grouped import Grouped, in_order
from agents.statistics.means import mean, wilson_interval
from agents.statistics.paired import Interval, by_deal, mean_interval, positions

FloatArray = NDArray[np.float64]
Cell = tuple[int, int]

PERFECT = 1e-9
"""A score this near to the highest possible is perfect."""


class TeamGames:
    """The games of a cooperative tournament, sorted into the cells of the team matrix and into teams."""

    def __init__(self, lines: Iterable[Mapping[str, Any]], agents: Sequence[str]) -> None:
        index = positions(agents, lines)
        self.agents = len(agents)
        self.scores: dict[Cell, array[float]] = {}
        self.teams: dict[tuple[int, ...], array[float]] = {}
        groups: dict[Cell, Grouped] = {}
        for line in in_order(lines):
            team = tuple(index[name] for name in line["seats"])
            score = float(line["returns"][0])
            adjusted = score - float((line.get("adjustment") or [0.0])[0])
            self.teams.setdefault(team, array("d")).append(score)
            present = sorted(set(team))
            for cell in list(combinations(present, 2)) or [(present[0], present[0])]:
                self.scores.setdefault(cell, array("d")).append(score)
                groups.setdefault(cell, Grouped(1)).add(line, adjusted)
        self.cells = sorted(groups)
        self._groups = [len(groups[cell].deals) for cell in self.cells]
        self._observations = [_by_game(groups[cell]) for cell in self.cells]
        self._means = CellMeans(self._observations)

    def interval(self, cell: Cell, confidence: float, bounds: tuple[float, float]) -> Interval:
        """Return the mean score of a cell (i ≤ j), its standard error and t interval, over deals."""
        return mean_interval(by_deal(*self._observations[self.cells.index(cell)]), confidence, bounds)

    def observations(self, cell: Cell) -> int:
        """Return how many groups of games a cell has."""
        return self._groups[self.cells.index(cell)]

    def combine(self, weights: Sequence[Mapping[Cell, float]], confidence: float) -> list[Interval]:
        """Return weighted sums of cell means with intervals, clustered by deal; every cell named must have games."""
        table = np.zeros((len(weights), len(self.cells)))
        for row, named in enumerate(weights):
            for cell, weight in named.items():
                table[row, self.cells.index(cell)] = weight
        return self._means.intervals(table, confidence)

    def cross_cells(self, agent: int | None = None) -> list[Cell]:
        """Return the off-diagonal cells with games, of one agent or of all."""
        return [cell for cell in self.cells if cell[0] != cell[1] and (agent is None or agent in cell)]

    def self_cells(self) -> list[Cell]:
        """Return the diagonal cells with games."""
        return [cell for cell in self.cells if cell[0] == cell[1]]


def _by_game(groups: Grouped) -> tuple[NDArray[np.int64], FloatArray]:
    """Return deal and score of every game: tables of three agents have more seatings, hence more games, than of two."""
    return np.repeat(groups.deals, groups.sizes), groups.games[:, 0]


def even(cells: Sequence[Cell], sign: float = 1.0) -> dict[Cell, float]:
    """Return weights of the plain mean of these cells, times ``sign``."""
    return {cell: sign / len(cells) for cell in cells}


def perfect_rate(scores: Sequence[float], highest: float, confidence: float) -> dict[str, Any]:
    """Return the share of games with the highest score and its Wilson interval."""
    perfect = sum(1 for score in scores if score >= highest - PERFECT)
    z = float(ndtri(0.5 + confidence / 2))
    return {"perfect_rate": perfect / len(scores), "perfect_interval": list(wilson_interval(perfect, len(scores), z))}


def team_table(games: TeamGames, agents: Sequence[str], highest: float, confidence: float) -> list[dict[str, Any]]:
    """Return one line for every seating that was played: seats, games, mean, standard error, perfect rate."""
    lines = []
    for team, scores in sorted(games.teams.items()):
        found = mean(scores)
        lines.append(
            {
                "seats": [agents[agent] for agent in team],
                "games": len(scores),
                "mean": found.value,
                "standard_error": None if math.isnan(found.standard_error) else found.standard_error,
                **perfect_rate(scores, highest, confidence),
            }
        )
    return lines
