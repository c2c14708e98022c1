from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from games.phantom.game import phantom_game
from games.phantom.information_states import information_states
from games.phantom.policies import load_policies, random_policies, save_policies, uniform_policies
from games.phantom.symmetry import symmetries
from solvers.phantom import evaluate, shipped_facts, shipped_path, shipped_policies, solve
from solvers.phantom.__main__ import main as solve_command
from solvers.phantom.compact import folded_policies, main, save_compact
from solvers.phantom.sweeps import reaches

GAME = "abrupt_phantom_ttt_2x3"


@pytest.mark.parametrize(("source", "distance"), [("policy.npz", 1e-4), ("state.npz", 1e-7)])
def test_what_is_in_a_compact_file_is_measured(source: str, distance: float, tmp_path: Path) -> None:
    run, path = tmp_path / "run", tmp_path / "compact.npz"
    assert solve_command([GAME, "--iterations", "60", "--output", str(run)]) == 0
    solved = json.loads((run / "solution.json").read_text())
    assert main([str(run / source), str(path)]) == 0
    facts = json.loads(path.with_suffix(".json").read_text())
    found = evaluate(GAME, load_policies(path, GAME)[1])
    assert facts["exploitability"] == found.exploitability and facts["value"] == found.value
    assert facts["bytes"] == path.stat().st_size
    assert facts["run"] == {key: solved[key] for key in ("algorithm", "iterations", "seconds", "processor_seconds")}
    assert found.exploitability == pytest.approx(solved["exploitability"], abs=distance)


def test_rarely_reached_states_are_uniform_and_the_others_kept(tmp_path: Path) -> None:
    policies = solve(GAME, "pcfr+", iterations=30).policies
    path, game = tmp_path / "compact.npz", phantom_game(GAME)
    kept = save_compact(path, game, folded_policies(game, policies), least_reach=1e-3)
    for player, policy in enumerate(load_policies(path)[1]):
        reach = reaches(information_states(GAME), player, policies[player])[0]
        often = reach >= 1e-3
        assert 0 < kept[player] < often.sum() <= len(symmetries(game)) * kept[player]
        np.testing.assert_allclose(policy[often], policies[player][often], rtol=0, atol=1e-6)
        np.testing.assert_array_equal(policy[~often], uniform_policies(GAME)[player][~often])


def test_policies_that_a_motion_changes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "policy.npz"
    save_policies(path, GAME, random_policies(GAME, seed=1))
    for arguments, sentence in (
        ([str(path), str(tmp_path / "out.npz")], "a symmetry of the board changes the policy of player 0"),
        ([str(path), str(tmp_path / "out.xz")], "must be called *.npz"),
        ([str(tmp_path / "none.npz"), str(tmp_path / "out.npz")], "none.npz"),
    ):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ") and sentence in error and error.count("\n") == 1
    assert not (tmp_path / "out.npz").exists()


def test_shipped_policies_are_as_good_as_their_facts_say() -> None:
    facts = shipped_facts("phantom_ttt")
    found = evaluate("phantom_ttt", shipped_policies("phantom_ttt"))
    assert found.exploitability == pytest.approx(facts["exploitability"], abs=1e-9)
    assert found.value == pytest.approx(facts["value"], abs=1e-9)
    assert found.exploitability < 2e-3


def test_all_3x3_games_have_policies_and_small_boards_none() -> None:
    for name in ("phantom_ttt", "dark_hex", "abrupt_phantom_ttt", "abrupt_dark_hex"):
        facts = shipped_facts(name)
        assert facts["game"] == name and facts["bytes"] == shipped_path(name).stat().st_size
    with pytest.raises(ValueError, match="no policies of dark_hex_2x2 come with the package, only those of abrupt_"):
        shipped_policies("dark_hex_2x2")
