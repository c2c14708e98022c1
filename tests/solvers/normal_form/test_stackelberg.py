"""SLHF and AsymRE: closed forms against optimisation by hand, limits, and published fixed points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import minimize
from scipy.special import softmax

from games.preference import PreferenceGame, comal_cycle
from solvers.normal_form.asymmetric_reinforce import asymmetric_reinforce, asymmetric_reinforce_flow
from solvers.normal_form.stackelberg import stackelberg
from tests.solvers.normal_form.games_drawn import preference_games

temperatures = st.floats(0.05, 2.0)


def divergence(p: np.ndarray, mu: np.ndarray) -> float:
    return float(np.sum(p * np.log(p / mu)))


@settings(derandomize=True, max_examples=10)
@given(preference_games(), temperatures, temperatures)
def test_closed_forms_are_what_an_optimiser_finds(game: PreferenceGame, leader: float, follower: float) -> None:
    found, mu = stackelberg(game, leader, follower), game.reference
    values = []
    for y in range(game.alternatives):

        def cost(logits: np.ndarray, y: int = y) -> float:
            answer = softmax(logits)
            return float(game.matrix[y] @ answer + follower * divergence(answer, mu))

        best = minimize(cost, np.zeros(game.alternatives), method="BFGS", options={"gtol": 1e-8})
        values.append(best.fun)
        np.testing.assert_allclose(found.follower[y], softmax(best.x), rtol=0, atol=1e-4)
    np.testing.assert_allclose(found.values, values, rtol=0, atol=1e-8)

    def loss(logits: np.ndarray) -> float:
        policy = softmax(logits)
        return -float(policy @ found.values - leader * divergence(policy, mu))

    best = minimize(loss, np.zeros(game.alternatives), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(found.leader, softmax(best.x), rtol=0, atol=1e-4)
    assert found.value == pytest.approx(-best.fun, abs=1e-8)


@settings(derandomize=True, max_examples=10)
@given(preference_games())
def test_a_sharp_follower_makes_the_leader_play_the_minimax_winner(game: PreferenceGame) -> None:
    found = stackelberg(game, 0.01, 1e-5)
    worst = (1.0 - game.matrix).max(axis=1)
    np.testing.assert_allclose(found.values, 1.0 - worst, rtol=0, atol=1e-4)
    scores = np.log(game.reference) - worst / 0.01
    np.testing.assert_allclose(found.leader, softmax(scores), rtol=0, atol=2e-2)


def test_symmetry_and_condorcet_winners() -> None:
    scissors = PreferenceGame(np.array([[0.5, 1.0, 0.0], [0.0, 0.5, 1.0], [1.0, 0.0, 0.5]]))
    np.testing.assert_allclose(stackelberg(scissors, 0.3, 0.2).leader, [1 / 3] * 3, rtol=1e-12)
    winner = PreferenceGame(np.array([[0.5, 0.4, 0.6], [0.6, 0.5, 0.7], [0.4, 0.3, 0.5]]))
    assert stackelberg(winner, 0.1, 0.1).leader.argmax() == 1


@pytest.mark.parametrize("tau", [0.0, -1.0, np.nan, np.inf])
def test_temperatures_must_be_positive(tau: float) -> None:
    with pytest.raises(ValueError, match="temperature must be above 0"):
        stackelberg(comal_cycle(), tau, 0.1)


THIRDS = np.full(3, 1 / 3)


@pytest.mark.parametrize(
    ("behaviour", "baseline", "expected"),
    [
        (THIRDS, -1.0, [4 / 9, 3 / 9, 2 / 9]),
        (THIRDS, 0.0, [2 / 3, 1 / 3, 0.0]),
        (THIRDS, 0.25, [5 / 6, 1 / 6, 0.0]),
        (np.array([0.1, 0.45, 0.45]), 0.55, [0.0, 1.0, 0.0]),
        (THIRDS, 0.5, [1.0, 0.0, 0.0]),
    ],
)
def test_the_flow_ends_where_it_should(behaviour: np.ndarray, baseline: float, expected: list[float]) -> None:
    """The published fixed points for rewards 1, 1/2, 0; the fourth is a baseline that makes a bad action win."""
    rewards = np.array([1.0, 0.5, 0.0])
    np.testing.assert_allclose(asymmetric_reinforce(rewards, behaviour, baseline), expected, rtol=0, atol=1e-9)
    flow = solve_ivp(
        lambda time, logits: asymmetric_reinforce_flow(logits, rewards, behaviour, baseline),
        (0.0, 3000.0),
        np.log(behaviour),
        method="LSODA",
    )
    np.testing.assert_allclose(softmax(flow.y[:, -1]), expected, rtol=0, atol=2e-3)


@settings(derandomize=True, max_examples=20)
@given(st.lists(st.floats(0.0, 1.0, width=32), min_size=2, max_size=6), st.floats(0.01, 2.0))
def test_a_low_baseline_gains_the_variance(rewards: list[float], below: float) -> None:
    r = np.array(rewards)
    mu = np.full(len(r), 1.0 / len(r))
    baseline = float(r.min()) - below
    policy = asymmetric_reinforce(r, mu, baseline)
    gain = float(r.var()) / (float(mu @ r) - baseline)
    assert float(policy @ r - mu @ r) == pytest.approx(gain, abs=1e-12)


def test_bad_input_is_refused() -> None:
    for rewards, behaviour in (([1.0, np.nan], [0.5, 0.5]), ([1.0], [0.5, 0.5]), ([1.0, 0.0], [1.0, 0.0])):
        with pytest.raises(ValueError, match="must"):
            asymmetric_reinforce(rewards, behaviour, 0.0)
