"""Behavioural mirror descent against a recursive oracle, and agent quantal response equilibria as its fixed points."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.extensive import Chance, Decision, ExtensiveGame, GameError, Terminal, compile_game, from_arrays, from_tree
from games.extensive.game import Floats
from games.extensive.policies import random_policy, uniform_policy
from solvers.extensive.behavioural_mirror_descent import LOG_POLICY
from solvers.extensive.evaluation import exploitability
from solvers.extensive.nash_mirror_descent import ANNEALED_SETTINGS
from solvers.extensive.quantal_response import agent_residual
from solvers.extensive.registry import algorithm
from solvers.extensive.run import start
from solvers.extensive.solving import solve
from solvers.extensive.state import MAGNET
from tests.solvers.extensive import naive as naive_extensive
from tests.solvers.extensive import naive_mirror_descent as naive


def flat(game: ExtensiveGame, table: naive_extensive.Table) -> list[Floats]:
    """A table as arrays."""
    return [
        np.concatenate([[1.0], *(table[player, text] for text in game.names[player].information_states)])
        for player in (0, 1)
    ]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 1000), st.sampled_from([0.0, 0.3, 2.0]))
def test_iterates_are_those_of_the_recursive_definition(source: random.Random, seed: int, alpha: float) -> None:
    tree = naive_extensive.random_tree(source, 3)
    game = from_tree(tree)
    magnet, policy = random_policy(game, seed), random_policy(game, seed + 1)
    run = start(game, algorithm("mmd-behavioural"), alpha=alpha, step_size=0.4, magnet=magnet, initial=policy)
    table, magnets = naive_extensive.table_of(game, policy), naive_extensive.table_of(game, magnet)
    for _ in range(3):
        run.advance(1)
        table = naive.behavioural_step(tree, table, magnets, 0.4, alpha)
        for mine, expected in zip(run.policy(), flat(game, table), strict=True):
            np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-12)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 1000))
def test_the_residual_is_the_distance_from_the_softmax_of_action_values(source: random.Random, seed: int) -> None:
    tree = naive_extensive.random_tree(source, 3)
    game = from_tree(tree)
    policy = random_policy(game, seed)
    table = naive_extensive.table_of(game, policy)
    worst = 0.0
    for player in (0, 1):
        values = naive_extensive.counterfactual_values(tree, table, player)
        for state, reach in naive.reaches(tree, table, player).items():
            own = np.array(table[player, state])
            weights = np.exp([values[state, a] / reach / 0.7 for a in range(len(own))])
            worst = max(worst, float(np.abs(own - weights / weights.sum()).max()))
    assert agent_residual(game, policy, 0.7) == pytest.approx(worst, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("kuhn_poker", {0.05: 0.1, 0.1: 0.4, 0.2: 0.5, 0.5: 1.0}),
        ("dark_hex(board_size=2,gameversion=adh)", {0.05: 0.05, 0.1: 0.1, 0.2: 0.2, 0.5: 0.5}),
        ("liars_dice(dice_sides=4)", {0.05: 0.05, 0.1: 0.1, 0.2: 0.3, 0.5: 1.0}),
        ("leduc_poker", {0.2: 0.02, 0.5: 0.05}),
        pytest.param("leduc_poker", {0.05: 0.005, 0.1: 0.01}, marks=pytest.mark.exhaustive),
    ],
)
def test_agent_quantal_response_equilibria_are_found(name: str, steps: dict[float, float]) -> None:
    game = compile_game(name)
    for alpha, eta in steps.items():
        solution = solve(game, "mmd-behavioural", alpha=alpha, step_size=eta, iterations=200_000, tolerance=1e-8)
        assert solution.converged
        assert solution.certificate == agent_residual(game, solution.policy, alpha) <= 1e-8
        assert solution.exploitability > 1e-3  # a quantal response, not a Nash equilibrium


def test_the_paper_settings_are_the_default() -> None:
    run = start(compile_game("kuhn_poker"), algorithm("mmd-behavioural"), alpha=0.5)
    assert run.settings.step_size.values(1, 1) == pytest.approx([0.05])
    assert not run.alternating and not run.average
    assert [name in ANNEALED_SETTINGS for name in map(name_of, ("kuhn_poker", "leduc_poker"))] == [True, True]
    annealed = start(compile_game("leduc_poker"), algorithm("mmd-annealed"))
    assert annealed.settings.step_size.values(4, 1) == pytest.approx([0.5])
    assert annealed.settings.temperature.values(4, 1) == pytest.approx([2.5])


def name_of(game: str) -> str:
    return compile_game(game).name


@pytest.mark.parametrize(
    ("name", "iterations", "bound"),
    [("mmd-annealed", 10_000, 2e-3), ("mmd-moving", 10_000, 1e-12), ("mmd-reset", 10_000, 1e-12)],
)
def test_variants_for_nash_reach_it_in_kuhn_poker(name: str, iterations: int, bound: float) -> None:
    run = start(compile_game("kuhn_poker"), algorithm(name))
    run.advance(iterations)
    assert exploitability(run.game, run.policy()) < bound


def probabilities(logits: Floats, game: ExtensiveGame, player: int) -> Floats:
    """The policy of log-weights that are known up to a constant at each infoset."""
    tree, out = game.treeplexes[player], np.asarray(np.exp(logits))
    for i in range(len(tree.parent)):
        actions = slice(tree.first[i], tree.first[i + 1])
        out[actions] /= out[actions].sum()
    out[0] = 1.0
    return out


def test_a_moving_magnet_is_the_weighted_product_of_magnet_and_policy() -> None:
    game = compile_game("kuhn_poker")
    before = random_policy(game, 2)
    run = start(game, algorithm("mmd-moving"), magnet=before, parameters={"magnet_rate": 0.25})
    run.advance(1)
    for player, after in enumerate(run.policy()):
        expected = probabilities(0.75 * np.log(before[player]) + 0.25 * np.log(after), game, player)
        np.testing.assert_allclose(probabilities(run.states[player][MAGNET], game, player), expected, atol=1e-14)


def test_a_reset_magnet_becomes_the_policy_every_period_and_stays_in_between() -> None:
    game = compile_game("kuhn_poker")
    run = start(game, algorithm("mmd-reset"), parameters={"period": 3})
    at_reset = run.policy()
    for t in range(1, 10):
        run.advance(1)
        if t % 3 == 0:
            at_reset = run.policy()
        for player in (0, 1):
            magnet = probabilities(run.states[player][MAGNET], game, player)
            np.testing.assert_allclose(magnet, at_reset[player], atol=1e-14)


@pytest.mark.parametrize(("name", "parameters"), [("mmd-reset", {"period": 0.5}), ("mmd-moving", {"magnet_rate": 1.5})])
def test_parameters_without_meaning_are_refused(name: str, parameters: dict[str, float]) -> None:
    run = start(compile_game("kuhn_poker"), algorithm(name), parameters=parameters)
    with pytest.raises(ValueError, match="must be"):
        run.advance(1)


def test_an_infoset_that_is_never_reached_goes_to_the_magnet() -> None:
    never = Decision(0, "never", {"a": Terminal(1.0), "b": Terminal(-1.0)})
    always = Decision(0, "always", {"a": Terminal(1.0), "b": Terminal(-1.0)})
    game = from_tree(Chance([(1.0, always), (0.0, never)]))
    initial = random_policy(game, 1)
    solution = solve(
        game, "mmd-behavioural", alpha=0.5, step_size=1.0, iterations=500, tolerance=1e-12, initial=initial
    )
    first = game.treeplexes[0].first[game.index[0]["never"]]
    assert solution.converged
    np.testing.assert_allclose(solution.policy[0][first : first + 2], 0.5, atol=1e-11)
    other = game.treeplexes[0].first[game.index[0]["always"]]
    assert solution.policy[0][other] == pytest.approx(np.exp(2) / (np.exp(2) + np.exp(-2)))


def test_a_game_without_chance_probabilities_is_refused() -> None:
    game = from_arrays(([0], [0]), ([2], [2]), ([1, 2], [1, 2], [1.0, -1.0]))
    with pytest.raises(GameError, match="chances"):
        solve(game, "mmd-behavioural", iterations=1)
    assert solve(game, "mmd-dilated", iterations=1).iterations == 1


def test_logits_of_very_long_steps_stay_finite() -> None:
    game = compile_game("leduc_poker")
    run = start(game, algorithm("mmd-behavioural"), alpha=0.0, step_size=1e6)
    run.advance(50)
    assert all(np.isfinite(part).all() for part in run.policy())
    assert all(not np.isnan(state[LOG_POLICY]).any() for state in run.states)
    assert exploitability(game, run.policy()) <= exploitability(game, uniform_policy(game)) * 5
