r"""The path of quantal response equilibria: the regularised equilibrium as the temperature falls.

At ``beta = infinity`` it is the reference policy; from there one curve leads down to ``beta = 0``. In general games the
equilibria of a temperature may be many, and of their branches the *principal* one begins at the reference (McKelvey and
Palfrey 1995; Turocy 2005, who follows it by its slope). A zero-sum game has one equilibrium at every ``beta > 0``, so
that the principal branch is the whole of it: it can be entered anywhere, and solving a list of temperatures, each
from the policy of the one before (*warm start*), gives points of that curve and of no other, each with the certificate
of its own game. As ``beta`` goes to 0 the policy goes to the equilibrium that is nearest the reference,
``KL(pi || mu)``: with a uniform reference that of maximum entropy, which ``lp`` returns at ``beta = 0``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.normal_form.choice import LINEAR_PROGRAM, default_algorithm, size_of
from solvers.normal_form.leaderboard import Columns, stacked
from solvers.normal_form.problem import Game, problem_of
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solving import solve
from solvers.solution import finite

FloatArray = NDArray[np.float64]
Solve = Callable[..., NormalFormSolution]

_LEAST = 1e-200  # of a probability that a warm start begins with: mirror descent never leaves a zero


def warm_start(solution: NormalFormSolution) -> FloatArray:
    """Return the policies of a solution with full support, to start another solve from. [games, actions]"""
    problem = problem_of(solution.game, 0.0)
    return np.where(np.isfinite(problem.log_reference), np.maximum(solution.policies, _LEAST), 0.0)


def solve_path(
    game: Game,
    betas: Sequence[float],
    algorithm: str | None = None,
    *,
    checkpoints: Sequence[Path | None] | None = None,
    solver: Solve = solve,
    **arguments: Any,
) -> list[NormalFormSolution]:
    """Return the solutions of a game at several temperatures, each found from the policy of the one before.

    Parameters
    ----------
    game : a game or a batch.
    betas : temperatures, in units of the payoffs, in the order in which they are solved; 0 is the game itself.
    algorithm : by default what ``solve`` takes at each temperature.
    checkpoints : a file for each temperature, from which its run goes on.
    solver, arguments : ``solve``, or what is called like it, and what it is called with.

    Raises ``ValueError`` as ``solve`` does, and where no temperature is given.

    Examples
    --------
    >>> from games.preference import comal_cycle
    >>> path = solve_path(comal_cycle(), [1.0, 0.1, 0.0])
    >>> [one.algorithm for one in path], (11.0 * path[-1].policy).round(6).tolist()
    (['nash-mp', 'nash-mp', 'lp'], [4.0, 3.0, 4.0])
    """
    if not betas:
        raise ValueError("a path needs a temperature: name at least one beta")
    files = [None] * len(betas) if checkpoints is None else checkpoints
    solutions: list[NormalFormSolution] = []
    for beta, file in zip(betas, files, strict=True):
        name = algorithm or default_algorithm(beta, size_of(game), arguments.get("feedback") is None)[0]
        own = dict(arguments)
        if name != LINEAR_PROGRAM:
            own["checkpoint"] = file
            if solutions:
                own["initial"] = warm_start(solutions[-1])
        solutions.append(solver(game, name, beta=beta, **own))
    return solutions


def path_entry(solution: NormalFormSolution) -> dict[str, Any]:
    """Return what ``solution.json`` says of one temperature of a path."""
    return {
        "beta": solution.beta,
        "algorithm": solution.algorithm,
        "policies": solution.policies[0].tolist(),
        "duality_gap": finite(solution.duality_gap),
        "exploitability": finite(solution.exploitability),
        "iterations": solution.iterations,
        "seconds": solution.seconds,
        "result": str(solution.result),
    }


def path_table(solutions: Sequence[NormalFormSolution]) -> Columns:
    """Return the leaderboards of a path below each other: a row for each temperature and action."""
    tables: Mapping[Any, Columns] = {one.beta: _with_certificate(one) for one in solutions}
    return stacked(tables, "beta")


def _with_certificate(solution: NormalFormSolution) -> Columns:
    table = {name: values for name, values in solution.leaderboard().items() if not name.startswith("range_")}
    rows = len(table["label"])
    gaps, exploitabilities = [solution.duality_gap] * rows, [solution.exploitability] * rows
    return {**table, "duality_gap": gaps, "exploitability": exploitabilities}
