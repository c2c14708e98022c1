"""A typing error among numbers is no row of names, and a row of names is no vote."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from games.matrix import read_matrix_game
from games.preference import read_preference_game, read_reference
from solvers.matrix.__main__ import main as solve_matrix

BARE = "0,1,-1\n-1,0,1\n1,-1,0\n"

TYPOS = {
    "a letter for the first number": ("O" + BARE[1:], "line 1, column 1: 'O' is not a number, and most of the first"),
    "a letter in the first row": ("0,l,-1\n-1,0,1\n1,-1,0\n", "line 1, column 2: 'l' is not a number, and most of"),
    "a letter in the first column": ("0,1,-1\n-l,0,1\n1,-1,0\n", "line 2, column 1: '-l' is not a number, and most of"),
    "a letter elsewhere": ("0,1,-1\n-1,O,1\n1,-1,0\n", "line 2, column 2: 'O' is not a number"),
    "an empty first cell": (BARE[1:], "line 1, column 1: the cell is empty, and the rest of the row are numbers"),
    "a cell too few": ("1,-1\n-1,0,1\n1,-1,0\n", "line 1: 2 cells, and line 2 has 3"),
    "two numbers in one cell": ("0 1,-1,1\n-1,0,1\n", "line 1, column 1: '0 1' is not a number"),
    "a number among words": ("a,b,3\n1,2,3\n4,5,6\n", "line 1, column 3: '3' is a number, and names must be words"),
    "a number among words on the left": ("a,1,2\nb,3,4\n7,5,6\n", "line 3, column 1: '7' is a number, and names must"),
    "a name that occurs twice": ("a,b,a\n1,2,3\n4,5,6\n", "line 1, column 3: 'a' is the name of another column, too"),
    "a name on the left that occurs twice": (",x,y\na,1,2\na,3,4\n", "line 3, column 1: 'a' is the name of another"),
}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typing_error_is_named_and_no_header(typo: str, tmp_path: Path) -> None:
    text, sentence = TYPOS[typo]
    path = tmp_path / "game.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=re.escape(f"{path}, {sentence}")) as error:
        read_matrix_game(path)
    assert "\n" not in str(error.value)
    assert solve_matrix([str(path)]) == 2


NAMED = {
    "words on top": ("rock,paper,scissors\n" + BARE, ("0", "1", "2"), ("rock", "paper", "scissors")),
    "words on both sides": (",x,y\na,1,2\nb,3,4\nc,5,6\n", ("a", "b", "c"), ("x", "y")),
    "as pandas numbers rows": (",x,y\n0,1,2\n1,3,4\n", ("0", "1"), ("x", "y")),
    "as pandas numbers both": (",0,1,2\n0,1,2,3\n1,4,5,6\n", ("0", "1"), ("0", "1", "2")),
    "as R numbers rows": ("x,y\n1,1,2\n2,3,4\n", ("1", "2"), ("x", "y")),
    "words and numbers, the same on both sides": (",7,x\n7,1,2\nx,3,4\n", ("7", "x"), ("7", "x")),
    "none": (BARE, ("0", "1", "2"), ("0", "1", "2")),
}


@pytest.mark.parametrize("form", NAMED)
def test_names_are_still_names(form: str, tmp_path: Path) -> None:
    text, rows, columns = NAMED[form]
    path = tmp_path / "game.csv"
    path.write_text(text)
    game = read_matrix_game(path)
    assert (game.row_labels, game.column_labels) == (rows, columns)


PREFERENCES = {
    "O.5,.9,.25\n.1,.5,.75\n.75,.25,.5\n": "line 1, column 1: 'O.5' is not a number, and most of the first row are",
    ".5,.9,O.25\n.1,.5,.75\n.75,.25,.5\n": "line 1, column 3: 'O.25' is not a number, and most of the first row are",
    ".5,.9,.25\n.l,.5,.75\n.75,.25,.5\n": "line 2, column 1: '.l' is not a number, and most of the first column are",
}


@pytest.mark.parametrize("text", PREFERENCES)
def test_the_same_in_a_square_table(text: str, tmp_path: Path) -> None:
    path = tmp_path / "game.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=re.escape(PREFERENCES[text])):
        read_preference_game(path)


def test_numbers_are_names_where_a_square_table_proves_them(tmp_path: Path) -> None:
    path = tmp_path / "game.csv"
    path.write_text("gpt,13,claude\n.5,.9,.25\n.1,.5,.75\n.75,.25,.5\n")
    game = read_preference_game(path)
    assert game.labels == ("gpt", "13", "claude")
    np.testing.assert_allclose(game.matrix[0], [0.5, 0.9, 0.25])  # type: ignore[union-attr]


def test_the_head_of_a_vote_list_is_no_vote(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("wnner,loser\nant,bee\nant,cat\nbee,cat\n")
    with pytest.raises(ValueError, match=r"line 1: the columns of a vote list are .* not 'wnner,loser'"):
        read_preference_game(path, kind="votes")


def test_a_typing_error_in_a_weight_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "reference.csv"
    path.write_text("ant,O.5\nbee,0.5\n")
    with pytest.raises(ValueError, match=r"line 1: a label and its weight are expected, not 'ant,O\.5'"):
        read_reference(path)
    path.write_text("alternative,weight\nant,0.5\nbee,0.5\n")
    assert read_reference(path) == {"ant": 0.5, "bee": 0.5}
