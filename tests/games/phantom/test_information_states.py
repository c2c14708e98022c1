from __future__ import annotations

import random

import numpy as np
import pytest

from games.phantom.bridges import history_lengths, information_state_strings, row_of_string
from games.phantom.game import phantom_game
from games.phantom.information_states import DECIDING, WAITING, information_states, letters_of_ranks
from games.phantom.sequences import attempts_of, child_table, row_of
from tests.games.phantom import naive as naive_phantom
from tests.games.phantom.naive import Attempts

SMALL = ["dark_hex_2x2", "abrupt_dark_hex_2x2", "dark_hex_2x3", "abrupt_dark_hex_2x3"]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("phantom_ttt", (3_683_314, 2_307_355)),
        ("dark_hex", (3_720_850, 2_352_067)),
        ("abrupt_phantom_ttt", (14_482_810, 8_827_459)),
        ("abrupt_dark_hex", (16_497_034, 10_828_243)),
    ],
)
def test_counts_are_those_that_walks_of_all_histories_found(name: str, counts: tuple[int, int]) -> None:
    """exp-a-spiel (Rudolph et al., ICLR 2026) and an own walk over joint histories."""
    assert information_states(name).counts() == counts


@pytest.mark.parametrize("name", SMALL)
def test_the_states_are_exactly_those_that_histories_reach(name: str) -> None:
    game = phantom_game(name)
    states = information_states(game)
    deciding: tuple[set[Attempts], set[Attempts]] = (set(), set())
    waiting: tuple[set[Attempts], set[Attempts]] = (set(), set())
    for position in naive_phantom.positions(game):
        if position.utility is None:
            deciding[position.player].add(position.attempts[position.player])
            waiting[1 - position.player].add(position.attempts[1 - position.player])
    for player in range(2):
        numbering = states.numberings[player]
        rows = range(numbering[DECIDING].total)
        assert {attempts_of(states, player, row) for row in rows} == deciding[player]
        assert all(row_of(states, player, attempts_of(states, player, row)) == row for row in rows)
        assert numbering[WAITING].total == len(waiting[player])
        table = child_table(states, player)
        for row in rows:
            attempts = attempts_of(states, player, row)
            for cell in range(game.cells):
                for refused in (False, True):
                    child = (*attempts, (cell, refused))
                    known = child in deciding[player]
                    assert table[row, cell, int(refused)] == (row_of(states, player, child) if known else -1)


@pytest.mark.parametrize("name", ["dark_hex_2x2", "abrupt_dark_hex_2x2", "dark_hex_2x3"])
def test_open_spiels_strings_name_the_rows_both_ways(name: str) -> None:
    """Under classical rules OpenSpiel's Dark Hex tells the length of the history: several strings, one row."""
    import pyspiel

    game = phantom_game(name)
    states = information_states(game)
    strings: dict[tuple[int, str], int] = {}

    def walk(state: pyspiel.State) -> None:
        if not state.is_terminal():
            player = state.current_player()
            text = state.information_state_string(player)
            strings[player, text] = row_of_string(states, player, text)
            for action in state.legal_actions():
                walk(state.child(action))

    walk(pyspiel.load_game(game.open_spiel_name).new_initial_state())
    expected = {
        (player, text): row
        for player in range(2)
        for row in range(states.counts()[player])
        for text in information_state_strings(states, player, row)
    }
    assert strings == expected
    assert (len(strings) == sum(states.counts())) == game.abrupt


def test_phantom_ttt_has_one_string_for_each_row() -> None:
    states, generator = information_states("phantom_ttt"), random.Random(3)
    for player in range(2):
        for row in generator.sample(range(states.counts()[player]), 50):
            (text,) = information_state_strings(states, player, row)
            assert row_of_string(states, player, text) == row


def test_a_history_is_as_long_as_the_opponent_was_refused() -> None:
    attempts = ((0, False), (1, True), (2, False))
    assert list(history_lengths(phantom_game("dark_hex"), 0, attempts)) == [5, 6, 7]
    assert list(history_lengths(phantom_game("abrupt_dark_hex"), 1, attempts)) == [7]


@pytest.mark.parametrize("n", [0, 1, 4])
def test_ranks_count_the_orders(n: int) -> None:
    letters = letters_of_ranks(n)
    assert len({tuple(row) for row in letters.tolist()}) == len(letters)
    for rank, row in enumerate(letters.tolist()):
        assert rank == sum(
            sum(other < letter for other in row[:i]) * int(np.prod(range(i + 2, n + 1))) for i, letter in enumerate(row)
        )


@pytest.mark.parametrize(
    ("text", "player"),
    [
        ("x..\n...\n...\n0,0 0,0 ", 0),
        ("x..\n...\n...\n0,1 ", 0),
        ("x..\n...\n...\n0,0 ", 1),
        ("", 0),
        ("x..\n...\n...\n0,9 ", 0),
        ("o..\n...\n...\n0,0 ", 0),
    ],
)
def test_strings_of_no_state_are_refused(text: str, player: int) -> None:
    with pytest.raises(ValueError, match="no information state"):
        row_of_string(information_states("phantom_ttt"), player, text)


def test_rows_that_do_not_exist_are_refused() -> None:
    states = information_states("dark_hex_2x2")
    with pytest.raises(ValueError, match="0 to 16, not 17"):
        attempts_of(states, 0, 17)
    with pytest.raises(ValueError, match="never decides"):
        row_of(states, 0, [(0, True)])
    with pytest.raises(ValueError, match="twice"):
        row_of(states, 0, [(0, False), (0, False)])
