"""The updates against their argmax definitions, closed forms, and the corners of floating point."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from solvers.updates import (
    PREDICTIVE_REGRET_MATCHING_PLUS,
    REGRET_MATCHING,
    REGRET_MATCHING_PLUS,
    best_action,
    magnetic_mirror_descent,
    mean_value,
    mirror_descent,
    normalise_log_policy,
    normalise_policy,
    normalise_weights,
    optimistic_mirror_descent_update,
    policy_iteration,
    project_onto_simplex,
    projected_gradient_update,
    regret_matching_update,
)
from tests.solvers import naive

Vector = NDArray[np.float64]
values = arrays(np.float64, 4, elements=st.floats(-3, 3, width=32))
logits = arrays(np.float64, 4, elements=st.floats(-2, 2, width=32))


def softmax(x: Vector) -> Vector:
    p = np.exp(x - x.max())
    return np.asarray(p / p.sum())


@given(logits, values, st.floats(0.05, 5))
def test_mirror_descent_maximises_its_objective(logit: Vector, q: Vector, eta: float) -> None:
    policy = softmax(logit)
    expected = naive.regularised_best_response(policy, q, policy, eta, 0.0)
    np.testing.assert_allclose(np.exp(mirror_descent(np.log(policy), q, eta)), expected, atol=2e-4)


@given(logits, logits, values, st.floats(0.05, 5), st.floats(0, 2))
def test_magnetic_mirror_descent_maximises_its_objective(
    logit: Vector, magnet: Vector, q: Vector, eta: float, alpha: float
) -> None:
    policy, rho = softmax(logit), softmax(magnet)
    expected = naive.regularised_best_response(policy, q, rho, eta, alpha)
    result = magnetic_mirror_descent(np.log(policy), q, np.log(rho), eta, alpha)
    np.testing.assert_allclose(np.exp(result), expected, atol=2e-4)


@given(logits, values, st.floats(0.01, 100), st.floats(0, 10))
def test_magnet_at_the_policy_is_mirror_descent_with_a_shorter_step(
    logit: Vector, q: Vector, eta: float, alpha: float
) -> None:
    log_policy = np.log(softmax(logit))
    left = magnetic_mirror_descent(log_policy, q, log_policy, eta, alpha)
    right = mirror_descent(log_policy, q, eta / (1 + alpha * eta))
    np.testing.assert_allclose(np.exp(left), np.exp(right), atol=1e-9)


@given(logits, values, st.floats(-1e6, 1e6), st.floats(0.01, 100))
def test_adding_a_constant_to_the_values_changes_nothing(logit: Vector, q: Vector, shift: float, eta: float) -> None:
    log_policy = np.log(softmax(logit))
    rounding = 1e-8 + 1e-9 * eta * abs(shift)
    np.testing.assert_allclose(
        np.exp(mirror_descent(log_policy, q + shift, eta)), np.exp(mirror_descent(log_policy, q, eta)), atol=rounding
    )


@given(logits, values, st.floats(0.01, 50))
def test_a_step_does_not_lower_the_expected_value(logit: Vector, q: Vector, eta: float) -> None:
    policy = softmax(logit)
    assert np.exp(mirror_descent(np.log(policy), q, eta)) @ q >= policy @ q - 1e-12


@pytest.mark.parametrize("eta", [0.0, 1e-300, 1.0, 1e30, 1e300])
def test_any_step_size_gives_a_distribution(eta: float) -> None:
    log_policy = np.log(np.array([0.2, 0.3, 0.5]))
    q = np.array([-1e8, 2.0, 1.0])
    for result in (
        mirror_descent(log_policy, q, eta),
        magnetic_mirror_descent(log_policy, q, np.log(np.full(3, 1 / 3)), eta, 0.1),
    ):
        assert not np.isnan(result).any()
        assert np.exp(result).sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(np.exp(mirror_descent(log_policy, q, 0.0)), [0.2, 0.3, 0.5], atol=1e-15)
    np.testing.assert_array_equal(np.exp(mirror_descent(log_policy, q, 1e300)), [0, 1, 0])


def test_the_fixed_point_of_magnetic_mirror_descent_is_the_soft_maximum() -> None:
    # argmax <q,p> - alpha KL(p || rho) has the closed form rho exp(q / alpha).
    q, alpha, rho = np.array([1.0, 0.0, -2.0]), 0.7, np.array([0.5, 0.2, 0.3])
    log_policy = np.log(np.full(3, 1 / 3))
    for _ in range(2000):
        log_policy = magnetic_mirror_descent(log_policy, q, np.log(rho), 0.1, alpha)
    np.testing.assert_allclose(np.exp(log_policy), softmax(np.log(rho) + q / alpha), atol=1e-12)


def test_illegal_actions_stay_impossible_and_their_values_are_not_read() -> None:
    log_policy = np.array([np.log(0.5), -np.inf, np.log(0.5), -np.inf])
    q = np.array([0.0, np.nan, 1.0, np.inf])
    magnet = np.array([np.log(0.5), -np.inf, np.log(0.5), np.nan])
    for result in (
        mirror_descent(log_policy, q, 1.0),
        magnetic_mirror_descent(log_policy, q, magnet, 1.0, 0.0),
        magnetic_mirror_descent(log_policy, q, magnet, 1.0, 1.0),
        policy_iteration(log_policy, q, 0.0),
    ):
        assert np.isneginf(result[[1, 3]]).all()
        assert np.exp(result).sum() == pytest.approx(1.0)
    expected = softmax(np.array([0.0, 1.0]))
    np.testing.assert_allclose(np.exp(mirror_descent(log_policy, q, 1.0))[[0, 2]], expected)


def test_a_value_of_minus_infinity_rules_an_action_out() -> None:
    log_policy = np.log(np.array([0.2, 0.3, 0.5]))
    q = np.array([1.0, 1.05, -np.inf])
    np.testing.assert_allclose(
        np.exp(mirror_descent(log_policy, q, 2.0)), [*softmax(log_policy[:2] + 2.0 * q[:2]), 0.0], atol=1e-12
    )
    assert np.exp(magnetic_mirror_descent(log_policy, q, np.log(np.full(3, 1 / 3)), 2.0, 0.1))[2] == 0.0
    assert np.argmax(policy_iteration(log_policy, q, 0.1)) == 1  # the blueprint's own action is out as well


def test_policy_iteration_needs_more_than_the_threshold() -> None:
    log_policy = np.log(np.array([0.1, 0.8, 0.1]))
    q = np.array([1.0, 0.9, 1.0])
    assert np.argmax(policy_iteration(log_policy, q, 0.0)) == 0
    assert np.argmax(policy_iteration(log_policy, q, 0.2)) == 1
    assert np.argmax(policy_iteration(log_policy, np.array([1.0, 1.0, 1.0]), 0.0)) == 1


RULES = [
    REGRET_MATCHING,
    REGRET_MATCHING_PLUS,
    PREDICTIVE_REGRET_MATCHING_PLUS,
    (0.75, 0.75, -np.inf, 0.0, 1.0),  # linear
    (0.9, 0.5, -np.inf, 0.0, 1.0),  # discounted
    (0.9, 0.9, 0.0, 1.0, 0.95),  # predictive and discounted
    (1.0, 1.0, 0.0, 1.0 / 3.0, 1.0),  # asymmetric
]


def matched(regrets: Vector, policy: Vector, q: Vector, rule: tuple[float, ...], sum_first: bool) -> None:
    """Update both arrays in place, as a solver does."""
    mean = mean_value(policy, q, 0, len(q))
    total = regret_matching_update(q, mean, sum_first, rule, 0, len(q), regrets, policy)
    normalise_weights(policy, total, 0, len(q))


@numba.njit
def compiled(regrets, policy, q, rule, start, stop):  # type: ignore[no-untyped-def]
    mean = mean_value(policy, q, start, stop)
    total = regret_matching_update(q, mean, False, rule, start, stop, regrets, policy)
    normalise_weights(policy, total, start, stop)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sum_first", [False, True])
@given(logits, logits, values)
def test_regret_matching_is_its_formula(
    rule: tuple[float, ...], sum_first: bool, logit: Vector, before: Vector, q: Vector
) -> None:
    regrets, policy = np.maximum(before, rule[2]), softmax(logit)
    old = policy.copy()
    expected = naive.regrets_and_policy(regrets, policy, q, rule)
    matched(regrets, policy, q, rule, sum_first)
    np.testing.assert_allclose(regrets, expected[0], atol=1e-12)
    instant = q - old @ q
    total = np.clip(rule[4] * expected[0] + rule[3] * instant, 0.0, None).sum()  # rounding is relative to it
    np.testing.assert_allclose(total * policy, total * expected[1], atol=1e-12)
    assert policy.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("rule", RULES)
def test_the_compiled_update_touches_its_own_actions_only(rule: tuple[float, ...]) -> None:
    generator = np.random.default_rng(3)
    regrets, q = np.maximum(generator.normal(size=6), rule[2]), generator.normal(size=6)
    policy = np.array([0.1, 0.5, 0.2, 0.3, 0.4, 0.6])
    expected = naive.regrets_and_policy(regrets[1:4], policy[1:4], q[1:4], rule)
    after, played = regrets.copy(), policy.copy()
    compiled(after, played, q, rule, 1, 4)
    np.testing.assert_allclose(after, [regrets[0], *expected[0], *regrets[4:]], atol=1e-14)
    np.testing.assert_allclose(played, [policy[0], *expected[1], *policy[4:]], atol=1e-14)


def test_without_positive_regrets_the_policy_is_uniform() -> None:
    regrets, policy = np.full(3, -1.0), np.array([0.2, 0.3, 0.5])
    matched(regrets, policy, np.zeros(3), REGRET_MATCHING, False)
    np.testing.assert_array_equal(regrets, -1.0)
    np.testing.assert_allclose(policy, 1 / 3)


@given(arrays(np.float64, 5, elements=st.floats(-3, 3)))
def test_the_projection_is_the_nearest_policy(point: Vector) -> None:
    projected = point.copy()
    project_onto_simplex(projected)
    np.testing.assert_allclose(projected, naive.nearest_policy(point), atol=1e-12)
    again = projected.copy()
    project_onto_simplex(again)
    np.testing.assert_allclose(again, projected, atol=1e-15)


@given(logits, values, st.floats(0.01, 5))
def test_projected_gradient_maximises_its_objective(logit: Vector, q: Vector, eta: float) -> None:
    policy, out = softmax(logit), np.empty(4)
    projected_gradient_update(policy, q, eta, out)
    np.testing.assert_allclose(out, naive.nearest_policy(policy + eta * q), atol=1e-12)


def test_projected_gradient_at_the_ends_of_floating_point() -> None:
    policy = np.array([0.2, 0.3, 0.5])
    for q, expected in (([-1e8, 2.0, 1.0], [0, 1, 0]), ([-np.inf, 1.0, 1.0], [0, 0.4, 0.6])):
        projected_gradient_update(policy, np.array(q), 1e300, out := np.empty(3))
        np.testing.assert_allclose(out, expected, atol=1e-15)


@given(logits, values, values, st.floats(0.01, 5))
def test_optimistic_mirror_descent_counts_the_prediction_once_more(
    logit: Vector, q: Vector, prediction: Vector, eta: float
) -> None:
    anchor, out = np.log(softmax(logit)), np.empty(4)
    expected = softmax(anchor + eta * q), softmax(anchor + eta * (q + prediction))
    optimistic_mirror_descent_update(anchor, q, prediction, eta, out)
    np.testing.assert_allclose(np.exp(anchor), expected[0], atol=1e-12)
    np.testing.assert_allclose(np.exp(out), expected[1], atol=1e-12)


@given(arrays(np.float64, 9, elements=st.floats(-50, 50)))
def test_both_normalisations_agree(logit: Vector) -> None:
    slow, fast, probability = logit.copy(), logit.copy(), np.empty(9)
    normalise_log_policy(slow)
    normalised(fast, probability)
    np.testing.assert_allclose(fast, slow, atol=1e-12)
    np.testing.assert_allclose(probability, np.exp(slow), atol=1e-14)


@numba.njit
def normalised(log_policy, probability):  # type: ignore[no-untyped-def]
    normalise_policy(log_policy, probability)


def test_the_best_action_is_the_first_of_the_largest_legal_values() -> None:
    q = np.array([9.0, 1.0, 2.0, 2.0, np.nan])
    log_policy = np.array([-np.inf, 0.0, 0.0, 0.0, -np.inf])
    assert best_action(log_policy, q, 0, 5) == 2
    assert best_action(log_policy, q, 3, 5) == 3
    assert best_action(q, q, 0, 3) == 0
    assert best_action(log_policy, q, 4, 5) == -1
