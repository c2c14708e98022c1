"""Numbers, names, quotation marks and comments in every spelling that files of people have."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from games.matrix import read_matrix_game
from games.preference import PreferenceGame, read_preference_game, read_reference, read_votes
from solvers.matrix.__main__ import main as solve_matrix
from solvers.preference.__main__ import main as solve


def saved(folder: Path, text: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def game_of(path: Path, **options: bool) -> PreferenceGame:
    game = read_preference_game(path, **options)  # type: ignore[arg-type]
    assert isinstance(game, PreferenceGame)
    return game


@pytest.mark.parametrize(
    ("text", "payoffs"),
    [
        ("3,\N{MINUS SIGN}1\n\N{MINUS SIGN}1,1\n", [[3, -1], [-1, 1]]),
        ("1,1/2\n1/2,1\n", [[1, 0.5], [0.5, 1]]),
        ("1,1/2,1/4\n-1/2,1,0\n", [[1, 0.5, 0.25], [-0.5, 1, 0]]),
        ("3\t-1\n-1\t1\n", [[3, -1], [-1, 1]]),
        ("3;-1\n-1;1\n", [[3, -1], [-1, 1]]),
        ("sep=;\n3;-1\n-1;1\n", [[3, -1], [-1, 1]]),
        ("# tabs, in a file named .csv\n3\t-1\n-1\t1\n", [[3, -1], [-1, 1]]),
    ],
)
def test_numbers_are_numbers_in_every_spelling(text: str, payoffs: list[list[float]], tmp_path: Path) -> None:
    game = read_matrix_game(saved(tmp_path, text))
    np.testing.assert_array_equal(game.payoffs, payoffs)
    assert game.row_labels == ("0", "1")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("0,O.5\nO.5,0\n", "O.5"),
        ("3,(1)\n(1),1\n", "(1)"),
        ("3,1/0\n1/0,1\n", "1/0"),
        ("2,\u20141\n\u20141,1\n", "\u20141"),
    ],
)
def test_words_beside_a_number_in_the_corner_are_no_names(text: str, cell: str, tmp_path: Path) -> None:
    path = saved(tmp_path, text)
    with pytest.raises(ValueError, match=re.escape(f"line 1, column 2: {cell!r} is not a number, and the first cell")):
        read_matrix_game(path)
    assert solve_matrix([str(path)]) == 2


@pytest.mark.parametrize(
    "text",
    [
        "50%,60%\n40%,50%\n",
        "1/2,3/5\n2/5,1/2\n",
        "model,a,b\na,50%,60%\nb,40%,50%\n",
        "model,a,b\na,-,0.6\nb,0.4,-\n",
        "model,a,b\na,NA,0.6\nb,0.4,NA\n",
    ],
)
def test_shares_are_no_votes(text: str, tmp_path: Path) -> None:
    np.testing.assert_allclose(game_of(saved(tmp_path, text)).matrix, [[0.5, 0.6], [0.4, 0.5]])


def test_versions_may_be_names(tmp_path: Path) -> None:
    game = game_of(saved(tmp_path, ",3.5,4.0\n3.5,0.5,0.7\n4.0,0.3,0.5\n"))
    assert game.labels == ("3.5", "4.0")
    assert game.matrix[0, 1] == 0.7


def test_a_reference_may_be_written_in_shares(tmp_path: Path) -> None:
    assert read_reference(saved(tmp_path, "r,50%\np,1/4\ns,25%\n")) == {"r": 0.5, "p": 0.25, "s": 0.25}


QUOTES = {
    "to the end": 'winner,loser,comment\na,b,"unfinished\nb,a,x\nb,a,y\n',
    "to the next one": 'winner,loser,comment\na,b,"oops\nb,a,x\nb,a,"z"\na,b,w\n',
    "to one at the end of a line": 'winner,loser,comment\na,b,x"\na,b,"oops\nb,a,y",more\n'.replace(",more", 'more"'),
    "in a label": 'winner,loser\na,"b\nb,a\nb,a\n',
}


@pytest.mark.parametrize("case", QUOTES)
def test_a_quotation_mark_does_not_swallow_votes(case: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"line [23]: a quotation mark opens a cell that is not closed"):
        read_votes(saved(tmp_path, QUOTES[case]))


def test_quotation_marks_that_harm_nothing_are_read(tmp_path: Path) -> None:
    text = 'winner,loser,comment\n"a" , "b" ,"two\nlines, ""quoted"""\nb,a,5" screen\n"a","b","one, two" \n'
    assert read_votes(saved(tmp_path, text)).wins.tolist() == [[0, 2], [1, 0]]


def test_labels_may_begin_with_the_sign_of_comments(tmp_path: Path) -> None:
    text = '# a log\nwinner,loser\n"#1 model",b\n# a remark, by hand\n#one cell\nb,a\n'
    with pytest.raises(ValueError, match="line 3: it begins with # and has 2 cells as others have: put a space after"):
        read_votes(saved(tmp_path, text.replace('"', "")))
    votes = read_votes(saved(tmp_path, text))
    assert votes.labels == ("#1 model", "a", "b")
    assert votes.wins.sum() == 2


def test_a_column_is_there_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 1: the column 'winner' is there twice"):
        read_votes(saved(tmp_path, "winner,winner,loser\na,c,b\n"))
    assert read_votes(saved(tmp_path, "winner,loser,note,note\na,b,,\n")).labels == ("a", "b")


def test_a_column_has_one_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, "judge,winner,loser\nj1,a,b\nj2,b,a\n")
    assert solve([str(path), "--where", "judge=j1", "--where", "Judge=j2"]) == 2
    assert "two values of the column 'judge'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (",a,b,c\na,0,1,1\nb,1,0,0\nc,0,1,0\n", "a.csv", "--kind counts reads"),
        (",a,b\na,0,7.5\nb,2.5,0\n", "a.csv", "--kind counts reads"),
        (",a,b,c\na,,7,2\nb,3,,\nc,8,,\n", "a.csv", "--kind counts reads"),
        (",a,b\na,0.5,0.7\nb,0.2,0.5\n", "a.csv", "symmetrise takes (P + 1 − Pᵀ)/2)"),
        ('{"matrix":[[0.5,null],[null,0.5]]}', "a.json", "--unseen takes pairs with empty cells as never compared"),
    ],
)
def test_advice_is_for_the_table_at_hand(text: str, name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_preference_game(saved(tmp_path, text, name))


def test_advice_sees_past_empty_cells(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--kind counts reads"):
        game_of(saved(tmp_path, ",a,b,c\na,,7,2\nb,3,,\nc,8,,\n"), unseen=True)
    with pytest.raises(ValueError, match="write them with %"):
        game_of(saved(tmp_path, ",a,b,c\na,,70,20\nb,30,,\nc,80,,\n"), unseen=True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[null,{"winner":"a","loser":"b"}]', "a.json"),
        ('null\n{"winner":"a","loser":"b"}\n', "a.jsonl"),
        ('{bad\n{"winner":"a","loser":"b"}\n', "a.jsonl"),
        ('{"id":1}\n{"winner":"a","loser":"b"}\n', "a.jsonl"),
    ],
)
def test_the_first_line_may_be_one_that_is_skipped(text: str, name: str, tmp_path: Path) -> None:
    path = saved(tmp_path, text, name)
    game = read_preference_game(path, skip_invalid=True)
    assert isinstance(game, PreferenceGame)
    assert game.votes is not None
    assert game.votes.left_out is not None
    assert game.votes.left_out.faulty == 1
    with pytest.raises(ValueError, match="--skip-invalid leaves such lines out"):
        read_preference_game(path)


def test_an_empty_array_has_no_votes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no votes"):
        read_preference_game(saved(tmp_path, "[]", "a.json"))
