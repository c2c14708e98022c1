"""The sampled methods at the command line: files, going on, and what they do not have."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest

from games.extensive import compile_game
from games.extensive.compact import compact_tree
from games.extensive.open_spiel import load_open_spiel
from games.extensive.policies import load_policy
from solvers.extensive.__main__ import main
from solvers.extensive.evaluation import evaluate
from solvers.extensive.monte_carlo import MonteCarlo
from solvers.extensive.options import SAMPLED
from solvers.extensive.tree_sampling import SAMPLING, TreeSampling


def without_seconds(path: Path) -> list[dict[str, object]]:
    history = json.loads((path / "solution.json").read_text())["history"]
    return [{key: value for key, value in line.items() if "seconds" not in key} for line in history]


@pytest.mark.parametrize("method", SAMPLED)
def test_a_run_that_went_on_is_the_run(method: str, tmp_path: Path) -> None:
    options = ["kuhn_poker", "--algorithm", method, "--seed", "3", "--iterations"]
    for count in ("30", "41", "90"):
        assert main([*options, count, "--output", str(tmp_path / "pieces")]) == 0
    assert main([*options, "90", "--output", str(tmp_path / "whole")]) == 0
    assert without_seconds(tmp_path / "pieces") == without_seconds(tmp_path / "whole")
    written, game = json.loads((tmp_path / "pieces" / "solution.json").read_text()), compile_game("kuhn_poker")
    policies = [load_policy(tmp_path / name / "policy.npz", game) for name in ("pieces", "whole")]
    assert all(np.array_equal(a, b) for a, b in zip(*policies, strict=True))
    assert evaluate(game, policies[0]).exploitability == written["exploitability"]
    if method in SAMPLING:
        sampling = TreeSampling(compact_tree(load_open_spiel("kuhn_poker")), method, seed=3)
        sampling.advance(90)
        straight = sampling.policy(game)
    else:
        learner = MonteCarlo("kuhn_poker", method, seed=3)  # type: ignore[arg-type]
        learner.advance(90)
        straight = learner.policy(game)
    assert all(np.array_equal(a, b) for a, b in zip(straight, policies[0], strict=True))


def test_a_game_too_large_to_compile_is_played_without_a_measurement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["dark_hex(board_size=3)", "--algorithm", "outcome-mccfr", "--iterations", "4"]
    assert main([*options, "--output", str(tmp_path)]) == 0
    written = json.loads((tmp_path / "solution.json").read_text())
    assert (written["value"], written["exploitability"]) == (None, None)
    assert sum(written["infosets"]) > 20
    assert "too large to be compiled" in capsys.readouterr().out


def test_an_interrupt_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    advance = MonteCarlo.advance

    def interrupted(self: MonteCarlo, count: int) -> None:
        advance(self, count)
        if self.done >= 7:
            signal.raise_signal(signal.SIGINT)

    arguments = ["kuhn_poker", "--algorithm", "sampled-mmd", "--iterations", "20", "--output", str(tmp_path)]
    with monkeypatch.context() as patch:
        patch.setattr(MonteCarlo, "advance", interrupted)
        assert main(arguments) == 130
    assert "interrupted after 7 iterations; the same command goes on" in capsys.readouterr().err
    assert main(arguments) == 0
    assert main([*arguments[:-1], str(tmp_path / "whole")]) == 0
    assert without_seconds(tmp_path) == without_seconds(tmp_path / "whole")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--algorithm", "external-mccfr", "--alpha", "1"], "external-mccfr is a sampled method and has no --alpha"),
        (["--algorithm", "sampled-mmd", "--last"], "sampled-mmd is a sampled method and has no --last"),
        (["--algorithm", "outcome-mccfr", "--parameters", "eps=1"], "outcome-mccfr has no parameter 'eps'"),
        (["--algorithm", "outcome-mccfr", "--parameters", "exploration=2"], "exploration must be above 0"),
        (["--algorithm", "sampled-mmd", "--alpha", "1/t"], "--alpha of sampled-mmd must be a number"),
        (
            ["--algorithm", "external-mccfr", "--tolerance", "0.1"],
            "external-mccfr is a sampled method and has no",
        ),
        (["--algorithm", "sampled-mmd", "--compare", "all"], "sampled-mmd is a sampled method and has no --compare"),
    ],
)
def test_what_they_do_not_have_is_refused(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kuhn_poker", *options]) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")


def test_another_seed_in_the_same_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["kuhn_poker", "--algorithm", "sampled-mmd", "--iterations", "3", "--output", str(tmp_path), "--seed"]
    assert main([*options, "0"]) == 0
    assert main([*options, "1"]) == 2
    assert "holds a run with another --seed" in capsys.readouterr().err
