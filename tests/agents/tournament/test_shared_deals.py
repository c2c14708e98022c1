"""Tables of three whose third players differ are dealt the same deals: errors count each deal once."""

from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console

import tamaya
from agents.statistics.clusters import CellMeans
from agents.statistics.paired import by_deal, mean_interval, means_by_deal
from agents.statistics.teams import TeamGames


def test_one_number_a_deal_has_the_error_of_clusters() -> None:
    generator = np.random.default_rng(3)
    deals = np.concatenate([np.arange(20), np.arange(20), np.arange(7)])  # some deals have a value less
    values = generator.normal(size=20)[deals] + 0.1 * generator.normal(size=len(deals))
    ((found,), ((variance,),)) = CellMeans([(deals, values)]).combine(np.ones((1, 1)))
    interval = mean_interval(by_deal(deals, values))
    assert interval.value == pytest.approx(found) == pytest.approx(values.mean())
    assert interval.standard_error == pytest.approx(np.sqrt(variance))
    assert interval.standard_error > 1.3 * mean_interval(values).standard_error
    assert means_by_deal(deals, values)[0] == pytest.approx(values[deals == 0].mean())
    assert by_deal(deals[:20], values[:20]) is not None
    np.testing.assert_array_equal(by_deal(deals[:20], values[:20]), values[:20])


def test_intervals_of_equal_agents_at_tables_of_three_cover_nothing_too_often() -> None:
    outside = total = 0
    agents = tuple(f"{name}=uniform" for name in "abcde")
    for seed in range(8):
        options = tamaya.TournamentOptions("kuhn_poker(players=3)", agents, games=180, workers=1, seed=seed)
        matrix = tamaya.tournament(options, Console(quiet=True))["matrix"]
        upper = np.triu_indices(5, 1)
        low, high = (np.array(matrix[f"advantage_{end}"], dtype=float)[upper] for end in ("low", "high"))
        outside += int(((low > 0) | (high < 0)).sum())
        total += len(low)
    assert total == 80
    assert outside <= 5  # 4 are expected; 8 were outside when tables counted as independent


def test_a_cell_is_the_mean_of_all_games_in_which_two_sat_together() -> None:
    agents = ["a", "b", "c"]
    games = [("a", "a", "b", 3.0), ("a", "b", "b", 5.0)] * 3 + [("a", "b", "c", 10.0)] * 6
    lines = []
    for deal in (0, 1):
        for unit, (*seats, score) in enumerate(games):
            group = {("a", "a", "b"): 0, ("a", "b", "b"): 1}.get(tuple(seats), 2)
            returns = [score + deal] * 3
            lines.append({"unit": group, "deal": deal, "seats": seats, "returns": returns, "game": unit})
    found = TeamGames(lines, agents).interval((0, 1), 0.95, (0.0, 25.0))
    assert found.value == pytest.approx(np.mean([score for *_, score in games]) + 0.5)
    assert found.standard_error == pytest.approx(0.5)  # of two deals that differ by one point
