"""Two-player zero-sum matrix games: ``solve(game, "mmd", beta=0.1)``, and the command ``python -m solvers.matrix``.

The algorithms, their steps and certificates are those of ``solvers.normal_form``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solvers.normal_form.solve import solve

__all__ = ["solve"]


def __getattr__(name: str) -> Any:
    """Load the solvers, and numba with them, when they are first asked for."""
    if name == "solve":
        from solvers.normal_form.solve import solve

        return solve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
