"""Two judges who disagree, and the four ensembles: ``python -m benchmarks.preference_judges``.

    python -m benchmarks.preference_judges --update docs/preference_games.md --figure docs/preference_judges.png

The judges are those of the example in the document: ann has a favourite, ben goes round. The table says what each
ensemble plays, what it wins at least in the eyes of each judge and of their mean, and what it costs; the picture shows
the same. Nothing is random, and nothing is measured.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from games.preference import JudgedGame
from solvers.preference.judges import JudgedSolution, solve_ensemble
from solvers.preference.judges.pictures import plot_policies

ANN = [[0.5, 0.8, 0.7], [0.2, 0.5, 0.6], [0.3, 0.4, 0.5]]
BEN = [[0.5, 0.3, 0.55], [0.7, 0.5, 0.4], [0.45, 0.6, 0.5]]
TAU = 0.1


@dataclass(frozen=True)
class Options:
    """The four ensembles of two judges who disagree, as a table and a picture."""

    figure: Path | None = None
    """Where the picture goes, as PNG."""
    output: Path | None = None
    """Where the figures go as JSON."""
    update: list[Path] = field(default_factory=list)
    """Documents whose section is replaced."""


def solved() -> dict[str, JudgedSolution]:
    """Return the solutions by the options that ask for them."""
    judged = JudgedGame([ANN, BEN], ("ann", "ben"), ("a", "b", "c"))  # type: ignore[arg-type]
    return {
        "mean": solve_ensemble(judged, "mean"),
        "worst": solve_ensemble(judged, "worst"),
        "uncertainty": solve_ensemble(judged, "uncertainty"),
        f"entropic --tau {TAU:g}": solve_ensemble(judged, "entropic", tau=TAU),
    }


def table(solutions: dict[str, JudgedSolution]) -> list[str]:
    """Return the lines of the Markdown table."""
    lines = table_head("`--ensemble` | a | b | c | least win rate, ann | ben | mean of both | price")
    for name, solution in solutions.items():
        rates = [view.win_rate for view in (*solution.views, solution.view_of_mean)]
        cells = [*(f"{value:.3f}" for value in solution.policy), *(f"{rate:.3f}" for rate in rates)]
        lines.append(f"| `{name}` | {' | '.join(cells)} | {max(solution.price, 0.0):.3f} |")
    return lines


def run(options: Options) -> None:
    """Solve, print, and write what is asked for."""
    facts = conditions("benchmarks.preference_judges")
    solutions = solved()
    if options.figure is not None:
        policies = {name: solution.policy for name, solution in solutions.items()}
        judged = solutions["mean"].judged
        plot_policies(options.figure, judged, policies, "Two judges who disagree, four ensembles")
    facts["solutions"] = {name: solution.to_dict() for name, solution in solutions.items()}
    text = "\n".join([*table(solutions), "", conditions_text(facts)])
    publish("preference_judges", text, facts, options.output, options.update)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.preference_judges"))
