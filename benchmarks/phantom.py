"""Exact evaluation of the phantom games, timed, and exploitability against iterations of the solvers.

    python -m benchmarks.phantom --update docs/phantom_games.md
    python -m benchmarks.phantom --games dark_hex --solve pcfr+ mmd --iterations 100 --output phantom.json

Each game is evaluated in a process of its own, uniform against uniform: once to compile and to build the tables, then
timed, by the clock and by the processor. With ``--solve`` the algorithms run, and the table shows what they reach.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.common import conditions, conditions_text, replace_section
from games.files import write_whole

GAMES = ("phantom_ttt", "dark_hex", "abrupt_phantom_ttt", "abrupt_dark_hex")


def evaluate_game(name: str, rounds: int) -> dict[str, Any]:
    """Return counts, values, the fastest of some rounds and the largest memory."""
    from games.phantom.information_states import information_states
    from solvers.phantom.evaluation import evaluate
    from solvers.phantom.tables import tables

    began = time.perf_counter()
    states = information_states(name)
    enumerated = time.perf_counter() - began
    evaluate("abrupt_dark_hex_2x2" if states.game.abrupt else "dark_hex_2x2")  # compiles
    began = time.perf_counter()
    tables(states.game)
    built = time.perf_counter() - began
    clock, processor = [], []
    for _ in range(rounds):
        starts = time.perf_counter(), time.process_time()
        found = evaluate(name, "uniform")
        clock.append(time.perf_counter() - starts[0])
        processor.append(time.process_time() - starts[1])
    return {
        "game": name,
        "information_states": states.counts(),
        "enumeration_seconds": enumerated,
        "table_seconds": built,
        "seconds": min(clock),
        "processor_seconds": min(processor),
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "value": found.value,
        "best_response_values": found.best_response_values,
        "nash_conv": found.nash_conv,
    }


def solve_game(name: str, algorithm: str, iterations: int) -> dict[str, Any]:
    """Return what an algorithm reaches."""
    from solvers.phantom.run import solve

    return solve(name, algorithm, iterations=iterations).content()


def evaluation_table(rows: list[dict[str, Any]]) -> str:
    """Return the table of evaluations as Markdown."""
    lines = [
        "| game | information states | enumeration | tables | evaluation | processor | memory | value "
        "| best responses |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        first, second = row["information_states"]
        best = ", ".join(f"{value:.7f}" for value in row["best_response_values"])
        lines.append(
            f"| {row['game']} | {first:,} + {second:,} | {row['enumeration_seconds']:.2f} s "
            f"| {row['table_seconds']:.1f} s | {row['seconds']:.1f} s | {row['processor_seconds']:.1f} s "
            f"| {row['gigabytes']:.1f} GB | {row['value']:.7f} | {best} |"
        )
    return "\n".join(lines)


def solver_table(runs: list[dict[str, Any]]) -> str:
    """Return exploitability by iteration as Markdown, a line for each run."""
    if not runs:
        return ""
    points = sorted({int(line["iteration"]) for run in runs for line in run["history"]})
    shown = [point for point in points if point in (1, 3, 10, 28, 60, 132, 288, 629) or point == points[-1]]
    head = "| game | algorithm | " + " | ".join(f"{point} iterations" for point in shown) + " | s / iteration |"
    lines = [head, "|---" * (len(shown) + 3) + "|"]
    for run in runs:
        at = {int(line["iteration"]): f"{line['exploitability']:.4g}" for line in run["history"]}
        cells = " | ".join(at.get(point, "") for point in shown)
        rate = run["seconds"] / run["iterations"]
        lines.append(f"| {run['game']} | {run['algorithm']} | {cells} | {rate:.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phantom", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--games", nargs="+", default=list(GAMES), help="phantom games by name")
    parser.add_argument("--rounds", type=int, default=3, help="timed evaluations of each game")
    parser.add_argument("--solve", nargs="*", default=[], help="algorithms to run as well")
    parser.add_argument("--iterations", type=int, default=28)
    parser.add_argument("--output", type=Path, help="JSON file")
    parser.add_argument("--update", type=Path, help="document whose tables are replaced")
    options = parser.parse_args()
    facts = conditions("benchmarks.phantom")
    context = multiprocessing.get_context("spawn")
    rows, runs = [], []
    for name in options.games:
        with context.Pool(1) as pool:
            rows.append(pool.apply(evaluate_game, (name, options.rounds)))
            print(evaluation_table(rows[-1:]).splitlines()[-1], flush=True)
            for algorithm in options.solve:
                runs.append(pool.apply(solve_game, (name, algorithm, options.iterations)))
                print(solver_table(runs[-1:]), flush=True)
    if options.output:
        write_whole(options.output, json.dumps(facts | {"evaluations": rows, "runs": runs}, indent=1) + "\n")
    if options.update:
        note = f"{conditions_text(facts)} Load before: {facts['load_before']}."
        replace_section(options.update, "phantom evaluation", f"{note}\n\n{evaluation_table(rows)}")
        if runs:
            replace_section(options.update, "phantom solvers", f"{note}\n\n{solver_table(runs)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
