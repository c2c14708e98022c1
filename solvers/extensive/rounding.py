r"""What rounding errors may hide of the distances that decide: a tolerance below that is never reached.

Every value is a sum of products *chance × utility × realisation weight*, in which a term takes part in at most ``k``
roundings: those of its row of the payoff matrix, and on the way to the root, at each of the ``L`` levels, the actions
of an infoset and the infosets that follow one sequence. In any order of summation its relative error is then below
``k u``, ``u = 2^-53`` (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1), and that of a
value below ``delta = k u M``, ``M`` the largest utility in size. A gain is a sum over levels of differences of values,
at most ``2 L delta`` off. For quantal responses see ``solvers.normal_form.certificate``: logarithms of best responses
are off by some ``epsilon``, in essence ``L delta / alpha``, and the gap by ``alpha epsilon^2`` for each infoset.
"""

from __future__ import annotations

import numpy as np

from games.extensive import ExtensiveGame
from solvers.exact import UNIT
from solvers.extensive.solution import largest_utility
from solvers.solution import reachable

_OPERATIONS = 8  # on a value beside the sums: products of the realisation weight, quotients, logarithms


class Rounding:
    """The bounds of the module for one game."""

    def __init__(self, game: ExtensiveGame) -> None:
        self.infosets, self.levels, error = sum(game.infosets), 0, 0.0
        for tree, payoffs in zip(game.treeplexes, game.payoffs, strict=True):
            levels = len(tree.level) - 1
            actions = int(np.diff(tree.first).max(initial=0))
            following = int(np.bincount(tree.parent).max(initial=0)) if len(tree.parent) else 0
            sums = int(np.diff(payoffs.start).max(initial=0)) + levels * (actions + following + 1) + _OPERATIONS
            self.levels, error = max(self.levels, levels), max(error, float(sums))
        self.delta = error * UNIT * largest_utility(game)

    @property
    def exploitability(self) -> float:
        """Of the exploitability, in units of utility."""
        return 2.0 * self.levels * self.delta

    def _logarithm(self, alpha: float) -> float:
        return max(self.levels, 1) * (self.delta / alpha + _OPERATIONS * UNIT)

    def gap(self, alpha: float) -> float:
        """Of the gap of a quantal response, in units of utility."""
        return self.infosets * alpha * self._logarithm(alpha) ** 2

    def residual(self, alpha: float) -> float:
        """Of the residual of an agent quantal response, a probability."""
        return 2.0 * self._logarithm(alpha)


def squared_limit(wanted: float, hidden: float) -> float:
    """As ``reachable`` for a gap whose error grows with its root: ``sqrt(true) <= sqrt(measured) + sqrt(hidden)``."""
    if wanted == 0.0 or wanted <= hidden:
        return reachable(wanted, hidden)
    return float((np.sqrt(wanted) - np.sqrt(hidden)) ** 2)
