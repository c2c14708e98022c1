"""Iterations to a given exploitability, of the extensive-form solvers as they were first and as they are.

    python -m benchmarks.extensive --only time --rows rows.json --update docs/extensive_games.md

Each solver runs on one core until the exploitability is at most 1e-9, or for so many iterations or seconds of the
processor. It is measured at 1, 2, 3, ... iterations, each 1.15 times the last; the first measurement at or below a
target counts. Iterations do not depend on the load of the machine; the seconds are those of the process, for the
iterations alone. What needs to know its horizon beforehand (hyperparameter schedules) is run for 100, 200, 400, ...
planned iterations, and the first plan whose end is at or below the target counts, with its own seconds.

``--rows`` keeps what has been measured in a file: the same command goes on where it was stopped.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import table_head
from games._base.files import write_whole
from games.extensive import ExtensiveGame, compile_game
from solvers.extensive.algorithm import HORIZON
from solvers.extensive.registry import algorithm
from solvers.extensive.solving import solve
from solvers.solution import Checkpoint

TARGETS = (1e-3, 1e-6, 1e-9)
_FIRST_PLAN = 100


@dataclass(frozen=True)
class Solver:
    """A column of the table; ``first``: it stands for what there was before averages could be chosen."""

    label: str
    name: str
    parameters: dict[str, float] = field(default_factory=dict)
    first: bool = False


SOLVERS = (
    Solver("cfr+", "cfr+", first=True),
    Solver("dcfr", "dcfr", first=True),
    Solver("pdcfr+", "pdcfr+", first=True),
    Solver("pcfr+, t^2", "pcfr+", {"averaging": 2.0}, first=True),
    Solver("sapcfr+, t^2", "sapcfr+", {"averaging": 2.0}, first=True),
    Solver("pcfr+", "pcfr+"),
    Solver("sapcfr+", "sapcfr+"),
    Solver("rtcfr+", "rtcfr+"),
    Solver("hs-pcfr+", "hs-pcfr+"),
    Solver("hs-pdcfr+", "hs-pdcfr+"),
)


@dataclass(frozen=True)
class Limits:
    """When a solve is given up: after so many iterations, or seconds of the processor."""

    iterations: int = 50_000
    seconds: float = 12.0


class _TimeIsUpError(Exception):
    pass


Reached = dict[str, tuple[int, float] | None]
"""Target → iterations and seconds, None where the limit came first."""


def _one_run(game: ExtensiveGame, solver: Solver, limits: Limits) -> Reached:
    found: Reached = {str(target): None for target in TARGETS}

    def report(line: Checkpoint) -> None:
        for target in TARGETS:
            if line.exploitability <= target and found[str(target)] is None:
                found[str(target)] = line.iteration, line.processor_seconds
        if line.processor_seconds > limits.seconds or None not in found.values():
            raise _TimeIsUpError

    with contextlib.suppress(_TimeIsUpError):
        solve(game, solver.name, iterations=limits.iterations, parameters=solver.parameters, report=report)
    return found


def _planned_runs(game: ExtensiveGame, solver: Solver, limits: Limits) -> Reached:
    found: Reached = {str(target): None for target in TARGETS}
    plan, spent = _FIRST_PLAN, 0.0
    while plan <= limits.iterations and spent <= limits.seconds and None in found.values():
        last = solve(game, solver.name, iterations=plan, parameters=solver.parameters, growth=1e9).history[-1]
        spent += last.processor_seconds
        for target in TARGETS:
            if last.exploitability <= target and found[str(target)] is None:
                found[str(target)] = plan, last.processor_seconds
        plan *= 2
    return found


def times(games: dict[str, str], limits: Limits, rows_file: Path | None) -> list[dict[str, Any]]:
    """Return one row a game and solver, those of the file as they are."""
    rows: list[dict[str, Any]] = []
    if rows_file is not None and rows_file.exists():
        rows = json.loads(rows_file.read_text(encoding="utf-8"))
    known = {(row["game"], row["solver"]) for row in rows}
    for label, text in games.items():
        missing = [solver for solver in SOLVERS if (label, solver.label) not in known]
        if not missing:
            continue
        print(f"time to an exploitability: {label}", file=sys.stderr)
        game = compile_game(text)
        for solver in missing:
            run = _planned_runs if HORIZON in algorithm(solver.name).parameters else _one_run
            rows.append({"game": label, "solver": solver.label, "targets": run(game, solver, limits)})
            if rows_file is not None:
                write_whole(rows_file, json.dumps(rows) + "\n")
    return [row for row in rows if row["game"] in games]


def _least(row: dict[str, Any], solvers: Sequence[Solver], target: float) -> int | None:
    reached = [row[solver.label][str(target)] for solver in solvers]
    return min((one[0] for one in reached if one is not None), default=None)


def _ratio(before: int | None, after: int | None) -> str:
    """Return how many times fewer iterations there are after than before."""
    if after is None:
        return "–"
    return "only now" if before is None else f"{before / after:.1f}"


def times_table(rows: list[dict[str, Any]], limits: Limits) -> str:
    """Return iterations and seconds to each target, a row a game and target."""
    labels, first = [solver.label for solver in SOLVERS], [solver for solver in SOLVERS if solver.first]
    same = [[solver for solver in SOLVERS if solver.label == label] for label in ("pcfr+, t^2", "pcfr+")]
    lines = table_head(
        "game | exploitability | " + " | ".join(labels) + " | pcfr+, times fewer | the best, times fewer", 1
    )
    for game in dict.fromkeys(row["game"] for row in rows):
        row = {one["solver"]: one["targets"] for one in rows if one["game"] == game}
        for target in TARGETS:
            reached = [row[label][str(target)] for label in labels]
            cells = ["–" if one is None else f"{one[0]:,} ({_seconds(one[1])})" for one in reached]
            pairs = (same, (first, SOLVERS))
            cells += [_ratio(_least(row, before, target), _least(row, after, target)) for before, after in pairs]
            lines.append(f"| {game} | {target:.0e} | " + " | ".join(cells) + " |")
    heading = (
        f"Iterations (seconds of the processor, one core, other work beside it); – is not within {limits.iterations:,} "
        f"iterations or {limits.seconds:g} s. Alternating updates; exploitability in the games' own units. The last "
        "columns say how many times fewer iterations pcfr+ needs with t^5 than with t^2, and the best of all columns "
        "than the best of the first five, which is what there was before the weights of averages could be chosen."
    )
    return heading + "\n\n" + "\n".join(lines)


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 0.1 else f"{1e3 * value:.2g} ms"
