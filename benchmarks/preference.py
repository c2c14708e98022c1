"""Preference games: this library beside a plain numpy loop of the same algorithm, in one run; and iterations to 1e-9.

    python -m benchmarks.preference --update docs/preference_games.md --figure docs/egpo_protocol.png

Both sides do the same iterations of the same algorithm from the same start and take turns; medians over the turns are
reported, so that other work on the machine falls on both alike. Compilation is not counted. The memory bandwidth is
that of summing a large array on all cores, measured between the turns of the largest game (whose products read only
half of the matrix). Batches have a benchmark of their own, ``benchmarks.preference_batch``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import conditions, conditions_text, replace_section
from benchmarks.preference_protocol import draw_protocol
from games._base.files import write_whole
from games._base.jit import SUMS, kernel
from games._base.threads import run_ranges
from games.preference.generators import random_batch, random_game
from solvers.normal_form.problem import problem_of
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.run import start
from solvers.normal_form.solving import solve

SEED = 0
BETA = 0.1
TURNS = 7
LONGEST = 0.4  # seconds of work a turn, about

FloatArray = NDArray[np.float64]


def numpy_magnetic_mirror_descent(matrix: FloatArray, beta: float, iterations: int) -> FloatArray:
    """MMD as one writes it down: eta = 4 beta, uniform magnet."""
    eta = 4.0 * beta
    magnet = np.full(len(matrix), -np.log(len(matrix)))
    logits = magnet
    for _ in range(iterations):
        logits = (logits + eta * (matrix @ np.exp(logits)) + eta * beta * magnet) / (1.0 + eta * beta)
        logits = logits - logits.max()
        logits = logits - np.log(np.exp(logits).sum())
    return np.exp(logits)


def numpy_nash_mirror_prox(matrix: FloatArray, beta: float, iterations: int) -> FloatArray:
    """Nash mirror prox as one writes it down: g = 2, uniform reference."""
    g = 2.0
    reference = np.full(len(matrix), -np.log(len(matrix)))
    logits = reference
    for _ in range(iterations):
        half = (logits + g * (matrix @ np.exp(logits) + beta * reference)) / (1.0 + g * beta)
        half = half - half.max()
        half = half - np.log(np.exp(half).sum())
        logits = (logits + g * (matrix @ np.exp(half) + beta * reference)) / (1.0 + g * beta)
        logits = logits - logits.max()
        logits = logits - np.log(np.exp(logits).sum())
    return np.exp(logits)


PEERS: dict[str, Callable[[FloatArray, float, int], FloatArray]] = {
    "mmd": numpy_magnetic_mirror_descent,
    "nash-mp": numpy_nash_mirror_prox,
}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _iterations_for(work: Callable[[int], object]) -> int:
    """Return how many iterations take about ``LONGEST`` seconds."""
    count = 1
    while (taken := _seconds(partial(work, count))) < LONGEST / 10 and count < 1_000_000:
        count *= 4
    return max(1, int(count * LONGEST / taken))


@kernel(fastmath=SUMS)
def _sum(array, out, start, stop):
    """Sum rows ``start .. stop - 1``, four at a time: a core reads fastest from several places at once."""
    columns = array.shape[1]
    for row in range(start, stop, 4):
        total_0 = total_1 = total_2 = total_3 = 0.0
        row_0, row_1, row_2, row_3 = array[row], array[row + 1], array[row + 2], array[row + 3]
        for k in range(columns):
            total_0 += row_0[k]
            total_1 += row_1[k]
            total_2 += row_2[k]
            total_3 += row_3[k]
        out[row] = total_0 + total_1 + total_2 + total_3


def _read_everything(array: FloatArray, sums: FloatArray) -> None:
    run_ranges(lambda start, stop: _sum(array, sums, start, stop), len(array), chunk=1000)


def speed_single(n: int, name: str) -> dict[str, Any]:
    """Time one game of ``n`` alternatives."""
    game = random_game(n, np.random.default_rng(SEED))
    going = start(problem_of(game, BETA), algorithm(name))
    peer = PEERS[name]
    going.advance(1)
    theirs_policy = peer(game.matrix, BETA, 10)
    check = start(problem_of(game, BETA), algorithm(name))
    check.advance(10)
    assert np.abs(check.policies()[1][0] - theirs_policy).max() < 1e-12, "the two do not compute the same"
    ours_count = _iterations_for(going.advance)
    theirs_count = _iterations_for(lambda count: peer(game.matrix, BETA, count))
    large = game.matrix.nbytes > 10**8
    array, sums = np.ones((10_000, 10_000) if large else (4, 1)), np.empty(10_000)
    _read_everything(array, sums)
    ours, theirs, reading = [], [], []
    for _ in range(TURNS):
        ours.append(_seconds(lambda: going.advance(ours_count)) / ours_count)
        theirs.append(_seconds(lambda: peer(game.matrix, BETA, theirs_count)) / theirs_count)
        if large:
            reading.append(array.nbytes / _seconds(lambda: _read_everything(array, sums)))
    mine = statistics.median(ours)
    products = algorithm(name).products
    return {
        "game": f"n = {n:,}",
        "algorithm": name,
        "ours": mine,
        "numpy": statistics.median(theirs),
        "ratio": statistics.median(t / o for t, o in zip(theirs, ours, strict=True)),
        "bytes_per_second": game.matrix.nbytes * products / mine,
        "bandwidth": statistics.median(reading) if large else None,
    }


def speed_table(rows: list[dict[str, Any]]) -> str:
    """Return the speeds as Markdown."""
    lines = ["| game | algorithm | ours, µs an iteration | numpy | ratio |", "|---|---|--:|--:|--:|"]
    lines += [
        f"| {row['game']} | {row['algorithm']} | {row['ours'] * 1e6:,.3g} | {row['numpy'] * 1e6:,.3g} | "
        f"{row['ratio']:,.1f} |"
        for row in rows
    ]
    notes = []
    for row in rows:
        which = f"{row['game']}, {row['algorithm']}"
        if row.get("bandwidth"):
            used, there = row["bytes_per_second"] / 1e9, row["bandwidth"] / 1e9
            notes.append(
                f"{which}: an iteration is as fast as if it read its matrix at {used:.1f} GB/s; reading an array on "
                f"all cores does {there:.1f} GB/s "
                f"({used / there:.2f} of it)."
            )
    return "\n".join([*lines, "", *notes])


def iterations_table(games: int, limit: int) -> tuple[str, list[dict[str, Any]]]:
    """Return iterations and queries to a duality gap of 1e-9 of every solver, medians over random games of n = 10."""
    batch = random_batch(games, 10, np.random.default_rng(SEED))
    rows = []
    for name in algorithm_names():
        chosen = algorithm(name)
        betas = (0.1, 0.01) if chosen.target == "regularised" else (0.0,)
        for beta in betas:
            solution = solve(batch, name, beta=beta, iterations=limit, growth=1.03)
            done = solution.solved
            counts = np.where(done, solution.iterations_of_games, np.inf)
            rows.append(
                {
                    "algorithm": name,
                    "beta": beta,
                    "returns": chosen.returns,
                    "solved": int(done.sum()),
                    "median": float(np.median(counts)),
                    "worst": float(counts.max()),
                    "products": chosen.products,
                    "gap": float(np.median(solution.duality_gaps)),
                }
            )
    lines = [
        "| algorithm | game | policy | solved | iterations, median | worst | products, median | median gap, end |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        median, worst, products = (
            "–" if not np.isfinite(value) else f"{value:,.0f}"
            for value in (row["median"], row["worst"], row["median"] * row["products"])
        )
        which = f"beta = {row['beta']:g}" if row["beta"] else "unregularised"
        lines.append(
            f"| {row['algorithm']} | {which} | {row['returns']} | {row['solved']} of {games} | {median} | {worst} | "
            f"{products} | {row['gap']:.1e} |"
        )
    return "\n".join(lines), rows


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--update", type=Path, help="the document whose sections are rewritten")
    parser.add_argument("--figure", type=Path, help="where the figure of EGPO's protocol goes")
    parser.add_argument("--output", type=Path, help="all figures as JSON")
    parser.add_argument("--counts", action="store_true", help="iterations only, which a busy machine does not change")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    options = parser.parse_args(arguments)
    facts = conditions("benchmarks.preference")
    rows: list[dict[str, Any]] = []
    if not options.counts:
        sizes = (10, 100) if options.quick else (10, 100, 1000, 5000)
        rows = [speed_single(n, name) for n in sizes for name in PEERS]
        speed = f"{speed_table(rows)}\n\n{conditions_text(facts)}"
        print(speed, "\n", flush=True)
        if options.update:
            replace_section(options.update, "preference_speed", speed)
    games, limit = (10, 2_000) if options.quick else (100, 100_000)
    table, counts = iterations_table(games, limit)
    limits = f"{games} random games of n = 10, seed {SEED}, at most {limit:,} iterations."
    iterations = f"{table}\n\n{limits} {conditions_text(facts)}"
    print(iterations, flush=True)
    if options.update:
        replace_section(options.update, "preference_iterations", iterations)
    if options.figure:
        draw_protocol(options.figure, iterations=1_000 if options.quick else 100_000)
    if options.output:
        import json

        write_whole(options.output, json.dumps({"conditions": facts, "speed": rows, "iterations": counts}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
