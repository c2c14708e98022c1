"""Phantom games under uniform play: the compiled belief agrees with everything else, and sees nothing hidden."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyspiel
import pytest

from games.phantom.bridges import row_of_string
from games.phantom.information_states import information_states
from games.phantom.policies import uniform_policies
from search.openspiel import (
    MagneticMirrorDescent,
    MirrorDescentBot,
    Search,
    SearchGame,
    SearchOptions,
    SearchPolicy,
    Softened,
    UniformBlueprint,
)
from search.openspiel.beliefs import Filtered
from search.openspiel.phantom import attempts_of_view, known
from search.phantom.tabulate import search_policies
from search.phantom.values import exact_action_values
from tests.search.openspiel.common import PHANTOM, tree_of

TIC_TAC_TOE = "phantom_ttt"
DARK_HEX = "dark_hex(gameversion=adh)"
UPDATE = MagneticMirrorDescent(20.0, 0.05)


def random_states(name: str, seed: int, count: int) -> list[Any]:
    """Return states of random games at which there is a choice."""
    game, generator = pyspiel.load_game(name), np.random.default_rng(seed)
    found: list[Any] = []
    while len(found) < count:
        state = game.new_initial_state()
        for _ in range(int(generator.integers(2, 9))):
            if not state.is_terminal():
                state.apply_action(int(generator.choice(state.legal_actions())))
        if not state.is_terminal() and len(state.legal_actions()) > 1:
            found.append(state)
    return found


def test_exact_values_are_those_of_the_enumerated_game() -> None:
    tree, options = tree_of(PHANTOM), SearchOptions(rollouts=None)
    mine, theirs = Search(PHANTOM, options=options), Search(PHANTOM, options=options, tree=tree)
    assert mine.phantom is not None and theirs.tree is tree
    for state in tree.representatives:
        one, two = (search.decide(state, state.current_player(), 0) for search in (mine, theirs))
        np.testing.assert_array_equal(one.actions, two.actions)
        np.testing.assert_allclose(one.q, two.q, rtol=0, atol=1e-14)
        np.testing.assert_allclose(one.log_policy, two.log_policy, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", [TIC_TAC_TOE, DARK_HEX])
def test_sampled_values_agree_with_those_of_the_particle_filter(name: str) -> None:
    particles = 250
    searches = [
        Search(name, options=SearchOptions(rollouts=count, belief=belief, particles=particles))
        for count, belief in ((40_000, "exact"), (1800, "particles"))  # type: ignore[arg-type]
    ]
    assert [search.belief for search in searches] == ["exact", "particles"]
    for state in random_states(name, 2, 6):
        one, two = (search.decide(state, state.current_player(), 1) for search in searches)
        # The filter's particles are shared by rollouts, so that its error is at most that of so many samples.
        assert np.abs(one.q - two.q).max() <= 5.0 * np.sqrt(1.0 / particles + (one.standard_error**2).max())


@pytest.mark.parametrize("name", [TIC_TAC_TOE, DARK_HEX, "dark_hex"])
def test_a_scrambled_hidden_state_changes_no_move(name: str) -> None:
    game = SearchGame(name)
    search = Search(game, options=SearchOptions(rollouts=60, update=UPDATE))
    bots = [MirrorDescentBot(search, player, seed=3) for player in (0, 1)]
    scrambled = 0
    for state in random_states(name, 7, 8):
        player = state.current_player()
        view = game.view(state, player)
        others = Filtered(game, UniformBlueprint(), 6, 2000).particles(view, 5).states
        scrambled += sum(other.history() != state.history() for other in others)
        expected = bots[player].step_with_policy(state)
        assert all(bots[player].step_with_policy(other) == expected for other in others)
    assert scrambled > 20


def test_how_often_the_opponent_was_refused_is_not_known() -> None:
    """OpenSpiel's string of Dark Hex tells it by the length of the history; the search does not read that."""
    states = [SearchGame("dark_hex").at(history) for history in ([0, 1, 2, 3], [0, 0, 1, 2, 3], [0, 1, 2, 0, 3])]
    assert len({state.information_state_string() for state in states}) == 2
    bot = MirrorDescentBot("dark_hex", 0, options=SearchOptions(rollouts=60, update=UPDATE))
    answers = [bot.step_with_policy(state) for state in states]
    assert answers == [answers[0]] * 3


@pytest.mark.parametrize(
    ("name", "phantom"), [(PHANTOM, "abrupt_dark_hex_2x2"), ("dark_hex(board_size=2)", "dark_hex_2x2")]
)
def test_the_exact_bot_plays_what_the_tables_say(name: str, phantom: str) -> None:
    states, blueprint = information_states(phantom), uniform_policies(phantom)
    tables = search_policies(phantom, blueprint, exact_action_values(phantom, blueprint), UPDATE)
    policy = SearchPolicy(name, options=SearchOptions(rollouts=None, update=UPDATE))
    for state in random_states(name, 0, 60):
        player = state.current_player()
        row = tables[player][row_of_string(states, player, state.information_state_string())]
        for action, probability in policy.action_probabilities(state).items():
            assert probability == pytest.approx(row[action], abs=1e-12)


def test_attempts_are_read_from_the_view() -> None:
    game = SearchGame(TIC_TAC_TOE)
    state = game.at([4, 4, 0, 0, 1])
    phantom = Search(game).phantom
    assert phantom is not None
    assert attempts_of_view(known(phantom, game.view(state, 1))) == ((4, True), (0, False))
    state = game.at([4, 4, 0, 0])
    assert attempts_of_view(known(phantom, game.view(state, 0))) == ((4, False), (0, True))


def test_the_closed_form_is_for_uniform_blueprints_and_games_that_reveal_nothing() -> None:
    few = SearchOptions(rollouts=10, particles=5)
    assert Search(TIC_TAC_TOE).belief == "exact"
    assert Search(TIC_TAC_TOE, options=SearchOptions(belief="particles")).phantom is None
    assert Search(TIC_TAC_TOE, Softened(UniformBlueprint(), 0.1), few).phantom is None
    assert Search("phantom_ttt(obstype=reveal-numturns)", options=few).phantom is None
    assert Search("dark_hex(num_cols=4,num_rows=3)", options=few).belief == "particles"
    truncated = SearchOptions(depth=2, value=lambda states: np.zeros((len(states), 2)))
    assert Search(TIC_TAC_TOE, options=truncated).belief == "particles"
