"""The command ``python -m solvers.matrix``: OpenSpiel games and payoff tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from solvers.matrix import solve
from solvers.matrix.__main__ import main

PAYOFFS = ",left,right\nup,3,-1\ndown,-2,1\n"  # value 1/7, policies (3, 4)/7 and (2, 5)/7


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "game.csv"
    path.write_text(PAYOFFS)
    return path


def test_a_table_is_solved_exactly_without_beta(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, picture = tmp_path / "solution.json", tmp_path / "picture.png"
    assert main([str(table), "--output", str(output), "--plot", str(picture)]) == 0
    solution = json.loads(output.read_text())
    assert solution["algorithm"] == "lp" and solution["value"] == pytest.approx(1 / 7)
    assert (solution["labels"], solution["column_labels"]) == (["up", "down"], ["left", "right"])
    np.testing.assert_allclose(solution["policy"], [3 / 7, 4 / 7])
    np.testing.assert_allclose(solution["column_policy"], [2 / 7, 5 / 7])
    assert "value to the row player: 0.142857143" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("text", "row_payoffs"), [("1e12,-1\n-1,1\n", "11"), ("1e12,-1\n-1,1\n-1,.5\n", "110.5")])
def test_payoffs_that_are_small_beside_the_largest_are_shown(
    text: str, row_payoffs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The value is (1e12 - 1) / (1e12 + 3)."""
    (tmp_path / "game.csv").write_text(text)
    assert main([str(tmp_path / "game.csv")]) == 0
    out = capsys.readouterr().out
    assert "value to the row player: 1\n" in out
    payoffs = [line.split("│")[-2].strip() for line in out.splitlines() if line.startswith("│")]
    assert "".join(payoffs) == row_payoffs + "-1-1"


def test_what_is_only_a_rounding_error_is_shown_as_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "game.csv").write_text("0,.3,-.1\n-.3,0,.7\n.1,-.7,0\n")
    assert main([str(tmp_path / "game.csv")]) == 0
    out = capsys.readouterr().out
    assert "value to the row player: 0\n" in out
    assert {line.split("│")[-2].strip() for line in out.splitlines() if line.startswith("│")} == {"0"}


def test_an_openspiel_game_is_solved_by_name(tmp_path: Path) -> None:
    output = tmp_path / "solution.json"
    assert main(["matrix_rps", "--beta", "0.1", "--output", str(output)]) == 0
    solution = json.loads(output.read_text())
    assert solution["algorithm"] == "nash-mp" and solution["converged"]
    np.testing.assert_allclose(solution["policy"] + solution["column_policy"], 1 / 3, atol=1e-6)


def test_references_of_both_players_are_taken(table: Path, tmp_path: Path) -> None:
    for name in ("rows", "columns"):
        labels = ("up", "down") if name == "rows" else ("left", "right")
        (tmp_path / f"{name}.csv").write_text(f"{labels[0]},3\n{labels[1]},1\n")
    output = tmp_path / "solution.json"
    references = ["--row-reference", str(tmp_path / "rows.csv"), "--column-reference", str(tmp_path / "columns.csv")]
    assert main([str(table), "--beta", "1000", *references, "--output", str(output)]) == 0
    solution = json.loads(output.read_text())
    assert solution["reference"] == solution["column_reference"] == [0.75, 0.25]
    np.testing.assert_allclose(solution["policy"], [0.75, 0.25], atol=2e-3)
    np.testing.assert_allclose(solution["column_policy"], [0.75, 0.25], atol=2e-3)


def test_a_comparison_runs_on_matrices_too(table: Path, tmp_path: Path) -> None:
    output, picture = tmp_path / "solution.json", tmp_path / "picture.png"
    arguments = ["--beta", "0.1", "--compare", "nash-mp,mmd,lp", "--output", str(output), "--plot", str(picture)]
    assert main([str(table), *arguments]) == 0
    lines = json.loads(output.read_text())["comparison"]
    assert [line["algorithm"] for line in lines] == ["lp", "nash-mp", "mmd-constant"]
    assert all(line["converged"] for line in lines) and lines[1]["divergence"] < 1e-7
    assert picture.exists()


def test_the_library_call_is_one_line() -> None:
    from games.matrix import biased_rock_paper_scissors

    np.testing.assert_allclose(solve(biased_rock_paper_scissors(), "lp").policy, np.array([1, 3, 3]) / 7)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name a file of payoffs"),
        (["matrix_rpsx"], "did you mean matrix_rps?"),
        (["matrix_pd"], "general-sum"),
        (["kuhn_poker"], "is not a matrix game"),
        (["none.csv"], "No such file"),
        (["matrix_rps", "--row-reference", "{reference}"], "Rok"),
        (["matrix_rps", "--algorithm", "mmmd"], "did you mean mmd?"),
        (["matrix_rps", "--output", "none/solution.json"], "there is no folder"),
        (["{nan}"], "finite"),
        (["{ragged}"], "line 2"),
    ],
)
def test_bad_input_gives_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {"reference": "Rok,1\nPaper,1\nScissors,1\n", "nan": "1,2\n3,inf\n", "ragged": "1,2\n3\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    places = {name: tmp_path / f"{name}.csv" for name in texts}
    assert main([argument.format(**places) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1 and sentence in captured.err
