"""Rankings in ``python -m solvers.preference``: a model in place of the table, learning from the order of a judge."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from games.preference import RankingModel, Votes, fit_plackett_luce, read_preference_game
from solvers.preference import solve
from solvers.preference.__main__ import main
from solvers.preference.games import preference_game

BALLOTS = "# NUMBER ALTERNATIVES: 3\n5: 1,2,3\n4: 2,3,1\n3: 3,1,2\n"
VOTES = "judge,winner,loser\nann,a,b\nann,b,a\nben,b,c\nben,a,c\nben,c,a\nann,b,a\n"


def solved(folder: Path, text: str, name: str, *options: str) -> dict[str, Any]:
    """Run the command on a file with this text, and return what it wrote."""
    (folder / name).write_text(text)
    assert main([str(folder / name), *options, "--output", str(folder / "out.json")]) == 0
    content: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return content


def test_the_model_of_rankings_takes_the_place_of_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "board.csv"
    content = solved(
        tmp_path, BALLOTS, "a.soc", "--model", "plackett-luce", "--prior", "0", "--beta", "0.1", "--csv", str(table)
    )
    votes = read_preference_game(tmp_path / "a.soc", prior=0.0).votes  # type: ignore[union-attr]
    assert votes is not None
    fit = fit_plackett_luce(votes)
    assert content["model"]["log_strengths"] == pytest.approx(fit.log_strengths.tolist())
    assert content["model"]["name"] == "plackett-luce" and content["model"]["converged"]
    policy = np.array(content["policy"])
    np.testing.assert_allclose(content["preference_over_policy"], fit.game.matrix @ policy, atol=1e-12)
    weights = np.exp(fit.game.matrix @ policy / 0.1)
    np.testing.assert_allclose(policy, weights / weights.sum(), atol=1e-4)
    with table.open() as file:
        lines = {line["label"]: float(line["log_strength"]) for line in csv.DictReader(file)}
    assert lines == dict(zip(votes.labels, fit.log_strengths, strict=True))
    printed = capsys.readouterr().out
    assert "Plackett-Luce model of the rankings: log-likelihood" in printed and "fits worst:" in printed


def test_votes_have_the_model_of_bradley_and_terry_by_groups_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = solved(tmp_path, VOTES, "votes.csv", "--model", "plackett-luce", "--by", "judge")
    assert "as the Bradley-Terry model" in capsys.readouterr().out
    assert content["policy"] == [0.0, 1.0, 0.0]  # a single winner: the model has no circles
    assert [group["group"] for group in content["groups"]] == ["ann", "ben"]


def test_models_of_rankings_are_solved_as_they_are() -> None:
    model = RankingModel.plackett_luce([[4.0, 2.0], [1.0, 5.0]], labels=("a", "b"))
    assert solve(model).policy[0] == pytest.approx(1.0 if model.probabilities[0, 1] > 0.5 else 0.0)
    fit = fit_plackett_luce(Votes([[0, 3], [1, 0]]))
    np.testing.assert_array_equal(preference_game(fit).matrix, fit.game.matrix)


@pytest.mark.parametrize(
    ("text", "name", "options"),
    [(BALLOTS, "a.soc", ()), (VOTES, "votes.csv", ("--model", "plackett-luce"))],
    ids=["recorded", "modelled"],
)
def test_the_command_learns_from_rankings(tmp_path: Path, text: str, name: str, options: tuple[str, ...]) -> None:
    sampled = ("--beta", "0.3", "--algorithm", "nash-md", "--tolerance", "0")
    exact = solved(tmp_path, text, name, *options, *sampled, "--iterations", "3000")
    learnt = solved(
        tmp_path, text, name, *options, *sampled, "--iterations", "3000", "--feedback", "rankings", "--samples", "3"
    )
    assert learnt["feedback"] == "rankings"
    np.testing.assert_allclose(learnt["policy"], exact["policy"], atol=0.05)
    assert learnt["policy"] != exact["policy"]


def test_a_run_by_rankings_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def run(state: str, *iterations: str) -> list[float]:
        options = (
            "--beta",
            "0.3",
            "--algorithm",
            "nash-md",
            "--feedback",
            "rankings",
            "--state",
            str(tmp_path / state),
        )
        for count in iterations:
            content = solved(tmp_path, BALLOTS, "a.soc", *options, "--iterations", count)
        return list(content["policy"])

    assert run("one.npz", "40") == run("two.npz", "15", "40")


def test_the_best_of_several_answers_is_given_beside_the_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = solved(tmp_path, "# NUMBER ALTERNATIVES: 2\n6: 1,2\n4: 2,1\n", "a.soc", "--best-of", "2")
    assert content["policy"] == [1.0, 0.0]
    np.testing.assert_allclose(content["best_of"]["policy"], [0.8, 0.2], atol=1e-6)
    assert content["best_of"]["win_rate"] == pytest.approx(2 / 3, abs=1e-8) and content["best_of"]["converged"]
    assert "one of the 2 is taken at least 0.6667 of the times" in capsys.readouterr().out
