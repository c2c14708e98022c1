"""What the theorems promise, on games that hypothesis draws: every step of it, not only the end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.matrix import random_matrix_game
from games.preference import comal_cycle, egpo_protocol
from solvers.normal_form.magnets import MAGNET
from solvers.normal_form.problem import Problem, problem_of
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.run import Run, start
from solvers.normal_form.solving import solve
from solvers.normal_form.state import POLICY
from tests.solvers.normal_form import naive
from tests.solvers.normal_form.games_drawn import betas, games, preference_games

ROUNDING = 1e-12
shares = st.floats(0.05, 1.0)
SLOW = settings(derandomize=True, deadline=None, max_examples=25)


def split(policy: naive.Vector, game: naive.Game) -> naive.Policies:
    first = len(naive.references(game)[0])
    return (policy,) if len(policy) == first else (policy[:first], policy[first:])


def divergences(game: naive.Game, run: Run, iterations: int) -> naive.Vector:
    """KL(equilibrium || policy) before the first iteration and after each."""
    target = naive.regularised_equilibrium(game, run.problem.beta)
    found = []
    for k in range(iterations + 1):
        if k > 0:
            run.advance(1)
        log_policies = split(run.policies()[0][0], game)
        found.append(sum(np.sum(p * (np.log(p) - log)) for p, log in zip(target, log_policies, strict=True)))
    return np.array(found)


def assert_linear(found: naive.Vector, factor: float) -> None:
    """Every iteration is within the rate from the start, and the rate is not a trivial one."""
    assert 0.0 < factor < 1.0
    assert (found <= factor ** np.arange(len(found)) * found[0] * (1 + 1e-9) + ROUNDING).all()


@SLOW
@given(games, betas, shares)
def test_nash_mirror_prox_is_linear_in_every_iteration(game: naive.Game, beta: float, share: float) -> None:
    problem = problem_of(game, beta)
    g = share / problem.half_range
    assert_linear(divergences(game, start(problem, algorithm("nash-mp"), step_size=g), 30), 1 / (1 + g * beta))


@SLOW
@given(preference_games(), betas)
def test_nash_mirror_prox_has_the_rate_of_its_paper(game: naive.Game, beta: float) -> None:
    assert_linear(divergences(game, start(problem_of(game, beta), algorithm("nash-mp")), 30), 1 / (1 + 2 * beta))


@SLOW
@given(games, betas, shares)
def test_magnetic_mirror_descent_is_linear_in_every_iteration(game: naive.Game, beta: float, share: float) -> None:
    problem = problem_of(game, beta)
    eta = share * beta / problem.half_range**2
    assert_linear(divergences(game, start(problem, algorithm("mmd"), step_size=eta), 30), 1 / (1 + eta * beta))


@SLOW
@given(games, betas, shares)
def test_online_mirror_descent_is_linear_in_every_iteration(game: naive.Game, beta: float, share: float) -> None:
    problem = problem_of(game, beta)
    e = share * beta / (problem.half_range**2 + beta**2)
    assert_linear(divergences(game, start(problem, algorithm("omd"), step_size=e), 30), 1 - e * beta)


@SLOW
@given(games, betas, shares)
def test_egpo_is_linear_up_to_the_step_of_its_paper_and_beyond(game: naive.Game, beta: float, share: float) -> None:
    problem = problem_of(game, beta)
    assert algorithm("egpo").default_step(problem).values(1, 1)[0] <= 1 / (beta + problem.half_range)
    eta = share / (beta + problem.half_range)
    assert_linear(divergences(game, start(problem, algorithm("egpo"), step_size=eta), 30), 1 - eta * beta)


def test_egpo_and_nash_mirror_prox_are_one_iteration_with_two_parametrisations() -> None:
    problem, g = problem_of(egpo_protocol(2), 0.1), 1.5
    left = start(problem, algorithm("nash-mp"), step_size=g)
    right = start(problem, algorithm("egpo"), step_size=g / (1 + g * 0.1))
    for run in (left, right):
        run.advance(25)
    np.testing.assert_allclose(left.policies()[1], right.policies()[1], atol=1e-13)


def nash_md_noise(problem: Problem) -> float:
    """Hoeffding's lemma gives ``R^2 / 8`` for each player where the paper has 2: a sharper test of the same proof."""
    return problem.players * (2 * problem.half_range) ** 2 / 8


@SLOW
@given(games, betas, shares)
def test_nash_md_contracts_up_to_the_noise_of_its_step(game: naive.Game, beta: float, share: float) -> None:
    problem = problem_of(game, beta)
    eta = share / beta
    found = divergences(game, start(problem, algorithm("nash-md"), step_size=eta), 30)
    assert (found[1:] <= (1 - eta * beta) * found[:-1] + nash_md_noise(problem) * eta**2 + ROUNDING).all()


@SLOW
@given(games, betas)
def test_nash_md_with_decreasing_steps_falls_like_one_over_t(game: naive.Game, beta: float) -> None:
    problem = problem_of(game, beta)
    found = divergences(game, start(problem, algorithm("nash-md")), 60)
    t = np.arange(1, len(found))
    assert (found[1:] <= 4 * nash_md_noise(problem) / (beta**2 * (t + 1)) + ROUNDING).all()


def test_nash_md_with_a_constant_step_has_a_floor_and_decreasing_steps_have_none() -> None:
    game = egpo_protocol(5)
    short = solve(game, "nash-md-constant", beta=0.1, step_size=0.05, iterations=20_000)
    shorter = solve(game, "nash-md-constant", beta=0.1, step_size=0.025, iterations=20_000)
    decreasing = solve(game, "nash-md", beta=0.1, iterations=20_000)
    assert decreasing.duality_gap < 1e-8 < shorter.duality_gap < short.duality_gap
    # The gap of the floor is of second order in the step.
    assert short.duality_gap / shorter.duality_gap == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize("name", algorithm_names())
def test_the_bound_that_a_solution_carries_holds(name: str) -> None:
    chosen = algorithm(name)
    beta = 0.2 if chosen.target == "regularised" else 0.0
    bounded: list[naive.Game] = [egpo_protocol(1, 5), comal_cycle(), random_matrix_game(3, 4, np.random.default_rng(5))]
    for game in bounded:
        if chosen.target == "regularised":
            target = naive.regularised_equilibrium(game, beta)
        for iterations in (1, 10, 300):
            solution = solve(game, chosen, beta=beta, iterations=iterations, tolerance=0.0)
            bound = solution.bound
            if bound is None:
                continue
            assert bound.value >= 0.0
            assert bound.theorem
            distance = solution.duality_gap
            if bound.quantity.startswith("KL"):
                distance = naive.divergence(target, split(solution.policies[0], game))
            assert distance <= bound.value + ROUNDING, f"{name}, iteration {iterations}: not {bound.theorem}"


@pytest.mark.parametrize("name", ["nash-mp", "mmd", "omd", "egpo", "nash-md", "nash-md-constant"])
def test_a_theorem_promises_nothing_outside_its_conditions(name: str) -> None:
    game = comal_cycle()
    inside = solve(game, name, beta=0.1, iterations=3)
    assert inside.bound is not None
    largest = algorithm(name).largest_step(problem_of(game, 0.1))  # type: ignore[misc]
    assert solve(game, name, beta=0.1, iterations=3, step_size=1.01 * largest).bound is None
    assert solve(game, name, beta=0.1, iterations=3, initial=np.array([0.2, 0.3, 0.5])).bound is None
    assert solve(game, name, beta=0.1, iterations=3, average=True).bound is None


def test_the_proximal_point_method_comes_closer_to_the_equilibrium_with_every_magnet() -> None:
    equilibrium = np.array([4.0, 3.0, 4.0]) / 11
    problem = problem_of(comal_cycle(), 0.0)
    run = start(problem, algorithm("comal"), temperature=0.1, parameters={"tolerance": 1e-7})
    magnets = []
    for _ in range(2000):
        run.advance(1)
        magnet = run.state[0, MAGNET].copy()
        if np.array_equal(magnet, run.state[0, POLICY]):
            magnets.append(np.exp(magnet))
    assert len(magnets) > 10
    for old, new in pairwise(magnets):
        moved = naive.divergence((new,), (old,))
        assert naive.divergence((equilibrium,), (new,)) <= naive.divergence((equilibrium,), (old,)) - moved + 1e-9


def test_the_magnet_of_mpo_moves_every_period() -> None:
    run = start(problem_of(comal_cycle(), 0.0), algorithm("mpo"), parameters={"period": 4})
    moves = []
    for t in range(1, 13):
        run.advance(1)
        if np.array_equal(run.state[0, MAGNET], run.state[0, POLICY]):
            moves.append(t)
    assert moves == [4, 8, 12]
