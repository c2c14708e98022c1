"""Games in files of every format: written, read back, compared with the game that they were made from."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyspiel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.extensive import GameError, compile_game
from games.extensive.compile import compile_general_game
from games.extensive.gambit import parse_gambit
from games.extensive.gambit_writer import gambit_lines, load_tree, write_gambit
from games.extensive.game_text import parse_game_text
from games.extensive.game_tree import GameTree
from games.extensive.nfg import NormalForm, nfg_lines, parse_nfg
from games.extensive.policies import random_policy, uniform_policies, uniform_policy
from games.matrix import MatrixGame, read_matrix_game, write_matrix_game
from solvers.exploitability.__main__ import main as exploitability
from solvers.extensive.__main__ import main as solve
from solvers.extensive.evaluation import evaluate
from solvers.extensive.general import evaluate_general
from solvers.extensive.linear_program import solve_exactly
from solvers.matrix.__main__ import main as solve_matrix
from tests.games.extensive import naive


def contents(tree: GameTree) -> tuple[object, ...]:
    """All that a tree is, but for its name."""
    return tree.title, tree.players, tree.infosets, tree.infoset, tree.mover, tree.parent, tree.children, tree.payoffs


def text(tree: GameTree) -> str:
    return "\n".join(gambit_lines(tree)) + "\n"


@given(st.randoms(use_true_random=False), st.integers(0, 4), st.integers(1, 4))
def test_a_file_that_is_read_written_and_read_again_is_the_same_tree(
    source: random.Random, depth: int, players: int
) -> None:
    root = naive.random_game(source, depth, None, players)
    tree = parse_gambit(naive.gambit_text(root, source, players), "drawn")
    again = parse_gambit(text(tree), "drawn")
    assert contents(again) == contents(tree)
    assert text(again) == text(tree)
    values = naive.values(root, naive.uniform(root))
    if root.key is not None:
        compiled = compile_general_game(again)
        assert evaluate_general(compiled, uniform_policies(compiled)).values == pytest.approx(
            [float(v) for v in values]
        )


@pytest.mark.parametrize(
    "name",
    [
        "kuhn_poker",
        "kuhn_poker(players=3)",
        "leduc_poker",
        "liars_dice(dice_sides=3)",
        "dark_hex(board_size=2,gameversion=adh)",
        "matrix_pd",
        "goofspiel(num_cards=3,imp_info=True,points_order=random)",
    ],
)
def test_an_open_spiel_game_is_the_same_game_in_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "game.efg"
    tree = write_gambit(file, name)
    theirs, ours = compile_general_game(name), compile_general_game(str(file))
    assert tree.histories == theirs.histories == ours.histories
    assert ours.infosets == theirs.infosets
    found = [evaluate_general(game, uniform_policies(game)) for game in (theirs, ours)]
    assert found[0].values == pytest.approx(found[1].values, abs=1e-12)
    assert found[0].best_response_values == pytest.approx(found[1].best_response_values, abs=1e-12)


def test_open_spiels_reader_reads_our_file(tmp_path: Path) -> None:
    file = tmp_path / "kuhn.efg"
    write_gambit(file, "kuhn_poker")
    game, theirs = compile_game(str(file)), pyspiel.load_game(f"efg_game(filename={file})")
    policy = uniform_policy(game)
    assert evaluate(game, policy).nash_conv == pytest.approx(
        pyspiel.nash_conv(theirs, pyspiel.UniformRandomPolicy(theirs))
    )


def test_chances_of_a_third_are_written_as_thirds() -> None:
    tree = load_tree("kuhn_poker")
    assert {p for infoset in tree.infosets for p in infoset.probabilities} == {Fraction(1, 3), Fraction(1, 2)}
    assert " 1/3 " in text(tree)


def test_the_command_writes_a_file_and_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kuhn.efg"
    assert solve(["kuhn_poker(players=3)", "--export", str(file)]) == 0
    assert "617 nodes, 3 players" in capsys.readouterr().out
    assert exploitability([str(file), "uniform"]) == 0
    assert "NashConv 2.0625" in capsys.readouterr().out
    assert solve(["kuhn_poker", "--export", str(tmp_path / "kuhn.txt")]) == 2
    assert "--export must end in .efg" in capsys.readouterr().err
    assert solve(["hanabi", "--export", str(file)]) == 2


KUHN_START = """# a comment
node /                 chance actions 1=0.333333 2=0.333333 3=0.333333
node /C:1              player 1 actions stop go
node /C:2              player 1 actions stop go
node /C:3              player 1 actions stop go
node /C:3/P1:stop      leaf payoffs 1=6 2=-6
node /C:1/P1:stop      leaf payoffs 1=0 2=0
node /C:2/P1:stop      leaf payoffs 1=3 2=-3
node /C:1/P1:go        player 2 actions left right
node /C:2/P1:go        player 2 actions left right
node /C:3/P1:go        player 2 actions left right
node /C:1/P1:go/P2:left   leaf payoffs 2=-4 1=4
node /C:1/P1:go/P2:right  leaf payoffs 1=-1/2 2=1/2
node /C:2/P1:go/P2:left   leaf payoffs 1=4 2=-4
node /C:2/P1:go/P2:right  leaf payoffs 1=-.5 2=.5
node /C:3/P1:go/P2:left   leaf payoffs 1=4 2=-4
node /C:3/P1:go/P2:right  leaf payoffs 1=-5e-1 2=0.5
infoset start nodes /C:1 /C:2
infoset three nodes /C:3
infoset start nodes /C:1/P1:go /C:2/P1:go /C:3/P1:go
"""


def test_a_text_file_of_nodes_is_read(tmp_path: Path) -> None:
    """Player 1 stops with 3 for 6, and does so with 1 and 2, too, for 3/2 on average; else player 2 goes right."""
    file = tmp_path / "start.game"
    file.write_text(KUHN_START)
    game = compile_game(str(file))
    assert list(game.names[0].information_states) == ["1:start", "three"]
    assert list(game.names[1].information_states) == ["2:start"]
    # Uniform play: stopping is worth 0, 3, 6, going on (4 − 1/2) / 2 = 7/4, each with probability 1/2.
    assert evaluate(game, uniform_policy(game)).value == pytest.approx((3.0 + 1.75) / 2)
    assert solve_exactly(game).value == pytest.approx((0 + 3 + 6) / 3)
    again = parse_gambit(text(load_tree(str(file))), "again")
    assert contents(again)[4:] == contents(load_tree(str(file)))[4:]


WRONG_TEXT = {
    "": "line 1, column 1: there is no node /, which is the root",
    "nodes / leaf payoffs 1=1": "line 1, column 1: 'nodes' stands where node or infoset must be",
    "node / leaf": "line 1, column 8: a node is written",
    "node / leaf payoffs 1=x": "line 1, column 21: '1=x' stands where NAME=NUMBER must be",
    "node / leaf payoffs 1=1/0": "line 1, column 21: 1/0 is divided by zero",
    "node / leaf payoffs 0=1": "line 1, column 21: '0' is not the number of a player",
    "node / leaf payoffs 1=1 1=2": "line 1, column 25: player 1 has two payoffs",
    "node / chance actions a=0.5 b=0.6": "line 1, column 23: the probabilities of a chance event sum to 1.1, not 1",
    "node / chance actions a=2 b=-1": "line 1, column 23: a probability is at least 0",
    "node / player 1 actions a a": "line 1, column 27: two actions are called 'a'",
    "node / player 1 actions": "line 1, column 17: a node has at least one action",
    "node / player x actions a": "line 1, column 15: 'x' is not the number of a player",
    "node / player 1 moves a": "line 1, column 17: 'moves' stands where actions must be",
    "node / player 1 actions a": "line 1, column 1: the node / is in no infoset",
    "node / player 1 actions a\ninfoset i nodes /": "line 1, column 1: there is no node /P1:a, to which the",
    "node / player 1 actions a\ninfoset i nodes / /x": "line 2, column 19: /x is no node at which a player moves",
    "node / player 1 actions a\ninfoset i nodes / /": "line 2, column 19: / is in the infoset of line 2, too",
    "node / leaf payoffs 1=1\nnode / leaf payoffs 1=1": "line 2, column 6: the node / is in line 1, too",
    "node / leaf payoffs 1=1\nnode /P1:a leaf payoffs 1=1": "line 2, column 1: the node /P1:a is reached from nowhere",
}


@pytest.mark.parametrize("wrong", WRONG_TEXT)
def test_what_is_wrong_in_a_text_file_is_said_with_its_place(wrong: str) -> None:
    with pytest.raises(GameError) as error:
        parse_game_text(wrong, "x.game")
    assert f"x.game, {WRONG_TEXT[wrong]}" in str(error.value)


def table(rows: int, columns: int, source: random.Random) -> NormalForm:
    payoffs = tuple(
        (Fraction(source.randint(-9, 9), 3), Fraction(source.randint(-9, 9))) for _ in range(rows * columns)
    )
    labels = tuple(tuple(source.choice(naive.ODD) for _ in range(count)) for count in (rows, columns))
    return NormalForm("drawn", 'a "table"', ("A", "B\\"), (labels[0], labels[1]), payoffs)


@given(st.randoms(use_true_random=False), st.integers(1, 4), st.integers(1, 4))
def test_a_table_comes_back_from_its_file(source: random.Random, rows: int, columns: int) -> None:
    drawn = table(rows, columns, source)
    lines = "\n".join(nfg_lines(drawn.title, drawn.players, drawn.strategies, drawn.payoffs))
    read = parse_nfg(lines, "drawn")
    assert (read.title, read.payoffs) == (drawn.title, drawn.payoffs)
    assert read.strategies == drawn.strategies
    first, second = np.array(read.two_player_payoffs())
    uniform = [float(np.mean(part)) for part in (first, second)]
    game = compile_general_game(read.tree())
    found = evaluate_general(game, uniform_policies(game))
    assert found.values == pytest.approx(uniform)
    assert found.best_response_values == pytest.approx((first.mean(axis=1).max(), second.mean(axis=0).max()))


def test_outcomes_of_a_table_are_used_by_number() -> None:
    read = parse_nfg(
        'NFG 1 R "t" { "A" "B" } { { "u" "d" } { "l" "r" } } "comment" { { "x" 3, -3 } { "" -1 1 } }\n1 2 0 2', "t.nfg"
    )
    # The first player's strategy changes fastest: (u, l) 1, (d, l) 2, (u, r) 0, (d, r) 2.
    assert read.two_player_payoffs()[0] == [[3.0, 0.0], [-1.0, -1.0]]


def test_three_players_of_a_table_are_three_players_of_a_tree(tmp_path: Path) -> None:
    file = tmp_path / "three.nfg"
    file.write_text('NFG 1 R "three" { "A" "B" "C" } { 2 2 2 }\n' + " ".join(f"{k} {-k} {k * k}" for k in range(8)))
    game = compile_general_game(str(file))
    assert game.players == 3
    assert evaluate_general(game, uniform_policies(game)).values == pytest.approx((3.5, -3.5, 17.5))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("EFG 2 R", "line 1, column 1: 'EFG' stands where NFG 1 R"),
        ('NFG 1 R "t" { "A" } { 2 2 } 1 2 3 4', "there are strategies of 2 players, and 1 players"),
        ('NFG 1 R "t" { "A" "B" } { 2 0 }', "a player has at least one strategy"),
        ('NFG 1 R "t" { "A" "B" } { 2 2 } 1 2 3', "the file ends where one of the 8 payoffs must be"),
        ('NFG 1 R "t" { "A" } { 1 } 1 2', "line 1, column 29: the table is complete, and here follows '2'"),
        ('NFG 1 R "t" { "A" } { 1 } { { "x" 1 } } 2', "there is no outcome 2: there are 1"),
        ('NFG 1 R "t" { "A" "B" } { 1 1 } { { "x" 1 } } 1', "there are 1 payoffs for 2 players"),
        ('NFG 1 R "t" { "A" "B" } { 3000 3000 }', "9,000,000 profiles, more than the limit"),
    ],
)
def test_what_is_wrong_in_a_table_is_said_with_its_place(wrong: str, sentence: str) -> None:
    with pytest.raises(GameError) as error:
        parse_nfg(wrong, "t.nfg")
    assert sentence in str(error.value)
    assert str(error.value).startswith("t.nfg, line 1, column ")


def test_matrix_games_are_read_from_tables_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    game = MatrixGame(np.array([[0.1, -3.0], [1 / 3, 2.0], [-1e-7, 0.0]]), ("a", "b", "c"), ("x", "y"))
    write_matrix_game(tmp_path / "game.nfg", game)
    read = read_matrix_game(tmp_path / "game.nfg")
    assert (read.payoffs.tolist(), read.row_labels, read.column_labels) == (
        game.payoffs.tolist(),
        game.row_labels,
        game.column_labels,
    )
    # Matching pennies for 1 and 0: the sum is 1, the row player's value 1/2.
    (tmp_path / "pennies.nfg").write_text('NFG 1 R "p" { "A" "B" } { 2 2 }\n1 0 0 1 0 1 1 0')
    out, copy = tmp_path / "solution.json", tmp_path / "copy.nfg"
    assert solve_matrix([str(tmp_path / "pennies.nfg"), "--output", str(out), "--export", str(copy)]) == 0
    assert '"value": 0.5' in out.read_text()
    assert read_matrix_game(copy).payoffs.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    (tmp_path / "general.nfg").write_text('NFG 1 R "g" { "A" "B" } { 1 2 }\n1 1 2 2')
    assert solve_matrix([str(tmp_path / "general.nfg")]) == 2
    assert "is a general-sum game" in capsys.readouterr().err


def test_a_policy_of_a_written_game_means_the_same(tmp_path: Path) -> None:
    file = tmp_path / "leduc.efg"
    write_gambit(file, "leduc_poker")
    theirs, ours = compile_game("leduc_poker"), compile_game(str(file))
    policy = random_policy(theirs, 1)
    moved = []
    for player in (0, 1):
        labels = {text.split("-", 3)[3]: i for i, text in enumerate(ours.names[player].information_states)}
        own = np.ones(ours.sequences[player])
        for i, state in enumerate(theirs.names[player].information_states):
            start, there = theirs.treeplexes[player].first[i], ours.treeplexes[player].first[labels[state]]
            count = theirs.treeplexes[player].first[i + 1] - start
            own[there : there + count] = policy[player][start : start + count]
        moved.append(own)
    assert evaluate(ours, moved).nash_conv == pytest.approx(evaluate(theirs, policy).nash_conv, abs=1e-12)
