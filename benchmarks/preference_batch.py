"""What an iteration costs in a batch: ``python -m benchmarks.preference_batch --update docs/preference_games.md``.

Nash mirror prox to a duality gap of 1e-9 on many random games, by processor time on one core, which other work on the
machine moves less than the clock: games stepped eight at a time (``solvers.normal_form.many_games``), a tenth of them
one after the other, and a plain numpy loop on some, which is spared the measurements. They take turns, and the medians
of times and ratios are given. Then the parts of a step, each repeated by itself. Compiling is not counted.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from benchmarks.preference import BETA, numpy_nash_mirror_prox
from games._base.jit import borrowed, kernel
from games.preference import PreferenceBatch
from games.preference.generators import random_batch
from solvers.lanes import LANES, normalisers, products, scaled, tilted, weighed
from solvers.normal_form import iterate
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solving import solve

NAME = "nash-mp"
PARTS = ("product with the payoffs", "tilt", "exponentials", "logarithm", "normalisation")
_REPEATS = 20_000


@dataclass(frozen=True)
class Options:
    """Time an iteration of many regularised preference games, beside numpy."""

    games: int = 100_000
    """Games of the batch."""
    size: int = 16
    """Alternatives of each."""
    sample: int = 200
    """Games that numpy iterates."""
    turns: int = 5
    """Turns that each takes."""
    seed: int = 0
    """Seed of the games."""
    output: Path | None = None
    """Where the figures go as JSON."""
    update: list[Path] = field(default_factory=list)
    """Documents whose section is replaced."""


def processor_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor time of all threads, and what the work returned."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def one_by_one(batch: PreferenceBatch) -> NormalFormSolution:
    """Return the solution without stepping games together."""
    usual = iterate.together
    iterate.together = lambda *_: False  # type: ignore[assignment]
    try:
        return solve(batch, NAME, beta=BETA, workers=1)
    finally:
        iterate.together = usual


def by_numpy(batch: PreferenceBatch, iterations: Any) -> int:
    """Iterate the games as often as we did; return how often."""
    for matrix, count in zip(batch.matrices, iterations, strict=True):
        numpy_nash_mirror_prox(matrix, BETA, int(count))
    return int(iterations.sum())


@kernel
def _repeat(part, repeats, n, payoffs, vectors, small):
    """Repeat a part of a step of eight games."""
    payoffs, vectors, small = borrowed(payoffs), borrowed(vectors), borrowed(small)
    logs, policy, magnet, values, out, weights = (
        vectors[0], vectors[1], vectors[2], vectors[3], vectors[4], vectors[5],
    )  # fmt: skip
    for _ in range(repeats):
        if part == 0:
            products(payoffs, policy, n, values)
        elif part == 1:
            tilted(logs, values, magnet, n, 0.3, 0.1, out, small[0])
        elif part == 2:
            weighed(out, small[0], n, weights, small[1])
        elif part == 3:
            normalisers(small[0], small[1], small[2], small[3])
        else:
            scaled(out, weights, n, small[2], small[3])


def seconds_of_parts(n: int) -> list[float]:
    """Return the processor time of each part of a step of one game."""
    payoffs = np.random.default_rng(0).uniform(-0.5, 0.5, size=n * n * LANES)
    found = []
    for part in range(len(PARTS)):
        vectors, small = np.full((6, n * LANES), -1.0), np.ones((4, LANES))
        small[2] = 0.0
        _repeat(part, 10, n, payoffs, vectors, small)
        took = [
            processor_seconds(lambda p=part, v=vectors, s=small: _repeat(p, _REPEATS, n, payoffs, v, s))[0]
            for _ in range(5)
        ]
        found.append(min(took) / (_REPEATS * LANES))
    return found


def measure(options: Options) -> dict[str, Any]:
    """Return times an iteration, of the parts of one, and of the whole batch on all cores."""
    batch = random_batch(options.games, options.size, np.random.default_rng(options.seed))
    solve(batch[:10], NAME, beta=BETA)
    one_by_one(batch[:10])
    part, sample = batch[: max(options.games // 10, 1)], batch[: options.sample]
    times: dict[str, list[float]] = {"together": [], "one by one": [], "numpy": []}
    for _ in range(options.turns):
        took, found = processor_seconds(lambda: solve(batch, NAME, beta=BETA, workers=1))
        assert found.converged
        times["together"].append(took / int(found.iterations_of_games.sum()))
        took, other = processor_seconds(lambda: one_by_one(part))
        times["one by one"].append(took / int(other.iterations_of_games.sum()))
        assert np.array_equal(other.iterations_of_games, found.iterations_of_games[: len(part)])
        assert np.abs(other.policies - found.policies[: len(part)]).max() < 1e-12
        counts = found.iterations_of_games[: options.sample]
        took, done = processor_seconds(lambda c=counts: by_numpy(sample, c))
        times["numpy"].append(took / done)
    whole = solve(batch, NAME, beta=BETA)
    return {
        "times": times,
        "parts": seconds_of_parts(options.size),
        "iterations": float(whole.iterations_of_games.mean()),
        "seconds": whole.seconds,
    }


def run(options: Options) -> None:
    """Measure, print, and write what was asked for."""
    facts = conditions("benchmarks.preference_batch")
    found = measure(options)
    times = found["times"]
    lines = table_head(
        f"{options.games:,} games of n = {options.size}, {NAME}, one core | µs an iteration | numpy's, times"
    )
    for name, words in (("together", "eight at a time"), ("one by one", "one after the other"), ("numpy", "numpy")):
        ratio = statistics.median(n / t for n, t in zip(times["numpy"], times[name], strict=True))
        lines.append(f"| {words} | {1e6 * statistics.median(times[name]):.3g} | {ratio:.3g} |")
    step = sum(found["parts"])
    lines += ["", *table_head("part of an iteration, eight at a time | µs | of it")]
    together = statistics.median(times["together"])
    for name, seconds in zip(PARTS, found["parts"], strict=True):
        lines.append(f"| {name}, twice | {2e6 * seconds:.3f} | {2 * seconds / together:.0%} |")
    rest = together - 2 * step
    lines.append(f"| measurements, and bringing games into place | {1e6 * rest:.3f} | {rest / together:.0%} |")
    note = (
        f"Medians of {options.turns} turns of processor time; {found['iterations']:.0f} iterations a game to a gap of "
        f"1e-9, with measurements, by numpy without; all games on all cores: {found['seconds']:.2f} s by the clock."
    )
    text = "\n".join([*lines, "", note, conditions_text(facts)])
    publish("preference_batch", text, {**facts, **found}, options.output, options.update)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.preference_batch"))
