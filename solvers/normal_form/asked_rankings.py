"""Solving a preference game by asking for rankings: of a person, a judge model or a race, within a budget of them.

``solve_by_rankings`` is to rankings what ``solve_by_duels`` is to comparisons of two: any algorithm of this package
runs on the answers alone. Each ranking becomes action values by the rank-based direction (``rank_direction`` of
``solvers.normal_form.rankings``, which says why they are unbiased).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.preference import PreferenceGame
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.duels import DuelSolution, solve_by_asking
from solvers.normal_form.feedback import EXPLORATION
from solvers.normal_form.rankings import rank_direction

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Judge = Callable[[IntArray], ArrayLike]


@dataclass
class _Rankings:
    """Chooses what is shown, has it ranked, and turns the order into action values."""

    judge: Judge
    shown: int
    generator: np.random.Generator
    own: FloatArray  # the current policy, a view of the state
    queries: int = 0

    def cost(self) -> int:
        """Return the rankings of one product."""
        return 1

    def values(self, opponent: FloatArray, out: FloatArray) -> None:
        """Write unbiased estimates of the action values against ``opponent`` [n], up to a constant."""
        n = len(self.own)
        chances = 0.5 * (1.0 - EXPLORATION) * (self.own + opponent) + EXPLORATION / n
        drawn = self.generator.choice(n, size=self.shown, p=chances / chances.sum())
        place = self._rank(np.unique(drawn))
        order = np.argsort(place[drawn], kind="stable")
        inverse = 1.0 / chances[drawn]
        points = np.zeros((self.shown, n))
        points[np.arange(self.shown), drawn] = inverse
        out[:] = 0.25 * rank_direction(order, points, opponent[drawn] * inverse)

    def _rank(self, different: IntArray) -> IntArray:
        """Return the place of every alternative shown, by its index. [n]"""
        self.queries += 1
        place = np.zeros(len(self.own), dtype=np.int64)
        if len(different) > 1:
            shuffled = self.generator.permutation(different)
            order = np.asarray(self.judge(shuffled))
            if order.shape != shuffled.shape or not np.array_equal(np.sort(order), different):
                raise ValueError(
                    f"the judge was shown {shuffled.tolist()} and answered {order.tolist()}: "
                    "the same alternatives are expected, best first"
                )
            place[order] = np.arange(len(order))
        return place


def solve_by_rankings(
    judge: Judge,
    alternatives: int | Sequence[str],
    algorithm: str | Algorithm = "nash-md",
    *,
    shown: int,
    budget: int,
    beta: float = 0.0,
    seed: int = 0,
    reference: FloatArray | None = None,
    game: PreferenceGame | None = None,
    growth: float = 1.1,
    **settings: Any,
) -> DuelSolution:
    """Return the policy that ``algorithm`` reaches with at most ``budget`` rankings.

    Parameters
    ----------
    judge : receives indices of different alternatives, in random order, at most ``shown`` of them, and returns them
        best first; it is not asked about one alone, which counts as a ranking.
    alternatives : their labels, or how many they are.
    shown : how many are drawn for a ranking, ``m``; at least 2.
    budget : of rankings; one a product, so that one iteration of ``nash-mp`` takes two. ``queries`` counts them.
    seed : of what is shown.
    beta, reference, game, growth, settings : as in ``solvers.normal_form.duels.solve_by_duels``.

    Raises
    ------
    ValueError
        If the budget does not pay for one iteration, or an answer is no order of what was shown.

    Examples
    --------
    >>> import numpy as np
    >>> from games.preference import RankingModel
    >>> from solvers.normal_form.asked_rankings import solve_by_rankings
    >>> model, generator = RankingModel.plackett_luce([8.0, 2.0, 1.0]), np.random.default_rng(0)
    >>> found = solve_by_rankings(lambda shown: model.rank([shown], generator)[0], 3, "mwu", shown=3, budget=500)
    >>> int(found.policy.argmax()), found.queries
    (0, 500)
    """
    if shown < 2:
        raise ValueError(f"a ranking needs at least 2 alternatives, not {shown}")
    generator = np.random.default_rng(seed)
    return solve_by_asking(
        lambda own: _Rankings(judge, shown, generator, own),
        alternatives,
        algorithm,
        budget=budget,
        beta=beta,
        reference=reference,
        game=game,
        growth=growth,
        **settings,
    )
