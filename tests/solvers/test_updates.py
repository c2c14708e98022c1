"""The updates against their argmax definitions, closed forms, and the corners of floating point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from solvers.updates import magnetic_mirror_descent, mirror_descent, policy_iteration
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
