"""The command ``python -m agents.train_blueprint``: its files, what it refuses, and going on where it stopped."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from agents.blueprints.neural.weights import load, save
from agents.train_blueprint import main
from agents.training import run as run_module
from agents.training.command_options import PROGRAM, Options
from agents.training.evaluation import EVALUATION_SEED
from games._base.command_line import parse
from tests.agents.blueprints.networks import network

QUICK = (
    *("--variant", "small", "--games", "16", "--clone", "16", "--minibatch", "200", "--hidden", "16", "16"),
    *("--quick-games", "10", "--evaluate-games", "20", "--workers", "1", "--steps", "1500"),
)
NETWORKS = ["compiled", "feed-forward", "public-recurrent"]

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
        try:
            code = main([str(argument) for argument in arguments])
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(strict)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def arrays(folder: Path) -> dict[str, bytes]:
    with np.load(folder / "state.npz") as file:
        return {name: file[name].tobytes() for name in file.files if name != "header"}


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("time_flies")
@pytest.mark.parametrize("network", NETWORKS)
def test_the_files_of_a_run(command: Command, tmp_path: Path, network: str) -> None:
    folder = tmp_path / "new" / "run"
    code, out, err = command(*QUICK, "--network", network, "--checkpoint", folder)
    assert (code, err) == (0, "")
    for phase in ("loading the compiled kernels", "playing games of the smart blueprint"):
        assert re.search(rf"^{phase}.* [\d:]+$", out, re.MULTILINE)
    last = lines(folder)[-1]
    assert last["steps"] >= 1500
    assert last["greedy_games"] == 20
    assert f"greedy {last['greedy_score']:.3f} ± {last['greedy_standard_error']:.3f} (20 games" in out
    assert (folder / "learning_curve.png").read_bytes().startswith(b"\x89PNG")
    card = (folder / "weights.md").read_text()
    for text in (PROGRAM, f"seed {EVALUATION_SEED}", f"{last['steps']:,} decisions", "smart blueprint", "1 CPU core"):
        assert text in card
    assert f"**{last['greedy_score']:.3f}** ± {last['greedy_standard_error']:.3f}" in card
    assert not list(folder.rglob("*.part"))
    if network == "public-recurrent":
        assert "memory.weight_hh_l0" in load_file(folder / "weights.safetensors")
        return
    weights = load(folder / "weights.safetensors")
    assert weights.base == "smart"
    assert weights.training["score"] == last["greedy_score"]
    if network == "compiled":
        with np.load(folder / "state.npz") as file:
            assert np.array_equal(weights.parameters[16:], file["learner.average"][16:])


@pytest.mark.parametrize("network", NETWORKS)
def test_an_interrupted_run_goes_on_to_the_same_bits(
    command: Command, tmp_path: Path, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*QUICK, "--network", network)
    assert command(*arguments, "--checkpoint", tmp_path / "whole")[0] == 0

    class Interrupted(run_module.TrainingLog):
        """A log in whose second iteration somebody presses Ctrl-C."""

        def add(self, iteration: int, *numbers: Any) -> Any:
            if iteration == 2:
                os.kill(os.getpid(), signal.SIGINT)
            return super().add(iteration, *numbers)

    with monkeypatch.context() as patch:
        patch.setattr("agents.training.command.TrainingLog", Interrupted)
        code, _, err = command(*arguments, "--checkpoint", tmp_path / "parts")
    assert code == 130
    assert "the same command goes on from there" in err
    with np.load(tmp_path / "parts" / "state.npz") as file:
        assert file["learner.counters"][0] == 2
    code, out, _ = command(*arguments, "--checkpoint", tmp_path / "parts")
    assert code == 0
    assert "Going on after" in out
    assert arrays(tmp_path / "parts") == arrays(tmp_path / "whole")


def test_a_run_starts_from_the_weights_of_another(command: Command, tmp_path: Path) -> None:
    assert command(*QUICK, "--checkpoint", tmp_path / "first")[0] == 0
    weights = tmp_path / "first" / "weights.safetensors"
    again = (*QUICK, "--seed", 1, "--learning-rate", 1e-9, "--learning-rate-end", 1e-9, "--start", weights)
    assert command(*again, "--checkpoint", tmp_path / "second")[0] == 0
    first, second = load(weights), load(tmp_path / "second" / "weights.safetensors")
    np.testing.assert_allclose(second.parameters, first.parameters, atol=1e-6)
    assert second.training["started_from"]["command"] == first.training["command"]
    card = (tmp_path / "second" / "weights.md").read_text(encoding="utf-8")
    assert f"It started from weights that scored {first.training['score']:.3f} after" in card
    unknown = tmp_path / "unknown.safetensors"
    save(unknown, replace(first, training={}))
    assert command(*again, "--start", unknown, "--checkpoint", tmp_path / "fourth")[0] == 0
    assert "no record was kept" in (tmp_path / "fourth" / "weights.md").read_text(encoding="utf-8")
    wider = tmp_path / "wider.safetensors"
    save(wider, network(first.game, "smart", 0.5))
    for change, message in (
        (("--start", wider), "the network has base smart and hidden layers of 32 and 32 units"),
        (("--base", "none"), "the network has base smart"),
        (("--variant", "standard"), "the network plays Hanabi with"),
        (("--start", tmp_path / "no.safetensors"), "there is no file"),
    ):
        code, _, err = command(*again, *change, "--checkpoint", tmp_path / "third")
        assert code == 2
        assert message in err and err.count("\n") == 1
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--checkpoint DIR is needed"),
        (("--hidden", "100", "100"), "--hidden must be positive multiples of 16"),
        (("--hidden", "64"), "--hidden needs two numbers for the compiled network, not 1"),
        (("--device", "cuda"), "the compiled network runs on the CPU"),
        (("--device", "tpu"), "--device must be cpu or cuda"),
        (("--network", "transformer"), "--network must be one of compiled, feed-forward, public-recurrent"),
        (("--inputs", "v0"), "--inputs v0 needs --network feed-forward"),
        (("--base", "smart", "--teacher", "information"), "the teacher must be a blueprint, and the base"),
        (("--base", "none", "--teacher", "smarter"), "there is no blueprint called 'smarter': did you mean 'smart'?"),
        (("--base", "none", "--teacher", "cheating"), "sees its own cards"),
        (("--seed", str(EVALUATION_SEED)), "--seed must be at most"),
        (("--minutes", "0"), "--minutes must be positive"),
        (("--gamma", "1.5"), "gamma must lie between 0 and 1"),
        (("--lambda-end", "1.5"), "trace_end must lie between 0 and 1, not 1.5"),
        (("--learn-share", "0"), "learn_share must be above 0 and at most 1, not 0.0"),
        (("--learn-share", ".5", "--network", "feed-forward"), "--learn-share"),
        (("--clone-softening", "0"), "clone_softening must be above 0 and at most 1, not 0.0"),
        (("--label-share", "0"), "label_share must be above 0"),
        (("--label-plies", "0"), "label_plies must be at least 1"),
        (("--start", "x", "--network", "feed-forward"), "--start needs --network compiled"),
        (("--entropy", "nan"), "entropy must be finite and not negative, not nan"),
        (("--kl-magnet-end", "-1"), "kl_magnet_end must be finite and not negative"),
        (("--games", "100000000000"), "there is not enough memory: choose fewer --games"),
        (("--players", "7"), "players must be 2 to 5"),
        (("--entropi", "1"), "did you mean --entropy?"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    folder = ("--checkpoint", tmp_path / "run") if arguments else ()
    code, out, err = command(*arguments, *folder)
    assert code == 2
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()
    assert "Finished" not in out


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("clone", [0, 16])
def test_numbers_that_overflow_end_a_run_with_one_sentence(
    command: Command, tmp_path: Path, network: str, clone: int
) -> None:
    arguments = (*QUICK, "--clone", clone, "--network", network, "--learning-rate", "1e30")
    code, _, err = command(*arguments, "--checkpoint", tmp_path)
    assert code == 2
    assert err.startswith("error: training diverged after ")
    assert err.count("\n") == 1
    assert not (tmp_path / "weights.safetensors").exists()
    assert not (tmp_path / "state.npz").exists()


def test_options_reach_the_learner() -> None:
    arguments = "--checkpoint x --players 3 --lambda 0.8 --clone 7 --steps 1e6 --bomb-penalty 0.2 --entropy-end 0.5"
    options = parse(Options, arguments.split(), PROGRAM)
    found = options.training()
    assert (found.base, found.teacher) == ("information", "information")
    assert (found.trace, found.clone_games, found.horizon) == (0.8, 7, 1e6)
    assert found.at("trace", 10) == 0.8 and replace(found, trace_end=0.9).at("trace", 500_000) == pytest.approx(0.85)
    assert (found.bomb_penalty, found.entropy_end) == (0.2, 0.5)
    assert options.goal().steps == 1e6
    assert options.goal().evaluate_games == 10_000
    assert parse(Options, ["--base", "none", "--checkpoint", "x"], PROGRAM).training().teacher == "smart"
