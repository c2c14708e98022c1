"""One core against two on the largest games: what an iteration gains from threads, and what it is bound by.

    python -m benchmarks.extensive_threads --update docs/extensive_games.md

An iteration of CFR+ is two sparse products, which are split over threads, and two sweeps, which are not. Both are timed
alone and together, by the clock, with one thread and with two in turns; the least of all rounds counts, which is what
other work on the machine disturbs least. Beside them stands what this machine can read: a sum over an array as large
as the payoffs, on one thread and on two.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from tyro.conf import arg

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from games._base.threads import run_ranges
from games.extensive import ExtensiveGame, compile_game
from solvers.extensive.blocks import blocks_of
from solvers.extensive.iterate import observe_threaded, run
from solvers.extensive.registry import algorithm
from solvers.extensive.run import start

GAMES = {"Liar's Dice, 7 sides": "liars_dice(dice_sides=7)", "Liar's Dice, 8 sides": "liars_dice(dice_sides=8)"}
_THREADS = (1, 2)


@dataclass(frozen=True)
class Options:
    """Time iterations with one thread and with two."""

    update: Annotated[Path | None, arg(metavar="FILE.md")] = None
    """Document whose section is replaced."""
    rounds: int = 300
    """Rounds, all that is timed in turns; the least counts."""
    iterations: int = 1
    """Iterations of a round."""


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _works(game: ExtensiveGame, iterations: int) -> tuple[dict[tuple[str, int], Callable[[], Any]], int]:
    """Return what is timed, by name and threads, and the bytes that a product of both players reads."""
    one = algorithm("cfr+")
    going = start(game, one)
    numbers = one.iteration_numbers(going.settings, 1, iterations, True)
    players = [
        (tree.parent, tree.first, rows, blocks if len(blocks.row) else None, None, state)
        for tree, rows, blocks, state in zip(game.treeplexes, game.payoffs, blocks_of(game), going.states, strict=True)
    ]
    size = sum(array.nbytes for player in players for array in (player[3] or player[2]))
    array = np.ones(size // 8)

    def products(threads: int) -> None:
        for _ in range(iterations):
            observe_threaded(players[0], going.states[1], threads)
            observe_threaded(players[1], going.states[0], threads)

    def whole(threads: int) -> None:
        run(one.step, game, going.states, numbers, True, going.reaches, workers=threads)

    def read(threads: int) -> None:
        for _ in range(iterations):
            run_ranges(lambda begin, end: array[begin:end].sum(), len(array), threads)

    works: dict[tuple[str, int], Callable[[], Any]] = {}
    for threads in _THREADS:
        works["iteration", threads] = lambda threads=threads: whole(threads)
        works["products", threads] = lambda threads=threads: products(threads)
        works["read", threads] = lambda threads=threads: read(threads)
    return works, size


def measured(text: str, rounds: int, iterations: int) -> tuple[dict[tuple[str, int], float], ExtensiveGame, int]:
    """Return seconds an iteration by what is timed and threads, the game, and the bytes of its payoffs."""
    game = compile_game(text)
    works, size = _works(game, iterations)
    for work in works.values():
        work()  # loads the machine code
    seconds: dict[tuple[str, int], list[float]] = {key: [] for key in works}
    for _ in range(rounds):
        for key, work in works.items():
            seconds[key].append(_timed(work) / iterations)
    return {key: min(values) for key, values in seconds.items()}, game, size


def main(options: Options) -> None:
    """Measure, print, and put it into the document."""
    facts = conditions("benchmarks.extensive_threads")
    columns = "game | histories | MB of payoffs | threads | iteration, ms | products, ms | the rest, ms | "
    lines = table_head(columns + "products read, GB/s | this machine reads, GB/s")
    for title, text in GAMES.items():
        found, game, size = measured(text, options.rounds, options.iterations)
        for threads in _THREADS:
            whole, products, read = (found[name, threads] for name in ("iteration", "products", "read"))
            figures = [f"{1e3 * value:.1f}" for value in (whole, products, whole - products)]
            rates = [f"{size / value / 1e9:.1f}" for value in (products, read)]
            head = [title, f"{game.statistics.histories:,}", f"{size / 1e6:.0f}", str(threads)]
            lines.append(f"| {' | '.join([*head, *figures, *rates])} |")
    note = f"{conditions_text(facts)} Load of the machine before: {facts['load_before']}."
    documents = [] if options.update is None else [options.update]
    publish("extensive_threads", "\n".join([*lines, "", note]), facts, documents=documents)


if __name__ == "__main__":
    sys.exit(run_benchmark(main, Options, "benchmarks.extensive_threads"))
