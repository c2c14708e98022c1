"""Two-player zero-sum matrix games: ``solve(game, "mmd", beta=0.1)``, and the command ``python -m solvers.matrix``.

``solve`` takes a table of payoffs as well as a game. The algorithms, their steps and certificates are those of
``solvers.normal_form``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from solvers.matrix.solving import solve

__all__ = ["solve"]

__getattr__ = lazy(__name__, {"solve": "solvers.matrix.solving"})
