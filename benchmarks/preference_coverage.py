"""How often intervals of ``solvers.preference`` cover the truth: ``python -m benchmarks.preference_coverage``.

Vote logs are drawn from tables that are known: pairs have between one vote and hundreds, many have none. From each log
come the intervals that the command gives, of the posterior of each pair and of the bootstrap, and those of the
posterior with the whole prior, for

- the rate of a pair that met, and of one that never did;
- ``P(y > policy)`` of the policy that the log leads to: its value against the true table;
- the probabilities of the regularised policy (beta = 0.1), and of the game's own equilibrium, of maximum entropy.

Truths: every pair uniform on [0, 1], which is the prior; Bradley-Terry strengths N(0, 1); and one table for all logs,
two cycles, one above the other. A posterior with the whole prior, where truths are drawn from it, covers what it
promises, whatever is asked, up to the finite number of tables; what other truths do to it is the finding. The standard
error counts logs, whose numbers depend on each other. Equilibria of resampled tables are those of a fifth of the logs.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from games.preference import PreferenceBatch, PreferenceGame, Votes, transitive_with_cycle
from solvers.preference import solve
from solvers.preference.intervals import central, drawn

FloatArray = NDArray[np.float64]
Found = dict[tuple[str, str], list[float]]

ALTERNATIVES = 6
BETA = 0.1
_UNSEEN = 0.35  # of the pairs
_FIFTH = 5  # logs, of which one has its resampled tables solved exactly: most have many equilibria, which takes long
_EQUAL = 1e-9  # a truth at the end of an interval is in it, up to rounding


@dataclass(frozen=True)
class Options:
    """Coverage of the intervals of solvers.preference on vote logs whose truth is known."""

    logs: int = 500
    """Vote logs of each truth."""
    draws: int = 200
    """Tables drawn for each log, of either kind."""
    seed: int = 0
    """Seed of everything random."""
    output: Path | None = None
    """Where the figures go as JSON."""
    update: list[Path] = field(default_factory=list)
    """Documents whose section is replaced."""


def uniform(generator: np.random.Generator) -> FloatArray:
    """Return a table whose pairs are uniform on [0, 1]."""
    above = np.triu(generator.uniform(size=(ALTERNATIVES,) * 2), 1)
    return np.asarray(above + np.tril(1.0 - above.T, -1) + 0.5 * np.eye(ALTERNATIVES))


def bradley_terry(generator: np.random.Generator) -> FloatArray:
    """Return a table of strengths N(0, 1)."""
    strengths = generator.normal(size=ALTERNATIVES)
    return np.asarray(1.0 / (1.0 + np.exp(strengths[None, :] - strengths[:, None])))


def cycles(generator: np.random.Generator) -> FloatArray:
    """Return a cycle of three above the others, always the same."""
    return 0.5 + 0.6 * (transitive_with_cycle(ALTERNATIVES, 3).matrix - 0.5)


TRUTHS: dict[str, Callable[[np.random.Generator], FloatArray]] = {
    "uniform (the prior)": uniform,
    "Bradley-Terry": bradley_terry,
    "one table with a cycle": cycles,
}


def log_of(truth: FloatArray, generator: np.random.Generator) -> Votes:
    """Return votes on a table: a third of the pairs without any, the others with 1 to 400, most with few."""
    n = len(truth)
    counts = np.rint(np.exp(generator.uniform(0.0, np.log(400.0), size=(n, n))))
    counts = np.triu(counts * (generator.uniform(size=(n, n)) >= _UNSEEN), 1).astype(np.int64)
    counts[0, 1] = max(counts[0, 1], 1)
    won = generator.binomial(counts, truth)
    return Votes((won + (counts - won).T).astype(float))


def equilibria(tables: FloatArray) -> FloatArray:
    """Return the equilibrium of maximum entropy of each table. [tables, n]"""
    return np.asarray(solve(PreferenceBatch(np.concatenate([tables, tables[:1]])), "lp").policies[: len(tables)])


def covered(truth: FloatArray, values: FloatArray) -> NDArray[np.bool_]:
    """Return where the central interval of values, over their first axis, contains the truth."""
    low, high = central(values)
    return np.asarray((low - _EQUAL <= truth) & (truth <= high + _EQUAL))


def shares(
    truth: FloatArray, votes: Votes, options: Options, generator: np.random.Generator, everything: bool
) -> Iterator[tuple[str, str, float]]:
    """Yield interval, functional and the share of it that is covered, for one log.

    Without ``everything`` the equilibria of resampled tables are left out.
    """
    n = len(truth)
    upper = np.triu_indices(n, 1)
    met = votes.compared[upper]
    policy = equilibria(votes.probabilities[None])[0]
    true_values = {
        "P(y > policy)": truth @ policy,
        "regularised policy": solve(truth, beta=BETA).policy,
        "equilibrium": equilibria(truth[None])[0],
    }
    game, seed = PreferenceGame.from_votes(votes), int(generator.integers(2**31))
    kinds = {
        "posterior": drawn(game, "posterior", options.draws, seed).matrices,
        "posterior, whole prior": votes.posterior(generator, options.draws),
        "bootstrap": drawn(game, "bootstrap", options.draws, seed).matrices,
    }
    for kind, tables in kinds.items():
        inside = covered(truth[upper], tables[:, upper[0], upper[1]])
        yield kind, "rate of a pair that met", float(inside[met].mean())
        if not met.all():
            yield kind, "rate of a pair that never met", float(inside[~met].mean())
        found = {
            "P(y > policy)": tables @ policy,
            "regularised policy": solve(tables, beta=BETA, tolerance=1e-6).policies,
        }
        if everything or kind != "bootstrap":
            found["equilibrium"] = equilibria(tables)
        for name, values in found.items():
            yield kind, name, float(covered(true_values[name], values).mean())


def measure(options: Options) -> dict[str, Found]:
    """Return the shares covered of every log, by truth, interval and functional."""
    found: dict[str, Found] = {}
    for number, (name, draw) in enumerate(TRUTHS.items()):
        counts: Found = defaultdict(list)
        for log in range(options.logs):
            generator = np.random.default_rng((options.seed, number, log))
            truth = draw(generator)
            for kind, functional, share in shares(
                truth, log_of(truth, generator), options, generator, log % _FIFTH == 0
            ):
                counts[kind, functional].append(share)
        found[name] = dict(counts)
    return found


def table(found: dict[str, Found]) -> str:
    """Return the coverage in per cent with its standard error, as Markdown."""
    lines = table_head("what the interval is of | interval | " + " | ".join(TRUTHS), texts=2)
    for kind, functional in next(iter(found.values())):
        cells = []
        for counts in found.values():
            values = 100.0 * np.array(counts[kind, functional])
            cells.append(f"{values.mean():.1f} ± {values.std(ddof=1) / np.sqrt(len(values)):.1f}")
        lines.append(f"| {functional} | {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def run(options: Options) -> None:
    """Measure, print, and write what was asked for."""
    facts = conditions("benchmarks.preference_coverage")
    began = time.perf_counter()
    found = measure(options)
    facts |= {
        "seconds": time.perf_counter() - began,
        "logs": options.logs,
        "draws": options.draws,
        "seed": options.seed,
    }
    facts["coverage"] = {
        truth: {" of ".join(key): float(np.mean(values)) for key, values in counts.items()}
        for truth, counts in found.items()
    }
    text = (
        f"{table(found)}\n\nPer cent of 95 % intervals that contain the truth, ± one standard error over logs; "
        f"{options.logs:,} logs of {ALTERNATIVES} alternatives, {options.draws:,} tables each, seed {options.seed}, "
        f"prior 1.\n{conditions_text(facts)}"
    )
    publish("preference_coverage", text, facts, options.output, options.update)


def main() -> int:
    """Run the benchmark and return its exit code."""
    return run_benchmark(run, Options, "benchmarks.preference_coverage")


if __name__ == "__main__":
    sys.exit(main())
