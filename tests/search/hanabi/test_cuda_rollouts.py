"""Rollouts on a card beside those on the CPU, in numba's simulator: a process of its own (numba reads it at import)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_scores_and_decisions_are_those_of_the_cpu_number_for_number() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "tests.search.hanabi.simulated_rollouts"],
        cwd=ROOT,
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.endswith("all the same\n"), found.stderr
    assert len(re.findall(r": [1-9]\d+ scores$", found.stdout, re.MULTILINE)) == 3
