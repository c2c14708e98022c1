"""CUDA kernels beside the CPU engine, in numba's simulator: a process of its own, because numba reads it at import."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
NAMES = ["small", "odd"]  # `make parity` plays the others


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def simulated() -> str:
    """Every comparison in the simulator; a difference ends the process with the array, the step and the numbers."""
    found = python("-m", "tests.games.hanabi.cuda.lockstep", *NAMES, NUMBA_ENABLE_CUDASIM="1")
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.parametrize("name", NAMES)
def test_kernels_play_the_games_of_the_cpu_number_for_number(simulated: str, name: str) -> None:
    (line,) = re.findall(rf"^{name} scores: (.*)$", simulated, re.MULTILINE)
    assert len(line.split()) >= 2, "slots must have started a second game"


def test_games_end_in_every_way(simulated: str) -> None:
    scores = set(re.search(r"^small scores: (.*)$", simulated, re.MULTILINE)[1].split())  # type: ignore[index]
    assert {"0", "10"} < scores, "out of lives, completed, out of turns"
    assert re.search(r"^small scores without auto-reset: \d", simulated, re.MULTILINE)


def test_moves_and_parameters_that_do_not_fit_are_refused(simulated: str) -> None:
    assert simulated.endswith("all the same\n")


def test_the_cpu_path_loads_no_cuda() -> None:
    code = (
        "import sys, games.hanabi.batch, games.hanabi.cuda, agents.train_blueprint;"
        "print([name for name in ('numba.cuda', 'torch') if name in sys.modules])"
    )
    assert python("-c", code).stdout.strip() == "[]"


@pytest.mark.parametrize("program", ["tests.games.hanabi.cuda.lockstep", "benchmarks.hanabi_gpu"])
def test_without_a_card_there_is_one_clear_sentence(program: str) -> None:
    found = python("-m", program, NUMBA_ENABLE_CUDASIM="0", CUDA_VISIBLE_DEVICES="-1")
    assert found.returncode == 2 and found.stdout == ""
    assert found.stderr.startswith("error: there is no CUDA card") and found.stderr.count("\n") == 1
