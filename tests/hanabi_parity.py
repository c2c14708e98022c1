"""Check the Hanabi engine against the Hanabi Learning Environment and OpenSpiel, move by move, over many games.

    python -m tests.hanabi_parity --games 20000 --players 2 3 4 5 --seed 0

Each policy plays that many games for each number of players; ``tests/games/hanabi/lockstep.py`` says what is compared.
The program ends with status 1 at the first difference, showing the position in all engines.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from agents.blueprints.registry import blueprint
from games._base.progress import progress_bar
from games.hanabi import standard
from tests.games.hanabi.lockstep import Lockstep, Mismatch

POLICIES = ("random", "information", "smart")
CHUNK = 25
_tables: dict[tuple[str, int, float], Lockstep] = {}

Job = tuple[str, int, float, int, int, int]  # policy, players, mix, seed, first game, last game + 1
Outcome = tuple[int, int, int, str]  # games, moves, points, mismatch


def run_chunk(job: Job) -> Outcome:
    """Play the games of one job; a mismatch comes back as text, because exceptions may not survive the way home."""
    policy, players, mix, seed, start, stop = job
    if (policy, players, mix) not in _tables:
        _tables[policy, players, mix] = Lockstep(standard(players), blueprint(policy), mix=mix)
    table = _tables[policy, players, mix]
    games = moves = points = 0
    for number in range(start, stop):
        try:
            played = table.play(seed, number)
        except Mismatch as mismatch:
            return games, moves, points, f"{policy}, {players} players, seed {seed}, game {number}: {mismatch}"
        games, moves, points = games + 1, moves + played.moves, points + played.score
    return games, moves, points, ""


def plays(policy: str, players: int) -> bool:
    """Return whether the policy can play with so many; raises ``ValueError`` if there is no such policy."""
    found = blueprint(policy)
    try:
        found.memory_size(standard(players))
    except ValueError:
        return False
    return True


def outcomes(jobs: list[Job], workers: int) -> Iterator[Outcome]:
    """Yield the outcome of every job, in order."""
    if workers == 1:
        yield from map(run_chunk, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(run_chunk, jobs)


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.hanabi_parity", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--games", type=int, default=20_000, help="games of each policy and number of players")
    parser.add_argument("--players", type=int, nargs="+", default=[2, 3, 4, 5], choices=[2, 3, 4, 5])
    parser.add_argument("--policies", nargs="+", default=list(POLICIES), help="blueprints by name")
    parser.add_argument("--mix", type=float, default=0.05, help="probability of a random move in a bot's game")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    return parser.parse_args()


def main() -> int:
    """Run the command."""
    options = arguments()
    console = Console()
    table = Table("players", "policy", "games", "moves", "mean score", "mismatches", "seconds")
    failure = ""
    for players, policy in [(n, name) for n in options.players for name in options.policies]:
        try:
            if not plays(policy, players):
                console.print(f"{policy} does not play with {players}: left out")
                continue
        except ValueError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        mix = 0.0 if policy == "random" else options.mix
        starts = range(0, options.games, CHUNK)
        jobs = [(policy, players, mix, options.seed, i, min(i + CHUNK, options.games)) for i in starts]
        began, games, moves, points = time.perf_counter(), 0, 0, 0
        with progress_bar(console, f"{players} players, {policy}", options.games) as bar:
            for outcome in outcomes(jobs, options.workers):
                games, moves, points = games + outcome[0], moves + outcome[1], points + outcome[2]
                bar.update(games)
                if failure := outcome[3]:
                    break
        mean = f"{points / games:.3f}" if games else "–"
        seconds = f"{time.perf_counter() - began:.0f}"
        table.add_row(str(players), policy, f"{games:,}", f"{moves:,}", mean, "1" if failure else "0", seconds)
        if failure:
            break
    console.print(table)
    if failure:
        console.print(failure, markup=False, highlight=False)
        return 1
    console.print("Every comparison agreed: cards, legal moves, players, rewards, ends, observations of all seats.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
