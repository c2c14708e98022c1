"""Exact evaluation and solvers for the phantom games of ``games.phantom``.

``evaluate(game, policies)`` gives value, best responses and exploitability of any pair of policies; ``solve`` runs
CFR+, PCFR+ and magnetic mirror descent with the exact gradient; ``shipped_policies(game)`` are the best found.
``docs/phantom_evaluation.md`` derives the method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from solvers.phantom.evaluation import evaluate, exploitability
    from solvers.phantom.shipped import shipped_facts, shipped_path, shipped_policies
    from solvers.phantom.solving import solve

__all__ = ["evaluate", "exploitability", "shipped_facts", "shipped_path", "shipped_policies", "solve"]

_PLACES = {
    **dict.fromkeys(("evaluate", "exploitability"), "evaluation"),
    **dict.fromkeys(("shipped_facts", "shipped_path", "shipped_policies"), "shipped"),
    "solve": "solving",
}
__getattr__ = lazy(__name__, {name: f"{__name__}.{module}" for name, module in _PLACES.items()})
