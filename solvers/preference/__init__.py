"""Preference games: ``solve(game, "nash-mp", beta=0.1)``, and the command ``python -m solvers.preference``.

``solve`` takes a table of win rates, a log of votes or a file as well as a game. The algorithms, their steps and
certificates are those of ``solvers.normal_form``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from solvers.preference.solving import solve

__all__ = ["solve"]

__getattr__ = lazy(__name__, {"solve": "solvers.preference.solving"})
