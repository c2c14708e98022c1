"""The whole command against OpenSpiel's C++ CFR+, from the start of the process to the exploitability.

    python -m benchmarks.extensive_race --update docs/extensive_games.md

An iteration is hundreds of times cheaper here, but a command also loads, compiles the game to arrays and, the first
time on a machine, its kernels. What a user waits for is the sum. Both sides run CFR+ with alternating updates for the
same number of iterations, each in a process of its own, and end with the exploitability of the average policy; that
both find the same within a quarter is checked (on Leduc poker they differ by a twentieth). *Cold* is with an empty
folder of kernels, *warm* the same command again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import arg

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head

GAMES = {
    "Kuhn poker": ("kuhn_poker", 1000),
    "Leduc poker": ("leduc_poker", 1000),
    "Liar's Dice, 4 sides": ("liars_dice(dice_sides=4)", 1000),
    "Goofspiel, 5 cards": (
        "turn_based_simultaneous_game(game=goofspiel(num_cards=5,imp_info=True,points_order=descending))",
        300,
    ),
    "Liar's Dice, 6 sides": ("liars_dice", 100),
}
PEER = """
import sys, pyspiel
game = pyspiel.load_game(sys.argv[1])
solver = pyspiel.CFRPlusSolver(game)
for _ in range(int(sys.argv[2])):
    solver.evaluate_and_update_policy()
print(pyspiel.nash_conv(game, solver.tabular_average_policy()) / 2)
"""


@dataclass(frozen=True)
class Options:
    """Race the whole command against OpenSpiel's C++ CFR+."""

    update: Annotated[Path | None, arg(metavar="FILE.md")] = None
    """Document whose section is replaced."""


def _seconds(arguments: list[str], kernels: Path) -> tuple[float, str]:
    """Run Python in a process of its own and return the seconds by the clock and what it printed."""
    environment = os.environ | {"TAMAYA_CACHE_DIR": str(kernels)}
    began = time.perf_counter()
    run = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=True)
    return time.perf_counter() - began, run.stdout


def _raced(game: str, iterations: int, folder: Path) -> dict[str, Any]:
    kernels, results = folder / "kernels", folder / "solved"
    ours = ["-m", "solvers.extensive", game, "--algorithm", "cfr+", "--iterations", str(iterations)]
    ours += ["--tolerance", "0", "--output"]
    cold = _seconds([*ours, str(results / "cold")], kernels)[0]
    warm = min(_seconds([*ours, str(results / f"warm{turn}")], kernels)[0] for turn in range(3))
    theirs, printed = _seconds(["-c", PEER, game, str(iterations)], kernels)
    solution = json.loads((results / "cold" / "solution.json").read_text(encoding="utf-8"))
    found, expected = float(solution["exploitability"]), float(printed)
    if not 0.8 < found / expected < 1.25:
        raise ValueError(f"{game}: the exploitability is {found} here and {expected} in OpenSpiel")
    return {"cold": cold, "warm": warm, "open_spiel": theirs, "exploitability": found, "theirs": expected}


def run(options: Options) -> None:
    """Measure all games and print the table."""
    facts = conditions("benchmarks.extensive_race")
    lines = table_head(
        "game | iterations | exploitability | cold, s | warm, s | OpenSpiel, s | OpenSpiel ÷ cold | OpenSpiel ÷ warm"
    )
    for name, (game, iterations) in GAMES.items():
        with tempfile.TemporaryDirectory() as folder:
            one = _raced(game, iterations, Path(folder))
        lines.append(
            f"| {name} | {iterations:,} | {one['exploitability']:.2e} | {one['cold']:.1f} | {one['warm']:.1f} "
            f"| {one['open_spiel']:.1f} | {one['open_spiel'] / one['cold']:.1f} "
            f"| {one['open_spiel'] / one['warm']:.1f} |"
        )
        print(lines[-1], file=sys.stderr)
    text = (
        "Seconds by the clock from the start of the process to the exploitability; warm is the least of three.\n\n"
        + "\n".join(lines)
        + f"\n\n{conditions_text(facts)} Load of the machine before: {facts['load_before']}."
    )
    publish("extensive_race", text, facts, None, [] if options.update is None else [options.update])


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.extensive_race"))
