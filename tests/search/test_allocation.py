"""Racing against even allocation on a synthetic bandit with common random numbers, and the planner's arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from search.allocation import Even, Racing
from search.planner import (
    MagneticMirrorDescent,
    MirrorDescent,
    Planner,
    PolicyIteration,
    Update,
)

Vector = NDArray[np.float64]
Actions = NDArray[np.int64]


class Bandit:
    """Returns with a large shared deviation and a small one of each action; sample i is the same in every call."""

    def __init__(self, means: Vector, shared: float, own: float, seed: int, maximum: float = np.inf) -> None:
        generator = np.random.default_rng(seed)
        noise = shared * generator.standard_normal((20000, 1)) + own * generator.standard_normal((20000, len(means)))
        self._table = np.minimum(means + noise, maximum)
        self.maximum = maximum
        self.rollouts = 0

    def returns(self, actions: Actions, start: int, stop: int) -> Vector:
        self.rollouts += (stop - start) * len(actions)
        return np.asarray(self._table[start:stop, actions])


def uniform(k: int) -> Vector:
    return np.full(k, -np.log(k))


def test_racing_makes_the_moves_of_even_allocation_with_several_times_fewer_rollouts() -> None:
    spent, same = [0, 0], 0
    trials = 200
    for seed in range(trials):
        means = np.random.default_rng(1000 + seed).uniform(-1, 1, 12)
        actions = np.arange(12)
        handicap = np.zeros(12)
        choices = []
        for index, rule in enumerate((Even(), Racing())):
            bandit = Bandit(means, 2.0, 0.3, seed)
            estimate = rule.estimate(bandit, actions, handicap, 3, 12 * 1000)
            assert estimate.rollouts == bandit.rollouts <= 12 * 1000
            choices.append(int(np.argmax(np.where(estimate.active, estimate.q, -np.inf))))
            spent[index] += bandit.rollouts
        same += choices[0] == choices[1]
    assert same >= 0.99 * trials
    assert spent[1] < spent[0] / 5


def test_reinvesting_stays_within_the_budget_and_separates_close_actions() -> None:
    means = np.array([0.0, 0.03, -1.0, -1.0, -1.0, -1.0])
    right = [0, 0]
    for seed in range(60):
        for index, reinvest in enumerate((1.0, 6.0)):
            bandit = Bandit(means, 1.0, 0.3, seed)
            estimate = Racing(reinvest=reinvest).estimate(bandit, np.arange(6), np.zeros(6), 0, 6 * 200)
            assert bandit.rollouts <= 6 * 200
            right[index] += int(np.argmax(np.where(estimate.active, estimate.q, -np.inf))) == 1
    assert right[1] > right[0]


@pytest.mark.parametrize("rule", [Even(), Racing()])
def test_a_maximal_blueprint_action_stops_the_search(rule: Even | Racing) -> None:
    bandit = Bandit(np.array([50.0, 0.0, 0.0]), 1.0, 0.1, 0, maximum=25.0)
    estimate = rule.estimate(bandit, np.arange(3), np.zeros(3), 0, 900)
    assert estimate.maximal
    assert bandit.rollouts <= 300
    assert estimate.active.tolist() == [True, False, False]


def test_a_few_equal_outcomes_are_not_certainty() -> None:
    # Two actions agree in the first 40 samples and differ by 10 points in one sample of 50 after that.
    table = np.zeros((2000, 2))
    table[40::50, 1] = -10.0

    class Rare:
        maximum = np.inf

        def returns(self, actions: Actions, start: int, stop: int) -> Vector:
            return table[start:stop, actions]

    estimate = Racing().estimate(Rare(), np.arange(2), np.array([0.0, 0.02]), 0, 4000)
    assert estimate.samples > 40
    assert estimate.q[0] > estimate.q[1] + 0.1


@pytest.mark.parametrize(
    "update",
    [
        MirrorDescent(0.5),
        MirrorDescent(30.0),
        PolicyIteration(0.0),
        PolicyIteration(0.5),
        MagneticMirrorDescent(2.0, 0.3),
        MagneticMirrorDescent(2.0, 0.3, np.log(np.array([0.1, 0.2, 0.3, 0.4]))),
    ],
)
def test_the_handicap_finds_the_mode_of_the_update(update: Update) -> None:
    generator = np.random.default_rng(5)
    for _ in range(300):
        log_policy = np.log(generator.dirichlet(np.ones(4)))
        q = generator.normal(size=4)
        assert np.argmax(update(log_policy, q)) == np.argmax(q + update.handicap(log_policy))


@pytest.mark.parametrize("update", [PolicyIteration(0.1), PolicyIteration(0.0), MirrorDescent(30.0)])
def test_dropping_the_blueprints_action_from_the_race_does_not_change_the_move(update: Update) -> None:
    """Two rivals far above the blueprint, closer to each other than the threshold: the better one must be played."""
    log_policy = np.log(np.array([0.05, 0.05, 0.9]))
    for seed in range(40):
        moves = []
        for rule in (Even(), Racing()):
            bandit = Bandit(np.array([20.0, 20.04, 18.0]), 2.0, 0.1, seed)
            moves.append(Planner(update, rule).decide(np.arange(3), log_policy, bandit, 3000).action)
        assert moves == [1, 1]


def test_the_planner_falls_back_and_does_not_search_a_forced_move() -> None:
    planner = Planner(MirrorDescent(1.0), Even())
    fallback = planner.decide(np.array([3, 8]), np.log(np.array([0.2, 0.8])), None, 100)
    assert (fallback.action, fallback.outcome, fallback.rollouts, fallback.deviates) == (8, "fallback", 0, False)
    forced = planner.decide(np.array([3]), np.zeros(1), Bandit(np.zeros(1), 1, 1, 0), 100)
    assert (forced.action, forced.outcome, forced.rollouts) == (3, "forced", 0)


def test_caution_needs_evidence_and_vanishes_with_samples() -> None:
    log_policy = np.log(np.array([0.6, 0.4]))
    deviations = {}
    for caution in (0.0, 2.0):
        planner = Planner(MirrorDescent(1000.0), Even(), caution)
        deviations[caution] = sum(
            planner.decide(np.arange(2), log_policy, Bandit(np.zeros(2), 0, 1, seed), 60).deviates
            for seed in range(200)
        )
    assert deviations[0.0] > 60
    assert deviations[2.0] < 20
    better = Bandit(np.array([0.0, 0.2]), 0, 1, 0)
    assert Planner(MirrorDescent(1000.0), Even(), 2.0).decide(np.arange(2), log_policy, better, 20000).action == 1
    plain = Planner(MirrorDescent(3.0), Even())
    decision = plain.decide(np.arange(2), log_policy, Bandit(np.array([0.0, 0.2]), 0, 1, 0), 20000)
    expected = log_policy + 3.0 * decision.q
    np.testing.assert_allclose(
        decision.log_policy, expected - np.log(np.exp(expected).sum()), atol=1e-12
    )  # MDS is pi exp(eta q)


@pytest.mark.parametrize(
    "make",
    [
        lambda: MirrorDescent(0.0),
        lambda: MirrorDescent(float("nan")),
        lambda: MirrorDescent(float("inf")),
        lambda: PolicyIteration(-1.0),
        lambda: MagneticMirrorDescent(1.0, -0.1),
        lambda: Racing(z=0.0),
        lambda: Racing(first=1),
    ],
)
def test_senseless_numbers_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r"must|needs"):
        make()
