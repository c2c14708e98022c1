"""What a ranking tells beside duels: ``python -m benchmarks.preference_rankings --update docs/preference_games.md``.

Games are mixtures of three Plackett-Luce models, log-strengths N(0, 1.5^2), so that they go in circles. Action values
against a policy at random are estimated from every kind of feedback, in the same games; the variance is that of what
an update sees, ``E sum_y pi(y) (e(y) - pi.e)^2`` of the error ``e``. It is given at equal numbers of pairs decided, and
of alternatives that a judge must read: two a duel, ``m`` a ranking of ``m``. *Independent pairs* are the pairs of a
ranking of five, each decided by itself: what the same formula would have if judges contradicted themselves.

The last two columns are the gap to which Nash-MD comes on the same games, beta = 0.1, with so many pairs or readings.
Standard errors count games.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from games._base.jit import kernel
from games.preference import PreferenceGame, RankingModel
from solvers.normal_form.feedback import EXPLORATION, QUERIES, Feedback, sampled_action_values
from solvers.normal_form.problem import problem_of
from solvers.normal_form.rankings import Ranked, rank_direction
from solvers.normal_form.solving import solve
from solvers.normal_form.state import MEMORY, OPPONENT, PROBABILITY, VALUES

FloatArray = NDArray[np.float64]

ALTERNATIVES = 10
BETA = 0.1
SPREAD = 1.5  # standard deviation of log-strengths
INDEPENDENT = "independent pairs of 5"
WAYS = (
    Feedback("duels", 1),
    Feedback("pairs", 1),
    Feedback("teams", 4),
    Feedback("teams", 10),
    Feedback("rankings", 2),
    Feedback("rankings", 3),
    Feedback("rankings", 5),
    Feedback("rankings", 10),
)


@dataclass(frozen=True)
class Options:
    """Variance of action values from rankings, and how far they lead, beside those from duels."""

    games: int = 50
    """Games, mixtures of Plackett-Luce models."""
    draws: int = 1000
    """Estimates of each kind in each game."""
    budget: int = 20_000
    """Pairs decided, or alternatives read, until the gap is measured."""
    seed: int = 0
    """Seed of everything random."""
    output: Path | None = None
    """Where the figures go as JSON."""
    update: list[Path] = field(default_factory=list)
    """Documents whose section is replaced."""


class Found(NamedTuple):
    """Of one kind of feedback in one game: pairs decided and alternatives read an estimate, variance, two gaps."""

    pairs: float
    read: float
    variance: float
    gap_of_pairs: float
    gap_of_read: float


@kernel
def estimates(row, column, state, feedback, out):
    """Write an estimate of the action values to each line of ``out`` [draws, actions]."""
    for line in range(out.shape[0]):
        sampled_action_values(row, column, state, feedback)
        out[line] = state[VALUES]


def drawn(model: RankingModel, policy: FloatArray, way: Feedback, draws: int) -> tuple[FloatArray, float]:
    """Return estimates [draws, n] against the policy by itself, and the pairs decided for one."""
    problem = problem_of(PreferenceGame.from_rankings(model), 0.0)
    state = np.zeros((MEMORY, model.alternatives))
    state[PROBABILITY] = state[OPPONENT] = policy
    feedback = way.array(problem)
    out = np.empty((draws, model.alternatives))
    if way.kind == "rankings":
        out = Ranked(model).values(state, feedback[0], draws)
    else:
        estimates(problem.row[0], problem.column[0], state, feedback[0], out)
    return out, float(feedback[0, QUERIES]) / draws


def independent(
    model: RankingModel, policy: FloatArray, shown: int, draws: int, generator: np.random.Generator
) -> tuple[FloatArray, float]:
    """Return the estimates of rankings of so many whose pairs are decided one by one, and the pairs of one."""
    n, pairs = model.alternatives, 0
    table, chances = model.probabilities, (1.0 - EXPLORATION) * policy + EXPLORATION / model.alternatives
    out = np.zeros((draws, n))
    for line in out:
        y = generator.choice(n, size=shown, p=chances)
        points, omega = np.eye(n)[y] / chances[y, None], policy[y] / chances[y]
        different = len(np.unique(y))
        pairs += different * (different - 1) // 2
        for i in range(shown):
            for j in range(i):
                order = [0, 1] if generator.random() < table[y[i], y[j]] else [1, 0]
                both = [i, j]
                line += 0.5 * rank_direction(order, points[both], omega[both]) / (shown * (shown - 1))
    return out, pairs / draws


def variance(found: FloatArray, exact: FloatArray, policy: FloatArray) -> float:
    """Return the mean square, under the policy, of errors less their mean under the policy."""
    errors = found - exact
    errors -= (errors @ policy)[:, None]
    return float((errors**2 @ policy).mean())


def gap(game: PreferenceGame, way: Feedback, pairs: float, budget: float) -> float:
    """Return how far Nash-MD comes with as many pairs."""
    iterations = max(1, round(budget / pairs))
    return solve(game, "nash-md", beta=BETA, iterations=iterations, tolerance=0.0, growth=1e9, feedback=way).duality_gap


def measured(options: Options) -> Iterator[dict[str, Found]]:
    """Yield what is found in each game, by the kind of feedback."""
    generator = np.random.default_rng(options.seed)
    for index in range(options.games):
        strengths = np.exp(SPREAD * generator.normal(size=(3, ALTERNATIVES)))
        model = RankingModel.plackett_luce(strengths, generator.dirichlet(np.full(3, 3.0)))
        game, policy = PreferenceGame.from_rankings(model), generator.dirichlet(np.ones(ALTERNATIVES))
        exact = game.payoffs @ policy
        found = {}
        for kind in WAYS:
            way = Feedback(kind.kind, kind.samples, seed=options.seed + index)
            values, pairs = drawn(model, policy, way, options.draws)
            read = float(way.samples) if way.kind == "rankings" else 2.0 * pairs
            gaps = gap(game, way, pairs, options.budget), gap(game, way, read, options.budget)
            found[f"{way.kind}, {way.samples}"] = Found(pairs, read, variance(values, exact, policy), *gaps)
        values, pairs = independent(model, policy, 5, options.draws, generator)
        found[INDEPENDENT] = Found(pairs, 2.0 * pairs, variance(values, exact, policy), np.nan, np.nan)
        yield found


def table(games: list[dict[str, Found]]) -> list[str]:
    """Return the lines of the Markdown table."""

    def shown(values: list[float], digits: int = 2) -> str:
        if np.isnan(values).any():
            return "–"
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        return f"{np.mean(values):.{digits}f} ± {error:.{digits}f}"

    columns = "pairs decided | read | variance × pairs | variance × read | gap, by pairs | by reading"
    lines = table_head(f"feedback | {columns}")
    for name in games[0]:
        every = [found[name] for found in games]
        cells = [
            f"{np.mean([one.pairs for one in every]):.1f}",
            f"{np.mean([one.read for one in every]):.1f}",
            shown([one.variance * one.pairs for one in every]),
            shown([one.variance * one.read for one in every]),
            shown([one.gap_of_pairs for one in every], 4),
            shown([one.gap_of_read for one in every], 4),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def run(options: Options) -> None:
    """Measure, print, and write what is asked for."""
    if min(options.games, options.draws, options.budget) < 2:
        raise ValueError("at least two games, two draws, and a budget of two are needed")
    facts = conditions("benchmarks.preference_rankings")
    games = list(measured(options))
    facts["games"] = [{name: one._asdict() for name, one in found.items()} for found in games]
    text = "\n".join(
        [
            *table(games),
            "",
            f"{options.games} mixtures of three Plackett-Luce models of {ALTERNATIVES} alternatives, {options.draws:,} "
            f"estimates each, seed {options.seed}; ± one standard error over games. Gaps: Nash-MD, beta = {BETA:g}, "
            f"after {options.budget:,} pairs or readings.",
            conditions_text(facts),
        ]
    )
    publish("preference_rankings", text, facts, options.output, options.update)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.preference_rankings"))
