"""Results that people use: tables in memory in, labelled tables out, CSV, pictures, and the order of a leaderboard."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import solvers
from games.matrix import biased_rock_paper_scissors
from games.preference import PreferenceGame, Votes, bradley_terry_game, random_batch
from solvers.matrix import solve as solve_matrix
from solvers.preference import solve
from solvers.preference.__main__ import main

CYCLE = np.array([[0.5, 0.1, 0.8], [0.9, 0.5, 0.1], [0.2, 0.9, 0.5]])  # COMAL's: equilibrium (4, 3, 4)/11
NASH = np.array([4, 3, 4]) / 11


class Frame:
    """What is asked of a table: ``index``, ``columns`` and ``to_numpy``; pandas' has these."""

    def __init__(self, values: Any, index: list[str], columns: list[str]) -> None:
        self.index, self.columns, self._values = index, columns, values

    def to_numpy(self) -> np.ndarray[Any, Any]:
        return np.array(self._values)


def test_tables_in_memory_are_solved_with_their_labels() -> None:
    names = ["a", "b", "c"]
    frame = Frame(CYCLE, names, names)
    shuffled = Frame(CYCLE[:, [2, 0, 1]], names, ["c", "a", "b"])
    for table in (frame, shuffled, CYCLE, CYCLE.tolist()):
        np.testing.assert_allclose(solve(table).policy, NASH, atol=1e-12)
    assert solve(frame).probabilities == pytest.approx(dict(zip(names, NASH, strict=True)))
    for found in (solvers.solve(frame), solve_matrix(frame), solvers.solve(CYCLE), solve_matrix(CYCLE - 0.5)):
        np.testing.assert_allclose(found.policy, NASH, atol=1e-12)  # type: ignore[attr-defined]
    assert solve(np.stack([CYCLE, CYCLE])).policies.shape == (2, 3)
    assert solve_matrix(np.zeros((2, 3, 4))).policies.shape == (2, 7)
    with pytest.raises(ValueError, match="must be square"):
        solve(np.zeros((2, 3)))


def test_votes_and_tables_of_votes_are_solved_by_every_door(tmp_path: Path) -> None:
    rows = [["x", "y", "model_a"], ["y", "z", "model_a"], ["x", "z", "tie"]]
    frame = Frame(rows, ["0", "1", "2"], ["model_a", "model_b", "winner"])
    votes = Votes(np.array([[0, 1, 0.5], [0, 0, 1], [0.5, 0, 0]]), np.array([[0, 0, 1.0], [0, 0, 0], [1, 0, 0]]))
    (tmp_path / "a.csv").write_text("winner,loser,tie\nx,y,\ny,z,\nx,z,1\n")
    path = tmp_path / "a.csv"
    for found in (solve(frame), solve(votes), solvers.solve(frame), solvers.solve(votes), solve(path)):
        # z is level with x; it may have half, as much as does not let y, whom x beats as clearly as it beats z, gain.
        np.testing.assert_allclose(found.policy, [0.5, 0, 0.5], atol=1e-8)  # type: ignore[attr-defined]


def test_a_leaderboard_puts_the_unheld_in_the_order_of_their_scores_and_ranks_equals_alike() -> None:
    game = bradley_terry_game([0.0, 3.0, 1.0, 2.0, 1.0])
    table = solve(game).leaderboard()
    assert table["label"] == ["1", "3", "2", "4", "0"] and table["rank"] == [1, 2, 3, 3, 5]
    assert table["probability"] == [1, 0, 0, 0, 0] and table["score"] == sorted(table["score"], reverse=True)
    assert "range_low" not in table
    even = solve(PreferenceGame(np.full((2, 2), 0.5))).leaderboard()
    assert even["rank"] == [1, 1] and even["range_high"] == pytest.approx([1, 1])


def test_both_players_of_a_matrix_game_stand_below_each_other() -> None:
    solution = solve_matrix(biased_rock_paper_scissors())
    table = solution.leaderboard()
    assert table["player"] == ["row"] * 3 + ["column"] * 3 and table["rank"] == [1, 1, 3] * 2
    np.testing.assert_allclose(table["score"], 0.0, atol=1e-12)
    content = solution.to_dict()
    assert content["column_labels"] == ["rock", "paper", "scissors"] and content["unique"] is True
    assert json.loads(json.dumps(content))["policy"] == solution.policy.tolist()


def test_to_dict_and_csv_have_every_digit(tmp_path: Path) -> None:
    solution = solve(PreferenceGame(CYCLE, ("a", "b", "c")), beta=0.05)
    content = solution.to_dict()
    assert dict(zip(content["labels"], content["policy"], strict=True)) == solution.probabilities
    solution.to_csv(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["label"]: float(row["probability"]) for row in rows} == solution.probabilities
    solution.plot(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_batches_have_a_picture_and_a_dictionary_and_no_leaderboard(tmp_path: Path) -> None:
    solution = solve(random_batch(3, 4, np.random.default_rng(0)))
    solution.plot(tmp_path / "a.png")
    assert (tmp_path / "a.png").exists() and np.shape(solution.to_dict()["policies"]) == (3, 4)
    with pytest.raises(ValueError, match=r"a batch has a policy for each game: solve batch\[k\]"):
        solution.leaderboard()


def test_other_solutions_have_a_dictionary_too() -> None:
    assert solvers.solve("kuhn_poker", "lp").to_dict()["value"] == pytest.approx(-1 / 18)


def test_the_command_writes_all_rows_and_prints_as_many_as_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "a.npy", bradley_terry_game(np.arange(30.0) / 10).matrix)
    assert main([str(tmp_path / "a.npy"), "--csv", str(tmp_path / "a.csv"), "--rows", "all"]) == 0
    assert "more, with" not in capsys.readouterr().out
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert (
        len(lines) == 31 and lines[0] == "rank,label,probability,score,reference" and lines[1].startswith("1,29,1.0,")
    )
    assert main([str(tmp_path / "a.npy"), "--rows", "3"]) == 0
    assert "27 more" in capsys.readouterr().out
    assert main([str(tmp_path / "a.npy"), "--rows", "few"]) == 2
    np.save(tmp_path / "b.npy", np.full((2, 2, 2), 0.5))
    assert main([str(tmp_path / "b.npy"), "--csv", str(tmp_path / "b.csv")]) == 2
    assert "--csv is for one game" in capsys.readouterr().err
