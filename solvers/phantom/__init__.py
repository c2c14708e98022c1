"""Exact evaluation and solvers for the phantom games of ``games.phantom``.

``evaluate(game, policies)`` gives value, best responses and exploitability of any pair of policies; ``solve`` runs
CFR+, PCFR+ and magnetic mirror descent with the exact gradient; ``shipped_policies(game)`` are the best found.
``docs/phantom_games.md`` derives the method.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "evaluate": "evaluation",
    "exploitability": "evaluation",
    "shipped_facts": "shipped",
    "shipped_path": "shipped",
    "shipped_policies": "shipped",
    "solve": "run",
}

__all__ = ["evaluate", "exploitability", "shipped_facts", "shipped_path", "shipped_policies", "solve"]


def __getattr__(name: str) -> Any:
    """Load a function when it is first asked for: importing the package must not load numba."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"solvers.phantom.{_PLACES[name]}"), name)
