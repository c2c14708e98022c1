"""Published equilibria, to six digits."""

from __future__ import annotations

import numpy as np
import pytest

from games.matrix import biased_rock_paper_scissors
from games.preference import comal_cycle
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.solving import solve
from solvers.solution import Result
from tests.solvers.normal_form.games_drawn import biased_preferences

# Quantal response equilibria of biased rock-paper-scissors around the uniform policy (Sokota et al. 2023).
QUANTAL_RESPONSE = {
    0.05: (0.1517447, 0.46794775, 0.38030755),
    0.1: (0.17347803, 0.48630324, 0.34021873),
    0.2: (0.22364492, 0.47798817, 0.29836691),
    0.5: (0.29813319, 0.41382045, 0.28804635),
}
CYCLE = np.array([4.0, 3.0, 4.0]) / 11


# All regularised algorithms whose last iterate converges; nash-md-constant stops at its floor.
@pytest.mark.parametrize("beta", QUANTAL_RESPONSE)
@pytest.mark.parametrize("name", ["nash-mp", "nash-md", "nash-ema", "egpo", "omd", "mmd"])
def test_quantal_response_equilibria_of_biased_rock_paper_scissors(name: str, beta: float) -> None:
    solution = solve(biased_preferences(), name, beta=beta, iterations=400_000, tolerance=1e-13)
    np.testing.assert_allclose(solution.policy, QUANTAL_RESPONSE[beta], atol=1e-6)


# Temperatures far above the payoffs, where the equilibrium is all but the reference.
@pytest.mark.parametrize("beta", [1.0, 5.0, 1000.0])
@pytest.mark.parametrize("name", [name for name in algorithm_names() if algorithm(name).target == "regularised"])
def test_default_steps_hold_at_high_temperature(name: str, beta: float) -> None:
    solution = solve(biased_preferences(), name, beta=beta, tolerance=1e-9)
    assert solution.converged, f"the default step of {name} does not serve at beta = {beta:g}: {solution.result}"
    assert np.abs(solution.policy - 1 / 3).max() <= 0.2 / beta


def test_nash_md_with_a_constant_step_comes_near_the_quantal_response_equilibrium() -> None:
    solution = solve(biased_preferences(), "nash-md-constant", beta=0.1, iterations=50_000)
    np.testing.assert_allclose(solution.policy, QUANTAL_RESPONSE[0.1], atol=1e-3)
    assert solution.result is Result.ITERATION_LIMIT


@pytest.mark.parametrize("name", ["comal", "mpo", "mmd-moving"])
def test_the_last_iterate_reaches_the_equilibrium_of_the_cycle(name: str) -> None:
    solution = solve(comal_cycle(), name, tolerance=1e-9, iterations=20_000)
    assert solution.converged
    assert solution.duality_gap <= 1e-9
    np.testing.assert_allclose(solution.policy, CYCLE, atol=1e-8)


@pytest.mark.parametrize("name", ["comal", "mpo", "mmd-moving"])
def test_and_that_of_a_matrix_game_for_both_players(name: str) -> None:
    solution = solve(biased_rock_paper_scissors(), name, tolerance=1e-9, iterations=50_000)
    assert solution.converged
    for policy in (solution.policy, solution.column_policy):
        np.testing.assert_allclose(policy, np.array([1.0, 3.0, 3.0]) / 7, atol=1e-7)


def test_annealing_goes_to_the_equilibrium_slowly() -> None:
    coarse, fine = (solve(comal_cycle(), "mmd-annealed", iterations=n) for n in (1_000, 100_000))
    np.testing.assert_allclose(fine.policy, CYCLE, atol=1e-3)
    assert fine.duality_gap < 0.2 * coarse.duality_gap
