"""Extensive-form fictitious play against OpenSpiel's and against its definition on realisation weights."""

from __future__ import annotations

import numpy as np
import pyspiel
import pytest
from open_spiel.python.algorithms import exploitability, fictitious_play

from games.extensive import ExtensiveGame, Policy, compile_game, from_arrays
from games.extensive.policies import random_policy, uniform_policy
from solvers.extensive.evaluation import behavioural_policy, best_response, realisation_weights
from solvers.extensive.solving import solve


def averages(game: ExtensiveGame, initial: Policy, iterations: int) -> list[np.ndarray]:
    """The realisation weights of both averages, by the definition."""
    weights = [realisation_weights(game, initial, player) for player in (0, 1)]
    for t in range(2, iterations + 2):
        policy = [behavioural_policy(game, weights[player], player) for player in (0, 1)]
        answers = [best_response(game, policy, player).policy for player in (0, 1)]
        played = [realisation_weights(game, answers, player) for player in (0, 1)]
        weights = [before + (now - before) / t for before, now in zip(weights, played, strict=True)]
    return weights


@pytest.mark.parametrize("most", [2, pytest.param(4, marks=pytest.mark.exhaustive)])
def test_the_first_averages_on_leduc_poker_are_as_exploitable_as_those_of_open_spiel(most: int) -> None:
    """On Kuhn poker ties between best responses are broken in another way after seven iterations."""
    game, compiled = pyspiel.load_game("leduc_poker"), compile_game("leduc_poker")
    theirs = fictitious_play.XFPSolver(game)
    for iterations in range(1, most + 1):
        theirs.iteration()
        ours = solve(compiled, "fictitious-play", iterations=iterations)
        assert ours.evaluation.nash_conv == pytest.approx(
            exploitability.nash_conv(game, theirs.average_policy()), abs=1e-12
        )


def without_ties(game: ExtensiveGame) -> ExtensiveGame:
    """The same trees with slightly other payoffs."""
    start, column, value = game.payoffs[0]
    rows = np.repeat(np.arange(len(start) - 1), np.diff(start))
    other = value * np.random.default_rng(0).uniform(0.9, 1.1, len(value))
    first, second = game.treeplexes
    counts = np.diff(first.first), np.diff(second.first)
    return from_arrays((first.parent, second.parent), counts, (rows, column, other))


@pytest.mark.parametrize("name", ["kuhn_poker", "liars_dice(dice_sides=3)", "leduc_poker"])
def test_it_averages_realisation_weights(name: str) -> None:
    game = without_ties(compile_game(name))
    for initial in (uniform_policy(game), random_policy(game, 1)):
        found = solve(game, "fictitious-play", iterations=9, initial=initial).policy
        for player, weights in enumerate(averages(game, initial, 9)):
            np.testing.assert_allclose(realisation_weights(game, found, player), weights, atol=1e-12)


def test_it_converges_like_one_over_the_square_root() -> None:
    game = compile_game("kuhn_poker")
    few, many = (solve(game, "fictitious-play", iterations=count).exploitability for count in (100, 10_000))
    assert many < 0.2 * few
    assert many < 5e-3


def test_a_start_from_pure_policies_stays_a_policy() -> None:
    """Infosets that the average does not reach get the best response."""
    game = compile_game("leduc_poker")
    pure = best_response(game, uniform_policy(game), 0).policy, best_response(game, uniform_policy(game), 1).policy
    found = solve(game, "fictitious-play", iterations=3, initial=pure)
    assert np.isfinite(found.exploitability)
    for player, part in enumerate(found.policy):
        np.testing.assert_allclose(np.add.reduceat(part, game.treeplexes[player].first[:-1]), 1.0, atol=1e-12)
