"""Extensive-form solvers: time per iteration beside OpenSpiel and LiteEFG, time to a given exploitability, scaling.

    python -m benchmarks.extensive --update docs/extensive_games.md --figure docs/extensive_speed.png

**Speed.** On each game all programs take turns, round after round, and the median over the rounds is reported, so that
other work on the machine falls on all alike. Seconds are those of the process on one core, not of the clock. An
iteration updates both players and, for the CFR family, the average. Compiling the game and the code is not counted.

**Time to an exploitability** is ``benchmarks.extensive_times``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import conditions, conditions_text, replace_section
from benchmarks.extensive_choice import GAMES as TIMED
from benchmarks.extensive_peers import Work, liteefg, open_spiel, scipy_products
from benchmarks.extensive_times import Limits, times, times_table
from games._base.figures import new_figure, save_figure
from games._base.files import write_whole
from games._base.jit import kernel
from games.extensive import ExtensiveGame, compile_game
from games.extensive.policies import uniform_policy
from solvers.extensive.evaluation import gradient, realisation_weights
from solvers.extensive.iterate import run
from solvers.extensive.registry import algorithm, algorithm_names
from solvers.extensive.run import start

GAMES = {
    "Kuhn poker": "kuhn_poker",
    "Leduc poker": "leduc_poker",
    "Liar's Dice, 4 sides": "liars_dice(dice_sides=4)",
    "Liar's Dice, 6 sides": "liars_dice",
    "Goofspiel, 4 cards": "goofspiel(num_cards=4,imp_info=True,points_order=descending)",
    "Goofspiel, 5 cards": "goofspiel(num_cards=5,imp_info=True,points_order=descending)",
    "Dark Hex 2×2, abrupt": "dark_hex(board_size=2,gameversion=adh)",
    "Battleship 2×2": "battleship(board_width=2,board_height=2,ship_sizes=[1;2],ship_values=[1;1],num_shots=3,"
    "allow_repeated_shots=False)",
    "Liar's Dice, 8 sides": "liars_dice(dice_sides=8)",
}
QUICK = ("Kuhn poker", "Leduc poker", "Dark Hex 2×2, abrupt")
BETWEEN = {  # further points of the figure
    "Liar's Dice, 3 sides": "liars_dice(dice_sides=3)",
    "Liar's Dice, 5 sides": "liars_dice(dice_sides=5)",
    "Liar's Dice, 7 sides": "liars_dice(dice_sides=7)",
}
OURS = ("cfr+", "pcfr+", "mmd-dilated", "mmd-behavioural")
SECTIONS = ("extensive_speed", "extensive_time", "extensive_growth")
PRODUCTS, SCIPY = "two products", "SciPy, two products"
PEERS = ("OpenSpiel CFR", "OpenSpiel CFR+", "LiteEFG CFR+", "LiteEFG MMD")


@kernel
def _products(count, payoffs_0, payoffs_1, weights_0, weights_1, out_0, out_1):
    for _ in range(count):
        gradient(payoffs_0, weights_1, out_0)
        gradient(payoffs_1, weights_0, out_1)


def products(game: ExtensiveGame) -> Work:
    """What an iteration cannot do without: both players' products, in one compiled call."""
    uniform = uniform_policy(game)
    weights = [realisation_weights(game, uniform, player) for player in (0, 1)]
    out = [np.empty(count) for count in game.sequences]
    return lambda count: _products(count, *game.payoffs, *weights, *out)


def ours(game: ExtensiveGame, name: str) -> Work:
    """One of our algorithms on one core, its settings the default ones."""
    one = algorithm(name)
    going = start(game, one, alpha=0.1 if one.target != "nash" else None)

    def work(count: int) -> None:
        numbers = one.iteration_numbers(going.settings, going.done + 1, count, one.returns == "average")
        run(one.step, game, going.states, numbers, going.alternating, going.reaches, workers=1)
        going.done += count

    return work


def contestants(game: ExtensiveGame, text: str, peers: bool) -> dict[str, Work | str]:
    """Return what is measured on a game, by name; a sentence where there is nothing."""
    known = algorithm_names()
    found: dict[str, Work | str] = {name: ours(game, name) if name in known else "none" for name in OURS}
    found |= {PRODUCTS: products(game), SCIPY: scipy_products(game)}
    if peers:
        found["OpenSpiel CFR"] = open_spiel(text, "CFRSolver")
        found["OpenSpiel CFR+"] = open_spiel(text, "CFRPlusSolver")
        found["LiteEFG CFR+"] = liteefg(text, "CFRplus", game.statistics.histories)
        found["LiteEFG MMD"] = liteefg(text, "MMD", game.statistics.histories)
    return found


def calibrate(work: Work, seconds: float) -> int:
    """Return the number of iterations that take about ``seconds`` (and load the machine code on the way)."""
    work(1)
    count = 1
    while True:
        began = time.process_time()
        work(count)
        spent = time.process_time() - began
        if spent >= seconds / 4:
            return max(1, round(count * seconds / spent))
        count *= 2


def measure(game: ExtensiveGame, text: str, rounds: int, seconds: float, peers: bool) -> dict[str, Any]:
    """Return seconds per iteration of each program in each round, or the sentence instead."""
    works = contestants(game, text, peers)
    counts = {name: calibrate(work, seconds) for name, work in works.items() if not isinstance(work, str)}
    found: dict[str, Any] = {name: work if isinstance(work, str) else [] for name, work in works.items()}
    for _ in range(rounds):
        for name, count in counts.items():
            work = works[name]
            assert not isinstance(work, str)
            began = time.process_time()
            work(count)
            found[name].append((time.process_time() - began) / count)
    return found


def speed(games: dict[str, str], rounds: int, seconds: float, peers: bool) -> list[dict[str, Any]]:
    """Return one row a game."""
    rows = []
    for label, text in games.items():
        print(f"speed: {label}", file=sys.stderr)
        game = compile_game(text)
        size = {"histories": game.statistics.histories, "payoffs": len(game.payoffs[0].column)}
        rows.append({"game": label, "string": text} | size | {"seconds": measure(game, text, rounds, seconds, peers)})
    return rows


def median(row: dict[str, Any], name: str) -> float | None:
    """Return the median seconds of a program, or None where there are none."""
    values = row["seconds"].get(name, "")
    return None if isinstance(values, str) else statistics.median(values)


def duration(seconds: float) -> str:
    """Return a time with three digits and its unit."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= scale or unit == "µs":
            value = seconds / scale
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    raise AssertionError


def cell(row: dict[str, Any], name: str) -> str:
    """Return one entry of the table."""
    value = median(row, name)
    return duration(value) if value is not None else str(row["seconds"].get(name, ""))


def ratio(row: dict[str, Any], above: str, below: str) -> str:
    """Return how many times as long one program takes as another."""
    first, second = median(row, above), median(row, below)
    return "" if first is None or second is None else f"{first / second:,.3g}"


def speed_table(rows: list[dict[str, Any]], rounds: int) -> str:
    """Return the time per iteration of all programs, and the ratios that were asked for."""
    columns = (*OURS, PRODUCTS, SCIPY, *PEERS)
    lines = ["| game | histories | " + " | ".join(columns) + " |", "|---|---:|" + "---:|" * len(columns)]
    for row in rows:
        cells = " | ".join(cell(row, name) for name in columns)
        lines.append(f"| {row['game']} | {row['histories']:,} | {cells} |")
    pairs = [("OpenSpiel CFR", "cfr+"), ("OpenSpiel CFR+", "cfr+"), ("LiteEFG CFR+", "cfr+"),
             ("LiteEFG MMD", "mmd-dilated"), ("mmd-dilated", "cfr+"), ("cfr+", PRODUCTS)]  # fmt: skip
    lines += ["", "| game | " + " | ".join(f"{a} ÷ {b}" for a, b in pairs) + " |", "|---|" + "---:|" * len(pairs)]
    for row in rows:
        lines.append(f"| {row['game']} | " + " | ".join(ratio(row, a, b) for a, b in pairs) + " |")
    heading = (
        f"Time per iteration, one core, median of {rounds} rounds in turns. LiteEFG's MMD has a uniform magnet and "
        "eta .005, tau .05, as it comes; SciPy's products have the overhead of two calls from Python."
    )
    return heading + "\n\n" + "\n".join(lines)


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw seconds per iteration against the number of histories."""
    figure = new_figure(8.0, 5.0)
    axes = figure.subplots()
    for name in (*OURS, PRODUCTS, *PEERS):
        points = sorted((row["histories"], value) for row in rows if (value := median(row, name)) is not None)
        if points:
            style = "--" if name in PEERS else ":" if name == PRODUCTS else "-"
            axes.loglog(*zip(*points, strict=True), style, marker=".", label=name)
    axes.set_xlabel("histories")
    axes.set_ylabel("seconds per iteration, one core")
    axes.grid(True, which="major", alpha=0.3)
    axes.legend()
    save_figure(figure, path, dpi=110)


def scaling_text(rows: list[dict[str, Any]]) -> str:
    """Return the cost per history over the sizes."""
    per = [(row["histories"], value / row["histories"]) for row in rows if (value := median(row, "cfr+")) is not None]
    per = sorted(per)
    return (
        f"From {per[0][0]:,} to {per[-1][0]:,} histories an iteration of CFR+ costs between "
        f"{1e9 * min(value for _, value in per):.2g} and {1e9 * max(value for _, value in per):.2g} ns a history."
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extensive", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of one measurement")
    parser.add_argument(
        "--limit", type=float, default=Limits.seconds, help="seconds for one solve to an exploitability"
    )
    parser.add_argument("--rows", type=Path, help="file of what has been timed, to go on from")
    parser.add_argument("--only", nargs="*", choices=["speed", "time"], default=["speed", "time"])
    parser.add_argument("--output", type=Path, help="all figures as JSON")
    parser.add_argument("--update", type=Path, help=f"the document with the sections {', '.join(SECTIONS)}")
    parser.add_argument("--figure", type=Path, help="where the figure of the cost against the size goes")
    parser.add_argument("--quick", action="store_true", help="three small games, to see that it works")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds, options.limit = 3, 0.02, 2.0
    facts = conditions("benchmarks.extensive")
    texts, results = {}, {}
    if "speed" in options.only:
        rows = speed({k: GAMES[k] for k in QUICK} if options.quick else GAMES, options.rounds, options.seconds, True)
        further = [] if options.quick else speed(BETWEEN, options.rounds, options.seconds, False)
        results["speed"] = rows + further
        texts["extensive_speed"] = speed_table(rows, options.rounds)
        texts["extensive_growth"] = scaling_text(rows + further)
        if options.figure:
            draw(rows + further, options.figure)
            texts["extensive_growth"] += f"\n\n![seconds per iteration against histories]({options.figure.name})"
    if "time" in options.only:
        limits = Limits(seconds=options.limit)
        results["time"] = times({k: TIMED[k] for k in QUICK} if options.quick else TIMED, limits, options.rows)
        texts["extensive_time"] = times_table(results["time"], limits)
    for name, text in texts.items():
        texts[name] = f"{text}\n\n{conditions_text(facts)} Load of the machine before: {facts['load_before']}."
        print(texts[name] + "\n")
    if options.output:
        write_whole(options.output, json.dumps(facts | results, indent=1) + "\n")
    if options.update:
        for name, text in texts.items():
            replace_section(options.update, name, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
