"""Games of perfect information: the known state is the belief, and values are those of a naive recursion on it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyspiel
import pytest

from agents.game import load_game
from search.openspiel import (
    MirrorDescent,
    MirrorDescentBot,
    PolicyIteration,
    Search,
    SearchGame,
    SearchOptions,
    SearchPolicy,
)
from search.openspiel.beliefs import Revealed
from search.openspiel.blueprints import UniformBlueprint
from tests.search.openspiel import naive

STATE = SearchOptions(rollouts=2000, largest=1)
PIG = "pig(players=2,winscore=6,diceoutcomes=3,horizon=8)"


def uniform(state: Any) -> dict[int, float]:
    legal = state.legal_actions()
    return dict.fromkeys(legal, 1.0 / len(legal))


def after(name: str, *actions: int) -> Any:
    state = pyspiel.load_game(name).new_initial_state()
    for action in actions:
        state.apply_action(action)
    return state


@pytest.mark.parametrize(
    ("name", "history"),
    [
        ("tic_tac_toe", (0, 4, 1, 8)),
        ("tic_tac_toe", (4, 0, 8, 2, 3)),
        (PIG, (0, 1, 0, 2, 1)),
        ("connect_four(rows=4,columns=4,x_in_row=3)", (0, 1, 0, 2, 1, 2, 3, 3)),
    ],
)
def test_action_values_are_those_of_the_known_state(name: str, history: tuple[int, ...]) -> None:
    search = Search(name, options=STATE)
    state = after(name, *history)
    player = state.current_player()
    decision = search.decide(state, player, 3)
    assert search.belief == "state"
    expected = [naive.expectation(state.child(action), uniform)[player] for action in state.legal_actions()]
    assert np.std(expected) > 0.0
    for found, error, value in zip(decision.q, decision.standard_error, expected, strict=True):
        assert found == pytest.approx(search.game.normalised(value), abs=4.5 * error + 1e-9)


@pytest.mark.parametrize("update", [PolicyIteration(), MirrorDescent(20.0)], ids=["monte-carlo", "mds"])
def test_an_immediate_win_is_taken_and_an_immediate_loss_is_prevented(update: Any) -> None:
    bot = MirrorDescentBot("tic_tac_toe", 0, options=SearchOptions(rollouts=900, update=update, play="mode"))
    for history, best in (((0, 3, 1, 4), 2), ((3, 0, 4, 1), 5), ((8, 0, 3, 1), 2)):
        bot.restart()
        assert bot.step(after("tic_tac_toe", *history)) == best
    assert bot.record == (3, 0, 0)


def exact_return(game: Any, policies: list[Any], state: Any) -> float:
    """Return the first player's expected return."""

    def of_both(state: Any) -> dict[int, float]:
        found: dict[int, float] = policies[state.current_player()](state)
        return found

    return float(naive.expectation(state, of_both)[0])


def test_search_beats_the_uniform_blueprint_by_exact_returns() -> None:
    """From a position of tic-tac-toe, exactly: what the searched policy gets for either player against uniform play."""
    searched = SearchPolicy("tic_tac_toe", options=SearchOptions(rollouts=200, update=PolicyIteration()))
    game, root = pyspiel.load_game("tic_tac_toe"), after("tic_tac_toe", 0, 1, 4)
    both = exact_return(game, [uniform, uniform], root)
    first = exact_return(game, [searched.action_probabilities, uniform], root)
    second = exact_return(game, [uniform, searched.action_probabilities], root)
    assert first > both + 0.2
    assert second < both - 0.2


def test_long_games_of_chance_are_searched_to_the_end() -> None:
    """Backgammon: the filter lost the state in the fifth decision."""
    game = pyspiel.load_game("backgammon")
    options = SearchOptions(rollouts=4, depth=2, value=lambda states: np.zeros((len(states), 2)))
    search = Search(game, options=options)
    bots = [MirrorDescentBot(search, player, seed=1) for player in (0, 1)]
    pyspiel.evaluate_bots(game.new_initial_state(), bots, 4)
    for bot in bots:
        assert bot.record.decisions > 20
        assert bot.record[1:] == (0, 0)


@pytest.mark.parametrize("name", ["goofspiel(num_cards=4)", "oshi_zumo(coins=12)", "markov_soccer"])
def test_moves_of_the_same_round_are_hidden_and_drawn_from_the_blueprint(name: str) -> None:
    """The second player knows the state at the start of the round, whatever the first has just done."""
    game = SearchGame(name)
    assert game.perfect
    revealed = Revealed(game, UniformBlueprint(), 400)
    state, generator = game.game.new_initial_state(), np.random.default_rng(2)
    checked = 0
    while not state.is_terminal() and checked < 2:
        if state.current_player() == 0 and len(state.legal_actions()) > 1 and state.move_number() > 0:
            drawn = []
            for action in state.legal_actions():
                child = state.child(action)
                if child.current_player() != 1:
                    break
                particles = revealed.particles(game.known(child, 1), game.view(child, 1), 5)
                drawn.append(sorted(str(particle.history()) for particle in particles.states))
            else:
                assert all(histories == drawn[0] for histories in drawn)
                counts = Counter(drawn[0])
                assert set(counts) == {str(state.child(action).history()) for action in state.legal_actions()}
                share = len(drawn[0]) / len(counts)
                assert max(abs(count - share) for count in counts.values()) < 5.0 * np.sqrt(share)
                checked += 1
        actions = [a for a, p in state.chance_outcomes() if p > 0] if state.is_chance_node() else state.legal_actions()
        state.apply_action(int(generator.choice(actions)))
    assert checked == 2


@pytest.mark.parametrize("play", ["sequential", "simultaneous"])
def test_a_scrambled_move_of_the_same_round_changes_no_decision(play: str) -> None:
    """Whether the search is given the simultaneous game or the turn-based form that tables play."""
    rules = load_game("oshi_zumo").rules if play == "sequential" else "oshi_zumo"
    search = Search(rules, options=SearchOptions(rollouts=60, particles=30))
    assert search.belief == "state"
    decisions = []
    for hidden in (0, 7, 30):
        state = search.game.at([3, 4, hidden])
        decisions.append(search.decide(state, 1, 9))
    for other in decisions[1:]:
        assert other.action == decisions[0].action
        np.testing.assert_array_equal(other.log_policy, decisions[0].log_policy)
    assert {decision.outcome for decision in decisions} == {"searched"}


def test_what_only_tables_declare_is_not_taken_for_perfect_information() -> None:
    perfect = ("tic_tac_toe", "backgammon", "goofspiel", "oshi_zumo", "misere(game=tic_tac_toe())")
    hidden = ("kuhn_poker", "goofspiel(imp_info=True)", "phantom_ttt", "matrix_rps", "misere(game=kuhn_poker())")
    for name in (*perfect, *hidden):
        assert SearchGame(name).perfect == (name in perfect)
        assert SearchGame(load_game(name).rules).perfect == (name in perfect)


def test_a_view_goes_on_and_back_as_if_it_were_made_anew() -> None:
    for name in ("leduc_poker", "tic_tac_toe", "goofspiel(imp_info=True,num_cards=4)", "liars_dice"):
        going, generator = SearchGame(name), np.random.default_rng(6)
        states = []
        for _ in range(3):
            state = going.game.new_initial_state()
            while not state.is_terminal():
                if state.current_player() >= 0:
                    states.append(state.clone())
                state.apply_action(int(generator.choice(state.legal_actions())))
        for place in (*range(len(states)), *generator.permutation(len(states)).tolist()):
            state = states[place]
            player = state.current_player()
            assert going.view(state, player) == SearchGame(name).view(state, player)
            assert going.turn_based(state, player).history() == state.history()


def test_a_view_that_a_time_limit_ended_half_way_is_made_anew() -> None:
    class Ends(SearchGame):
        left = 2

        def seen(self, state: Any, player: int) -> str:
            self.left -= 1
            if self.left < 0:
                raise TimeoutError
            return super().seen(state, player)

    game, state = Ends("tic_tac_toe"), after("tic_tac_toe", 0, 1, 2, 3, 4, 5)
    with pytest.raises(TimeoutError):
        game.view(state, 0)
    game.left = 100
    assert game.view(state, 0) == SearchGame("tic_tac_toe").view(state, 0)
