"""Exact evaluation of the phantom games, timed, and exploitability against iterations of the solvers.

    python -m benchmarks.phantom --update docs/phantom_evaluation.md
    python -m benchmarks.phantom --rounds 0 --solve pcfr+ mmd --iterations 100 --runs runs/phantom
    python -m benchmarks.phantom --rounds 0 --runs runs/phantom --update docs/phantom_solvers.md --figure picture.png

Each game is evaluated in a process of its own, uniform against uniform: once to compile and to build the tables, then
timed, by the clock and by the processor. With ``--solve`` the algorithms run, each in a folder of its own in ``--runs``
(those that are there go on); with ``--runs`` table and plot show all runs that the folder has, however they were made.
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
from benchmarks.phantom_runs import plot_runs, read_runs, runs_table, shipped_table
from games._base.files import write_whole

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


def solve_game(name: str, algorithm: str, iterations: int, folder: Path) -> None:
    """Run an algorithm, or go on with it, in its own folder."""
    from solvers.phantom.__main__ import main as command

    own = folder / f"{name}_{algorithm.replace('+', '_plus')}"
    code = command([name, "--algorithm", algorithm, "--iterations", str(iterations), "--output", str(own)])
    if code:
        raise SystemExit(code)


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


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phantom", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--games", nargs="+", default=list(GAMES), help="phantom games by name")
    parser.add_argument("--rounds", type=int, default=3, help="timed evaluations of each game; 0: none")
    parser.add_argument("--solve", nargs="*", default=[], help="algorithms to run, in --runs")
    parser.add_argument("--iterations", type=int, default=28)
    parser.add_argument("--runs", type=Path, help="folder of the folders of runs")
    parser.add_argument("--output", type=Path, help="JSON file of the evaluations")
    parser.add_argument("--figure", type=Path, help="picture of the runs")
    parser.add_argument("--update", type=Path, help="document whose tables are replaced")
    options = parser.parse_args()
    if options.runs is None and (options.solve or options.figure):
        parser.error("--solve and --figure need --runs DIR")
    facts = conditions("benchmarks.phantom")
    context = multiprocessing.get_context("spawn")
    rows = []
    for name in options.games:
        with context.Pool(1) as pool:
            if options.rounds:
                rows.append(pool.apply(evaluate_game, (name, options.rounds)))
                print(evaluation_table(rows[-1:]).splitlines()[-1], flush=True)
            for algorithm in options.solve:
                pool.apply(solve_game, (name, algorithm, options.iterations, options.runs))
    if options.output:
        write_whole(options.output, json.dumps(facts | {"evaluations": rows}, indent=1) + "\n")
    note = conditions_text(facts)
    if options.update and rows:
        load = f"Load before: {facts['load_before']}."
        replace_section(options.update, "phantom evaluation", f"{note} {load}\n\n{evaluation_table(rows)}")
    if options.runs:
        report_runs(options, note)
    return 0


def report_runs(options: argparse.Namespace, note: str) -> None:
    """Print the table of all runs, draw them, and put both into the document."""
    runs = read_runs(options.runs, options.games)
    table = runs_table(runs)
    print(table)
    if options.figure:
        plot_runs(runs, options.figure)
    if options.update:
        replace_section(options.update, "phantom solvers", f"{note}\n\n{table}")
        replace_section(options.update, "phantom policies", shipped_table(options.games))


if __name__ == "__main__":
    sys.exit(main())
