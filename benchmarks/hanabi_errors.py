"""Whether a Hanabi search knows its own error: ``python -m benchmarks.hanabi_errors``.

At decisions of blueprint games several seats that differ in nothing but the seeds of their beliefs – from the first
move of the game on – estimate by how much the two most promising moves are better than the blueprint's. The variance
of their estimates is the true one; the mean of the squared standard errors that they report should equal it. Beside it
stands what they would report if worlds were independent, whatever particle they are made from. Decisions are kept under
``--folder``: a second call goes on where the first stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from agents.blueprints import registry
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.hanabi.players import searcher
from benchmarks.belief_positions import Spot, spots, values_at
from benchmarks.common import conditions, conditions_text, publish, table_head
from benchmarks.learned_belief import ratio
from games._base.command_line import run_command
from games._base.files import write_whole
from games._base.progress import tracked
from games.hanabi.game import standard
from search.errors import mean_error
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.seat import legal_moves_of
from search.hanabi.spec import PLIES, SearchSpec

SEED = 2029
RIVALS = 2  # moves that are compared with the blueprint's
PILOT = 100  # worlds of a belief of its own, by which these are chosen


class Case(NamedTuple):
    """A blueprint, how firmly its searches trust partners, how often a move of the games is random, and the plies."""

    players: int
    blueprint: str
    softening: float
    random_moves: float
    plies: int | None = None


CASES = (
    Case(2, "neural", 0.2, 0.05, PLIES),
    Case(2, "smart", 0.2, 0.05),
    Case(3, "information", 0.01, 0.0),
)


def _key(*numbers: int) -> int:
    return int(np.random.SeedSequence([SEED, *numbers]).generate_state(1, np.uint64)[0])


def update(spot: Spot) -> None:
    """Bring all beliefs to a decision, each with keys of its own."""
    turn = spot.follower.history.turns
    for number, seat in enumerate(spot.seats.values()):
        seat.belief.update(_key(spot.number, turn, number))


def measure(spot: Spot, plies: int | None, worlds: int) -> dict[str, Any] | None:
    """Return the variances at a decision, by rival move; ``None`` if a belief has collapsed or nothing is to choose."""
    history = spot.follower.history
    turn, moves = history.turns, legal_moves_of(history.game, spot.view)
    if len(moves) <= RIVALS or any(seat.belief.collapsed for seat in spot.seats.values()):
        return None
    pilot, *seats = spot.seats.values()
    advised = int(np.argmax(pilot.log_policy(spot.view, moves)))
    key = _key(spot.number, turn, 0, 1)
    first = values_at(spot, pilot.belief.worlds(PILOT, key), key, plies).returns(moves, 0, PILOT).mean(axis=0)
    order = [int(index) for index in np.argsort(-first, kind="stable") if index != advised][:RIVALS]
    asked: NDArray[np.int64] = moves[[advised, *order]]
    gains, reported, independent, effective = [], [], [], []
    for number, seat in enumerate(seats, 1):
        key = _key(spot.number, turn, number, 1)
        drawn = seat.belief.worlds(worlds, key)
        returns = values_at(spot, drawn, key, plies).returns(asked, 0, worlds)
        differences = returns[:, 1:] - returns[:, :1]
        found = mean_error(differences, seat.belief.origins(drawn))
        gains.append(differences.mean(axis=0))
        reported.append(found.standard_errors**2)
        independent.append(mean_error(differences).standard_errors ** 2)
        effective.append(found.effective)
    return {
        "game": spot.number,
        "turn": turn,
        "exact": all(seat.belief.exact for seat in seats),
        "true": np.var(gains, axis=0, ddof=1).tolist(),
        "reported": np.mean(reported, axis=0).tolist(),
        "independent": np.mean(independent, axis=0).tolist(),
        "effective": float(np.mean(effective)),
    }


def measured(case: Case, options: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    """Return the measurements of all games, going on after the last one in the folder."""
    game = standard(case.players)
    path = options.folder / f"{case.players}-{case.blueprint}-{options.every}-{options.beliefs}-{options.worlds}.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    spec = SearchSpec(blueprint=case.blueprint, softening=case.softening)
    make = searcher(spec.resolved(game, registry), CompiledPolicy(blueprint_by_name(case.blueprint)))
    seats = {str(number): make for number in range(options.beliefs + 1)}

    def found_in(number: int) -> Iterator[dict[str, Any]]:
        for spot in spots(game, seats, range(number, number + 1), 1, case.random_moves, SEED):
            update(spot)
            if spot.follower.history.turns % options.every == number % options.every:
                found = measure(spot, case.plies, options.worlds)
                if found is not None:
                    yield found

    first = 1 + max((line["game"] for line in lines), default=-1)
    for number in tracked(range(first, options.games), console, f"{case.blueprint}, {case.players} players"):
        found = list(found_in(number)) or [{"game": number}]
        lines += found
        text += "".join(json.dumps(line) + "\n" for line in found)
        write_whole(path, text)
    return [line for line in lines if line["game"] < options.games and "true" in line]


def variance_ratio(lines: list[dict[str, Any]], of: str, by: str) -> str:
    """Return the ratio of two variances summed over decisions, with its standard error over games."""
    values, weights = (np.array([np.sum(line[key]) for line in lines]) for key in (of, by))
    if len({line["game"] for line in lines}) < 2:
        return "–"
    found, error = ratio(lines, values, weights)
    return f"{found:.2f} ± {error:.2f}"


def markdown(results: dict[Case, list[dict[str, Any]]], facts: dict[str, Any], options: argparse.Namespace) -> str:
    """Return the table, with what a reader needs to judge it."""
    rows = table_head(
        "blueprint | players | decisions | with exact beliefs | worlds are worth | true error, points | reported error "
        "| true / reported variance | with sampled beliefs | with exact ones | if worlds were independent"
    )
    for case, lines in results.items():
        true, reported = (np.sqrt(np.mean([line[key] for line in lines])) for key in ("true", "reported"))
        exact = [line for line in lines if line["exact"]]
        sampled = [line for line in lines if not line["exact"]]
        rows.append(
            f"| {case.blueprint} | {case.players} | {len(lines)} | {len(exact) / len(lines):.0%} "
            f"| {np.median([line['effective'] for line in lines]):,.0f} | {true:.3f} | {reported:.3f} "
            f"| **{variance_ratio(lines, 'true', 'reported')}** | {variance_ratio(sampled, 'true', 'reported')} "
            f"| {variance_ratio(exact, 'true', 'reported')} | {variance_ratio(lines, 'true', 'independent')} |"
        )
    note = (
        f"Seed {SEED}, every {options.every}th decision of {options.games} games, {options.beliefs} independently "
        f"seeded beliefs at each, {options.worlds:,} worlds of each, the {RIVALS} best rivals of the blueprint's move. "
        f"Beliefs as of a search of 1,000 rollouts; softening 0.2 and a random move in 20 at 2 players, 0.01 and none "
        f"at 3; {PLIES} plies over the network. Root mean squares over decisions; ratios of sums, standard errors over "
        f"games. "
    )
    return "\n".join([*rows, "", note + conditions_text(facts)])


def run(options: argparse.Namespace) -> None:
    """Measure what is missing, print the table and write the files."""
    facts = conditions("benchmarks.hanabi_errors")
    console = Console(stderr=True)
    chosen = [case for case in CASES if options.blueprint in (None, case.blueprint)]
    results = {case: measured(case, options, console) for case in chosen}
    table = markdown(results, facts, options)
    figures = {f"{case.blueprint}-{case.players}": lines for case, lines in results.items()}
    publish("hanabi errors", table, facts | {"decisions": figures}, options.output, options.update)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hanabi_errors", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--blueprint", choices=[case.blueprint for case in CASES], help="only this one")
    parser.add_argument("--games", type=int, default=12, help="games whose decisions are looked at")
    parser.add_argument("--every", type=int, default=4, help="one decision in so many of these games")
    parser.add_argument("--beliefs", type=int, default=6, help="independently seeded beliefs at each decision")
    parser.add_argument("--worlds", type=int, default=400, help="worlds of each belief")
    parser.add_argument("--folder", type=Path, default=Path("runs/hanabi_errors"), help="where decisions are kept")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents with a 'hanabi errors' section")
    options = parser.parse_args()
    if options.games < 2 or options.every < 1 or options.beliefs < 2 or options.worlds < 2:
        parser.error("--games, --beliefs and --worlds must be at least 2, --every at least 1")
    return run_command(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
