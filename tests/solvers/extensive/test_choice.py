"""``auto``: the algorithm of the family of a game, what the command says of it, and refusals that name what works."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from games.extensive import NotTwoPlayerZeroSum, compile_game
from games.extensive.compile import compile_general_game
from solvers.extensive.__main__ import main
from solvers.extensive.choice import FAMILIES, default_algorithm, family_of
from solvers.extensive.complementarity import solve_by_complementarity
from solvers.extensive.many_players import solve_general
from solvers.extensive.registry import LINEAR_PROGRAM, REGISTRY
from solvers.extensive.solving import solve

_COIN = 'EFG 2 R "coin" { "a" "b" }\np "" 1 1 "" { "h" "t" } 0\n'
_COIN += "".join(
    f'p "" 2 1 "" {{ "h" "t" }} 0\nt "" {2 * k + 1} "" {{ {a} }}\nt "" {2 * k + 2} "" {{ {b} }}\n'
    for k, (a, b) in enumerate([("1 -1", "-1 1"), ("-1 1", "1 -1")])
)


@pytest.mark.parametrize(
    ("game", "family"),
    [
        ("kuhn_poker", "poker"),
        ("python_kuhn_poker", "poker"),
        ("leduc_poker(suit_isomorphism=True)", "poker"),
        ("liars_dice(dice_sides=4)", "dice"),
        ("dark_hex(board_size=2,gameversion=adh)", "board"),
        ("battleship(board_width=2,ship_sizes=[1;2])", "board"),
        ("goofspiel(num_cards=4,imp_info=True)", "other"),
        ("turn_based_simultaneous_game(game=goofspiel(num_cards=4))", "other"),
        ("repeated_game(stage_game=leduc_poker())", "poker"),
        ("runs/poker/table.efg", "other"),
        ("", "other"),
    ],
)
def test_the_family_is_read_from_the_name(game: str, family: str) -> None:
    assert family_of(game) == family
    assert default_algorithm(game) == (FAMILIES[family], f"the default of {family} games")
    assert default_algorithm(game, regularised=True)[0] == "mmd"


def test_every_choice_is_an_algorithm_that_needs_no_horizon() -> None:
    for name in FAMILIES.values():
        assert set(REGISTRY.load(name).parameters) == {"averaging"}


@pytest.mark.parametrize("name", ["kuhn_poker", "dark_hex(board_size=2)", "goofspiel(num_cards=3,imp_info=True)"])
def test_the_default_is_the_named_algorithm(name: str) -> None:
    game = compile_game(name)
    found, named = solve(game, iterations=20), solve(name, FAMILIES[family_of(name)], iterations=20)
    assert found.algorithm == solve(name, "auto", iterations=5).algorithm == named.algorithm
    for ours, theirs in zip(found.policy, named.policy, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert solve(game, iterations=5, alpha=0.1).algorithm == "mmd-dilated"


def test_the_command_says_what_was_taken_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for key, options in {"none": [], "auto": ["--algorithm", "auto"], "named": ["--algorithm", "cfr"]}.items():
        assert main(["kuhn_poker", "--iterations", "5", *options, "--output", str(tmp_path / key)]) == 0
        written = json.loads((tmp_path / key / "solution.json").read_text())
        found[key] = written["algorithm"], written["chosen"]
        shown = " ".join(capsys.readouterr().out.split())
        assert ("sapcfr+, the default of poker games (average" in shown) == (key != "named")
    assert found == {
        "none": ("sapcfr+", "the default of poker games"),
        "auto": ("sapcfr+", "the default of poker games"),
        "named": ("cfr", None),
    }
    assert main(["kuhn_poker", "--iterations", "9", "--output", str(tmp_path / "none")]) == 0  # it goes on


def test_more_players_and_other_sums_have_a_default_of_their_own(tmp_path: Path) -> None:
    for options, name in ((["--iterations", "3"], "pcfr+"), (["--iterations", "3", "--alpha", "1"], "mmd-behavioural")):
        assert main(["matrix_pd", *options, "--output", str(tmp_path / name)]) == 0
        written = json.loads((tmp_path / name / "solution.json").read_text())
        assert written["algorithm"] == name
        assert written["chosen"] == "the default of games of more players or other sums"


@pytest.mark.parametrize("name", ["matrix_pd", "kuhn_poker(players=3)"])
def test_a_refusal_names_only_what_solves_the_game(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--algorithm", "lp"]) == 2
    error = capsys.readouterr().err
    names = error.strip().rpartition("what solves it is ")[2].split(", ")
    assert len(names) > 5
    assert ("lcp" in names) == (name == "matrix_pd")
    game = compile_general_game(name)
    for one in names:
        found = solve_by_complementarity(game) if one == "lcp" else solve_general(game, one, iterations=2)
        assert np.isfinite(found.nash_conv)


def test_too_many_sequences_for_the_complementarity_problem_are_not_sent_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("solvers.extensive.complementarity.LARGEST", 3)
    assert main(["matrix_pd", "--algorithm", "lp"]) == 2
    assert "lcp" not in capsys.readouterr().err


def test_a_run_of_a_schedule_does_not_go_on_to_another_horizon(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["kuhn_poker", "--algorithm", "hs-pcfr+", "--output", str(tmp_path)]
    assert main([*run, "--iterations", "20"]) == 0
    assert main([*run, "--iterations", "20"]) == 0
    capsys.readouterr()
    assert main([*run, "--iterations", "30"]) == 2
    assert "holds a run with another horizon, which --iterations is by default: give" in capsys.readouterr().err
    assert main([*run, "--iterations", "30", "--parameters", "horizon=20"]) == 0
    assert json.loads((tmp_path / "solution.json").read_text())["parameters"] == {"gamma": 30.0, "horizon": 20.0}


def test_a_file_has_a_default(tmp_path: Path) -> None:
    file = tmp_path / "poker.efg"
    file.write_text(_COIN)
    assert solve(file, iterations=50).algorithm == FAMILIES["other"]
    assert solve(file, LINEAR_PROGRAM).value == pytest.approx(0.0)
    with pytest.raises(NotTwoPlayerZeroSum):
        solve("matrix_pd", iterations=1)
