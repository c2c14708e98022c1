"""Copies of one agent under other names: they play games of their own, and no test calls one of them better."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from agents.runs.schedule import Match
from agents.statistics.paired import mean_interval, pairs_of
from agents.statistics.ratings import clustered
from agents.tournament.games import TournamentJob, play_chunk
from agents.tournament.statistics import comparisons_of

PAIR = Match(0, (0, 1), ((0, 1), (1, 0)))


def lines(seed: int, deals: int, agents: tuple[str, ...] = ("a=uniform", "b=uniform")) -> list[dict[str, Any]]:
    job = TournamentJob("kuhn_poker", agents, seed)
    (chunk,) = play_chunk(job, PAIR, 0, deals)
    return [json.loads(line) for text in chunk.texts["games.jsonl"] for line in text.splitlines()]


@pytest.mark.parametrize("tournaments", [200, pytest.param(500, marks=pytest.mark.exhaustive)])
def test_an_a_a_test_covers_a_tie_as_often_as_it_says(tournaments: int) -> None:
    """Of 100 deals each: 95 % intervals of advantage and Elo, all with a width, cover 0 in 95 % of the tournaments,
    give or take two standard errors (of 500 tournaments: 93 to 97 %).
    """
    advantage = rating = 0
    for seed in range(tournaments):
        pairs = pairs_of(lines(seed, 100), ["a", "b"])
        found = mean_interval(pairs[0, 1].advantages, 0.95)
        low, high = clustered(comparisons_of(pairs, 2), 2).intervals()[0]
        assert found.standard_error > 0.0
        advantage += found.low <= 0.0 <= found.high
        rating += low <= 0.0 <= high
    for covered in (advantage, rating):
        assert abs(covered - 0.95 * tournaments) <= 2.1 * math.sqrt(tournaments * 0.95 * 0.05)


def test_copies_differ_and_names_are_all_that_counts() -> None:
    played = [line["returns"] for line in lines(1, 40)]
    assert any(one[0] + other[0] for one, other in zip(played[::2], played[1::2], strict=True))  # not all are draws
    assert played == [line["returns"] for line in lines(1, 40)]
    assert played != [line["returns"] for line in lines(1, 40, ("a=uniform", "c=uniform"))]
