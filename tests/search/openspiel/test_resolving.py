"""Subgame solving as a player: the policy of ``resolve_everywhere``, safe, and blind to what is hidden."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyspiel
import pytest
from open_spiel.python.algorithms import evaluate_bots

from games.extensive.policies import from_open_spiel, policy_table, random_policy, uniform_policy
from search.openspiel import Resolving, ResolvingBot, ResolvingOptions, ResolvingPolicy, Softened, TabularBlueprint
from solvers.exploitability.approximate import approximate_exploitability
from solvers.extensive.evaluation import exploitability
from solvers.extensive.subgames import Method, resolve_everywhere

LIARS_DICE = "liars_dice(dice_sides=2)"


@cache
def solved(name: str, method: Method = "safe") -> Resolving:
    return Resolving(name, options=ResolvingOptions(method, iterations=30))


@pytest.mark.parametrize("method", ["safe", "margin", "unsafe"])
def test_it_plays_what_resolving_everywhere_gives(method: Method) -> None:
    resolving = solved(LIARS_DICE, method)
    game = resolving.compiled
    played = from_open_spiel(game, ResolvingPolicy(resolving), resolving.game.game)
    for player in (0, 1):
        everywhere = resolve_everywhere(
            resolving.states, resolving.blueprint, method, player=player, algorithm="pcfr+", iterations=30
        )
        assert played[player] == pytest.approx(everywhere[player], abs=1e-12)
    if method != "unsafe":
        assert exploitability(game, played) < exploitability(game, uniform_policy(game))
    assert resolving.solved == sum(len(resolving.states.players(k)) for k in range(len(resolving.states)))


def test_blueprints_from_what_people_have() -> None:
    name = "kuhn_poker"
    game = solved(name).compiled
    policy = random_policy(game, 3)
    tables = [policy_table(game, policy, player) for player in (0, 1)]
    for source in (policy, TabularBlueprint(tables), Softened(TabularBlueprint(tables), 0.0)):
        found = Resolving(name, source).blueprint
        assert all(np.array_equal(one, other) for one, other in zip(found, policy, strict=True))
    with pytest.raises(ValueError, match="is no blueprint"):
        Resolving(name, 3)


def test_bots_play_in_open_spiel_and_see_nothing_hidden() -> None:
    name = "kuhn_poker"
    bots = [ResolvingBot(solved(name), player, seed=2) for player in (0, 1)]
    game = pyspiel.load_game(name)
    returns = [evaluate_bots.evaluate_bots(game.new_initial_state(), bots, np.random.RandomState(k)) for k in range(5)]
    assert all(abs(sum(pair)) < 1e-12 for pair in returns)
    answers = []
    for other in (0, 2):  # player 0 holds the middle card
        state = game.new_initial_state()
        state.apply_action(1)
        state.apply_action(other)
        answers.append(bots[0].get_policy(state))
    assert answers[0] == answers[1]
    with pytest.raises(ValueError, match="the players are 0 and 1"):
        ResolvingBot(solved(name), 2)


def test_a_searching_exploiter_finds_less_against_it_than_against_the_blueprint() -> None:
    """A search is a policy, too, and its exploitability has a lower bound without any table."""
    name = "kuhn_poker"
    policy = ResolvingPolicy(Resolving(name, options=ResolvingOptions("margin")))
    exact = exploitability(policy.resolving.compiled, from_open_spiel(policy.resolving.compiled, policy, policy.game))
    found = approximate_exploitability(name, policy, games=150, simulations=30, seed=1)
    assert found.exploitability <= exact + 3 * found.exploitability_error
    assert found.exploitability < 11 / 24  # of the uniform policy


def test_players_who_move_at_once() -> None:
    name = "goofspiel(num_cards=3,imp_info=True,points_order=descending)"
    policy = ResolvingPolicy(name, options=ResolvingOptions(iterations=10))
    state = pyspiel.load_game(name).new_initial_state()
    for player in (0, 1):
        row = policy.action_probabilities(state, player)
        assert list(row) == [0, 1, 2]
        assert sum(row.values()) == pytest.approx(1.0)
