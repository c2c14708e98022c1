"""Games whose rollouts are gathered in one batch, against the same games played one by one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from agents.blueprints.neural.batched import batched_blueprint
from agents.hanabi.table import HanabiTable
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts import gathered
from search.hanabi.rollouts.batched import BatchedRollouts
from search.hanabi.rollouts.gathered import Gathering, GatheringStopped, Member
from search.hanabi.rollouts.requests import Position, Request, Rollouts
from search.planner import Decision
from tests.search.hanabi.searching import Search
from tests.search.hanabi.test_batched import SMALL, SMALL_THREE, positions, recurrent, roll_out

SEARCH = Search(BeliefOptions(particles=60, exact_limit=80, softening=0.1), rollouts=30)
Story = list[tuple[int, Decision]]


pytestmark = pytest.mark.usefixtures("one_torch_thread")


class Counted:
    """Rollouts that remember how many requests each batch had, and that no game computed meanwhile."""

    def __init__(self, rollouts: Rollouts) -> None:
        self.game, self._rollouts = rollouts.game, rollouts
        self.requests: list[int] = []

    def roll_out(self, requests: Sequence[Request]) -> list[np.ndarray]:
        self.requests.append(len(requests))
        return self._rollouts.roll_out(requests)


def told(
    game: HanabiGame,
    blueprint: BatchedBlueprint,
    number: int,
    search: Search,
    rollouts: Rollouts | None = None,
    turns: int | None = None,
) -> Story:
    """Play a game, or its first turns, with search in every seat, and return the moves and decisions."""
    story, seats = Story(), [search.seat(game, blueprint, rollouts) for _ in range(game.players)]

    def record(state: HanabiState, move: int) -> None:
        decision = seats[state.current_player].last_decision
        assert decision is not None
        story.append((move, decision))

    state, keys = HanabiState.from_seed(game, 17, number), SeatKeys.of_game(game, 17, number)
    HanabiTable(game, seats, forfeits=False).play(state, [0] * game.players, record, keys=keys, turns=turns)
    return story


def side_by_side(
    blueprint: BatchedBlueprint,
    rollouts: Rollouts,
    numbers: Sequence[int],
    search: Search,
    together: int,
    turns: int | None = None,
) -> list[Story]:
    """Play games so many at a time, each in its thread."""
    gathering, waiting = Gathering(rollouts), deque(enumerate(numbers))
    found: list[Story] = [[] for _ in numbers]

    def play(member: Member, place: int, number: int) -> None:
        try:
            with member:
                found[place] = told(rollouts.game, blueprint, number, search, member, turns)
        finally:
            member.leave()

    with ThreadPoolExecutor(together) as pool, ExitStack() as ends:
        ends.callback(gathering.stop)
        while waiting or len(gathering):
            while waiting and len(gathering) < together:
                pool.submit(play, gathering.join(), *waiting.popleft())
            gathering.serve()
    return found


def assert_same(stories: Sequence[Story], others: Sequence[Story]) -> None:
    """Compare games move for move, with the values that the moves were chosen by."""
    for story, other in zip(stories, others, strict=True):
        assert [move for move, _ in story] == [move for move, _ in other]
        for (_, decision), (_, theirs) in zip(story, other, strict=True):
            assert (decision.outcome, decision.rollouts) == (theirs.outcome, theirs.rollouts)
            np.testing.assert_allclose(decision.q, theirs.q, atol=1e-4)


@pytest.mark.parametrize(
    ("game", "plies"),
    [
        pytest.param(SMALL, None, id="two"),
        pytest.param(SMALL_THREE, 3, id="three-cut"),
        pytest.param(SMALL_THREE, None, marks=pytest.mark.exhaustive, id="three"),
        pytest.param(SMALL, 3, marks=pytest.mark.exhaustive, id="two-cut"),
    ],
)
def test_gathered_games_are_those_played_one_by_one(game: HanabiGame, plies: int | None) -> None:
    base = "smart" if game.players == 2 else "information"
    blueprint = batched_blueprint(recurrent(game, base), base, workers=1)
    search, numbers = replace(SEARCH, plies=plies), range(4)
    rollouts = Counted(BatchedRollouts(game, blueprint, 1, plies))
    stories = side_by_side(blueprint, rollouts, numbers, search, together=2)
    assert_same(stories, [told(game, blueprint, number, search) for number in numbers])
    assert sum(decision.deviates for story in stories for _, decision in story) > 0
    assert len({len(story) for story in stories}) > 1  # games that end early make room
    counts = np.array(rollouts.requests)
    assert counts.max() == 2
    assert (counts == 2).sum() > len(counts) / 2
    assert counts[-1] >= 1


def test_a_batch_is_cut_where_it_would_be_too_large() -> None:
    blueprint = batched_blueprint(recurrent(SMALL, "smart"), "smart", workers=1)
    asked = [Request(position, moves, 1, 8) for position, moves in positions(SMALL, blueprint, 3)]
    asked.insert(1, asked[0]._replace(stop=1))
    wanted = roll_out(SMALL, blueprint, asked[:1] + asked[2:])
    found = BatchedRollouts(SMALL, blueprint, 1, rows=11).roll_out(asked)
    assert found.pop(1).shape == (0, len(asked[0].moves))
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(mine, theirs)


class Nothing:
    """Rollouts that score nothing, or fail."""

    game = SMALL

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def roll_out(self, requests: Sequence[Request]) -> list[np.ndarray]:
        if self._error is not None:
            raise self._error
        return [np.zeros((request.stop - request.start, len(request.moves))) for request in requests]


REQUEST = Request(Position(np.zeros(1, np.int32), 0, None, 0, None), np.arange(2), 0, 3)  # type: ignore[arg-type]


def ask(member: Member, times: int) -> str:
    """Ask for rollouts so many times; return how it ended."""
    try:
        with member:
            for _ in range(times):
                assert [returns.shape for returns in member.roll_out([REQUEST])] == [(3, 2)]
    except GatheringStopped:
        return "stopped"
    finally:
        member.leave()
    return "ended"


def test_a_stop_ends_the_games_that_wait_and_those_that_ask_later() -> None:
    gathering = Gathering(Nothing())
    with ThreadPoolExecutor(2) as pool:
        waits, late = (gathering.join() for _ in range(2))
        ends = [pool.submit(ask, waits, 3)]
        while not gathering._asked:  # the first waits for the second
            threading.Event().wait(0.001)
        gathering.stop()
        ends.append(pool.submit(ask, late, 3))
        assert [end.result(60) for end in ends] == ["stopped", "stopped"]
    assert not len(gathering)


def test_rollouts_that_fail_are_raised_where_they_are_played() -> None:
    gathering = Gathering(Nothing(RuntimeError("no such move")))
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(ask, gathering.join(), 1) for _ in range(2)]
        with pytest.raises(RuntimeError, match="no such move"):
            gathering.serve()
        gathering.stop()
        assert [end.result(60) for end in ends] == ["stopped", "stopped"]


def test_a_second_is_divided_among_the_games_in_play(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 10.0
    monkeypatch.setattr(gathered, "time", SimpleNamespace(perf_counter=lambda: now))
    gathering = Gathering(Nothing())
    first = gathering.join()
    now += 1.0
    second = gathering.join()
    began = first.seconds(), second.seconds()
    now += 4.0
    assert (first.seconds() - began[0], second.seconds() - began[1]) == (2.0, 2.0)
    second.leave()
    now += 3.0
    assert first.seconds() - began[0] == 5.0
