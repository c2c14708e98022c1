"""Judges who differ: one policy for several tables of preferences, by their mean, their worst, or with caution.

``ensembles`` says which game is solved; ``solve_ensemble`` solves it; the solution says what each judge thinks of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from solvers.preference.judges.solution import JudgedSolution
    from solvers.preference.judges.solving import solve_ensemble

__all__ = ["JudgedSolution", "solve_ensemble"]

__getattr__ = lazy(
    __name__,
    {
        "JudgedSolution": "solvers.preference.judges.solution",
        "solve_ensemble": "solvers.preference.judges.solving",
    },
)
