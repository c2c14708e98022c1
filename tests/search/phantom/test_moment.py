"""The belief at one information state is that of the tables and of the exact gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from games._base.rng import fold
from games.phantom.information_states import information_states
from games.phantom.policies import uniform_policies
from games.phantom.sequences import attempts_of
from search.phantom.moment import Moment
from search.phantom.sampled import sampled_action_values
from search.phantom.values import exact_action_values
from solvers.phantom.evaluation import counterfactual_values

GAMES = ["dark_hex_2x3", "abrupt_dark_hex_2x3", "phantom_ttt_2x3", "abrupt_phantom_ttt_2x3"]


def some_moments(name: str, count: int) -> Iterator[tuple[int, int, Moment]]:
    """Give player, row and belief of so many information states of each player."""
    states = information_states(name)
    for player in range(2):
        for row in np.linspace(0, states.counts()[player] - 1, count).astype(int).tolist():
            yield player, row, Moment(states.game, player, attempts_of(states, player, row))


@pytest.mark.parametrize("name", GAMES)
def test_the_whole_posterior_has_the_values_and_the_reach_of_the_gradient(name: str) -> None:
    blueprint = uniform_policies(name)
    exact = exact_action_values(name, blueprint)
    reaches = [counterfactual_values(name, blueprint, player).opponent_reach for player in range(2)]
    for player, row, moment in some_moments(name, 150):
        np.testing.assert_allclose(moment.values()[moment.legal], exact.q[player][row][moment.legal], atol=1e-14)
        assert moment.reach == pytest.approx(reaches[player][row], abs=1e-14)


@pytest.mark.parametrize("name", GAMES)
def test_means_of_samples_are_the_exact_values_within_five_standard_errors(name: str) -> None:
    exact, count, varied = exact_action_values(name, uniform_policies(name)), 400, 0
    for player, row, moment in some_moments(name, 60):
        returns, q = moment.returns(moment.legal, 5, 0, count), exact.q[player][row][moment.legal]
        # A return in {-1, 0, 1} has a variance of at most 1 - q^2; it is always the same where q is -1 or 1.
        errors = np.sqrt(np.maximum(0.0, 1.0 - q**2) / count)
        assert (np.abs(returns.mean(axis=0) - q) <= 5.0 * errors + 1e-9).all()
        varied += int((returns.std(axis=0) > 0.1).sum())
    assert varied > 20


@pytest.mark.parametrize("name", GAMES)
def test_samples_are_those_of_the_tables(name: str) -> None:
    particles, seed = 7, 3
    table = sampled_action_values(name, particles, "rollouts", seed)
    for player, row, moment in some_moments(name, 100):
        if len(moment.legal) > 1:
            with np.errstate(over="ignore"):
                key = int(fold(fold(fold(np.uint64(0), seed), player), row))
            returns = moment.returns(moment.legal, key, 0, particles)
            np.testing.assert_array_equal(returns.sum(axis=0) / particles, table.q[player][row][moment.legal])


def test_a_sample_depends_neither_on_the_call_nor_on_the_other_attempts() -> None:
    game = information_states("abrupt_phantom_ttt").game
    moment = Moment(game, 1, ((4, True), (0, False)))
    whole = moment.returns(moment.legal, 11, 0, 40)
    np.testing.assert_array_equal(moment.returns(moment.legal[2:4], 11, 15, 30), whole[15:30, 2:4])
    assert not np.array_equal(moment.returns(moment.legal, 12, 0, 40), whole)


def test_what_cannot_be_known_is_named() -> None:
    game = information_states("dark_hex_2x2").game
    for attempts in (((0, False), (0, True)), ((4, False),), tuple((cell, cell > 1) for cell in range(4))):
        with pytest.raises(ValueError, match="attempted once each"):
            Moment(game, 0, attempts)
    for player, attempts in ((0, ((0, True),)), (0, ((0, False), (2, False))), (1, ((0, True), (1, True), (2, True)))):
        with pytest.raises(ValueError, match=f"player {player} of dark_hex_2x2 never decides after"):
            Moment(game, player, attempts)
