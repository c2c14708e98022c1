"""Whether the errors of a tournament's ratings are right: ``python -m benchmarks.tournament_errors``.

A field with copies of one agent is played many times with other seeds: the standard deviation of a rating over the
tournaments is what its reported standard error should be. It is shown for two ways of making an agent's random key – of
its text, so that copies share all their random numbers, or of its label – and for two errors: those of independent
games, and those clustered by deal. Then two copies meet in many tournaments (an A/A test), and what counts is how often
intervals cover 0.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from agents.runs.random_stream import fold, text_key
from agents.runs.schedule import Match
from agents.specification import parse_specification
from agents.statistics.paired import mean_interval, pairs_of
from agents.statistics.ratings import bradley_terry, clustered
from agents.tournament.folder import GAMES
from agents.tournament.games import Field, TournamentJob, play_chunk
from agents.tournament.schedule import seatings
from agents.tournament.statistics import comparisons_of
from benchmarks.common import conditions, conditions_text, publish
from games._base.command_line import run_command
from games._base.progress import tracked

GAME = "kuhn_poker"
COPIES = tuple(f"{name}=uniform" for name in "abcdef")
OTHERS = ("cfr(iterations=3)", "cfr(iterations=30)")

FloatArray = NDArray[np.float64]


@contextmanager
def keys_of_texts() -> Iterator[None]:
    """Make the key of an agent's randomness of its text, not of its label."""

    def seed_keys(field: Field, seating: Sequence[int]) -> list[int]:
        texts = [field.types[agent].text for agent in seating]
        return [fold(field.job.seed, 32, seat, text_key(text)) for seat, text in enumerate(texts)]

    usual = Field.seed_keys
    Field.seed_keys = seed_keys  # type: ignore[method-assign]
    try:
        yield
    finally:
        Field.seed_keys = usual  # type: ignore[method-assign]


def lines_of(job: TournamentJob, deals: int) -> Iterator[dict[str, Any]]:
    """Yield the lines of a round robin."""
    for unit, pair in enumerate(combinations(range(len(job.agents)), 2)):
        for chunk in play_chunk(job, Match(unit, pair, seatings(pair, every=True)), 0, deals):
            for text in chunk.texts[GAMES]:
                yield from map(json.loads, text.splitlines())


def ratings(agents: tuple[str, ...], seed: int, deals: int) -> FloatArray:
    """Return how each agent is rated above the last one in a tournament, and the errors of that. [3, n]

    Row 0: the difference, 1: its error if games were independent, 2: its error clustered by deal.
    """
    lines = list(lines_of(TournamentJob(GAME, agents, seed), deals))
    labels = [parse_specification(agent).label for agent in agents]
    comparisons = comparisons_of(pairs_of(lines, labels), 2)
    independent = bradley_terry(comparisons.table(len(agents))).differences()
    difference, error = clustered(comparisons, len(agents)).differences()
    return np.stack([difference[:, -1], independent[1][:, -1], error[:, -1]])


def spread(tournaments: int, deals: int, console: Console) -> list[dict[str, Any]]:
    """Return, for both kinds of keys, what ratings of copies vary by and what their errors say."""
    rows = []
    for keys, name in ((keys_of_texts(), "text"), (nullcontext(), "label")):
        seeds = tracked(range(tournaments), console, f"keys of the {name}")
        with keys:
            found = np.stack([ratings(COPIES + OTHERS, seed, deals) for seed in seeds])[:, :, : len(COPIES)]
        rows.append(
            {
                "key": name,
                "spread": float(found[:, 0].std(axis=0, ddof=1).mean()),
                "independent": float(found[:, 1].mean()),
                "clustered": float(found[:, 2].mean()),
            }
        )
    return rows


def covered(tournaments: int, deals: int, console: Console) -> dict[str, Any]:
    """Return in how many tournaments of two copies the intervals cover 0: of the advantage, and of the rating."""
    advantage = rating = varied = 0
    for seed in tracked(range(tournaments), console, "two copies"):
        pairs = pairs_of(list(lines_of(TournamentJob(GAME, COPIES[:2], seed), deals)), ["a", "b"])
        found = mean_interval(pairs[0, 1].advantages, 0.95)
        low, high = clustered(comparisons_of(pairs, 2), 2).intervals()[0]
        varied += int(found.standard_error > 0.0)
        advantage += int(found.low <= 0.0 <= found.high)
        rating += int(low <= 0.0 <= high)
    return {"tournaments": tournaments, "deals": deals, "varied": varied, "advantage": advantage, "rating": rating}


def table(rows: list[dict[str, Any]], copies: dict[str, Any], options: argparse.Namespace) -> str:
    """Return the figures as Markdown."""
    lines = ["| random key | spread | error of independent games | error clustered by deal |", "|---|--:|--:|--:|"]
    lines += [f"| {r['key']} | {r['spread']:.1f} | {r['independent']:.1f} | {r['clustered']:.1f} |" for r in rows]
    others = " and ".join(f"`{other}`" for other in OTHERS)
    return "\n".join(lines) + (
        f"\n\nElo points, `{GAME}`, six copies of `uniform` with {others}, {2 * options.deals} games a pair, "
        f"{options.tournaments} tournaments: standard deviation over the tournaments of how a copy is rated above "
        f"`{OTHERS[-1]}`, and its reported errors. Two copies alone, {copies['tournaments']} tournaments of "
        f"{2 * copies['deals']} games: the 95 % interval covers 0 in {copies['advantage']} (advantage) and "
        f"{copies['rating']} (Elo) of them, and has a width above 0 in {copies['varied']}."
    )


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tournament_errors", description=__doc__)
    parser.add_argument("--tournaments", type=int, default=60)
    parser.add_argument("--copies", type=int, default=500, help="tournaments of two copies")
    parser.add_argument("--deals", type=int, default=100, help="deals a pair; each is two games")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents whose table is replaced")
    options = parser.parse_args()

    def run() -> None:
        facts = conditions("benchmarks.tournament_errors")
        console = Console(stderr=True)
        rows = spread(options.tournaments, options.deals, console)
        copies = covered(options.copies, options.deals, console)
        text = f"{table(rows, copies, options)}\n\n{conditions_text(facts)}"
        found = facts | {"rows": rows, "copies": copies}
        publish("tournament_errors", text, found, options.output, options.update)

    return run_command(run)


if __name__ == "__main__":
    sys.exit(main())
