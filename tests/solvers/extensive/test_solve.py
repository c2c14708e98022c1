from __future__ import annotations

import re

import numpy as np
import pyspiel
import pytest

from games.extensive import Decision, Terminal, compile_game, from_arrays, from_tree
from games.extensive.policies import random_policy, to_open_spiel, uniform_policy
from games.extensive.tree import Node
from solvers.extensive.algorithm import Algorithm
from solvers.extensive.evaluation import behavioural_policy, evaluate, realisation_weights
from solvers.extensive.registry import algorithm, algorithm_names
from solvers.extensive.run import start
from solvers.extensive.solving import solve
from solvers.extensive.state import POLICY, WEIGHTS
from solvers.solution import Checkpoint, Result

EXTENSIVE = algorithm_names()


def test_it_stops_at_the_tolerance_and_certifies_what_it_returns() -> None:
    seen: list[Checkpoint] = []
    found = solve("leduc_poker", "cfr+", iterations=100_000, tolerance=0.01 / 26, report=seen.append)
    assert (found.payoff_range, found.limit) == (26.0, pytest.approx(0.01))
    assert found.result is Result.CONVERGED
    assert found.converged
    assert found.remedy == ""
    assert 0.0 < found.exploitability <= 0.01
    assert found.iterations == found.history[-1].iteration == seen[-1].iteration < 1000
    assert [line.iteration for line in found.history] == sorted({line.iteration for line in found.history})
    assert all(line.exploitability > 0.01 for line in found.history[:-1])
    assert found.evaluation == evaluate(found.game, found.policy)
    reference = pyspiel.load_game("leduc_poker")
    theirs = pyspiel.exploitability(reference, to_open_spiel(found.game, found.policy))
    assert found.exploitability == pytest.approx(theirs, abs=1e-12)
    assert found.value == pytest.approx(-0.0856, abs=0.01)


def test_it_says_so_when_the_iterations_are_not_enough() -> None:
    found = solve("kuhn_poker", "cfr", iterations=10, tolerance=1e-6)
    assert found.result is Result.ITERATION_LIMIT
    assert not found.converged
    assert "more iterations" in found.remedy
    assert found.iterations == 10


def test_a_game_without_a_choice_is_solved_before_it_begins() -> None:
    game = from_tree(Decision(0, "forced", {"only": Decision(1, "too", {"move": Terminal(2.0)})}))
    found = solve(game, "cfr+", iterations=10)
    assert (found.value, found.exploitability, found.iterations) == (2.0, 0.0, 0)


def test_a_player_who_never_moves() -> None:
    game = from_tree(Decision(0, "only", {"low": Terminal(-1.0), "high": Terminal(2.0)}))
    found = solve(game, "cfr+", iterations=100, tolerance=1e-9, average=False)
    assert found.policy[0].tolist() == [1.0, 0.0, 1.0]
    assert found.value == 2.0


@pytest.mark.parametrize("name", ["cfr+", "pcfr+"])
@pytest.mark.parametrize("alternating", [True, False])
def test_advancing_in_parts_is_advancing_at_once(name: str, alternating: bool) -> None:
    game = compile_game("leduc_poker")
    runs = [start(game, algorithm(name), alternating=alternating) for _ in range(2)]
    runs[0].advance(12)
    for count in (1, 4, 7):
        runs[1].advance(count)
    for one, other in zip(runs[0].states, runs[1].states, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_initial_policy_is_played_first() -> None:
    game = compile_game("leduc_poker")
    initial = random_policy(game, 1)
    none = solve(game, "cfr", iterations=0, initial=initial)
    first = solve(game, "cfr", iterations=1, initial=initial)
    for player in (0, 1):
        np.testing.assert_array_equal(none.policy[player], initial[player])
        np.testing.assert_allclose(first.policy[player], initial[player], rtol=1e-12)
    assert none.evaluation == evaluate(game, initial)
    assert first.history[0].exploitability == none.exploitability


def test_weights_belong_to_the_policy_and_the_average_is_theirs() -> None:
    game = compile_game("leduc_poker")
    going = start(game, algorithm("cfr+"), initial=random_policy(game, 2))
    sums = [np.zeros(count) for count in game.sequences]
    for t in range(1, 8):
        for player in (0, 1):
            sums[player] += t * going.states[player][WEIGHTS]
        going.advance(1)
        policy = going.states[0][POLICY], going.states[1][POLICY]
        for player in (0, 1):
            expected = realisation_weights(game, policy, player)
            np.testing.assert_allclose(going.states[player][WEIGHTS], expected, rtol=1e-12)
            np.testing.assert_allclose(
                going.policy()[player], behavioural_policy(game, sums[player], player), rtol=1e-10, atol=1e-14
            )


def test_the_order_of_play_matters() -> None:
    found = [solve("kuhn_poker", "cfr", iterations=50, alternating=order).policy[0] for order in (True, False)]
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_the_average_may_be_left_out() -> None:
    game = compile_game("kuhn_poker")
    last = solve(game, "cfr+", iterations=50, average=False)
    going = start(game, algorithm("cfr+"))
    going.advance(50)
    for player in (0, 1):
        np.testing.assert_array_equal(last.policy[player], going.states[player][POLICY])


@pytest.mark.parametrize("name", EXTENSIVE)
def test_every_algorithm_knows_itself(name: str) -> None:
    one = algorithm(name)
    assert isinstance(one, Algorithm)
    assert one.name == name
    assert one.title
    assert one.source


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"algorithm": "cfr++"}, "there is no algorithm 'cfr++': did you mean cfr"),
        ({"iterations": -1}, "the number of iterations must be at least 0, not -1"),
        ({"algorithm": "cfr", "step_size": 0.1}, "cfr has no step size: leave it out"),
        ({"algorithm": "cfr", "alpha": 0.1}, "cfr has no alpha: leave it out"),
        ({"algorithm": "cfr", "parameters": {"w": 1.0}}, "cfr has no parameter 'w': its parameters are averaging"),
        ({"initial": (np.ones(3), np.ones(13))}, "the policy of player 0 has the shape (3,)"),
        ({"initial": (np.ones(13), np.ones(13))}, "must be at least 0 and sum to 1"),
    ],
)
def test_what_has_no_meaning_is_refused_in_a_sentence(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the sentence follows)
        solve("kuhn_poker", **arguments)  # type: ignore[arg-type]
    assert sentence in str(caught.value)


def test_the_uniform_policy_is_where_everything_starts() -> None:
    game = compile_game("kuhn_poker")
    found = solve(game, "cfr", iterations=0)
    for player in (0, 1):
        np.testing.assert_array_equal(found.policy[player], uniform_policy(game)[player])
    assert found.history[0].duality_gap == pytest.approx(11 / 12)


def test_a_step_beyond_the_theorem_is_named_as_the_cause() -> None:
    found = solve("kuhn_poker", "mmd-dilated", alpha=0.05, step_size=100.0, iterations=500, tolerance=1e-9)
    assert found.result is Result.STEP_TOO_LARGE
    assert not found.converged
    # Utilities are between -2 and 2, hence the largest step alpha / 2^2.
    assert found.remedy == (
        "step size 100 is above 0.0125, up to which the theorem of mmd-dilated holds: take a smaller one"
    )
    # A long step that is on its way is no fault, nor is one that has arrived at rounding errors.
    for step in (1.0, 0.0125):
        found = solve("kuhn_poker", "mmd-dilated", alpha=0.05, step_size=step, iterations=100, tolerance=1e-9)
        assert found.result is Result.ITERATION_LIMIT
    arrived = solve("kuhn_poker", "mmd-dilated", alpha=0.5, iterations=3000, tolerance=1e-300)
    assert arrived.distance < 1e-14
    assert arrived.result is not Result.STEP_TOO_LARGE


@pytest.mark.parametrize("average", [True, False])
def test_numbers_that_overflow_are_a_result_and_no_error(average: bool) -> None:
    game = from_arrays(([0], [0]), ([2], [2]), ([1, 1, 2, 2], [1, 2, 1, 2], [1e50, -1e50, 1e50, 1e50]))
    found = solve(game, "domwu", step_size=1e300, iterations=50, tolerance=1e-3, average=average)
    assert found.result is Result.NOT_FINITE
    assert not found.converged
    assert "smaller step size" in found.remedy
    assert found.iterations < 50


@pytest.mark.parametrize("size", [1e-80, 1e80])
@pytest.mark.parametrize("name", ["lp", "cfr", "mmd-dilated"])
def test_utilities_too_large_or_too_small_to_compute_with_are_refused(name: str, size: float) -> None:
    game = from_arrays(([0], [0]), ([2], [2]), ([1, 1, 2, 2], [1, 2, 1, 2], [size, -size, size, size]))
    with pytest.raises(ValueError, match=f"the largest utility is {re.escape(f'{size:g}')}: take a unit"):
        solve(game, name)


@pytest.mark.parametrize("name", [*EXTENSIVE, "lp"])
def test_weights_may_underflow_in_a_very_deep_game(name: str) -> None:
    node: Node = Terminal(1.0)
    for depth in range(2400, 0, -1):  # uniform play gets to the end with a probability of 2^-2400
        stop = Terminal(depth * 7919 % 13 / 6 - 1)
        node = Decision(depth % 2, str(depth), {"stop": stop, "go on": node})
    game = from_tree(node)
    found = solve(game, name) if name == "lp" else solve(game, name, iterations=50)
    assert np.isfinite(found.exploitability)
    if "mmd" not in name and "domwu" not in name:  # which need more iterations
        assert found.exploitability < 0.01  # 0.27 for uniform play
