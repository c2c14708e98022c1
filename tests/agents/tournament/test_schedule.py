"""Who plays whom: all pairs, all seatings, gauntlets, samples of Hanabi teams, Swiss rounds, stopping when decided."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise, permutations

import pytest

from agents.game import load_game
from agents.runs.schedule import FixedSchedule, Match, Piece
from agents.tournament.schedule import (
    DecidingSchedule,
    SwissSchedule,
    looks,
    seatings,
    tables,
)

KUHN, KUHN3, HANABI = load_game("kuhn_poker"), load_game("kuhn_poker(players=3)"), load_game("hanabi(players=3)")


class Strengths:
    """Results in which the stronger of two agents always wins by the difference of their strengths."""

    def __init__(self, strengths: list[float]) -> None:
        self.strengths = strengths
        self.asked: list[tuple[int, int, int]] = []

    def advantages(self, match: Match, first: int, stop: int) -> list[float]:
        self.asked.append((match.unit, first, stop))
        one, other = match.agents
        return [(self.strengths[one] - self.strengths[other]) / 2] * (stop - first)


def test_every_seating_is_every_order() -> None:
    assert seatings((0, 1), every=True) == ((0, 1), (1, 0))
    assert set(seatings((2, 5, 7), every=True)) == set(permutations((2, 5, 7)))
    assert set(seatings((1, 1, 4), every=True)) == {(1, 1, 4), (1, 4, 1), (4, 1, 1)}


def test_rotations_put_each_agent_in_each_seat_once() -> None:
    turned = seatings((3, 1, 4, 8), every=False)
    assert len(turned) == 4
    for seat in range(4):
        assert sorted(seating[seat] for seating in turned) == [1, 3, 4, 8]
    assert seatings((6, 6, 6, 6), every=False) == ((6, 6, 6, 6),)


def test_tables_are_all_sets_of_agents() -> None:
    assert tables(KUHN, 4, False, 200, 0) == list(combinations(range(4), 2))
    assert tables(KUHN, 4, True, 200, 0) == [(0, 1), (0, 2), (0, 3)]
    assert tables(KUHN3, 4, False, 200, 0) == list(combinations(range(4), 3))
    assert tables(KUHN3, 2, False, 200, 0) == [(0, 0, 1), (0, 1, 1)]
    assert (1, 1, 1) in tables(HANABI, 2, False, 200, 0)
    assert len(tables(HANABI, 4, False, 200, 0)) == 20
    assert all(0 in team for team in tables(HANABI, 4, True, 200, 0))
    assert tables(HANABI, 1, False, 200, 0) == [(0, 0, 0)]
    with pytest.raises(ValueError, match="at least two agents"):
        tables(KUHN, 1, False, 200, 0)


def test_large_pools_of_hanabi_are_sampled_evenly_and_reproducibly() -> None:
    found = tables(HANABI, 10, False, 60, 3)
    assert len(found) == 60 == len(set(found))
    assert {(agent,) * 3 for agent in range(10)} <= set(found)
    counts = Counter(agent for team in found for agent in team)
    assert max(counts.values()) - min(counts.values()) <= 3
    assert found == tables(HANABI, 10, False, 60, 3) != tables(HANABI, 10, False, 60, 4)


def test_a_fixed_schedule_asks_once() -> None:
    match = Match(0, (0, 1), ((0, 1), (1, 0)))
    schedule = FixedSchedule([match], 5)
    results = Strengths([1, 0])
    assert schedule.next(results) == [Piece(match, 0, 5)] == schedule.pieces()
    assert schedule.next(results) == []
    assert schedule.budget == 5


def test_looks_grow_and_end_with_the_budget() -> None:
    assert list(looks(100)) == [16, 20, 25, 31, 39, 48, 61, 76, 95, 100]
    assert list(looks(5)) == [5]


def play(schedule: DecidingSchedule | SwissSchedule, results: Strengths) -> list[list[Piece]]:
    rounds = []
    while pieces := schedule.next(results):
        rounds.append(pieces)
    return rounds


def test_matches_are_played_until_they_are_decided() -> None:
    """0 beats 1 and 2 by much; 1 and 2 are equal, so that their match uses up the budget."""
    pairs = list(combinations(range(3), 2))
    matches = [Match(unit, pair, seatings(pair, True)) for unit, pair in enumerate(pairs)]
    schedule = DecidingSchedule(matches, 400, 0.95, (-1.0, 1.0))
    results = Strengths([2.0, 0.0, 0.0])
    play(schedule, results)
    verdicts = schedule.verdicts
    assert [verdicts[unit].decided for unit in range(3)] == [True, True, False]
    assert verdicts[0].deals < 40 < verdicts[2].deals == 400
    assert verdicts[0].interval[0] > 0 > verdicts[2].interval[0]
    assert [(piece.first, piece.stop) for piece in schedule.pieces()] == [(0, verdicts[u].deals) for u in range(3)]
    for unit in range(3):  # every deal is counted once, in order
        asked = [(first, stop) for number, first, stop in results.asked if number == unit]
        assert asked[0][0] == 0
        assert all(before[1] == after[0] for before, after in pairwise(asked))
        assert asked[-1][1] == verdicts[unit].deals


def test_the_test_is_not_fooled_by_looking_often() -> None:
    """Two equal agents, 60 matches of fair coins looked at 20 times: at most 5 % are called decided."""
    import numpy as np

    generator = np.random.default_rng(1)
    coins = generator.choice([-1.0, 1.0], size=(60, 1000))

    class Coins:
        def advantages(self, match: Match, first: int, stop: int) -> list[float]:
            return list(coins[match.unit, first:stop])

    matches = [Match(unit, (0, 1), ((0, 1), (1, 0))) for unit in range(60)]
    schedule = DecidingSchedule(matches, 1000, 0.95, (-1.0, 1.0))
    while schedule.next(Coins()):
        pass
    assert sum(verdict.decided for verdict in schedule.verdicts.values()) <= 3


def test_swiss_rounds_pair_equals_without_rematches() -> None:
    strengths = [float(value) for value in (3, 7, 1, 5, 8, 2, 6, 4)]
    schedule = SwissSchedule(8, 3, 10)
    rounds = play(schedule, Strengths(strengths))
    assert [len(pieces) for pieces in rounds] == [4, 4, 4]
    met = [piece.match.agents for pieces in rounds for piece in pieces]
    assert len(set(met)) == 12
    assert [piece.match.unit for pieces in rounds for piece in pieces] == list(range(12))
    assert [{(p.first, p.stop) for p in pieces} for pieces in rounds] == [{(0, 10)}, {(10, 20)}, {(20, 30)}]
    assert schedule.points[4] == 3.0  # the strongest wins all its matches
    assert schedule.points[2] == 0.0
    assert sum(schedule.points) == 12.0
    assert schedule.budget == 120
    assert schedule.pieces() == [piece for pieces in rounds for piece in pieces]


def test_swiss_byes_go_round() -> None:
    schedule = SwissSchedule(5, 4, 2)
    rounds = play(schedule, Strengths([5, 4, 3, 2, 1]))
    byes = [set(range(5)) - {agent for piece in pieces for agent in piece.match.agents} for pieces in rounds]
    assert sorted(agent for bye in byes for agent in bye) == sorted({agent for bye in byes for agent in bye})
    assert sum(schedule.points) == 4 * 2 + 4
