"""What it costs to keep agents in processes of their own: ``python -m benchmarks.tournament_isolation``.

The same deals are played at one table and with every agent isolated (``--isolate``), games with little to think about,
so that the difference is the cost of the messages. Loading is not counted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from agents.tournament.games import TournamentJob, play_deals
from benchmarks.common import conditions, conditions_text, publish, table_head
from games._base.command_line import run_command

GAMES = {
    "kuhn_poker": ("uniform", "b=uniform"),
    "leduc_poker": ("cfr(iterations=10)", "b=cfr(iterations=10)"),
    "hanabi(players=2)": ("piers", "b=piers"),
}
_REPEATS = 5


def seconds(job: TournamentJob, deals: Sequence[int]) -> tuple[float, int]:
    """Return the shortest of several times that deals take, and the number of moves."""
    list(play_deals(job, (0, 1), deals[:2]))
    times, moves = [], 0
    for _ in range(_REPEATS):
        began = perf_counter()
        moves = sum(played.moves for played, _ in play_deals(job, (0, 1), deals))
        times.append(perf_counter() - began)
    return min(times), moves


def line(game: str, count: int) -> dict[str, Any]:
    """Return the figures of one game."""
    deals = range(count)
    agents = GAMES[game]
    (together, moves), (apart, again) = (
        seconds(TournamentJob(game, agents, isolated=isolated), deals) for isolated in (False, True)
    )
    assert moves == again
    return {"game": game, "moves": moves, "together": together / moves, "isolated": apart / moves}


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Return the figures as Markdown."""
    rows = table_head("game | moves | at one table, µs a move | isolated, µs a move | messages, µs a move")
    for one in lines:
        extra = one["isolated"] - one["together"]
        figures = " | ".join(f"{1e6 * value:.1f}" for value in (one["together"], one["isolated"], extra))
        rows.append(f"| {one['game']} | {one['moves']:,} | {figures} |")
    note = (
        "A game's beginning, which every agent is told, is in the figures of its moves; in Hanabi every player is told "
        "of every move, too, and games of blueprints at one table are played by one compiled call."
    )
    return "\n".join(rows) + "\n\n" + note


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tournament_isolation", description=__doc__)
    parser.add_argument("--deals", type=int, default=200)
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents whose table is replaced")
    options = parser.parse_args()

    def run() -> None:
        facts = conditions("benchmarks.tournament_isolation")
        lines = [line(game, options.deals) for game in GAMES]
        text = f"{table(lines)}\n\n{conditions_text(facts)}"
        publish("tournament_isolation", text, facts | {"lines": lines}, options.output, options.update)

    return run_command(run)


if __name__ == "__main__":
    sys.exit(main())
