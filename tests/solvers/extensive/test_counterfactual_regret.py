from __future__ import annotations

import random
from importlib import import_module

import numpy as np
import pyspiel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.extensive import ExtensiveGame, Policy, compile_game, from_tree
from games.extensive.policies import from_open_spiel
from games.extensive.tree import Node
from solvers.extensive.counterfactual_regret import REGRET
from solvers.extensive.evaluation import evaluate, exploitability, nash_conv
from solvers.extensive.iterate import run
from solvers.extensive.registry import REGRET_MINIMISERS as NAMES
from solvers.extensive.registry import algorithm
from solvers.extensive.run import Run, start
from solvers.extensive.solving import solve
from solvers.extensive.state import POLICY
from tests.solvers.extensive import naive as naive
from tests.solvers.extensive.naive_counterfactual_regret import HORIZON, RULES, Solver, perturbed, tree_of


def current(going: Run) -> Policy:
    return going.states[0][POLICY], going.states[1][POLICY]


def assert_same(found: Policy, expected: Policy, tolerance: float) -> None:
    for player in (0, 1):
        np.testing.assert_allclose(found[player], expected[player], rtol=0.0, atol=tolerance)


def assert_table(game: ExtensiveGame, found: Policy, expected: naive.Table, tolerance: float) -> None:
    table = naive.table_of(game, found)
    assert table.keys() == expected.keys()
    for key, probabilities in expected.items():
        np.testing.assert_allclose(table[key], probabilities, rtol=0.0, atol=tolerance)


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker", "liars_dice(dice_sides=4)"])
@pytest.mark.parametrize(("ours", "theirs"), [("cfr", "CFRSolver"), ("cfr+", "CFRPlusSolver")])
def test_iterates_are_those_of_open_spiel(name: str, ours: str, theirs: str) -> None:
    game = compile_game(name)
    going = start(game, algorithm(ours))
    reference = getattr(pyspiel, theirs)(pyspiel.load_game(name))
    for iteration in range(1, 51):
        going.advance(1)
        reference.evaluate_and_update_policy()
        if iteration <= 5 or iteration % 10 == 0:  # a table of theirs takes longer than the iteration
            assert_same(going.policy(), from_open_spiel(game, reference.tabular_average_policy()), 1e-10)
            assert_same(current(going), from_open_spiel(game, reference.current_policy()), 1e-10)


@pytest.mark.parametrize(("ours", "theirs"), [("lcfr", "LCFRSolver"), ("dcfr", "DCFRSolver")])
def test_discounted_iterates_are_those_of_open_spiel(ours: str, theirs: str) -> None:
    game = compile_game("kuhn_poker")
    going = start(game, algorithm(ours))
    module = import_module("open_spiel.python.algorithms.discounted_cfr")
    reference = getattr(module, theirs)(pyspiel.load_game("kuhn_poker"))
    for _ in range(30):
        going.advance(1)
        reference.evaluate_and_update_policy()
        assert_same(going.policy(), from_open_spiel(game, reference.average_policy()), 1e-10)
        assert_same(current(going), from_open_spiel(game, reference.current_policy()), 1e-10)


def assert_iterates(tree: Node, name: str, alternating: bool, iterations: int) -> None:
    game, one = from_tree(tree), algorithm(name)
    parameters = one.planned(None, HORIZON)
    going, reference = start(game, one, alternating=alternating, parameters=parameters), Solver(tree, name)
    for _ in range(iterations):
        going.advance(1)
        reference.iterate(alternating)
        assert_table(game, current(going), reference.current, 1e-9)
        assert_table(game, going.policy(), reference.average(), 1e-9)


@pytest.mark.parametrize("alternating", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_iterates_are_those_of_the_definition(name: str, alternating: bool) -> None:
    kuhn = tree_of(pyspiel.load_game("kuhn_poker").new_initial_state())
    assert_iterates(perturbed(kuhn, random.Random(1)), name, alternating, 40)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5), st.sampled_from(NAMES), st.booleans())
def test_iterates_of_random_games_are_those_of_the_definition(
    source: random.Random, depth: int, name: str, alternating: bool
) -> None:
    assert_iterates(perturbed(naive.random_tree(source, depth), random.Random(0)), name, alternating, 8)


def test_rules_and_algorithms_have_the_same_names() -> None:
    assert set(NAMES) == set(RULES)


def test_leduc_poker_converges_as_published() -> None:
    # OpenSpiel's own listing of its C++ solver, which counts iterations from 0: "100" comes after 101 of them.
    game = compile_game("leduc_poker")
    going = start(game, algorithm("cfr"))
    for listed, expected in ((100, 0.0939), (200, 0.0533), (500, 0.0214), (999, 0.0118)):
        going.advance(listed + 1 - going.done)
        assert exploitability(game, going.policy()) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_value_of_kuhn_poker(name: str) -> None:
    game = compile_game("kuhn_poker")
    going = start(game, algorithm(name))
    going.advance(500_000 if name in ("cfr", "lcfr") else 30_000)
    found = evaluate(game, going.policy())
    assert found.value == pytest.approx(-1 / 18, abs=1e-6)
    assert found.exploitability < 1e-3


def test_the_last_iterate_of_predictive_cfr_plus_converges_on_kuhn_poker() -> None:
    game = compile_game("kuhn_poker")
    going = start(game, algorithm("pcfr+"), average=False)
    going.advance(2000)
    assert_same(going.policy(), current(going), 0.0)
    assert exploitability(game, going.policy()) < 1e-3


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 60), st.sampled_from(["cfr", "cfr+"]))
def test_regret_bounds(source: random.Random, depth: int, iterations: int, name: str) -> None:
    """Zinkevich et al. (2007), theorems 3 and 4, and the same of CFR+ with the uniform average, played at once."""
    game = from_tree(naive.random_tree(source, depth))
    going = start(game, algorithm(name), alternating=False, parameters={"averaging": 0.0})
    going.advance(iterations)
    regret = bound = 0.0
    for tree, state in zip(game.treeplexes, going.states, strict=True):
        if not len(tree.parent):
            continue
        regret += np.maximum(np.maximum.reduceat(state[REGRET], tree.first[:-1]), 0.0).sum()
        bound += game.utility_range * np.sqrt(iterations * np.diff(tree.first)).sum()
    assert nash_conv(game, going.policy()) * iterations <= regret + 1e-9
    assert regret <= bound + 1e-9


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 60), st.sampled_from([1, 20, 1000]))
def test_regret_bound_of_schedules(source: random.Random, depth: int, iterations: int, horizon: int) -> None:
    """``solvers.extensive.scheduled_regret``: the regret of the average is at most w_T times the cumulative regrets."""
    game, one = from_tree(naive.random_tree(source, depth)), algorithm("hs-pcfr+")
    going = start(game, one, alternating=False, parameters={"horizon": horizon})
    going.advance(iterations)
    weights = one.weights(going.settings, 1, iterations)
    assert (np.diff(weights) >= 0.0).all()
    assert weights.sum() >= weights[-1] * iterations / (30.0 + 1.0)
    regret = sum(
        np.maximum.reduceat(state[REGRET], tree.first[:-1]).sum()
        for tree, state in zip(game.treeplexes, going.states, strict=True)
        if len(tree.parent)
    )
    assert nash_conv(game, going.policy()) * weights.sum() / weights[-1] <= regret + 1e-9


def test_a_schedule_follows_the_iterations_that_are_asked_for() -> None:
    asked = solve("kuhn_poker", "hs-pcfr+", iterations=200)
    told = solve("kuhn_poker", "hs-pcfr+", iterations=200, parameters={"horizon": 200, "gamma": 30})
    other = solve("kuhn_poker", "hs-pcfr+", iterations=200, parameters={"horizon": 400})
    assert_same(asked.policy, told.policy, 0.0)
    assert asked.parameters == {"gamma": 30.0, "horizon": 200.0}
    assert asked.exploitability != other.exploitability
    assert asked.exploitability < 1e-2 * solve("kuhn_poker", "pcfr+", iterations=200).exploitability
    with pytest.raises(ValueError, match="the horizon must be a whole number of iterations, not"):
        solve("kuhn_poker", "hs-dcfr", parameters={"horizon": 2.5})


@pytest.mark.parametrize("alternating", [True, False])
def test_threads_change_nothing(alternating: bool) -> None:
    game = compile_game("liars_dice(dice_sides=3)")
    one = algorithm("pcfr+")
    results = []
    for workers in (1, 3):
        going = start(game, one, alternating=alternating)
        numbers = one.iteration_numbers(going.settings, 1, 20, True)
        run(one.step, game, going.states, numbers, alternating, going.reaches, workers=workers)
        results.append(going.states)
    for alone, together in zip(*results, strict=True):
        np.testing.assert_array_equal(alone, together)
