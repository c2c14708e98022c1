"""``solve(game, "nash-mp", beta=0.1)``: run an algorithm to a tolerance, and certify what it returns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.choice import LINEAR_PROGRAM, default_algorithm, size_of
from solvers.normal_form.problem import Game, problem_of
from solvers.normal_form.registry import algorithm as algorithm_by_name
from solvers.normal_form.run import start
from solvers.normal_form.solution import NormalFormSolution
from solvers.run import Report, Watch, drive


def solve(
    game: Game,
    algorithm: str | Algorithm | None = None,
    *,
    beta: float = 0.0,
    iterations: int = 100_000,
    tolerance: float = 1e-9,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    workers: int | None = None,
    **settings: Any,
) -> NormalFormSolution:
    """Solve a preference game, a matrix game or a batch of them, and return a certified solution.

    Parameters
    ----------
    game : the game, or a batch.
    algorithm : by default ``"nash-mp"`` if beta is above 0, else ``"lp"``, or ``"prm+"`` where linear programming
        (``solvers.normal_form.linear_program``, all at once) is no choice. Where a game has many equilibria, ``"lp"``
        returns the one of maximum entropy (``selection``), and ``unique`` and ``policy_range`` of the solution say so.
    beta : temperature of the regularised game, in units of the payoffs; 0: the game itself.
    iterations, tolerance : it stops after so many, or when the duality gap is at most the tolerance times the range of
        the payoffs (1 in preference games); in a batch each game by itself. A tolerance that cannot be told from
        rounding errors is not reached, and the remedy says so (``solvers.normal_form.certificate``).
    report, watch : called at measurements, and on the way. checkpoint : a file that holds the whole run, from which it
        goes on to the same bits.
    workers : threads; the result does not depend on them.
    settings : ``step_size``, a number or schedule, by default what the algorithm's theorem allows in this game;
        ``temperature``, a schedule, of algorithms that anneal; ``parameters``, further numbers of an algorithm;
        ``initial`` policies [games, actions], by default the references; ``average``, to return the average instead of
        the last iterate, or the reverse; ``feedback``, for action values from sampled comparisons instead of exact ones
        (certificates stay exact); ``equilibrium`` [actions], to record KL(equilibrium || policy) in the history;
        ``growth`` from one measurement to the next, in iterations, by default 1.1, in batches 1.3.

    Raises
    ------
    ValueError
        One sentence for settings that have no meaning, and for the checkpoint of another run.
    """
    problem = problem_of(game, beta)
    if algorithm is None:
        algorithm = default_algorithm(beta, size_of(game), exact=settings.get("feedback") is None)[0]
    if algorithm == LINEAR_PROGRAM:
        from solvers.normal_form.linear_program import solve_exactly
        from solvers.normal_form.selection import of_maximum_entropy

        named = {"beta": beta or None, **settings, "growth": None, "equilibrium": None}
        if given := [name for name, value in named.items() if value is not None]:
            raise ValueError(
                f"lp, which solves the game itself at once, has no {given[0].replace('_', ' ')}: leave it out"
            )
        return of_maximum_entropy(solve_exactly(game, tolerance=tolerance, workers=workers))
    chosen = algorithm_by_name(algorithm) if isinstance(algorithm, str) else algorithm
    run = start(problem, chosen, tolerance=tolerance, workers=workers, **settings)
    return run.solution(drive(run, iterations=iterations, path=checkpoint, report=report, watch=watch))
