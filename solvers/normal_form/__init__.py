"""Solvers of games in normal form: preference games, batches of them, and two-player zero-sum matrix games.

``problem`` brings games into one form, ``state`` and ``algorithm`` say what an algorithm is, each algorithm has a
file of its own, ``iterate`` runs them, ``certificate`` measures what they return, ``run`` is one of them at work, and
``solving`` the call that does all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from solvers.normal_form.duels import solve_by_duels
    from solvers.normal_form.run import measure, start
    from solvers.normal_form.solving import solve

__all__ = ["measure", "solve", "solve_by_duels", "start"]

_PLACES = {"measure": "run", "solve": "solving", "solve_by_duels": "duels", "start": "run"}
__getattr__ = lazy(__name__, {name: f"{__name__}.{module}" for name, module in _PLACES.items()})
