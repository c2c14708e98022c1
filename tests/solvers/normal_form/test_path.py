"""The path of quantal responses: each point of it against scipy's root finder, and what the command writes of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import root

from games.preference import PreferenceGame, comal_cycle
from solvers.matrix.__main__ import main as solve_matrix
from solvers.normal_form.path import solve_path
from solvers.preference.__main__ import main

FloatArray = NDArray[np.float64]

TABLE = "a,b,c,d\n.5,.9,.2,.9\n.1,.5,.9,.8\n.8,.1,.5,.7\n.1,.2,.3,.5\n"


def quantal_response(payoffs: FloatArray, reference: FloatArray, beta: float) -> FloatArray:
    """Return the solution of ``pi = mu exp(A pi / beta) / sum``, by Powell's method on its logits."""

    def policy(logits: FloatArray) -> FloatArray:
        weights = np.exp(logits - logits.max())
        return np.asarray(weights / weights.sum())

    def residual(logits: FloatArray) -> FloatArray:
        aim = np.log(reference) + payoffs @ policy(logits) / beta
        return np.asarray((logits - logits.mean()) - (aim - aim.mean()))

    found = root(residual, np.zeros(len(reference)), tol=1e-13)
    assert np.abs(residual(found.x)).max() < 1e-9
    return policy(found.x)


def test_every_point_is_the_root_that_scipy_finds() -> None:
    game = PreferenceGame(comal_cycle().matrix, reference=np.array([0.6, 0.3, 0.1]))
    betas = [2.0, 0.5, 0.2, 0.1]
    for beta, solution in zip(betas, solve_path(game, betas, tolerance=1e-14), strict=True):
        assert solution.beta == beta and solution.converged
        np.testing.assert_allclose(
            solution.policy, quantal_response(game.payoffs, game.reference, beta), rtol=0, atol=1e-6
        )


def test_the_ends_are_the_reference_and_the_game_itself() -> None:
    first, _, last = solve_path(comal_cycle(), [1e4, 1.0, 0.0])
    np.testing.assert_allclose(first.policy, 1 / 3, atol=1e-4)
    np.testing.assert_allclose(last.policy, np.array([4, 3, 4]) / 11, atol=1e-12)
    assert last.algorithm == "lp"
    with pytest.raises(ValueError, match="at least one beta"):
        solve_path(comal_cycle(), [])


def test_the_command_writes_the_path_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    output = tmp_path / "solution.json"
    arguments = [str(tmp_path / "t.csv"), "--beta", "1,0.3,0", "--output", str(output)]
    assert main([*arguments, "--state", str(tmp_path / "run.npz")]) == 0
    content = json.loads(output.read_text())
    assert [entry["beta"] for entry in content["path"]] == [1.0, 0.3, 0.0] and content["beta"] == 0.0
    assert content["policy"] == content["path"][-1]["policies"]
    with (tmp_path / "path.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 and [row["beta"] for row in rows[::4]] == ["1.0", "0.3", "0.0"]
    assert sum(float(row["probability"]) for row in rows[4:8]) == pytest.approx(1.0, abs=1e-12)
    assert (tmp_path / "path.png").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.glob("run*")} == {"run-beta-1.npz", "run-beta-0.3.npz"}
    before = (tmp_path / "path.csv").read_bytes()
    assert main([*arguments, "--state", str(tmp_path / "run.npz")]) == 0
    assert (tmp_path / "path.csv").read_bytes() == before
    assert "beta" in capsys.readouterr().out


def test_a_matrix_has_a_path_in_units_of_its_payoffs(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("0,-20,10\n10,0,-10\n-10,30,0\n")
    output = tmp_path / "solution.json"
    assert solve_matrix([str(tmp_path / "t.csv"), "--beta", "path", "--output", str(output)]) == 0
    path = json.loads(output.read_text())["path"]
    assert path[0]["beta"] == pytest.approx(500.0) and path[-1]["beta"] == pytest.approx(0.05) and len(path) == 33
    assert all(entry["result"] == "converged" for entry in path)
    assert path[0]["exploitability"] > path[-1]["exploitability"] < 0.1
