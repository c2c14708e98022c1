"""Nash equilibria of two-player general-sum games: by definition on drawn games, and games with known answers."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from games.extensive.compile import compile_general_game
from games.extensive.gambit import parse_gambit
from games.extensive.nfg import parse_nfg
from solvers.extensive.__main__ import main
from solvers.extensive.complementarity import lemke, solve_by_complementarity
from tests.games.extensive import naive


@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_drawn_games_are_solved_exactly(source: random.Random, depth: int) -> None:
    root = naive.random_game(source, depth, None, 2)
    assume(root.key is not None)
    game = compile_general_game(parse_gambit(naive.gambit_text(root, source), "drawn"))
    assume(sum(len(tree.owner) for tree in game.treeplexes) <= 40)
    solution = solve_by_complementarity(game)
    assert solution.nash_conv == pytest.approx(0.0, abs=1e-12)
    assert solution.converged


def table(payoffs: str, sizes: str = "2 2") -> str:
    return f'NFG 1 R "t" {{ "A" "B" }} {{ {sizes} }}\n{payoffs}'


@pytest.mark.parametrize(
    ("text", "values", "first"),
    [
        # The prisoners' dilemma: both defect.
        (table("3 3 4 0 0 4 1 1"), (1.0, 1.0), [0.0, 1.0]),
        # Inspection, payoffs (0, 0) (1, -1) / (2, -2) (0, 1): the only equilibrium mixes, by indifference. With p on
        # the first row player 2 has -2 (1 - p) = -p + (1 - p), so p = 3/4; likewise q = 1/3; values 2/3 and -1/2.
        (table("0 0 2 -2 1 -1 0 1"), (2 / 3, -0.5), [0.75, 0.25]),
        # Shapley's game (1964): the only equilibrium is uniform, 1/3 each; fictitious play goes round in circles.
        (table("1 0 0 1 0 0  0 0 1 0 0 1  0 1 0 0 1 0", "3 3"), (1 / 3, 1 / 3), [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_known_games_have_their_equilibria(text: str, values: tuple[float, float], first: list[float]) -> None:
    solution = solve_by_complementarity(compile_general_game(parse_nfg(text, "t").tree()))
    assert solution.evaluation.values == pytest.approx(values, abs=1e-12)
    assert solution.policy[0][1:].tolist() == pytest.approx(first, abs=1e-12)


def test_a_threat_that_nobody_tests_may_be_part_of_an_equilibrium() -> None:
    """Entry deterrence: whatever Lemke's method finds is an equilibrium: entry and giving in, or staying out."""
    text = 'EFG 2 R "entry" { "E" "I" }\np "" 1 1 "" { "out" "in" } 0\nt "" 1 "" { 0, 2 }\n'
    text += 'p "" 2 1 "" { "fight" "give in" } 0\nt "" 2 "" { -1, -1 }\nt "" 3 "" { 1, 1 }\n'
    solution = solve_by_complementarity(compile_general_game(parse_gambit(text, "entry")))
    assert solution.nash_conv == 0.0
    assert solution.evaluation.values in ((0.0, 2.0), (1.0, 1.0))


def test_kuhn_poker_has_its_value() -> None:
    solution = solve_by_complementarity(compile_general_game("kuhn_poker"))
    assert solution.evaluation.values == pytest.approx((-1 / 18, 1 / 18), abs=1e-12)


def test_lemkes_method_solves_the_problem_that_it_is_given() -> None:
    """By the definition of a complementarity problem; and one that has no solution."""
    matrix = [[Fraction(-3, 2), Fraction(2)], [Fraction(-4), Fraction(4)]]
    bounds = [Fraction(-5), Fraction(17)]
    solution, _ = lemke(matrix, bounds)
    slack = [sum(m * z for m, z in zip(row, solution, strict=True)) + b for row, b in zip(matrix, bounds, strict=True)]
    assert min(*solution, *slack) >= 0
    assert all(z * w == 0 for z, w in zip(solution, slack, strict=True))
    assert lemke([[Fraction(1)]], [Fraction(3)]) == ([Fraction(0)], 0)
    with pytest.raises(ValueError, match="ended on a ray"):
        lemke([[Fraction(-1)]], [Fraction(-1)])


def test_the_command_finds_an_equilibrium(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix_bos", "--algorithm", "lcp", "--output", str(tmp_path)]) == 0
    assert "a Nash equilibrium, of which there may be others" in capsys.readouterr().out
    written = json.loads((tmp_path / "solution.json").read_text())
    assert written["nash_conv"] == pytest.approx(0.0, abs=1e-12)
    for options, sentence in (
        (["kuhn_poker(players=3)"], "lcp is for two players, and kuhn_poker(players=3) has 3"),
        (["leduc_poker"], "2,186 sequences, and lcp is for up to 150"),
        (["matrix_bos", "--alpha", "1"], "lcp is exact and has no --alpha"),
    ):
        assert main([*options, "--algorithm", "lcp"]) == 2
        assert sentence in capsys.readouterr().err
