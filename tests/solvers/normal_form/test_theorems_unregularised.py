"""Solvers of the game itself: their definitions, the regret bounds of their averages, and where last iterates go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from games.matrix import random_matrix_game
from games.preference import PreferenceBatch, PreferenceGame, comal_cycle, egpo_protocol
from solvers.normal_form.algorithm import Algorithm, linear_weights
from solvers.normal_form.predictive_regret_matching_plus import ALGORITHM as PREDICTIVE
from solvers.normal_form.problem import Game, problem_of
from solvers.normal_form.registry import algorithm
from solvers.normal_form.run import Run, start
from solvers.normal_form.solving import solve
from solvers.schedules import Constant, Custom, Power, Schedule
from tests.solvers.normal_form import naive
from tests.solvers.normal_form.games_drawn import games
from tests.solvers.normal_form.naive_unregularised import DEFINITIONS

ITERATIONS = 20
GAMES: list[naive.Game] = [egpo_protocol(3, 7), comal_cycle(), random_matrix_game(3, 5, np.random.default_rng(4))]
WITH_BOUND = ("mwu", "optimistic-mirror-descent", "optimistic-ftrl", "rm+", "prm+")
NASH = np.array([4.0, 3.0, 4.0]) / 11.0


def begin(game: Game, name: str, step_size: Schedule | float | None = None) -> Run:
    chosen = algorithm(name)
    return start(problem_of(game, 0.07 if chosen.target == "regularised" else 0.0), chosen, step_size=step_size)


def trajectory(game: naive.Game, run: Run) -> list[naive.Vector]:
    steps, temperatures = run.settings.step_size, run.settings.temperature
    definition = DEFINITIONS[run.algorithm.name]
    iterates = definition(
        game,
        lambda t: float(steps.values(t, 1)[0]),
        lambda t: float(temperatures.values(t, 1)[0]),
        run.settings.parameters,
    )
    return [np.concatenate(next(iterates)) for _ in range(ITERATIONS)]


@pytest.mark.parametrize("game", GAMES, ids=["egpo", "cycle", "matrix"])
@pytest.mark.parametrize("step_size", [None, Power(0.7)], ids=["default", "decreasing"])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_iterates_are_those_of_the_definition(name: str, step_size: Schedule | None, game: naive.Game) -> None:
    run = begin(game, name, step_size)
    for expected in trajectory(game, run):
        run.advance(1)
        np.testing.assert_allclose(run.policies()[1][0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_ragged_batch_has_the_iterates_of_its_games(name: str) -> None:
    members = [egpo_protocol(seed, size) for seed, size in ((1, 6), (2, 3), (5, 1), (6, 4))]
    run = begin(PreferenceBatch.from_games(members), name, 0.8)
    run.advance(ITERATIONS)
    for policy, game in zip(run.policies()[1], members, strict=True):
        np.testing.assert_allclose(policy[: game.alternatives], trajectory(game, run)[-1], rtol=0, atol=1e-12)
        assert (policy[game.alternatives :] == 0.0).all()


@pytest.mark.parametrize("game", [*GAMES, egpo_protocol(11, 20)], ids=["egpo", "cycle", "matrix", "large"])
def test_with_a_constant_step_optimistic_ftrl_is_optimistic_mirror_descent(game: naive.Game) -> None:
    runs = [begin(game, name, 0.3) for name in ("optimistic-ftrl", "optimistic-mirror-descent")]
    for _ in range(30):
        for run in runs:
            run.average = False
            run.advance(7)
        left, right = (run.policies()[1] for run in runs)
        np.testing.assert_allclose(left, right, rtol=0, atol=1e-12)


def test_with_decreasing_steps_it_is_not() -> None:
    left, right = (begin(comal_cycle(), name, Power(0.5)) for name in ("optimistic-ftrl", "optimistic-mirror-descent"))
    left.advance(20)
    right.advance(20)
    assert np.abs(left.policies()[1] - right.policies()[1]).max() > 1e-3


def test_with_a_constant_step_multiplicative_weights_are_the_population_update_of_dno() -> None:
    weights, dno = begin(egpo_protocol(8), "mwu", 0.4), begin(egpo_protocol(8), "dno", 0.4)
    weights.average = False
    for run in (weights, dno):
        run.advance(50)
    np.testing.assert_allclose(weights.policies()[1], dno.policies()[1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", WITH_BOUND)
@settings(derandomize=True, max_examples=15)
@given(games)
def test_the_gap_of_the_average_keeps_the_regret_bound(name: str, game: Game) -> None:
    for iterations in (1, 2, 7, 400):
        solution = solve(game, name, iterations=iterations, tolerance=0.0, growth=2.0)
        if solution.iterations < iterations:  # the reference, or an average on the way, is an exact equilibrium
            assert solution.duality_gap == 0.0
            break
        assert solution.bound is not None and solution.bound.quantity == "duality gap"
        assert solution.duality_gap <= solution.bound.value


@pytest.mark.parametrize("name", ["mwu", "optimistic-mirror-descent"])
def test_the_regret_bound_is_within_a_factor_of_what_happens(name: str) -> None:
    game = egpo_protocol(3)
    for iterations in (100, 1000, 10_000):
        solution = solve(game, name, iterations=iterations)
        assert solution.bound is not None
        assert solution.bound.value < 20.0 * solution.duality_gap


def test_the_bound_falls_with_the_root_of_the_iterations_or_with_the_iterations() -> None:
    def bounds(name: str) -> list[float]:
        solutions = [solve(comal_cycle(), name, iterations=t) for t in (1000, 4000)]
        return [solution.bound.value for solution in solutions if solution.bound is not None]

    first, last = bounds("mwu")
    assert first / last == pytest.approx(2.0, rel=0.02)
    first, last = bounds("optimistic-mirror-descent")
    assert first / last == pytest.approx(4.0, rel=1e-9)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
@settings(derandomize=True, max_examples=10)
@given(games)
def test_optimism_has_its_bound_at_any_step_below_the_largest(share: float, game: Game) -> None:
    chosen = algorithm("optimistic-mirror-descent")
    assert chosen.largest_step is not None
    step = share * chosen.largest_step(problem_of(game, 0.0))
    solution = solve(game, chosen, iterations=40, step_size=step, tolerance=0.0, growth=3.0)
    assert solution.bound is not None
    assert solution.duality_gap <= solution.bound.value * (1.0 + 1e-12)


@pytest.mark.parametrize(
    ("name", "step_size"),
    [
        ("optimistic-mirror-descent", Constant(0.75)),
        ("optimistic-ftrl", Power(0.1)),
        ("mwu", Custom(lambda t: float(t))),
        ("mwu", Constant(0.0)),
    ],
)
def test_a_theorem_promises_nothing_outside_its_conditions(name: str, step_size: Schedule) -> None:
    assert solve(comal_cycle(), name, iterations=10, step_size=step_size).bound is None


@pytest.mark.parametrize("name", WITH_BOUND)
def test_the_bound_is_about_the_average_only(name: str) -> None:
    assert solve(comal_cycle(), name, iterations=10, average=False).bound is None


def test_on_the_cycle_multiplicative_weights_diverge_and_optimism_converges() -> None:
    """The figures of the COMAL paper's example: step 0.3, 10^4 steps; NashConv is the duality gap."""
    circling = solve(comal_cycle(), "mwu", step_size=0.3, iterations=10_000, average=False)
    assert circling.duality_gap > 0.5 and not circling.converged
    optimistic = solve(
        comal_cycle(), "optimistic-mirror-descent", step_size=0.3, iterations=10_000, tolerance=1e-9, average=False
    )
    assert optimistic.converged and optimistic.duality_gap <= 1e-9
    np.testing.assert_allclose(optimistic.policy, NASH, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", ["dno", "group-relative", "mdpo", "mdpo-off-policy"])
def test_methods_without_a_theorem_leave_the_cycle_outwards_or_circle(name: str) -> None:
    game = PreferenceGame(comal_cycle().matrix, reference=np.array([0.38, 0.27, 0.35]))
    run = (
        begin(game, name) if algorithm(name).target == "equilibrium" else start(problem_of(game, 0.0), algorithm(name))
    )
    before = run.certificates()[0, 0]
    run.advance(3000)
    assert run.certificates()[0, 0] > before


def test_iterations_between_renewals_make_opmd_a_proximal_point_method() -> None:
    circling = solve(comal_cycle(), "opmd", parameters={"refresh": 1}, iterations=3000)
    implicit = solve(comal_cycle(), "opmd", parameters={"refresh": 10}, iterations=3000, tolerance=1e-3)
    assert circling.duality_gap > 0.1
    assert implicit.converged


@pytest.mark.parametrize("name", ["mdpo", "mdpo-off-policy"])
@pytest.mark.parametrize("game", GAMES, ids=["egpo", "cycle", "matrix"])
def test_with_an_entropy_weight_mdpo_reaches_the_regularised_equilibrium(name: str, game: naive.Game) -> None:
    assert solve(game, name, beta=0.2, iterations=20_000, tolerance=1e-6).converged


def test_a_critic_that_learns_at_once_is_on_policy() -> None:
    on = solve(egpo_protocol(1), "mdpo", beta=0.1, iterations=30)
    off = solve(egpo_protocol(1), "mdpo-off-policy", beta=0.1, iterations=30, parameters={"kappa": 1.0})
    np.testing.assert_array_equal(on.policy, off.policy)


def test_fictitious_play_gives_ties_to_the_lowest_index() -> None:
    tie = PreferenceGame(np.full((3, 3), 0.5))
    np.testing.assert_array_equal(solve(tie, "fictitious-play", iterations=0, tolerance=0.0).policy, [1 / 3] * 3)
    run = begin(tie, "fictitious-play")
    run.advance(5)
    np.testing.assert_allclose(run.policies()[1][0], [(1 / 3 + 4) / 5, 1 / 15, 1 / 15], rtol=1e-15)


@pytest.mark.parametrize("kappa", [0.0, 1.5, np.nan])
def test_a_rate_outside_its_range_is_refused(kappa: float) -> None:
    with pytest.raises(ValueError, match="kappa of mdpo-off-policy must be between"):
        solve(comal_cycle(), "mdpo-off-policy", beta=0.1, parameters={"kappa": kappa})


def test_any_average_may_be_chosen() -> None:
    linear: Algorithm = replace(PREDICTIVE, weights=linear_weights, bound=None)
    assert solve(egpo_protocol(4), linear, iterations=5000, tolerance=1e-4).converged


def test_expected_reinforce_never_loses_against_a_fixed_opponent() -> None:
    """A column player of one action is fixed: the row player's value only grows, to its largest payoff."""
    game = random_matrix_game(6, 1, np.random.default_rng(4))
    run = begin(game, "group-relative")
    last = -np.inf
    for _ in range(200):
        run.advance(5)
        value = float(run.policies()[1][0, :6] @ game.payoffs[:, 0])
        assert value >= last
        last = value
    assert last > game.payoffs.max() - 0.02


@settings(derandomize=True, max_examples=15)
@given(games)
def test_steps_that_adapt_keep_their_regret_bound(game: naive.Game) -> None:
    """2 D sqrt((D / eta_1)^2 + sum of squared changes), with the changes that came."""
    run = begin(game, "optimistic-ftrl-adaptive")
    eta, players = float(run.settings.step_size.values(1, 1)[0]), naive.references(game)
    run.average = False
    last = tuple(np.zeros_like(p) for p in players)
    changes, regret, total = np.zeros(len(players)), np.zeros(len(players)), [np.zeros_like(p) for p in players]
    for _ in range(60):
        joint = run.policies()[1][0] if run.iterations else np.concatenate(players)
        played = tuple(np.split(joint, [len(players[0])]))[: len(players)]
        seen = naive.values(game, played)
        changes += [(np.ptp(new - old) / 2) ** 2 for new, old in zip(seen, last, strict=True)]
        total = [sums + q for sums, q in zip(total, seen, strict=True)]
        regret -= [p @ q for p, q in zip(played, seen, strict=True)]
        last = seen
        for player, mu in enumerate(players):
            diameter = np.sqrt(-np.log(mu.min()))
            largest = max(diameter / eta, 1.0)  # no difference of these games is above 1
            bound = diameter * (
                np.sqrt((diameter / eta) ** 2 + changes[player]) + np.sqrt(largest**2 + changes[player])
            )
            assert total[player].max() + regret[player] <= bound + 1e-9
        run.advance(1)


def test_against_an_opponent_at_rest_the_regret_stays_bounded() -> None:
    game = random_matrix_game(6, 1, np.random.default_rng(4))
    gaps = [solve(game, "optimistic-ftrl-adaptive", iterations=t, tolerance=0.0).duality_gap * t for t in (100, 10_000)]
    assert gaps[1] < 1.5 * gaps[0] + 1e-9
