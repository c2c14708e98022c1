"""Control variates: exactly unbiased for any value function, by enumeration; and less luck with a good one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyspiel
import pytest
from numpy.typing import NDArray
from open_spiel.python import policy as policies
from open_spiel.python.algorithms.expected_game_score import policy_value

from agents.statistics.control_variates import ControlVariate, ExactValue

FloatArray = NDArray[np.float64]


def random_policy(game: pyspiel.Game, seed: int) -> policies.TabularPolicy:
    policy = policies.TabularPolicy(game)
    weights = np.random.default_rng(seed).random(policy.action_probability_array.shape) ** 2
    weights *= policy.legal_actions_mask
    policy.action_probability_array[:] = weights / weights.sum(axis=1, keepdims=True)
    return policy


def histories(state: pyspiel.State, seats: list[Any], chance: float = 1.0) -> Iterator[tuple[pyspiel.State, float]]:
    """Yield every finished game and its probability."""
    if state.is_terminal():
        yield state, chance
        return
    if state.is_chance_node():
        branches = state.chance_outcomes()
    else:
        branches = list(seats[state.current_player()].action_probabilities(state).items())
    for action, probability in branches:
        if probability > 0:
            yield from histories(state.child(action), seats, chance * probability)


def nonsense(state: pyspiel.State) -> FloatArray:
    """Return some function of the history without any meaning."""
    return np.random.default_rng([7, *state.history()]).normal(scale=10.0, size=state.num_players())


def moments(variate: ControlVariate, game: pyspiel.Game, seats: list[Any]) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of the adjusted returns, exactly."""
    total, square = np.zeros(game.num_players()), np.zeros(game.num_players())
    for state, chance in histories(game.new_initial_state(), seats):
        value = variate.adjusted(state.history(), state.returns())
        total += chance * value
        square += chance * value**2
    return total, square - total**2


@pytest.mark.parametrize("name", ["kuhn_poker", "kuhn_poker(players=3)"])
@pytest.mark.parametrize("known", ["none", "first", "all"])
def test_any_value_function_leaves_the_expectation_as_it_is(name: str, known: str) -> None:
    game = pyspiel.load_game(name)
    seats = [random_policy(game, seed) for seed in range(game.num_players())]
    given = [seat if known == "all" or (known == "first" and place == 0) else None for place, seat in enumerate(seats)]
    variate = ControlVariate(game, nonsense, given)
    mean, _ = moments(variate, game, seats)
    np.testing.assert_allclose(mean, ExactValue(game, seats)(game.new_initial_state()), atol=1e-12)
    games = list(histories(game.new_initial_state(), seats))
    assert max(np.abs(variate.adjustment(state.history())).max() for state, _ in games) > 1.0


def test_a_game_cut_short_is_adjusted_without_bias_too() -> None:
    game = pyspiel.load_game("kuhn_poker")
    seats = [random_policy(game, seed) for seed in (3, 4)]
    variate = ControlVariate(game, nonsense, seats)
    games = list(histories(game.new_initial_state(), seats))
    cut = sum(chance * variate.adjustment(state.history()[:3]) for state, chance in games)
    np.testing.assert_allclose(cut, 0.0, atol=1e-12)


def test_the_better_the_value_the_smaller_the_variance() -> None:
    game = pyspiel.load_game("kuhn_poker")
    seats = [random_policy(game, seed) for seed in (1, 2)]
    uniform = policies.UniformRandomPolicy(game)
    rough, exact = ExactValue(game, [uniform, uniform]), ExactValue(game, seats)
    variates = {
        "none": ControlVariate(game, lambda state: np.zeros(2), seats),
        "chance": ControlVariate(game, exact),
        "rough": ControlVariate(game, rough, seats),
        "one": ControlVariate(game, exact, [seats[0], None]),
        "all": ControlVariate(game, exact, seats),
    }
    variance = {name: float(moments(variate, game, seats)[1][0]) for name, variate in variates.items()}
    assert variance["none"] > variance["chance"] > variance["one"] > variance["all"]
    assert variance["none"] > 1.3 * variance["rough"]
    assert variance["all"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", ["kuhn_poker(players=3)", "leduc_poker"])
def test_exact_values_are_openspiels(name: str) -> None:
    game = pyspiel.load_game(name)
    seats = [random_policy(game, seed) for seed in range(game.num_players())]
    expected = policy_value(game.new_initial_state(), seats)
    np.testing.assert_allclose(ExactValue(game, seats)(game.new_initial_state()), expected, atol=1e-12)


def test_a_policy_that_never_plays_what_was_played_is_noticed() -> None:
    game = pyspiel.load_game("kuhn_poker")
    always_pass = lambda state: {0: 1.0, 1: 0.0}  # noqa: E731
    mixing = lambda state: {0: 0.5, 1: 0.5}  # noqa: E731
    variate = ControlVariate(game, nonsense, [mixing, always_pass])
    variate.adjustment([0, 1, 1, 0])
    bluff = ControlVariate(game, nonsense, [lambda state: {0: 0.7, 1: 0.0, 2: 0.3}, None])
    with pytest.raises(ValueError, match="give None for its policy"):
        bluff.adjustment([0, 1, 1, 0])


def test_what_cannot_be_adjusted_is_refused_in_one_sentence() -> None:
    kuhn = pyspiel.load_game("kuhn_poker")
    with pytest.raises(ValueError, match="simultaneous moves"):
        ControlVariate(pyspiel.load_game("matrix_rps"), nonsense)
    with pytest.raises(ValueError, match="has 2 players, not 1"):
        ControlVariate(kuhn, nonsense, [None])
    with pytest.raises(ValueError, match="is no policy"):
        ControlVariate(kuhn, nonsense, ["uniform", None])
    with pytest.raises(ValueError, match="the policy of every seat"):
        ExactValue(kuhn, [policies.UniformRandomPolicy(kuhn), None])
    with pytest.raises(ValueError, match="does not sum to 1"):
        ControlVariate(kuhn, nonsense, [lambda state: {0: 0.5, 1: 0.2}, None]).adjustment([0, 1, 1, 0])
