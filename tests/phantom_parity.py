"""Check the phantom games against OpenSpiel, attempt by attempt, over many random games.

    python -m tests.phantom_parity --games 100000 --seed 0

``tests/games/phantom/lockstep.py`` says what is compared. The program ends with status 1 at the first difference.
"""

from __future__ import annotations

import argparse
import sys
import time

from rich.console import Console
from rich.table import Table

from games._base.progress import tracked
from games.phantom.game import phantom_game
from tests.games.phantom.lockstep import Mismatch, PhantomLockstep

GAMES = ("phantom_ttt", "abrupt_phantom_ttt", "dark_hex", "abrupt_dark_hex")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.phantom_parity", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--games", type=int, default=100_000, help="random games of each phantom game")
    parser.add_argument("--names", nargs="+", default=list(GAMES), choices=GAMES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console()
    table = Table("game", "games", "attempts", "mean return", "mismatches", "seconds")
    for name in options.names:
        lockstep = PhantomLockstep(phantom_game(name))
        began, attempts, returns = time.perf_counter(), 0, 0.0
        for number in tracked(range(options.games), console, name):
            try:
                played = lockstep.play(options.seed, number)
            except Mismatch as mismatch:
                print(f"{name}, seed {options.seed}, game {number}: {mismatch}", file=sys.stderr)
                return 1
            attempts, returns = attempts + played.attempts, returns + played.returns
        seconds = f"{time.perf_counter() - began:.0f}"
        table.add_row(name, f"{options.games:,}", f"{attempts:,}", f"{returns / options.games:+.4f}", "0", seconds)
    console.print(table)
    console.print("Every comparison agreed: players, legal cells, ends, returns, information states of both players.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
