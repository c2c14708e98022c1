"""How many judgements a policy costs, asked in four ways: ``python -m benchmarks.preference_asking``.

Somebody is paid for each judgement of a pair. Its answer is drawn from a known table, which serves to measure and which
no method sees. Asked are

- pairs drawn uniformly, and the equilibrium of the estimated table is taken;
- pairs chosen by optimism (``solvers.normal_form.asking``), with widths times 0.5 by default, times 0.3, and as its
  theorem has them, and likewise;
- what optimistic FTRL with steps that adapt asks for (``solvers.normal_form.adaptive_optimism``), pairs or duels,
  which estimates no table and has nothing to tune; its average is taken.

A method has reached a gap from where on its exploitability stays at most that until the budget is spent. Seeds that do
not reach it count with the whole budget, so that a mean with such seeds is too low.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from games.preference import PreferenceGame, egpo_protocol
from solvers.normal_form.asking import solve_by_judgements
from solvers.normal_form.duels import DuelSolution, Oracle, solve_by_duels
from solvers.normal_form.feedback import Feedback

ALTERNATIVES = 10
GAPS = (0.1, 0.05, 0.02)
_GROWTH = 1.15  # from one measurement to the next


@dataclass(frozen=True)
class Options:
    """Judgements to a given exploitability: uniform, optimistic and adaptive asking."""

    seeds: int = 24
    """Games of each kind."""
    budget: int = 20_000
    """Judgements of each run."""
    samples: int = 10
    """Judgements at a time."""
    seed: int = 0
    """Seed of everything random."""
    output: Path | None = None
    """Where the figures go as JSON."""
    update: list[Path] = field(default_factory=list)
    """Documents whose section is replaced."""


def uniform(seed: int) -> PreferenceGame:
    """Return preferences uniform on [0, 1]: circles everywhere, and wide mixtures."""
    return PreferenceGame(egpo_protocol(seed, ALTERNATIVES).matrix)


def bradley_terry(seed: int) -> PreferenceGame:
    """Return strengths N(0, 1): one winner."""
    strengths = np.random.default_rng(seed).normal(size=ALTERNATIVES)
    return PreferenceGame(1.0 / (1.0 + np.exp(strengths[None, :] - strengths[:, None])))


GAMES: dict[str, Callable[[int], PreferenceGame]] = {"uniform": uniform, "Bradley-Terry": bradley_terry}

Method = Callable[[Oracle, PreferenceGame, Options, int], DuelSolution]


def _judged(oracle: Oracle, game: PreferenceGame, options: Options, seed: int, **settings: Any) -> DuelSolution:
    return solve_by_judgements(
        oracle,
        game.labels,
        budget=options.budget,
        samples=options.samples,
        seed=seed,
        game=game,
        growth=_GROWTH,
        **settings,
    )


def _adaptive(
    oracle: Oracle, game: PreferenceGame, options: Options, seed: int, feedback: Callable[[int], Feedback]
) -> DuelSolution:
    return solve_by_duels(
        oracle,
        game.labels,
        "optimistic-ftrl-adaptive",
        budget=options.budget,
        feedback=feedback(seed),
        game=game,
        growth=_GROWTH,
    )


METHODS: dict[str, Method] = {
    "uniform": partial(_judged, asking="uniform"),
    "optimistic": partial(_judged, asking="optimistic"),
    "optimistic, widths · 0.3": partial(_judged, asking="optimistic", optimism=0.3),
    "optimistic, the theorem's widths": partial(_judged, asking="optimistic", optimism=1.0),
    "adaptive steps, pairs": partial(_adaptive, feedback=lambda seed: Feedback("pairs", 10, seed)),
    "adaptive steps, duels": partial(_adaptive, feedback=lambda seed: Feedback("duels", 1, seed)),
}


def oracle_of(game: PreferenceGame, generator: np.random.Generator) -> Oracle:
    """Return a judge whose answers are wins and losses drawn from the table."""

    def answer(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        return (generator.random(len(first)) < game.matrix[first, second]).astype(np.float64)

    return answer


def reached(solution: DuelSolution, gap: float) -> float:
    """Return from how many judgements on the exploitability is at most ``gap``; infinity if it is not at the end."""
    place = np.inf
    for point in reversed(solution.history):
        if point.exploitability > gap:
            break
        place = float(point.queries or 0)
    return place


def measure(options: Options) -> list[dict[str, Any]]:
    """Return a row for each kind of game and method."""
    rows = []
    for number, (kind, draw) in enumerate(GAMES.items()):
        for name, method in METHODS.items():
            places, ends = [], []
            for seed in range(options.seeds):
                game = draw(options.seed + seed)
                generator = np.random.default_rng((options.seed, number, seed))
                solution = method(oracle_of(game, generator), game, options, seed)
                places.append([reached(solution, gap) for gap in GAPS])
                ends.append(solution.exploitability)
            found = np.array(places)
            rows.append({"games": kind, "asking": name, "reached": found, "end": np.array(ends)})
    return rows


def table(rows: list[dict[str, Any]], options: Options) -> str:
    """Return means with their standard errors over the seeds, as Markdown."""
    gaps = " | ".join(f"to {gap:g}" for gap in GAPS)
    lines = table_head(f"games | asking | {gaps} | exploitability at the end, ·10⁻³", texts=2)
    for row in rows:
        cells = []
        for column in row["reached"].T:
            values = np.minimum(column, options.budget)
            missing = int(np.isinf(column).sum())
            error = values.std(ddof=1) / np.sqrt(len(values))
            short = f" ({missing} of {len(values)} not)" if missing else ""
            cells.append("–" if missing > len(values) / 2 else f"{values.mean():,.0f} ± {error:,.0f}{short}")
        end = 1e3 * row["end"]
        cells.append(f"{end.mean():.1f} ± {end.std(ddof=1) / np.sqrt(len(end)):.1f}")
        lines.append(f"| {row['games']} | {row['asking']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def run(options: Options) -> None:
    """Measure, print, and write what was asked for."""
    facts = conditions("benchmarks.preference_asking")
    began = time.perf_counter()
    rows = measure(options)
    note = (
        f"Judgements, mean ± one standard error over {options.seeds} games of n = {ALTERNATIVES}, {options.samples} at "
        f"a time, at most {options.budget:,}, seed {options.seed}; –: most games did not get there."
    )
    facts |= {
        "seconds": time.perf_counter() - began,
        "rows": [
            row | {"reached": np.minimum(row["reached"], options.budget).tolist(), "end": row["end"].tolist()}
            for row in rows
        ],
    }
    text = f"{table(rows, options)}\n\n{note}\n{conditions_text(facts)}"
    publish("preference_asking", text, facts, options.output, options.update)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.preference_asking"))
