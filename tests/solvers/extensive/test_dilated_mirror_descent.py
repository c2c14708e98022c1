"""Dilated mirror descent against OpenSpiel, a recursive oracle, mirror descent over pure strategies, and theorems."""

from __future__ import annotations

import random

import numpy as np
import pyspiel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open_spiel.python.algorithms.mmd_dilated import MMDDilatedEnt

from games.extensive import ExtensiveGame, Policy, compile_game, from_tree
from games.extensive.game import Floats
from games.extensive.policies import random_policy, uniform_policy
from solvers.extensive.dilated_mirror_descent import largest_step
from solvers.extensive.quantal_response import log_plan_magnet, log_policy, regularised_gap
from solvers.extensive.registry import algorithm, name_of_form
from solvers.extensive.run import Run, start
from solvers.extensive.solving import solve
from solvers.extensive.state import MAGNET
from solvers.schedules import Power
from solvers.solution import Result
from tests.solvers.extensive import naive as naive_extensive
from tests.solvers.extensive import naive_mirror_descent as naive


def begin(game: ExtensiveGame, name: str = "mmd-dilated", **options: object) -> Run:
    return start(game, algorithm(name), **options)  # type: ignore[arg-type]


def small_game(source: random.Random) -> ExtensiveGame:
    return from_tree(naive_extensive.random_tree(source, 3))


def exact(game: ExtensiveGame, alpha: float, **options: object) -> Policy:
    """The quantal response equilibrium, to about 1e-14 in the gap."""
    solution = solve(game, "reg-domwu", alpha=alpha, iterations=100_000, tolerance=1e-14, **options)  # type: ignore[arg-type]
    assert solution.converged
    return solution.policy


@pytest.mark.parametrize(("name", "iterations", "alpha"), [("kuhn_poker", 30, 0.1), ("leduc_poker", 1, 0.05)])
def test_iterates_and_gaps_are_those_of_open_spiel(name: str, iterations: int, alpha: float) -> None:
    game = compile_game(name)
    theirs, ours = MMDDilatedEnt(pyspiel.load_game(name), alpha), begin(game, alpha=alpha)
    for _ in range(iterations):
        theirs.update_sequences()
        ours.advance(1)
        table = theirs.get_policies()
        for player, tree in enumerate(game.treeplexes):
            for i, text in enumerate(game.names[player].information_states):
                actions = slice(tree.first[i], tree.first[i + 1])
                expected = np.array(table.policy_for_key(text))[game.names[player].actions[actions]]
                np.testing.assert_allclose(ours.policy()[player][actions], expected, rtol=0, atol=1e-12)
        assert regularised_gap(game, ours.policy(), alpha) == pytest.approx(theirs.get_gap(), abs=1e-11)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 1000), st.sampled_from([0.0, 0.3, 2.0]), st.booleans())
def test_iterates_are_those_of_the_recursive_definition(
    source: random.Random, seed: int, alpha: float, alternating: bool
) -> None:
    game = small_game(source)
    magnet, policy = random_policy(game, seed), random_policy(game, seed + 1)
    run = begin(game, alpha=alpha, step_size=0.4, magnet=magnet, initial=policy, alternating=alternating)
    for _ in range(3):
        run.advance(1)
        first, second = policy
        gradient = naive.gradients(game, policy)
        first = naive.dilated_step(game, 0, gradient[0], first, magnet[0], 0.4, alpha)
        if alternating:
            gradient = naive.gradients(game, (first, second))
        second = naive.dilated_step(game, 1, gradient[1], second, magnet[1], 0.4, alpha)
        policy = (first, second)
        for mine, expected in zip(run.policy(), policy, strict=True):
            np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-12)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 1000))
def test_iterates_are_the_marginals_of_mirror_descent_over_reduced_pure_strategies(
    source: random.Random, seed: int
) -> None:
    game = small_game(source)
    plans = [naive.plans(game, player) for player in (0, 1)]
    if max(len(part) for part in plans) > 300:
        return
    eta, alpha, policy = 0.5, 0.2, random_policy(game, seed)
    run = begin(game, step_size=eta, alpha=alpha, initial=policy)
    mixtures = [naive.plan_probabilities(plans[player], policy[player]) for player in (0, 1)]
    dense = naive.matrix(game)
    incidence = [
        np.array([[s in plan for s in range(game.sequences[player])] for plan in plans[player]], float)
        for player in (0, 1)
    ]
    payoffs = incidence[0] @ dense @ incidence[1].T
    for _ in range(3):
        run.advance(1)
        values = payoffs @ mixtures[1], -payoffs.T @ mixtures[0]
        mixtures = [
            np.asarray(naive.updated(mixtures[p], values[p], np.full(len(plans[p]), 1 / len(plans[p])), eta, alpha))
            for p in (0, 1)
        ]
        for player in (0, 1):
            expected = naive.marginals(plans[player], mixtures[player], game.sequences[player])
            mine = naive.weights(game, run.policy(), player)
            np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-12)


def test_the_default_magnet_chooses_all_plans_with_the_same_probability() -> None:
    game = compile_game("kuhn_poker")
    for player, logs in enumerate(log_plan_magnet(game)):
        plans = naive.plans(game, player)
        np.testing.assert_allclose(naive.plan_probabilities(plans, np.exp(logs)), 1 / len(plans), rtol=1e-13)


@pytest.mark.parametrize("name", ["kuhn_poker", "dark_hex(board_size=2,gameversion=adh)"])
@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_divergence_from_the_equilibrium_falls_as_the_theorem_says(name: str, alpha: float) -> None:
    game = compile_game(name)
    equilibrium = exact(game, alpha)
    eta = largest_step(game, alpha)
    run = begin(game, alpha=alpha, step_size=eta)

    def divergence() -> float:
        return sum(naive.divergence(game, p, equilibrium[p], run.policy()[p]) for p in (0, 1))

    before = divergence()
    for t in (1, 2, 5, 20, 50, 100):
        run.advance(t - run.done)
        assert divergence() <= before / (1 + eta * alpha) ** t + 1e-13
    assert divergence() < 0.9 * before


@settings(derandomize=True, max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 1000), st.sampled_from([0.5, 2.0]))
def test_divergence_falls_as_the_theorem_says_in_random_games_with_any_magnet(
    source: random.Random, seed: int, alpha: float
) -> None:
    game = small_game(source)
    magnet = random_policy(game, seed)
    eta = min(largest_step(game, alpha), 100.0)
    equilibrium = exact(game, alpha, magnet=magnet, step_size=eta)
    run = begin(game, alpha=alpha, step_size=eta, magnet=magnet, initial=uniform_policy(game))
    before = sum(naive.divergence(game, p, equilibrium[p], run.policy()[p]) for p in (0, 1))
    for t in range(1, 10):
        run.advance(1)
        after = sum(naive.divergence(game, p, equilibrium[p], run.policy()[p]) for p in (0, 1))
        assert after <= before / (1 + eta * alpha) ** t + 1e-12


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 1000))
def test_the_gap_is_what_soft_best_responses_gain(source: random.Random, seed: int) -> None:
    game, alpha = small_game(source), 0.7
    policy, magnet = random_policy(game, seed), random_policy(game, seed + 1)
    gradient = naive.gradients(game, policy)
    expected = 0.0
    for p in (0, 1):
        # From the magnet itself the temperature is alpha / 2 + 1 / eta = alpha: the best response.
        best = naive.dilated_step(game, p, gradient[p], magnet[p], magnet[p], 2 / alpha, alpha / 2)
        for sign, part in ((1, best), (-1, policy[p])):
            pair = (part, part)
            utility = float(naive.weights(game, pair, p) @ gradient[p])
            expected += sign * (utility - alpha * naive.divergence(game, p, part, magnet[p]))
    found = regularised_gap(game, policy, alpha, log_policy(game, magnet))
    assert found == pytest.approx(expected, abs=1e-12)


def test_convergence_is_declared_from_the_gap_of_the_regularised_game() -> None:
    solution = solve("kuhn_poker", "mmd", alpha=0.1, iterations=5000, tolerance=1e-9)
    assert solution.algorithm == "mmd-dilated"
    assert solution.result == Result.CONVERGED and solution.converged
    assert solution.certificate is not None and solution.certificate <= 1e-9 < solution.exploitability
    assert solution.distance == solution.certificate == solution.history[-1].distance
    early = solve("kuhn_poker", "mmd", alpha=0.1, iterations=3, tolerance=1e-9)
    assert early.result == Result.ITERATION_LIMIT and not early.converged and "quantal response" in early.remedy


def test_a_run_may_start_where_another_ended() -> None:
    game = compile_game("kuhn_poker")
    solution = solve(game, "mmd-dilated", alpha=0.1, iterations=5000, tolerance=1e-9)
    again = solve(game, "mmd-dilated", alpha=0.1, iterations=100, tolerance=2e-9, initial=solution.policy)
    assert again.iterations == 0 and again.converged


def test_a_strong_magnet_holds_the_policy() -> None:
    game = compile_game("leduc_poker")
    blueprint = random_policy(game, 5)
    solution = solve(game, "mmd-dilated", alpha=1e4, iterations=200, tolerance=1e-9, magnet=blueprint)
    assert solution.converged
    for mine, expected in zip(solution.policy, blueprint, strict=True):
        np.testing.assert_allclose(mine, expected, atol=5e-3)


def test_magnets_without_full_support_are_refused() -> None:
    game = compile_game("kuhn_poker")
    pure = tuple(np.where(np.arange(len(part)) % 2 == 1, 1.0, 0.0) for part in uniform_policy(game))
    for part in pure:
        part[0] = 1.0
    with pytest.raises(ValueError, match="magnet must be positive"):
        begin(game, magnet=pure)


@pytest.mark.parametrize(
    ("name", "options", "iterations", "bound"),
    [
        ("mmd-annealed-dilated", {}, 10_000, 3e-3),
        ("mmd-moving-dilated", {}, 10_000, 1e-5),
        ("mmd-reset-dilated", {}, 10_000, 1e-12),
        ("mmd-dilated", {"alpha": Power(0.3), "step_size": Power(3.0)}, 10_000, 3e-3),
    ],
)
def test_variants_for_nash_reach_it_in_kuhn_poker(
    name: str, options: dict[str, object], iterations: int, bound: float
) -> None:
    run = begin(compile_game("kuhn_poker"), name, **options)
    run.advance(iterations)
    assert solve_exploitability(run) < bound


def solve_exploitability(run: Run) -> float:
    from solvers.extensive.evaluation import exploitability

    return exploitability(run.game, run.policy())


def test_a_moving_magnet_minimises_the_mixture_of_divergences() -> None:
    game = compile_game("kuhn_poker")
    before, rate = random_policy(game, 8), 0.25
    run = begin(game, "mmd-moving-dilated", magnet=before, parameters={"magnet_rate": rate})
    run.advance(1)
    magnets = [np.exp(state[MAGNET]) for state in run.states]
    generator = np.random.default_rng(0)

    def mixture(player: int, policy: Floats) -> float:
        parts = before[player], run.policy()[player]
        return sum(
            w * naive.divergence(game, player, policy, part) for w, part in zip((1 - rate, rate), parts, strict=True)
        )

    for player in (0, 1):
        least = mixture(player, magnets[player])
        for _ in range(20):
            other = magnets[player] * np.exp(0.05 * generator.normal(size=len(magnets[player])))
            tree = game.treeplexes[player]
            for i in range(len(tree.parent)):
                actions = slice(tree.first[i], tree.first[i + 1])
                other[actions] /= other[actions].sum()
            other[0] = 1.0
            assert mixture(player, other) > least


def test_forms_by_name() -> None:
    assert name_of_form("mmd") == name_of_form("mmd", "sequence") == "mmd-dilated"
    assert name_of_form("mmd", "behavioral") == name_of_form("mmd", "behavioural") == "mmd-behavioural"
    assert name_of_form("mmd-behavioral") == "mmd-behavioural"
    assert name_of_form("mmd-annealed", "sequence") == "mmd-annealed-dilated"
    assert name_of_form("mmd-annealed", "behavioral") == "mmd-annealed"
    assert name_of_form("cfr+") == "cfr+"
    for name, form in (("cfr+", "sequence"), ("mmd-dilated", "behavioural"), ("mmd", "normal")):
        with pytest.raises(ValueError, match="form"):
            name_of_form(name, form)
