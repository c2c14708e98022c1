"""Moves, seats, rows and states that are none, handed to public functions of phantom and extensive games and searches.

Of Hanabi's, ``tests/games/hanabi/test_checks.py`` has the table.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
import pytest

from agents.blueprints.random_legal import RANDOM
from games.extensive import ExtensiveGame, compile_game
from games.extensive.gambit import read_gambit
from games.extensive.game_tree import TreeState
from games.extensive.policies import policy_table, uniform_policy
from games.hanabi import standard
from games.hanabi.state import HanabiState
from games.phantom.bridges import information_state_strings, row_of_string
from games.phantom.game import phantom_game
from games.phantom.information_states import InformationStates, information_states
from games.phantom.sequences import attempts_of, child_table, row_of
from search.hanabi.history import SeatHistory
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.seat import FollowSeat
from search.openspiel.decide import Search
from search.openspiel.game import SearchGame
from search.openspiel.tree import HistoryTree
from search.phantom.moment import Moment
from search.seating import Seating
from tests.bad_input.files import content

NONE_OF_THEM: list[Any] = [
    3.0,
    3.7,
    np.float64(1.0),
    True,
    np.True_,
    "1",
    None,
    [1],
    float("nan"),
    1j,
    -1,
    10**6,
    2**70,
]
"""None of these is an action, a seat, a row or the number of anything here."""


@cache
def states() -> InformationStates:
    return information_states("dark_hex_2x2")


@cache
def kuhn() -> ExtensiveGame:
    return compile_game("kuhn_poker")


@cache
def kuhn_tree() -> HistoryTree:
    return HistoryTree(SearchGame("kuhn_poker"))


@cache
def kuhn_search() -> Search:
    return Search("kuhn_poker")


@pytest.fixture(scope="module")
def tree_state(tmp_path_factory: pytest.TempPathFactory) -> TreeState:
    path: Path = tmp_path_factory.mktemp("efg") / "pennies.efg"
    path.write_bytes(content("pennies.efg"))
    return read_gambit(path).new_initial_state()


def deal() -> Any:
    state = pyspiel.load_game("kuhn_poker").new_initial_state()
    for card in (0, 1):
        state.apply_action(card)
    return state


TAKES_A_NUMBER: dict[str, Callable[[Any], object]] = {
    "attempts_of, player": lambda number: attempts_of(states(), number, 0),
    "attempts_of, row": lambda number: attempts_of(states(), 0, number),
    "row_of, player": lambda number: row_of(states(), number, ()),
    "row_of, cell": lambda number: row_of(states(), 0, [(number, False)]),
    "child_table": lambda number: child_table(states(), number),
    "information_state_strings, player": lambda number: information_state_strings(states(), number, 0),
    "information_state_strings, row": lambda number: information_state_strings(states(), 0, number),
    "row_of_string": lambda number: row_of_string(states(), number, "..\n..\n0\n"),
    "Moment, player": lambda number: Moment(phantom_game("dark_hex_2x2"), number, ()),
    "Moment, cell": lambda number: Moment(phantom_game("dark_hex_2x2"), 0, ((number, False),)),
    "policy_table": lambda number: policy_table(kuhn(), uniform_policy(kuhn()), number),
    "action_string, player": lambda number: kuhn().action_string(number, 1),
    "action_string, sequence": lambda number: kuhn().action_string(0, number),
    "view": lambda number: SearchGame("kuhn_poker").view(deal(), number),
    "decide": lambda number: kuhn_search().decide(deal(), number, 0),
    "legal": lambda number: kuhn_tree().legal(number),
    "members": lambda number: kuhn_tree().members(number),
    "state": lambda number: kuhn_tree().state(number),
    "a seat of a history": lambda number: SeatHistory(
        standard(2), number, HanabiState.from_seed(standard(2), 0).view(0)
    ),
}


@pytest.mark.parametrize("function", TAKES_A_NUMBER)
def test_only_numbers_in_range_are_taken(function: str) -> None:
    for value in NONE_OF_THEM:
        with pytest.raises(
            ValueError, match=r"must (be|fit)|not on the board|states 0 to|cells are attempted"
        ) as error:
            TAKES_A_NUMBER[function](value)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("function", ["child", "apply_action", "action_to_string", "player_return"])
def test_nodes_of_a_gambit_file(function: str, tree_state: TreeState) -> None:
    for value in NONE_OF_THEM:
        state = tree_state.clone()
        with pytest.raises(ValueError, match=r"must (be|fit)|there is no action"):
            getattr(state, function)(value)
        assert state.history() == []
    for value in (value for value in NONE_OF_THEM if value is not None):
        for ask in (tree_state.legal_actions, tree_state.information_state_string):
            if value in (0, 1):  # what looks like a seat is compared before it is checked
                continue
            with pytest.raises(ValueError, match=r"must (be|fit)"):
                ask(value)


def test_a_search_is_asked_about_states_of_its_game_and_turn() -> None:
    search = kuhn_search()
    with pytest.raises(ValueError, match=r"the state is one of leduc_poker\(\), not of kuhn_poker\(\)"):
        search.decide(pyspiel.load_game("leduc_poker").new_initial_state(), 0, 0)
    with pytest.raises(ValueError, match="player 1 has no move at this state"):
        search.decide(deal(), 1, 0)
    with pytest.raises(ValueError, match="has no move at this state"):
        search.decide(pyspiel.load_game("kuhn_poker").new_initial_state(), 0, 0)


def seat_at(seat: int, game: Any, state: HanabiState) -> FollowSeat:
    found = FollowSeat(CompiledPolicy(RANDOM))
    found.start(Seating(game=game, seat=seat, seed=0, view=state.view(seat)))
    return found


def test_a_seat_of_hanabi_is_asked_about_what_it_sees() -> None:
    game = standard(2)
    state = HanabiState.from_seed(game, 0)
    first, second = seat_at(0, game, state), seat_at(1, game, state)
    assert first.act(state.view(0)) in state.legal_moves()
    moved = state.view(0)
    moved[-1] += 1
    wrong: list[tuple[FollowSeat, Any, str]] = [
        (second, state.view(1), "seat 1 was asked for a move out of turn"),
        (first, state.view(1), "another view than the last"),
        (first, state.array, "another view than the last"),
        (first, moved, "another view than the last"),
        (first, state.view(0)[:-1], "a position of this game is an int32 array"),
        (first, state.view(0).astype(np.int64), "a position of this game is an int32 array"),
        (first, state.view(0).tolist(), "a position of this game is an int32 array"),
        (first, None, "a position of this game is an int32 array"),
    ]
    for seat, view, sentence in wrong:
        with pytest.raises(ValueError, match=sentence):
            seat.act(view)
        with pytest.raises(ValueError, match=sentence):
            seat.explain(view)


def test_a_history_takes_views_of_its_seat_and_game() -> None:
    game = standard(2)
    state = HanabiState.from_seed(game, 0)
    history = SeatHistory(game, 0, state.view(0))
    state.apply(state.legal_moves()[0])
    for view, sentence in (
        (state.view(1), "shows its own hand"),
        (state.array, "shows its own hand"),
        (np.int32(0), "a position of this game"),
        (HanabiState.from_seed(standard(3), 0).view(0), "a position of this game"),
    ):
        with pytest.raises(ValueError, match=sentence):
            history.observe(view)  # type: ignore[arg-type]
        assert history.turns == 0
    history.observe(state.view(0))
    assert history.turns == 1
