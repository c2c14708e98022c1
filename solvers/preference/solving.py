"""``solve`` of what people have in memory: a table of win rates, a log of votes, or a game that is one already."""

from __future__ import annotations

from functools import wraps
from typing import Any

from games.preference.judges import JudgedGame
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solving import solve as solve_normal_form
from solvers.preference.games import preference_game
from solvers.preference.judges.solving import solve_ensemble


@wraps(solve_normal_form)
def solve(game: Any, algorithm: Any = None, **settings: Any) -> NormalFormSolution:
    """Solve a preference game, or what ``preference_game`` makes one of; see ``solvers.normal_form.solve``.

    With an ``ensemble``, or for a ``JudgedGame``, it is solved for several judges: ``judges.solve_ensemble``.
    """
    if isinstance(game, JudgedGame) or "ensemble" in settings:
        return solve_ensemble(game, algorithm=algorithm, **settings)
    return solve_normal_form(preference_game(game), algorithm, **settings)
