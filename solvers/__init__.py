"""Equilibria of games small enough to tabulate, and the single-state updates that solvers and searches share.

``solve(game)`` finds out what kind of game it is given and returns a certified ``Solution``: of preference and matrix
games (``solvers.normal_form``), extensive-form games (``solvers.extensive``), phantom games (``solvers.phantom``).
Importing the package loads none of them.

(Part of Tamaya.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from solvers.dispatch import solve
    from solvers.evaluation import Evaluation
    from solvers.solution import Result, Solution

__all__ = ["Evaluation", "Result", "Solution", "solve"]

__getattr__ = lazy(
    __name__,
    {
        "Evaluation": "solvers.evaluation",
        "Result": "solvers.solution",
        "Solution": "solvers.solution",
        "solve": "solvers.dispatch",
    },
)
