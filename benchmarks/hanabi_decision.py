"""One decision at a time: ``python -m benchmarks.hanabi_decision``.

Takes positions from the middle of seeded blueprint games and lets the player to move search them with a budget of
10,000 rollouts: evenly on all cores, evenly on one, and by racing that saves what it does not need. Reports the seconds
of a decision (belief included, median over positions; the ways take turns at each position), how many rollouts racing
spent, and how often it chose the same move as even allocation in the same worlds. Positions in which the blueprint's
move was taken for unbeatable by either are left out.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.blueprints import registry
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.hanabi.players import searcher
from agents.hanabi.table import HanabiTable
from benchmarks.common import conditions, conditions_text, publish
from benchmarks.neural_positions import show
from games._base.progress import tracked
from games._base.threads import available_cores
from games.hanabi.game import standard
from games.hanabi.state import HanabiState
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.policy.follower import Policy
from search.hanabi.seat import FollowSeat
from search.hanabi.spec import ResolvedSearch, SearchSpec
from search.planner import Decision

SEED = 4
TURN = 22
CASES = ((2, "smart"), (2, "information"), (3, "information"), (5, "information"))


def decide(search: ResolvedSearch, policy: Policy, number: int, threads: int | None) -> tuple[Decision, float]:
    """Play ``TURN`` blueprint moves of a game, then search once; return the decision and the seconds it took."""
    state, keys = HanabiState.from_seed(search.game, SEED, number), SeatKeys.of_game(search.game, SEED, number)
    seats = [FollowSeat(policy) for _ in range(search.game.players)]
    HanabiTable(search.game, seats, forfeits=False).play(state, [0] * len(seats), keys=keys, turns=TURN)
    seat: Any = searcher(search, policy, threads)()
    show(seat, state, keys)
    view = state.view(state.current_player)
    began = time.perf_counter()
    decision = seat.decide(view)
    return decision, time.perf_counter() - began


def measure(players: int, name: str, positions: int, rollouts: int) -> dict[str, Any]:
    """Return the figures of one blueprint and number of players."""
    game, policy = standard(players), CompiledPolicy(blueprint_by_name(name))
    shared: Any = {"blueprint": name, "rollouts": rollouts, "particles": 4000, "softening": 0.05, "caution": 0.0}
    even, racing = (
        SearchSpec(**shared, **allocation).resolved(game, registry)
        for allocation in ({"allocation": "even"}, {"allocation": "racing", "reinvest": 1.0})
    )
    ways = {"even": (even, None), "one core": (even, 1), "racing": (racing, None)}
    decide(even, policy, 0, None)  # compiles and loads
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    spent: dict[str, list[int]] = {way: [] for way in ways}
    same = searched = 0
    for number in tracked(range(positions), Console(stderr=True), f"{name}, {players} players"):
        decisions, times = {}, {}
        for way, (search, threads) in ways.items():
            decisions[way], took = decide(search, policy, number, threads)
            times[way] = took
        if any(decision.outcome != "searched" for decision in decisions.values()):
            continue
        searched += 1
        same += decisions["even"].action == decisions["racing"].action
        for way in ways:
            seconds[way].append(times[way])
            spent[way].append(decisions[way].rollouts)
    return {
        "players": players,
        "blueprint": name,
        "positions": searched,
        "seconds": {way: statistics.median(values) for way, values in seconds.items()},
        "slowest": {way: max(values) for way, values in seconds.items()},
        "rollouts": {way: statistics.mean(values) for way, values in spent.items()},
        "same_move": same / searched,
    }


def markdown(rows: list[dict[str, Any]], facts: dict[str, Any], rollouts: int) -> str:
    """Return the table, with the line that says how it came about."""
    lines = [
        "| blueprint | players | positions | seconds, all cores (slowest) | seconds, one core | racing: seconds |"
        " rollouts of even | rollouts of racing | same move |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        seconds, spent = row["seconds"], row["rollouts"]
        lines.append(
            f"| {row['blueprint']} | {row['players']} | {row['positions']} "
            f"| {seconds['even']:.2f} ({row['slowest']['even']:.2f}) | {seconds['one core']:.2f} "
            f"| {seconds['racing']:.2f} | {spent['even']:,.0f} | {spent['racing']:,.0f} | {row['same_move']:.0%} |"
        )
    note = (
        f"Medians over positions at turn {TURN} in which no move was taken for unbeatable, seed {SEED}, budget "
        f"{rollouts:,} rollouts; racing without reinvestment. "
    )
    return "\n".join([*lines, "", note + conditions_text(facts)])


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hanabi_decision", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--positions", type=int, default=30)
    parser.add_argument("--rollouts", type=int, default=10_000)
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents with a hanabi_decision section")
    options = parser.parse_args()
    if options.positions < 1 or options.rollouts < 1:
        parser.error("--positions and --rollouts must be at least 1")
    facts = conditions("benchmarks.hanabi_decision") | {"threads": available_cores()}
    rows = [measure(players, name, options.positions, options.rollouts) for players, name in CASES]
    table = markdown(rows, facts, options.rollouts)
    publish("hanabi_decision", table, facts | {"rows": rows}, options.output, options.update)
    return 0


if __name__ == "__main__":
    sys.exit(main())
