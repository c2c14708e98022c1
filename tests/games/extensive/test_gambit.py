"""Gambit's files: every kind of what the format allows, against values worked out by hand or by naive recursion."""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyspiel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.extensive import ExtensiveGame, GameError, NotTwoPlayerZeroSum, compile_game
from games.extensive.compile import compile_general_game, estimate_histories
from games.extensive.gambit import parse_gambit, read_gambit
from games.extensive.histories import legal_actions
from games.extensive.open_spiel import load_open_spiel
from games.extensive.policies import load_policy, save_policy, uniform_policies, uniform_policy, write_policy_json
from solvers.exploitability.__main__ import main as exploitability
from solvers.extensive import linear_program
from solvers.extensive.__main__ import main as solve
from solvers.extensive.evaluation import evaluate
from solvers.extensive.general import evaluate_general
from solvers.extensive.monte_carlo import MonteCarlo
from solvers.extensive.solving import solve as solve_by
from tests.games.extensive import naive

HEAD = 'EFG 2 R "game" { "A" "B" }\n""\n'
ROW, COLUMN = 'p "" 1 1 "i" { "H" "T" } 0\n', 'p "" 2 1 "j" { "h" "t" } 0\n'


def matrix(first: str, second: str, *outcomes: str) -> str:
    """A 2 × 2 game in which player 2 does not see player 1's move; the lists of player 2 may differ."""
    ends = [f't "" {outcome}\n' for outcome in outcomes]
    return HEAD + ROW + first + "".join(ends[:2]) + second + "".join(ends[2:])


ENDS = ('1 "" { 3, -3 }', '2 "" { -1, 1 }', '3 "" { -1, 1 }', '4 "" { 1, -1 }')
"""[[3, −1], [−1, 1]]: value 1/3, both players ⅓ ⅔; uniform play is worth 1/2, best responses get 1 and 0."""
REPEATED = matrix('p "" 2 1 "" { "y" "y" } 0\n', 'p "" 2 1 "" { "y" "y" } 0\n', *ENDS).replace('"H" "T"', '"x" "x"')

THIRDS = {
    "as Gambit writes it": matrix(COLUMN, COLUMN, *ENDS),
    "labels that repeat": REPEATED,
    "labels that are empty": matrix(COLUMN, COLUMN, *ENDS).replace('"h" "t"', '"" ""'),
    "a list of actions left out": matrix(COLUMN, 'p "" 2 1 "j" 0\n', *ENDS),
    "name and list left out": matrix(COLUMN, 'p "" 2 1 0\n', *ENDS),
    "numbers with gaps": matrix(COLUMN, COLUMN, *ENDS).replace('2 1 "j"', '2 77 "j"').replace('t "" 3', 't "" 30'),
    "an outcome that is used again": matrix(COLUMN, COLUMN, ENDS[0], ENDS[1], "2", ENDS[3]),
    "no commas, and doubles": matrix(COLUMN, COLUMN, *ENDS).replace(",", "").replace("EFG 2 R", "EFG 2 D"),
    "all in one line": " ".join(matrix(COLUMN, COLUMN, *ENDS).split()),
    "no comment": matrix(COLUMN, COLUMN, *ENDS).replace('""\np', "p", 1),
    "a byte-order mark": "\ufeff" + matrix(COLUMN, COLUMN, *ENDS),
    "lines as Windows ends them": matrix(COLUMN, COLUMN, *ENDS).replace("\n", "\r\n"),
    "quotation marks in labels": matrix(COLUMN, COLUMN, *ENDS).replace('"h"', r'"\"h\" {"'),
    "labels in other scripts": matrix(COLUMN, COLUMN, *ENDS).replace('"h" "t"', '"頭" "Schwänze"'),
    "numbers of every form": matrix(
        COLUMN, COLUMN, '1 "" { +3.0, -3e0 }', '2 "" { -1., 1 }', '3 "" { -2/2, .01e2 }', '4 "" { 1.00, -10E-1 }'
    ),
    "outcome 0 is none": matrix(COLUMN, COLUMN, '1 "" { 3, -3 }', '2 "" { -1, 1 }', "2", '4 "" { 1, -1 }')
    .replace('{ "H" "T" } 0', '{ "H" "T" } 9 "ante" { 5, -5 }')
    .replace('{ "h" "t" } 0', '{ "h" "t" } 8 "back" { -5, 5 }'),
}


def written(folder: Path, text: str) -> str:
    path = folder / "game.efg"
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


@pytest.mark.parametrize("kind", THIRDS)
def test_every_form_of_one_game_has_its_value(kind: str, tmp_path: Path) -> None:
    file, results = written(tmp_path, THIRDS[kind]), tmp_path / "results.json"
    assert exploitability([file, "uniform", "--json", str(results)]) == 0
    found = json.loads(results.read_text())
    assert found["values"] == pytest.approx([0.5, -0.5])
    assert found["best_response_values"] == pytest.approx([1.0, 0.0])
    assert found["nash_conv"] == pytest.approx(1.0)
    assert solve([file, "--algorithm", "lp", "--output", str(tmp_path / "lp")]) == 0
    solution = json.loads((tmp_path / "lp" / "solution.json").read_text())
    assert solution["value"] == pytest.approx(1 / 3, abs=1e-12)
    game = compile_game(file)
    policy = load_policy(tmp_path / "lp" / "policy.npz", game)
    assert policy[0].tolist() == pytest.approx([1.0, 1 / 3, 2 / 3])
    assert load_policy(tmp_path / "lp" / "policy.json", game)[1].tolist() == pytest.approx([1.0, 1 / 3, 2 / 3])


def solved(text: str) -> ExtensiveGame:
    return compile_game(parse_gambit(text, "a game"))


def test_payoffs_on_the_way_are_added() -> None:
    bonus = matrix(COLUMN, COLUMN, *ENDS).replace('"T" } 0', '"T" } 9 "bonus" { 2, -2 }')
    solution = linear_program.solve_exactly(solved(bonus))
    assert solution.value == pytest.approx(1 / 3 + 2, abs=1e-12)
    assert solution.evaluation.values == pytest.approx((7 / 3, -7 / 3))


def test_a_game_with_another_constant_sum_is_solved_for_both_players(tmp_path: Path) -> None:
    pennies = matrix(COLUMN, COLUMN, '1 "" { 1, 0 }', '2 "" { 0, 1 }', '3 "" { 0, 1 }', '4 "" { 1, 0 }')
    file, results = written(tmp_path, pennies), tmp_path / "results.json"
    assert exploitability([file, "uniform", "--json", str(results)]) == 0
    found = json.loads(results.read_text())
    assert (found["value"], found["values"]) == (0.5, [0.5, 0.5])
    assert (found["best_response_values"], found["nash_conv"]) == ([0.5, 0.5], 0.0)
    assert solve([file, "--algorithm", "lp", "--output", str(tmp_path)]) == 0
    solution = json.loads((tmp_path / "solution.json").read_text())
    assert solution["value"] == pytest.approx(0.5, abs=1e-12)
    assert solution["best_response_values"] == pytest.approx([0.5, 0.5])
    # Utilities 5, 1 / 2, 4 with the sum 6: player 1 always gets 5, player 2 the rest.
    uneven = HEAD + 'p "" 1 1 "" { "a" "b" } 0\nt "" 1 "" { 5, 1 }\nt "" 2 "" { 2, 4 }\n'
    assert linear_program.solve_exactly(solved(uneven)).evaluation.values == pytest.approx((5.0, 1.0))
    sampled = MonteCarlo(file, "external-mccfr")
    sampled.advance(2000)
    assert evaluate(compile_game(file), sampled.policy(compile_game(file))).nash_conv < 0.1


def test_large_numbers_stay_exact() -> None:
    big = matrix(
        COLUMN, COLUMN, '1 "" { 1000000000000, -1000000000000 }', '2 "" { -1, 1 }', '3 "" { -1, 1 }', '4 "" { 1, -1 }'
    )
    found = evaluate(solved(big), uniform_policy(solved(big)))
    assert found.value == (1e12 - 1) / 4
    assert found.best_response_values == ((1e12 - 1) / 2, 0.0)
    thirds = matrix(COLUMN, COLUMN, '1 "" { 1/3, -1/3 }', '2 "" { 1/7, -1/7 }', "1", "2")
    state = parse_gambit(thirds, "thirds").new_initial_state()
    state.apply_action(0)
    state.apply_action(1)
    assert state.exact_returns() == (Fraction(1, 7), Fraction(-1, 7))


def test_chance_may_have_labels_that_repeat_and_probabilities_that_are_decimals() -> None:
    coin = HEAD + 'c "" 1 "" { "x" 0.333333 "x" 0.333333 "x" 0.333333 } 0\n'
    ends = "".join(f't "" {k} "" {{ {k}, {-k} }}\n' for k in (1, 2, 6))
    tree = parse_gambit(coin + ends, "a coin")
    assert [p for _, p in tree.new_initial_state().chance_outcomes()] == [1 / 3] * 3
    assert evaluate(compile_game(tree), uniform_policy(compile_game(tree))).value == pytest.approx(3.0)


def test_one_player_and_more_than_two_are_evaluated_and_not_solved(tmp_path: Path) -> None:
    alone = 'EFG 2 R "alone" { "A" }\np "" 1 1 "" { "a" "a" } 0\nt "" 1 "" { 1 }\nt "" 2 "" { 4 }\n'
    game = compile_general_game(parse_gambit(alone, "alone"))
    assert evaluate_general(game, uniform_policies(game)) == ((2.5,), (4.0,), (1.5,))
    with pytest.raises(NotTwoPlayerZeroSum, match="a game has one player"):
        solved(alone)
    three = 'EFG 2 R "three" { "A" "B" "C" }\np "" 3 1 "" { "a" "a" } 0\nt "" 1 "" { 1 2 3 }\nt "" 2 "" { 4 5 7 }\n'
    results = tmp_path / "results.json"
    assert exploitability([written(tmp_path, three), "uniform", "--json", str(results)]) == 0
    found = json.loads(results.read_text())
    assert (found["value"], found["best_response_values"]) == ([2.5, 3.5, 5.0], [2.5, 3.5, 7.0])


DRIVER = (
    'EFG 2 R "absent-minded driver" { "A" }\n""\n\np "" 1 1 "i" { "exit" "on" } 0\nt "" 1 "" { 0 }\n'
    'p "" 1 1 "i" { "exit" "on" } 0\nt "" 2 "" { 4 }\nt "" 3 "" { 1 }\n'
)


@pytest.mark.parametrize(
    ("methods", "reason"),
    [
        ([], "has imperfect recall"),
        (["--algorithm", "lp"], "has imperfect recall"),
        (["--algorithm", "outcome-mccfr"], "has imperfect recall"),
        (["--algorithm", "outcome-mccfr", "--engine", "states"], "has one player"),
    ],
)
def test_the_absent_minded_driver_is_one_sentence(
    methods: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, DRIVER)
    assert exploitability([file, "uniform"]) == 2
    assert "player 0 has imperfect recall: the infoset '0-0-1-i'" in capsys.readouterr().err
    assert solve([file, *methods]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("deep", [4_000, pytest.param(20_000, marks=pytest.mark.exhaustive)])
def test_a_game_may_be_deep(deep: int, tmp_path: Path) -> None:
    """At every step one of the players may go on or end the game; who ends it pays 1."""
    lines = [HEAD]
    for step in range(deep):
        player = step % 2
        pays = "-1, 1" if player == 0 else "1, -1"
        lines.append(f'p "" {player + 1} {step + 1} "" {{ "go" "end" }} 0\n')
        lines.append("" if step < deep - 1 else 't "" 3 "" { 0, 0 }\n')
        ends = f't "" {player + 1} "" {{ {pays} }}\n'
        lines.append(ends if step == deep - 1 else f"@{ends}")
    inner, after = [line for line in lines if not line.startswith("@")], [x[1:] for x in lines if x.startswith("@")]
    file, results = written(tmp_path, "".join(inner + after[::-1])), tmp_path / "results.json"
    assert exploitability([file, "uniform", "--json", str(results)]) == 0
    found = json.loads(results.read_text())
    # The first player ends at once with probability 1/2: −1/2 + 1/4 − 1/8 + ... = −1/3. Going on is worth more:
    # against a uniform player 1 never to end is worth 1, for player 1 the same after player 0's first move.
    assert found["value"] == pytest.approx(-1 / 3)
    assert found["best_response_values"] == pytest.approx([1.0, 1.0])
    assert solve([file, "--iterations", "3"]) == 0


def test_the_interface_is_that_of_an_open_spiel_game() -> None:
    tree = parse_gambit(REPEATED, "repeated")
    kind = tree.get_type()
    assert kind.utility == pyspiel.GameType.Utility.ZERO_SUM
    assert kind.information == pyspiel.GameType.Information.IMPERFECT_INFORMATION
    assert (tree.num_players(), tree.num_distinct_actions(), tree.max_game_length()) == (2, 2, 2)
    assert (tree.min_utility(), tree.max_utility(), tree.utility_sum()) == (-3.0, 3.0, 0.0)
    assert estimate_histories(tree) == 7.0
    state = tree.new_initial_state()
    assert (state.current_player(), state.legal_actions(), state.legal_actions(1)) == (0, [0, 1], [])
    assert (state.information_state_string(), state.information_state_string(1)) == ("0-0-1-i", "")
    child = state.child(1)
    twin = child.clone()
    twin.apply_action(0)
    assert (child.history(), twin.history(), twin.returns(), twin.is_terminal()) == ([1], [1, 0], [-1.0, 1.0], True)
    assert child.information_state_string(0) == "0-0-1-i 1"
    assert child.returns() == [0.0, 0.0]
    with pytest.raises(ValueError, match="there is no action 2 after"):
        state.apply_action(2)


def test_files_that_open_spiel_can_read_are_the_same_game(tmp_path: Path) -> None:
    file = written(tmp_path, pyspiel.get_kuhn_poker_efg_data())
    ours, theirs = compile_game(file), compile_game(pyspiel.load_efg_game(pyspiel.get_kuhn_poker_efg_data()))
    assert [list(names.information_states) for names in ours.names] == [
        list(names.information_states) for names in theirs.names
    ]
    found = [evaluate(game, uniform_policy(game)) for game in (ours, theirs)]
    assert found[0] == found[1]
    save_policy(tmp_path / "policy.npz", ours, uniform_policy(ours))
    assert load_policy(tmp_path / "policy.npz", ours)[0].tolist() == uniform_policy(ours)[0].tolist()


def test_open_spiels_reading_of_repeated_labels_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"efg_game(filename={written(tmp_path, REPEATED)})"
    sentence = r"has the legal actions \[0, 0\] at the root: two with one number cannot be told apart"
    for loaded in (name, pyspiel.load_game(name)):
        with pytest.raises(GameError, match=sentence):
            compile_game(loaded)
    with pytest.raises(GameError, match=sentence):
        MonteCarlo(pyspiel.load_game(name)).advance(1)
    with pytest.raises(GameError, match=sentence):
        legal_actions(pyspiel.load_game(name).new_initial_state())
    for arguments in ([name, "uniform"],):
        assert exploitability(arguments) == 2
        error = capsys.readouterr().err
        assert "give the Gambit file itself, FILE.efg" in error
        assert error.count("\n") == 1
    coin = HEAD + 'c "" 1 "" { "x" 1/2 "x" 1/2 } 0\nt "" 1 "" { 1, -1 }\nt "" 2 "" { -1, 1 }\n'
    with pytest.raises(GameError, match=r"has the chance outcomes \[\d, \d\] at the root"):
        compile_game(pyspiel.load_efg_game(coin))


def test_actions_called_alike_are_told_apart_in_the_readable_policy(tmp_path: Path) -> None:
    game = solved(REPEATED)
    assert [game.action_string(0, sequence) for sequence in (1, 2)] == ["1 x", "2 x"]
    write_policy_json(tmp_path / "policy.json", game, uniform_policy(game))
    assert json.loads((tmp_path / "policy.json").read_text())["policy"]["player 0"] == {
        "0-0-1-i": {"1 x": 0.5, "2 x": 0.5}
    }


WRONG = {
    "": "line 1, column 1: the file ends where EFG 2 R",
    "NFG 1 R": "line 1, column 1: 'NFG' stands where EFG 2 R",
    "EFG 1 R": "line 1, column 5: '1' stands where EFG 2 R",
    "EFG 2 X": "line 1, column 1: EFG 2 R, as a Gambit file of an extensive game begins, is expected",
    'EFG 2 R "game" { }': "the game has no players",
    'EFG 2 R "game" { "A': "line 1, column 18: the quotation mark is never closed",
    HEAD: "line 3, column 1: the file ends where a node (c, p or t) must be",
    HEAD + "x": "line 3, column 1: 'x' stands where a node (c, p or t) must be",
    HEAD + 'p "" 3 1 "" { "a" } 0': "line 3, column 6: there is no player 3: there are 2",
    HEAD + 'p "" 1 1 "" { } 0': "line 3, column 13: an information set has at least one action",
    HEAD + 'p "" 1 1 0': "line 3, column 8: information set 1 has no list of actions here",
    HEAD + 'p "" 1 x "" { "a" } 0': "line 3, column 8: 'x' is not a whole number",
    HEAD + 'p "" 1 1 "" { "a" "b" } 0\nt "" 0': "line 4, column 7: the file ends where a node",
    HEAD + 'p "" 1 1 "" { "a" "b" 0': "line 3, column 23: '0' stands where an action in quotation marks must be",
    HEAD + 't "" 1': "line 3, column 6: outcome 1 has no payoffs here",
    HEAD + 't "" 1 "" { 1 }': "line 3, column 11: there are 1 payoffs for 2 players",
    HEAD + 't "" 1 "" { 1 x }': "line 3, column 15: 'x' is not a number: a payoff must be one",
    HEAD + 't "" 1 "" { 1/0 1 }': "line 3, column 13: 1/0 is divided by zero",
    HEAD + 't "" 1 "" { 1e999999999 1 }': "is longer than a number may be",
    HEAD + f't "" 1 "" {{ {"9" * 5000} 1 }}': "is longer than a number may be",
    HEAD + 't "" 1 "" { 1e301 1 }': "1e301 is larger than 1e+300",
    HEAD + 't "" 1 "" { nan 1 }': "'nan' is not a number",
    HEAD + 't "" 0 "" { 1 -1 }': "line 3, column 6: outcome 0 is none, and has no payoffs",
    HEAD + 't "" 0 t "" 0': "line 3, column 8: the tree is complete, and here follows 't'",
    HEAD + 'c "" 1 "" { "x" 1/2 "y" 1/3 } 0': "line 3, column 11: the probabilities of a chance event sum to 0.8333333",
    HEAD + 'c "" 1 "" { "x" 3/2 "y" -1/2 } 0': "line 3, column 25: a probability is at least 0",
    matrix(COLUMN, COLUMN.replace('"h" "t"', '"t" "h"'), *ENDS): "line 7, column 14: the actions of information set 1",
    matrix(COLUMN, COLUMN.replace('"t"', '"t" "u"'), *ENDS): "line 7, column 14: the actions of information set 1",
    matrix(COLUMN, COLUMN, ENDS[0], ENDS[1], '2 "" { 5, -5 }', ENDS[3]): "outcome 2 has other payoffs",
    "\0": "is not a text file",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_its_line_and_column(text: str, tmp_path: Path) -> None:
    with pytest.raises(GameError) as error:
        read_gambit(written(tmp_path, text))
    assert WRONG[text] in str(error.value)
    assert str(error.value).startswith(str(tmp_path))
    assert "\n" not in str(error.value)


def test_what_is_no_file_of_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.efg").write_bytes(bytes(range(256)))
    (tmp_path / "folder.efg").mkdir()
    (tmp_path / "loop.efg").symlink_to(tmp_path / "loop.efg")
    for name, sentence in (
        ("binary", "not a text file"),
        ("folder", "no file"),
        ("loop", "no file"),
        ("no", "no file"),
    ):
        with pytest.raises(GameError, match=sentence):
            load_open_spiel(str(tmp_path / f"{name}.efg"))


def test_utilities_without_a_constant_sum_name_two_places() -> None:
    with pytest.raises(NotTwoPlayerZeroSum, match=r"after \[0, 0\] are 3 and -3, and after \[1, 0\] -1 and 2, which"):
        solved(matrix(COLUMN, COLUMN, ENDS[0], ENDS[1], '3 "" { -1, 2 }', ENDS[3]))


def best_responses(root: naive.Node, players: int) -> list[float]:
    policy = naive.uniform(root)
    return [float(naive.best_response_value(root, policy, player)) for player in range(players)]


def few_strategies(root: naive.Node, players: int = 2) -> bool:
    counts = [1] * players
    for player in range(players):
        for width in naive.widths(root, player).values():
            counts[player] *= width
    return max(counts) <= 60


@given(st.randoms(use_true_random=False), st.integers(0, 4), st.sampled_from([0, 0, 1, Fraction(7, 3)]))
def test_random_games_come_out_of_a_file_as_they_went_in(source: random.Random, depth: int, constant: Fraction) -> None:
    root = naive.random_game(source, depth, Fraction(constant))
    tree = parse_gambit(naive.gambit_text(root, source), "drawn")
    assert tree.histories == sum(1 for _ in naive.nodes(root))
    if root.key is None or not few_strategies(root):
        return
    game = compile_game(tree)
    assert Counter(len(infoset.actions) for infoset in tree.infosets if infoset.player >= 0) == Counter(
        width for player in (0, 1) for width in naive.widths(root, player).values()
    )
    found = evaluate(game, uniform_policy(game))
    assert found.values == pytest.approx([float(v) for v in naive.values(root, naive.uniform(root))], abs=1e-9)
    assert found.best_response_values == pytest.approx(best_responses(root, 2), abs=1e-9)
    value = naive.game_value(root)
    exact = linear_program.solve_exactly(game)
    assert (exact.value, exact.exploitability) == (pytest.approx(value, abs=1e-7), pytest.approx(0.0, abs=1e-7))
    approximate = solve_by(game, "pcfr+", iterations=5000, tolerance=1e-3)
    assert approximate.converged
    assert approximate.value == pytest.approx(value, abs=2 * approximate.limit)


@given(st.randoms(use_true_random=False), st.integers(1, 3), st.integers(1, 4))
def test_random_games_of_any_number_of_players_are_evaluated(source: random.Random, depth: int, players: int) -> None:
    root = naive.random_game(source, depth, None, players)
    if root.key is None or not few_strategies(root, players):
        return
    game = compile_general_game(parse_gambit(naive.gambit_text(root, source, players), "drawn"))
    found = evaluate_general(game, uniform_policies(game))
    assert found.values == pytest.approx([float(v) for v in naive.values(root, naive.uniform(root))], abs=1e-9)
    assert found.best_response_values == pytest.approx(best_responses(root, players), abs=1e-9)


def test_open_spiels_constant_sum_games_are_solved(tmp_path: Path) -> None:
    game: Any = pyspiel.create_matrix_game([[3.0, 1.0], [0.0, 2.0]], [[1.0, 3.0], [4.0, 2.0]])
    compiled = compile_game(game)
    solution = linear_program.solve_exactly(compiled)
    # [[3, 1], [0, 2]]: player 0 mixes ½ ½ for 3/2; the sum is 4.
    assert compiled.statistics.constant == 4.0
    assert solution.evaluation.values == pytest.approx((1.5, 2.5))
    assert solution.exploitability == pytest.approx(0.0, abs=1e-12)
