"""Two-player zero-sum games with perfect recall, in the sequence form of ``games.extensive``: values and solvers.

``solve("leduc_poker", "cfr+")`` gives a certified policy, ``evaluate(game, policy)`` the exact exploitability of any.
``solve_sampled`` plays the game instead of compiling it, ``resolve`` solves a subgame again.
``state`` and ``algorithm`` say what an algorithm is, each has a file of its own, ``iterate`` runs them, ``run`` is one
of them at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from solvers.extensive.evaluation import evaluate, exploitability
    from solvers.extensive.run import start
    from solvers.extensive.sampled import solve_sampled
    from solvers.extensive.solving import solve
    from solvers.extensive.subgames import resolve, resolve_everywhere

__all__ = ["evaluate", "exploitability", "resolve", "resolve_everywhere", "solve", "solve_sampled", "start"]

_PLACES = {
    **dict.fromkeys(("evaluate", "exploitability"), "evaluation"),
    **dict.fromkeys(("resolve", "resolve_everywhere"), "subgames"),
    "solve": "solving",
    "solve_sampled": "sampled",
    "start": "run",
}
__getattr__ = lazy(__name__, {name: f"{__name__}.{module}" for name, module in _PLACES.items()})
