"""Light: help and imports load no compiler and no learner, and what needs torch says so where it is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tamaya.command import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("numba", "torch", "pyspiel", "scipy", "matplotlib", "pettingzoo")
PACKAGES = ("games", "solvers", "search", "agents", "tamaya")
LIBRARIES = (
    "games.extensive",
    "games.preference",
    "games.phantom",
    "games.hanabi",
    "games.hanabi.environments",
    "games.matrix",
    "search.openspiel",
)


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter at the root of the project."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )


SHOW = f"import sys; print('loaded:', *(name for name in {HEAVY} if name in sys.modules))"


def test_importing_a_package_loads_nothing_heavy() -> None:
    """All in one process, the package behind each list: the first that loads something is the one to look at."""
    lines = [f"import {package}; print({package!r}, end=' '); {SHOW}" for package in (*PACKAGES, *LIBRARIES)]
    run = run_python("\n".join(lines))
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [f"{package} loaded:" for package in (*PACKAGES, *LIBRARIES)]


def test_help_loads_nothing_heavy() -> None:
    """All in one process, each name before the list: the first that loads something is the one to look at."""
    names = [name for name in COMMANDS if name != "solve"]
    lines = ["from tamaya.command import main"]
    for name in names:
        lines += [f"try: main([{name!r}, '--help'])", "except SystemExit as end: assert not end.code"]
        lines += [f"print({name!r}, end=' '); {SHOW}"]
    run = run_python("\n".join(lines))
    assert run.returncode == 0, run.stderr
    found = [line for line in run.stdout.splitlines() if " loaded:" in line]
    assert found == [f"{name} loaded:" for name in names]


WITHOUT_TORCH = """
import sys
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec
PathFinder.find_spec = lambda name, *others: None if name == "torch" else find_spec(name, *others)

from tamaya.command import main
"""
RUN = "sys.exit(main(sys.argv[1:]))"
RUN_EACH = """
for line in sys.argv[1:]:
    print(f"{main(line.split()[1:])} {line}", file=sys.stderr)
"""

NEED_TORCH = (
    "train-belief --output {folder}/belief.safetensors",
    "train-blueprint --network feed-forward --checkpoint {folder}/run",
    "train-blueprint --network feed-forward --device cuda --checkpoint {folder}/run",
    "train-blueprint --distil {folder}/large.safetensors --checkpoint {folder}/run",
)


def test_what_needs_torch_says_so(tmp_path: Path) -> None:
    """All in one process, after each sentence the exit code and the command."""
    (tmp_path / "large.safetensors").write_bytes(b"")
    lines = [f"tamaya {line.format(folder=tmp_path)}" for line in NEED_TORCH]
    run = run_python(WITHOUT_TORCH + RUN_EACH, *lines)
    sentence = "error: this needs torch, which is not installed: pip install 'tamaya[neural]'\n"
    assert run.stderr == "".join(f"{sentence}2 {line}\n" for line in lines)
    assert run.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["large.safetensors"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["hanabi-search", "--games", "1", "--rollouts", "20", "--particles", "100", "--workers", "1"],
        [
            "tournament",
            "--game",
            "kuhn_poker",
            "--agents",
            "uniform",
            "cfr(iterations=10)",
            "--games",
            "4",
            "--workers",
            "1",
        ],
        ["solve", "kuhn_poker", "--iterations", "10"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_rest_works_without_torch(arguments: list[str]) -> None:
    run = run_python(WITHOUT_TORCH + RUN, *arguments)
    assert run.returncode == 0, run.stderr
