"""What a decision may cost: by a clock that the tests make go, and again from the rollouts that it had."""

from __future__ import annotations

import numpy as np
import pytest

from search.allocation import FIRST, Allocation, Even, Racing
from search.allowance import MOST, Allowance, Clock, Count, Exactly, Until, allowance
from search.planner import Decision, MirrorDescent, Planner
from tests.search.test_allocation import Actions, Bandit, Vector

MOVES = 7
RULES = [Even(), Racing(), Racing(reinvest=8.0)]


class Working:
    """A bandit that takes time, and the clock that shows it: a rollout takes ``cost`` seconds, more or less."""

    maximum = np.inf

    def __init__(self, seed: int, cost: float = 0.001) -> None:
        self._generator = np.random.default_rng(seed)
        means = self._generator.normal(0.0, 0.1, MOVES)
        self._bandit, self._cost, self.now = Bandit(means, 1.0, 0.5, seed), cost, 0.0

    def clock(self) -> float:
        return self.now

    def returns(self, actions: Actions, start: int, stop: int) -> Vector:
        self.now += self._cost * (stop - start) * len(actions) * self._generator.uniform(0.7, 1.4)
        return self._bandit.returns(actions, start, stop)


def decide(rule: Allocation, values: Working, budget: int | Allowance) -> Decision:
    log_policy = np.log(np.full(MOVES, 1.0 / MOVES))
    return Planner(MirrorDescent(30.0), rule, 1.0).decide(np.arange(MOVES), log_policy, values, budget)


@pytest.mark.parametrize("rule", RULES, ids=["even", "racing", "reinvesting"])
def test_a_decision_by_the_clock_is_made_again_from_its_rollouts(rule: Allocation) -> None:
    made = set()
    for seed in range(15):
        working = Working(seed)
        seconds = float(np.random.default_rng(seed).uniform(0.05, 2.0))
        first = decide(rule, working, Until(working.clock, seconds))
        again = decide(rule, Working(seed), Exactly(first.rollouts))
        assert (first.action, first.rollouts, first.samples) == (again.action, again.rollouts, again.samples)
        for one, other in ((first.q, again.q), (first.standard_error, again.standard_error)):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(first.log_policy, again.log_policy)
        made.add(first.rollouts)
    assert len(made) > 7


@pytest.mark.parametrize("rule", RULES[:2], ids=["even", "racing"])
def test_a_decision_ends_when_its_seconds_are_over(rule: Allocation) -> None:
    spent = []
    for seed in range(15):
        working = Working(seed)
        decide(rule, working, Until(working.clock, 2.0))
        spent.append(working.now)
    assert max(spent) < 2.8
    if isinstance(rule, Even):  # a race may be over before
        assert 1.8 < np.mean(spent) < 2.2
    late = Working(0)
    first_look = decide(rule, late, Until(late.clock, 1e-9))
    assert (first_look.rollouts, first_look.samples) == (FIRST * MOVES, FIRST)


def test_more_seconds_are_more_rollouts_of_the_same_worlds() -> None:
    short, long = (decide(Even(), each, Until(each.clock, end)) for each, end in ((Working(1), 0.3), (Working(1), 3.0)))
    assert short.rollouts < long.rollouts
    fewer, more = (Working(1)._bandit.returns(np.arange(MOVES), 0, each.samples).mean(axis=0) for each in (short, long))
    np.testing.assert_allclose(short.q, fewer, atol=1e-12)
    np.testing.assert_allclose(long.q, more, atol=1e-12)


def test_what_allowances_grant() -> None:
    assert allowance(50) == Count(50)
    assert (Count(50).share(7), Count(3).share(7), Exactly(50).share(7)) == (7, 1, None)
    for counted in (Count(50), Exactly(50)):
        assert [counted.grant(made, 20) for made in (0, 30, 31, 50, 60)] == [20, 20, 19, 0, 0]
    times = iter([0.0, 0.0, 1.0, 1.5, 1.5, 9.0])
    clock: Clock = lambda: next(times)  # noqa: E731
    running = Until(clock, 2.0)
    assert running.share(7) is None
    assert running.grant(100, 90) == 90  # a hundred a second, one second left
    assert running.grant(300, 200) == 100  # two hundred a second, half a second left: the last round
    assert running.grant(400, 1) == 0
    stopped = Until(lambda: 0.0, 1.0)
    stopped.share(7)
    assert stopped.grant(MOST - 5, 20) == 5  # a clock that stands still ends, too
    assert stopped.grant(MOST, 20) == 0
