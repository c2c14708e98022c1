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
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.blueprints.registry import blueprint as blueprint_by_name
from benchmarks.common import conditions, conditions_text, publish
from games._base.progress import tracked
from games._base.threads import available_cores
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame, standard
from games.hanabi.state import HanabiState
from search.allocation import Even, Racing
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.keys import SeatKeys
from search.hanabi.seat import SearchOptions, SearchSeat
from search.planner import Decision

SEED = 4
TURN = 22
CASES = ((2, "smart"), (2, "information"), (3, "information"), (5, "information"))


def decide(game: HanabiGame, blueprint: Blueprint, number: int, options: SearchOptions) -> tuple[Decision, float]:
    """Play ``TURN`` blueprint moves of a game, then search once; return the decision and the seconds it took."""
    state = HanabiState.from_seed(game, SEED, number)
    keys = SeatKeys.of_game(game, SEED, number)
    seats = [SearchSeat(game, blueprint, seat, state.view(seat), options, keys) for seat in range(game.players)]
    while state.turn < TURN:
        player = state.current_player
        move = seats[player].blueprint_move(state.view(player))
        before = [state.view(seat) for seat in range(game.players)]
        state.apply(move)
        for seat, member in enumerate(seats):
            member.observe(before[seat], state.view(seat))
    view = state.view(state.current_player)
    began = time.perf_counter()
    decision = seats[state.current_player].decide(view)
    return decision, time.perf_counter() - began


def measure(players: int, name: str, positions: int, rollouts: int) -> dict[str, Any]:
    """Return the figures of one blueprint and number of players."""
    game, blueprint = standard(players), blueprint_by_name(name)
    even = SearchOptions(allocation=Even(), rollouts=rollouts, belief=BeliefOptions(particles=4000), workers=None)
    ways = {"even": even, "one core": replace(even, workers=1), "racing": replace(even, allocation=Racing())}
    decide(game, blueprint, 0, even)  # compiles and loads
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    spent: dict[str, list[int]] = {way: [] for way in ways}
    same = searched = 0
    for number in tracked(range(positions), Console(stderr=True), f"{name}, {players} players"):
        decisions, times = {}, {}
        for way, options in ways.items():
            decisions[way], took = decide(game, blueprint, number, options)
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
