from __future__ import annotations

import numpy as np
import pytest

from games.phantom.bridges import row_of_string
from games.phantom.game import phantom_game
from games.phantom.information_states import DECIDING, information_states
from games.phantom.policies import random_policies, uniform_policies
from games.phantom.sequences import attempts_of
from solvers.phantom import evaluate, exploitability
from solvers.phantom.evaluation import counterfactual_values
from tests.solvers.phantom import naive as naive_phantom

SMALL = ["dark_hex_2x2", "abrupt_dark_hex_2x2", "dark_hex_2x3", "abrupt_dark_hex_2x3", "phantom_ttt_2x3"]


@pytest.mark.parametrize("name", SMALL)
def test_evaluation_is_that_of_a_walk_through_all_histories(name: str) -> None:
    states = information_states(name)
    pair = [random_policies(name, seed=1), uniform_policies(name)]
    for policies in pair if len(pair[0][0]) < 100 else pair[:1]:
        expected, found = naive_phantom.evaluate(states, policies), evaluate(name, policies)
        assert found.value == pytest.approx(expected.value, abs=1e-14)
        assert found.best_response_values == pytest.approx(expected.best_response_values, abs=1e-14)
        for player in range(2):
            values = counterfactual_values(name, policies, player)
            attempts = [attempts_of(states, player, row) for row in range(states.counts()[player])]
            reach = [expected.reaches[player][sequence] for sequence in attempts]
            worth = [
                [expected.attempt_values[player].get((sequence, cell), 0.0) for cell in range(states.game.cells)]
                for sequence in attempts
            ]
            np.testing.assert_allclose(values.opponent_reach, reach, rtol=0, atol=1e-14)
            np.testing.assert_allclose(values.attempts, worth, rtol=0, atol=1e-14)
            np.testing.assert_allclose(values.states, (worth * policies[player]).sum(axis=1), rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["abrupt_dark_hex_2x2", "dark_hex_2x2"])
def test_exploitability_is_open_spiels(name: str) -> None:
    """In the classical game OpenSpiel's best response also hears how often the other was refused, and gets no less."""
    import pyspiel
    from open_spiel.python import policy as open_spiel_policy
    from open_spiel.python.algorithms import exploitability as open_spiel_exploitability

    game, states = pyspiel.load_game(phantom_game(name).open_spiel_name), information_states(name)
    policies = random_policies(name, seed=5)
    tabular = open_spiel_policy.TabularPolicy(game)
    for player in range(2):
        for text in tabular.states_per_player[player]:
            row = row_of_string(states, player, text)
            tabular.action_probability_array[tabular.state_lookup[text]] = policies[player][row]
    found = evaluate(name, policies)
    reference = open_spiel_exploitability.nash_conv(game, tabular, return_only_nash_conv=False)
    best = [
        gain + value for gain, value in zip(reference.player_improvements, (found.value, -found.value), strict=True)
    ]
    if phantom_game(name).abrupt:
        assert found.best_response_values == pytest.approx(best, abs=1e-12)
        assert exploitability(name, policies) == pytest.approx(reference.nash_conv / 2, abs=1e-12)
    else:
        assert all(b >= f - 1e-12 for b, f in zip(best, found.best_response_values, strict=True))


@pytest.mark.parametrize(
    ("name", "value", "best"),
    [
        ("phantom_ttt", 187 / 630, (0.953125, 0.6243386243)),
        pytest.param("dark_hex", 1 / 3, (1.0, 0.8328042328), marks=pytest.mark.exhaustive),
    ],
)
def test_the_uniform_policies_of_the_classical_games(name: str, value: float, best: tuple[float, float]) -> None:
    """exp-a-spiel: Phantom Tic-Tac-Toe, value .2968254, gains .9211640 and .6562996; Dark Hex, NashConv 1.832806."""
    found = evaluate(name, "uniform")
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.best_response_values == pytest.approx(best, abs=1e-9)


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    policies = random_policies("abrupt_dark_hex_2x3", seed=2)
    one, three = (counterfactual_values("abrupt_dark_hex_2x3", policies, 0, workers=n) for n in (1, 3))
    assert all(np.array_equal(a, b) for a, b in zip(one, three, strict=True))


def test_wrong_policies_are_named() -> None:
    policies = uniform_policies("dark_hex_2x2")
    with pytest.raises(ValueError, match=r"shape \(17, 4\)"):
        evaluate("dark_hex_2x2", (policies[0][1:], policies[1]))
    with pytest.raises(ValueError, match="a pair"):
        evaluate("dark_hex_2x2", policies[:1])
    with pytest.raises(ValueError, match="uniform"):
        evaluate("dark_hex_2x2", "best")
    for wrong in (-0.25, 0.5, np.nan):
        broken = policies[0].copy()
        broken[0, 0] = wrong
        with pytest.raises(ValueError, match="player 0 in row 0 "):
            evaluate("dark_hex_2x2", (broken, policies[1]))
    tried = policies[1].copy()
    row = information_states("dark_hex_2x2").numberings[1][DECIDING].total - 1
    cell = attempts_of(information_states("dark_hex_2x2"), 1, row)[0][0]
    tried[row] = np.eye(4)[cell]
    with pytest.raises(ValueError, match=f"row {row} "):
        evaluate("dark_hex_2x2", (policies[0], tried))
