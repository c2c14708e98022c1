from __future__ import annotations

import numpy as np
import pytest

from games.phantom.game import phantom_game
from games.phantom.information_states import information_states
from games.phantom.policies import random_policies, uniform_policies, uniform_rows
from games.phantom.sequences import attempts_of
from games.phantom.symmetry import folded, unfold
from search.phantom.tabulate import TabulatedUpdate, iterated_search, search_policies, search_states
from search.phantom.values import exact_action_values, values_of_states
from search.planner import MagneticMirrorDescent, MirrorDescent, PolicyIteration
from solvers.phantom import evaluate, solve
from solvers.phantom.evaluation import evaluate_checked
from tests.solvers.phantom import naive as naive_phantom

GAMES = ["abrupt_dark_hex_2x2", "dark_hex_2x2", "abrupt_phantom_ttt_2x3", "dark_hex_2x3"]
ETA, ALPHA = 3.0, 0.2


@pytest.mark.parametrize("name", GAMES)
def test_exact_search_is_one_step_of_tabular_magnetic_mirror_descent(name: str) -> None:
    blueprint = uniform_policies(name)
    update = MagneticMirrorDescent(ETA, ALPHA)
    found = search_policies(name, blueprint, exact_action_values(name, blueprint), update)
    learned = solve(name, "mmd", iterations=1, eta=ETA, alpha=ALPHA).policies
    for player in range(2):
        np.testing.assert_allclose(found[player], learned[player], rtol=0, atol=1e-12)
        assert not np.allclose(found[player], blueprint[player])


def test_search_on_its_own_output_is_the_learner() -> None:
    """The learner anneals eta and alpha by the root of the iteration."""
    name = "abrupt_dark_hex_2x2"
    policies = uniform_policies(name)
    for step in range(1, 6):
        update = MagneticMirrorDescent(ETA / step**0.5, ALPHA / step**0.5)
        policies = search_policies(name, policies, exact_action_values(name, policies), update)
    learned = solve(name, "mmd", iterations=5, eta=ETA, alpha=ALPHA).policies
    for player in range(2):
        np.testing.assert_allclose(policies[player], learned[player], rtol=0, atol=1e-12)


def test_iterated_search_lowers_exploitability() -> None:
    name = "abrupt_dark_hex_2x2"
    update = MagneticMirrorDescent(1.0, 0.3)
    depths = [evaluate(name, iterated_search(name, uniform_policies(name), update, n)).exploitability for n in (1, 4)]
    assert evaluate(name).exploitability > depths[0] > depths[1]
    twice = iterated_search(name, iterated_search(name, uniform_policies(name), update, 2), update, 2)
    assert evaluate(name, twice).exploitability == pytest.approx(depths[1], abs=1e-12)


@pytest.mark.parametrize("name", ["abrupt_dark_hex_2x3", "phantom_ttt_2x3"])
def test_states_folded_by_symmetry_give_the_same_search(name: str) -> None:
    whole, kept = information_states(name), folded(phantom_game(name))
    update = MagneticMirrorDescent(ETA, ALPHA)
    policies = uniform_rows(kept)
    for count in (1, 2):
        policies = search_states(kept, policies, values_of_states(kept, policies), update)
        expected = iterated_search(name, uniform_policies(name), update, count)
        for player in range(2):
            assert len(policies[player]) < whole.counts()[player]
            np.testing.assert_allclose(unfold(kept, player, policies[player]), expected[player], rtol=0, atol=1e-12)
        found = evaluate_checked(kept, policies).best_response_values
        assert found == pytest.approx(evaluate(name, expected).best_response_values, abs=1e-12)
    with pytest.raises(ValueError, match="breaks ties by cells"):
        search_states(kept, policies, values_of_states(kept, policies), PolicyIteration())


def test_search_beats_its_blueprint_in_both_seats_and_greedy_search_is_more_exploitable() -> None:
    name = "abrupt_phantom_ttt_2x3"
    blueprint = uniform_policies(name)
    values = exact_action_values(name, blueprint)
    searched, greedy = (search_policies(name, blueprint, values, u) for u in (MirrorDescent(5.0), PolicyIteration()))
    before = evaluate(name)
    assert evaluate(name, (searched[0], blueprint[1])).value > before.value
    assert evaluate(name, (blueprint[0], searched[1])).value < before.value
    assert evaluate(name, searched).exploitability < before.exploitability
    assert evaluate(name, greedy).exploitability > 2 * evaluate(name, searched).exploitability


@pytest.mark.parametrize(
    "update",
    [
        MirrorDescent(2.0),
        MagneticMirrorDescent(2.0, 0.5),
        MagneticMirrorDescent(2.0, 0.5, "blueprint"),
        MagneticMirrorDescent(2.0, 0.5).repeated(3),
        PolicyIteration(),
        PolicyIteration(0.2),
    ],
)
def test_the_policy_is_the_planners_update_of_exact_values(update: TabulatedUpdate) -> None:
    name = "abrupt_dark_hex_2x2"
    states, blueprint = information_states(name), random_policies(name, seed=3)
    found = search_policies(name, blueprint, exact_action_values(name, blueprint), update)
    expected = naive_phantom.evaluate(states, blueprint)
    for player in range(2):
        for row in range(states.counts()[player]):
            attempts = attempts_of(states, player, row)
            legal = [cell for cell in range(4) if cell not in [c for c, _ in attempts]]
            reach = expected.reaches[player][attempts]
            q = np.array([expected.attempt_values[player].get((attempts, cell), 0.0) for cell in legal]) / reach
            policy = np.exp(update(np.log(blueprint[player][row, legal]), q))
            np.testing.assert_allclose(found[player][row, legal], policy, rtol=0, atol=1e-12)
            assert found[player][row].sum() == pytest.approx(1.0)


def test_where_the_opponent_never_leads_the_blueprint_is_played() -> None:
    name = "abrupt_dark_hex_2x2"
    states = information_states(name)
    blueprint = random_policies(name, seed=5)
    blueprint[0][0] = [1.0, 0.0, 0.0, 0.0]  # player 0 begins in cell 0, so nothing else refuses player 1 at first
    values = exact_action_values(name, blueprint)
    found = search_policies(name, blueprint, values, MagneticMirrorDescent(ETA, ALPHA))
    unreached = [
        row
        for row in range(states.counts()[1])
        if (attempts := attempts_of(states, 1, row)) and attempts[0][1] and attempts[0][0] != 0
    ]
    assert unreached and not values.reached[1][unreached].any()
    np.testing.assert_array_equal(found[1][unreached], blueprint[1][unreached])
    np.testing.assert_array_equal(found[0][0], blueprint[0][0])  # what the blueprint never plays stays unplayed
    assert values.reached[0].all() and not np.array_equal(found[0], blueprint[0])


def test_equally_good_attempts_are_told_apart_by_no_rounding_error() -> None:
    name = "dark_hex_2x2"
    blueprint = uniform_policies(name)
    values = exact_action_values(name, blueprint)
    noise = np.random.default_rng(0)
    shaken = values._replace(q=tuple(q + 1e-15 * noise.standard_normal(q.shape) for q in values.q))  # type: ignore[arg-type]
    for mine, other in zip(
        search_policies(name, blueprint, values, PolicyIteration()),
        search_policies(name, blueprint, shaken, PolicyIteration()),
        strict=True,
    ):
        np.testing.assert_array_equal(mine, other)


def test_bad_input_is_named() -> None:
    name = "dark_hex_2x2"
    blueprint = uniform_policies(name)
    values = exact_action_values(name, blueprint)
    with pytest.raises(ValueError, match="not an array"):
        search_policies(name, blueprint, values, MagneticMirrorDescent(1.0, 0.1, np.zeros(4)))
    with pytest.raises(ValueError, match="at least once, not 0 times"):
        iterated_search(name, blueprint, MirrorDescent(1.0), 0)
    with pytest.raises(ValueError, match="a pair"):
        exact_action_values(name, blueprint[:1])
