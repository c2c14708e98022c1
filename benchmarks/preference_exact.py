"""What exact equilibria cost: ``python -m benchmarks.preference_exact --update docs/preference_games.md``.

Two tables of processor times, which other work on the machine moves less than those of a clock.

- Many games at once by ``lp``, whose compiled simplex method (``solvers.normal_form.small_games``) solves them, beside
  one call of HiGHS a game, for a sample of the same games; random preferences, and preferences of three levels, whose
  equilibria mostly are many, so that the one of maximum entropy must be found, too.
- The equilibrium of maximum entropy of one game (``solvers.normal_form.equilibrium_set``): random, where it is the only
  one, and as of a log in which each alternative met about six others, so that the equilibria are a large set.

Compiling is not counted, nor is drawing the games.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from games.preference import PreferenceBatch, PreferenceGame
from solvers.normal_form.equilibrium_set import equilibrium_set
from solvers.normal_form.linear_program import maximin
from solvers.normal_form.problem import problem_of
from solvers.normal_form.small_games import OPEN, solve_small_games
from solvers.normal_form.solution import UNIQUE
from solvers.normal_form.solving import solve

FloatArray = NDArray[np.float64]

_SAMPLE = 50  # games that HiGHS solves


@dataclass(frozen=True)
class Options:
    """Times of exact solutions: many small games, and the equilibrium of maximum entropy of one."""

    games: int = 100_000
    """Random games of a batch; of three levels a fiftieth of them."""
    sizes: tuple[int, ...] = (60, 1000)
    """Alternatives of the single games."""
    seed: int = 0
    """Seed of everything random."""
    output: Path | None = None
    """Where the figures go as JSON."""
    update: list[Path] = field(default_factory=list)
    """Documents whose section is replaced."""


def tables(games: int, n: int, levels: int | None, generator: np.random.Generator) -> FloatArray:
    """Return preferences uniform on [0, 1], or on so many levels of it. [games, n, n]"""
    drawn = generator.uniform(size=(games, n, n))
    if levels is not None:
        drawn = np.floor(levels * drawn) / (levels - 1)
    above = np.triu(drawn, 1)
    found = above + np.tril(1.0 - above.swapaxes(1, 2), -1)
    found[:, range(n), range(n)] = 0.5
    return found


def compared(matrix: FloatArray, others: float, generator: np.random.Generator) -> FloatArray:
    """Return a table in which each alternative met about so many others; the other pairs are even. [n, n]"""
    drawn = np.triu(generator.uniform(size=matrix.shape) < others / len(matrix), 1)
    return np.where(drawn | drawn.T, matrix, 0.5)


def processor_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor time of all threads, and what the work returned."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def many_row(name: str, games: int, n: int, levels: int | None, seed: int) -> dict[str, Any]:
    """Time a batch."""
    matrices = tables(games, n, levels, np.random.default_rng(seed))
    batch = PreferenceBatch(matrices)
    solve(batch[:50], "lp")
    simplex, found = processor_seconds(lambda: solve_small_games(problem_of(batch, 0.0)))
    whole, solution = processor_seconds(lambda: solve(batch, "lp"))
    maximin(matrices[0] - 0.5)
    highs, _ = processor_seconds(lambda: [maximin(matrix - 0.5) for matrix in matrices[:_SAMPLE]])
    return {
        "games": f"{games:,} of n = {n}, {name}",
        "simplex": simplex / games,
        "whole": whole / games,
        "highs": highs / min(_SAMPLE, games),
        "open": int((found.kinds == OPEN).sum()),
        "unique": float((solution.uniqueness == UNIQUE).mean()),
        "gap": solution.duality_gap,
        "seconds": solution.seconds,
    }


def single_row(name: str, n: int, others: float | None, seed: int) -> dict[str, Any]:
    """Time the set of equilibria of one game."""
    generator = np.random.default_rng(seed)
    matrix = tables(1, n, None, generator)[0]
    game = PreferenceGame(matrix if others is None else compared(matrix, others, generator))
    problem = problem_of(game, 0.0)
    took, found = processor_seconds(lambda: equilibrium_set(problem))
    top = float((game.payoffs @ found.policy).max())
    return {"game": f"n = {n:,}, {name}", "seconds": took, "dimension": found.dimension, "exploitability": top}


def run(options: Options) -> None:
    """Measure and publish."""
    facts = conditions("benchmarks.preference_exact")
    kinds: tuple[tuple[str, int | None, int], ...] = (
        ("random", None, options.games),
        ("three levels", 3, max(options.games // 50, _SAMPLE)),
    )
    many = [many_row(name, games, n, levels, options.seed) for name, levels, games in kinds for n in (3, 8, 16)]
    compiled = tables(1, 60, None, np.random.default_rng(0))[0]
    equilibrium_set(problem_of(PreferenceGame(compared(compiled, 6.0, np.random.default_rng(0))), 0.0))
    logs: tuple[tuple[str, float | None], ...] = (("random", None), ("each met six others, about", 6.0))
    single = [single_row(name, n, others, options.seed) for n in options.sizes for name, others in logs]
    lines = table_head(
        "games | simplex, µs | with uniqueness and entropy, µs | HiGHS, µs | ratio | unique | largest gap"
    )
    for row in many:
        lines.append(
            f"| {row['games']} | {row['simplex'] * 1e6:,.1f} | {row['whole'] * 1e6:,.1f} | {row['highs'] * 1e6:,.0f} | "
            f"{row['highs'] / row['simplex']:,.0f} | {row['unique']:.1%} | {row['gap']:.1e} |"
        )
    lines += [
        "",
        *table_head("one game, equilibrium of maximum entropy | seconds | dimension of the set | exploitability"),
    ]
    for row in single:
        cells = f"{row['seconds']:.3f} | {row['dimension']} | {row['exploitability']:.1e}"
        lines.append(f"| {row['game']} | {cells} |")
    longest = many[2]
    note = (
        f"Processor time a game; HiGHS by {_SAMPLE} of the games; seed {options.seed}; ratio: HiGHS to simplex. "
        f"All of {longest['games']}, certificates included: {longest['seconds']:.2f} s by the clock."
    )
    text = "\n".join([*lines, "", note, conditions_text(facts)])
    publish("preference_exact", text, {**facts, "many": many, "single": single}, options.output, options.update)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.preference_exact"))
