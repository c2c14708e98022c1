"""A batch of preference games in parts, each solved by a worker: processes of this machine, a Dask or a Ray cluster.

Every game of a batch is iterated by itself, so parts change nothing: step sizes and temperatures are those of the
whole batch, and the policies and certificates are the same to the bit for any number of parts and workers. The bound is
the weakest of the parts', which is at least as strong as that of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from games._base.backends import Workers
from games.preference import PreferenceBatch
from solvers.normal_form.problem import problem_of
from solvers.normal_form.registry import algorithm as algorithm_by_name
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solving import solve
from solvers.solution import Checkpoint, Result

_LEAST = 2  # games of a part: a game alone is measured at other iterations than the games of a batch
_USUAL = 256
_WORST = (Result.NOT_FINITE, Result.STEP_TOO_LARGE, Result.ITERATION_LIMIT, Result.CONVERGED)

Part = tuple[int, NormalFormSolution]


def solve_batch_parts(
    batch: PreferenceBatch,
    algorithm: str = "nash-mp",
    *,
    workers: Workers,
    size: int = _USUAL,
    report: Callable[[int], None] = lambda games: None,
    **arguments: Any,
) -> NormalFormSolution:
    """Solve a batch in parts and return the solution of all its games.

    Parameters
    ----------
    batch, algorithm, arguments : as ``solvers.normal_form.solve`` takes them.
    workers : who solves the parts. size : games of a part. report : told how many games are solved now.

    Raises ``ValueError`` for settings without meaning; for sampled feedback, whose random numbers are those of the
    whole batch; and for an initial policy or an equilibrium of each game. Raises ``OSError`` if a worker is lost.
    """
    for name in ("feedback", "initial", "report"):
        if arguments.get(name) is not None:
            raise ValueError(f"a batch that is solved in parts has no {name}: solve it in one piece")
    if algorithm != "lp":
        chosen, problem = algorithm_by_name(algorithm), problem_of(batch, arguments.get("beta", 0.0))
        given = arguments.get("step_size"), arguments.get("temperature"), arguments.get("parameters")
        settings = chosen.settings(problem, *given)
        arguments["step_size"] = settings.step_size
        if chosen.default_temperature is not None:
            arguments["temperature"] = settings.temperature
    games = len(batch)
    starts = list(range(0, max(games - _LEAST + 1, 1), max(size, _LEAST)))
    stops = [*starts[1:], games]
    jobs = [(batch[start:stop], start, algorithm, arguments) for start, stop in zip(starts, stops, strict=True)]
    found = []
    for part in workers.run(_solve_part, jobs):
        found.append(part)
        report(len(part[1].policies))
    return _joined(batch, [solution for _, solution in sorted(found, key=lambda part: part[0])])


def _solve_part(part: PreferenceBatch, start: int, algorithm: str, arguments: dict[str, Any]) -> Part:
    """Return where a part begins and its solution, without the games, which whoever asked has."""
    solution = solve(part, algorithm, workers=1, **arguments)
    return start, replace(solution, game=None)  # type: ignore[arg-type]


def _joined(batch: PreferenceBatch, parts: list[NormalFormSolution]) -> NormalFormSolution:
    worst = min(parts, key=lambda part: _WORST.index(part.result))
    gaps = np.concatenate([part.duality_gaps for part in parts])
    solved = np.concatenate([part.solved for part in parts])
    where = f" in {int((~solved).sum())} of {len(gaps)} games"
    bounds = [part.bound for part in parts if part.bound is not None]
    return replace(
        worst,
        game=batch,
        policies=np.concatenate([part.policies for part in parts]),
        duality_gaps=gaps,
        exploitabilities=np.concatenate([part.exploitabilities for part in parts]),
        solved=solved,
        rounding=max(part.rounding for part in parts),
        iterations_of_games=np.concatenate([part.iterations_of_games for part in parts]),
        remedy=re.sub(r" in \d+ of \d+ games", where, worst.remedy),
        queries=sum(part.queries for part in parts),
        seconds=sum(part.seconds for part in parts),
        history=_history(parts),
        uniqueness=None
        if any(part.uniqueness is None for part in parts)
        else np.concatenate([part.uniqueness for part in parts if part.uniqueness is not None]),
        dimension=None,
        policy_ranges=None,
        bound=max(bounds, key=lambda bound: bound.value) if len(bounds) == len(parts) else None,
    )


def _history(parts: list[NormalFormSolution]) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of the whole batch: the worst of the parts, each where it was at that iteration."""
    found = []
    for iteration in sorted({point.iteration for part in parts for point in part.history}):
        there = [max((p for p in part.history if p.iteration <= iteration), key=_iteration) for part in parts]
        divergences = [point.divergence for point in there if point.divergence is not None]
        found.append(
            Checkpoint(
                iteration=iteration,
                queries=sum(point.queries or 0 for point in there),
                duality_gap=max(point.duality_gap for point in there),
                exploitability=max(point.exploitability for point in there),
                divergence=max(divergences, default=None),
                seconds=sum(point.seconds for point in there),
            )
        )
    return tuple(found)


def _iteration(point: Checkpoint) -> int:
    return point.iteration
