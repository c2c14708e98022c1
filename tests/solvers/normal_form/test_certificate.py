"""Certificates against their definitions, and how a solve says that it failed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from games.matrix import MatrixGame
from games.preference import PreferenceBatch, PreferenceGame, comal_cycle, egpo_protocol
from solvers.normal_form.problem import problem_of
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.run import measure
from solvers.normal_form.solving import solve
from solvers.solution import Result
from tests.solvers.normal_form import naive
from tests.solvers.normal_form.games_drawn import betas, games, preference_games

logits = arrays(np.float64, 5, elements=st.floats(-8, 8, width=32))


def policies_of(game: naive.Game, first: naive.Vector, second: naive.Vector) -> naive.Policies:
    drawn = zip(naive.references(game), (first, second), strict=False)
    return tuple(naive.normalised(np.exp(numbers[: len(reference)])) for reference, numbers in drawn)


def certificate(game: naive.Game, policies: naive.Policies, beta: float) -> tuple[float, float]:
    policy = np.concatenate(policies)[None]
    gap, exploitability, divergence = measure(problem_of(game, beta), np.log(policy), policy, beta)[0]
    assert np.isnan(divergence)
    return gap, exploitability


@given(games, betas | st.just(0.0) | st.just(1e-3), logits, logits)
def test_gap_and_exploitability_are_those_of_the_definition(
    game: naive.Game, beta: float, first: naive.Vector, second: naive.Vector
) -> None:
    policies = policies_of(game, first, second)
    gap, exploitability = certificate(game, policies, beta)
    assert gap == pytest.approx(naive.duality_gap(game, policies, beta), rel=1e-9, abs=1e-12)
    assert exploitability == pytest.approx(naive.duality_gap(game, policies, 0.0) / 2, rel=1e-9, abs=1e-12)
    assert gap >= 0.0 and exploitability >= 0.0


@given(preference_games(), logits)
def test_exploitability_is_what_the_best_alternative_wins_above_one_half(
    game: PreferenceGame, numbers: naive.Vector
) -> None:
    (policy,) = policies_of(game, numbers, numbers)
    assert certificate(game, (policy,), 0.0)[1] == pytest.approx((game.matrix @ policy).max() - 0.5, abs=1e-14)


@settings(max_examples=25)
@given(games, betas)
def test_the_gap_is_zero_at_equilibrium_and_nowhere_near(game: naive.Game, beta: float) -> None:
    policies = naive.regularised_equilibrium(game, beta)
    assert certificate(game, policies, beta)[0] < 1e-13 * 2
    moved = naive.mixture(policies, tuple(np.roll(p, 1) + 0.1 for p in policies), 0.5)
    distance = naive.divergence(moved, policies) * (2 if isinstance(game, PreferenceGame) else 1)
    # What deviating to the equilibrium gains is exactly beta times the divergence from it.
    assert certificate(game, moved, beta)[0] >= beta * distance * (1 - 1e-9) - 1e-12


def test_a_policy_with_zeros_has_a_certificate_at_any_temperature() -> None:
    game, policy = comal_cycle(), np.array([[1.0, 0.0, 0.0]])
    with np.errstate(divide="ignore"):
        log_policy = np.log(policy)
    gap, exploitability, divergence = measure(problem_of(game, 0.1), log_policy, policy, 0.1, game.reference)[0]
    best = 0.1 * np.log(np.mean(np.exp((game.matrix[:, 0] - 0.5) / 0.1)))
    assert gap == pytest.approx(2 * (best + 0.1 * np.log(3)))
    assert exploitability == pytest.approx(0.4)
    assert divergence == np.inf


def test_the_divergence_recorded_is_that_from_the_equilibrium_given() -> None:
    game = egpo_protocol(0)
    (target,) = naive.regularised_equilibrium(game, 0.1)
    solution = solve(game, "nash-mp", beta=0.1, iterations=5, equilibrium=target)
    assert solution.history[0].divergence == pytest.approx(naive.divergence((target,), (game.reference,)))
    assert solution.history[-1].divergence == pytest.approx(naive.divergence((target,), (solution.policy,)))


def test_the_worst_game_of_a_batch_decides() -> None:
    batch = PreferenceBatch.from_games([PreferenceGame(np.full((2, 2), 0.5)), comal_cycle()])
    solution = solve(batch, "nash-mp", beta=0.1, iterations=3)
    assert solution.iterations_of_games.tolist() == [0, 3]
    assert solution.duality_gap == solution.duality_gaps[1] > solution.duality_gaps[0]
    assert solution.result is Result.ITERATION_LIMIT
    assert "in 1 of 2 games" in solution.remedy


@pytest.mark.parametrize("name", [name for name in algorithm_names() if algorithm(name).returns == "average"])
def test_a_game_solved_at_its_start_keeps_its_policy_in_a_batch(name: str) -> None:
    batch = PreferenceBatch.from_games([PreferenceGame(np.full((2, 2), 0.5)), comal_cycle()])
    solution = solve(batch, name, iterations=3)
    assert solution.iterations_of_games.tolist() == [0, 3]
    np.testing.assert_array_equal(solution.policies[0], [0.5, 0.5, 0.0])
    assert solution.bound is None
    assert solve(batch[1:], name, iterations=3).policies[0].tolist() == solution.policies[1].tolist()


def test_an_equilibrium_of_another_game_is_refused() -> None:
    batch = PreferenceBatch.from_games([comal_cycle()] * 3)
    with pytest.raises(ValueError, match=r"equilibrium to measure from has shape \(1, 3\), the game needs \(3, 3\)"):
        solve(batch, "mwu", iterations=3, equilibrium=np.full(3, 1 / 3))


def test_what_is_no_game_is_refused() -> None:
    with pytest.raises(ValueError, match=r"can be solved, not a list: PreferenceGame\(table\)"):
        solve([[0.5, 0.4], [0.6, 0.5]], "nash-mp")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["lp", "omd", "nash-md", "mmd"])
@pytest.mark.parametrize("size", [1e-170, 1e200])
def test_numbers_too_large_or_too_small_to_compute_with_are_refused(name: str, size: float) -> None:
    payoffs = MatrixGame(size * np.array([[1.0, -1.0], [-2.0, 1.0]]))
    with pytest.raises(ValueError, match=r"the largest payoff is .*: take a unit"):
        solve(payoffs, name, beta=0.0 if name == "lp" else 0.1)
    if name != "lp":
        with pytest.raises(ValueError, match=r"beta must be 0 or between 1e-60 and 1e\+60"):
            solve(comal_cycle(), name, beta=size)


def test_steps_may_be_numbers_of_numpy() -> None:
    for number in (np.float32(0.5), np.float64(0.5), np.int64(1)):
        solution = solve(comal_cycle(), "mwu", step_size=number, iterations=5)  # type: ignore[arg-type]
        assert solution.step_size == f"{float(number):g}"


def test_a_step_beyond_the_theorem_is_named_as_the_cause() -> None:
    solution = solve(comal_cycle(), "nash-mp", beta=0.01, step_size=50.0, iterations=200)
    assert not solution.converged
    assert solution.result is Result.STEP_TOO_LARGE
    assert "50 is above 2," in solution.remedy
    unregularised = solve(comal_cycle(), "optimistic-mirror-descent", step_size=50.0, iterations=200)
    assert unregularised.result is Result.STEP_TOO_LARGE
    # A long step that arrives all the same is no fault.
    assert solve(comal_cycle(), "mmd", beta=0.5, step_size=2.5).result is Result.CONVERGED


def test_the_iteration_limit_says_what_would_help() -> None:
    solution = solve(comal_cycle(), "mmd", beta=0.01, iterations=10)
    assert solution.result is Result.ITERATION_LIMIT
    assert "more iterations" in solution.remedy
    unregularised = solve(comal_cycle(), "mmd", iterations=10)
    assert "a beta above 0" in unregularised.remedy


@pytest.mark.parametrize("name", ["omd", "egpo", "nash-md"])
def test_numbers_that_overflow_are_no_solution(name: str) -> None:
    solution = solve(MatrixGame(np.array([[1.0, -1.0], [-2.0, 1.0]])), name, beta=0.1, step_size=1e200, iterations=100)
    assert solution.result is Result.NOT_FINITE
    assert not solution.converged
    assert "smaller step" in solution.remedy


def test_convergence_is_declared_from_the_gap_alone() -> None:
    # No step at all: the policy does not move, which is no convergence.
    solution = solve(comal_cycle(), "mmd", beta=0.1, step_size=0.0, iterations=50)
    assert solution.result is Result.ITERATION_LIMIT
    # At the equilibrium there is nothing to do.
    solved = solve(comal_cycle(), "mmd", beta=0.0, initial=np.array([4.0, 3.0, 4.0]) / 11, tolerance=1e-12)
    assert solved.result is Result.CONVERGED
    assert solved.iterations == 0
