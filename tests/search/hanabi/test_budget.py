"""What decisions of a game may cost: by the cards that are left in the deck, by a clock, by a record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.blueprints import registry
from agents.hanabi.job import HanabiJob, play_job
from games.hanabi.game import small
from games.hanabi.state import HanabiState
from search.allowance import Count, Exactly
from search.hanabi.budget import Recorded, Rollouts, budget_of
from search.hanabi.spec import SearchSpec


def clockless() -> float:
    """Return the time where it does not count."""
    return 0.0


def test_a_budget_follows_the_deck() -> None:
    falling = Rollouts(1000, 100)
    assert [falling.allowance(3, left, clockless) for left in (1.0, 0.5, 0.0)] == [Count(1000), Count(550), Count(100)]
    assert Rollouts(10, 20).allowance(0, 0.25, clockless) == Count(18)  # 17.5, to even
    assert budget_of(70).allowance(5, 0.1, clockless) == Count(70)
    assert Recorded([4, 0, 9]).allowance(2, 0.1, clockless) == Exactly(9)


@pytest.mark.parametrize("numbers", [(0, None), (5, 0), (5, -1)])
def test_no_rollouts_are_no_budget(numbers: tuple[int, int | None]) -> None:
    with pytest.raises(ValueError, match="rollouts must be at least 1"):
        Rollouts(*numbers)


def test_a_game_spends_its_budget_where_the_deck_is_full() -> None:
    asked = SearchSpec("mds", blueprint="smart", rollouts=100, rollouts_end=4, particles=50, seats="all", caution=0.0)
    job = HanabiJob.of(asked.resolved(small(), registry), 3)
    found = play_job(job, 0)
    state, start = HanabiState.from_seed(job.game, job.seed, 0), job.game.deck_size - 4
    for move, decision in zip(found.moves, found.decisions, strict=True):
        if decision is not None and decision.outcome == "searched":
            most = round(4 + state.cards_left / start * 96)
            assert decision.rollouts <= max(most, len(decision.actions))
        state.apply(move)
    even = play_job(replace(job, rollouts_end=None), 0)
    assert found.decisions[0] is not None and even.decisions[0] is not None
    assert found.decisions[0].rollouts == even.decisions[0].rollouts
    assert found.statistics["rollouts"] < even.statistics["rollouts"]
