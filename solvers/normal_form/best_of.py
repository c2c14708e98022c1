r"""The policy of which ``k`` answers are shown: robust against any one answer that is shown beside them.

A user sees ``k`` answers drawn from a policy, and one of somebody else's, and takes the one that they rank first. With
``k`` of them one can promise ``k / (k + 1)`` of the choices, whatever the other answer is, and in general no more (Cai
and Zheng 2026, arXiv:2601.08777): by a symmetric Nash equilibrium ``pi`` of the game in which ``k + 1`` players show an
answer each, and the one whose answer is taken wins. Nothing but symmetry is needed for that. All players alike win
``1 / (k + 1)``; whoever deviates to ``y`` wins no more; so ``k`` answers of ``pi`` win at least ``k / (k + 1)`` of the
choices against every ``y``. For ``k = 1`` that is the von Neumann winner. More answers spread: a majority of 60 % makes
its favourite the von Neumann winner, but of two answers one should sometimes be for the others.

Whether an answer is the best of ``k + 1`` is said by rankings, not by pairs. A ranker is drawn, and each answer has its
place; answers on the same place are equally likely to be taken. With ``F(y)`` the probability, under ``pi``, of places
not before that of ``y``, and ``q(y)`` of those behind it, ``y`` against ``k`` draws of ``pi`` wins

.. math:: v_y(\pi) = \mathbb{E}\, \frac{F^{k+1} - q^{k+1}}{(k + 1)(F - q)}
          = \frac1{k+1}\, \mathbb{E} \sum_{j=0}^k F^j q^{k-j}.

The game is monotone, ``<v(pi) - v(rho), pi - rho> <= 0`` (our proof, for any rankings: with one ranker, places spread
evenly over the probability that they hold, and ``G`` what ``F`` is under ``rho``, convexity gives ``int G^k dF >=
1/(k+1) + k int F^{k-1} (G - F) dF``, and parts ``int F^k dG = 1/(k+1) - k int F^{k-1} (G - F) dF``; the sum is at least
``2/(k+1)``). So equilibria are a convex set, and the last iterate of the extragradient method (Korpelevich 1977)
converges to one of them; the certificate is computed from the policy alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.preference import RankingModel, Votes

FloatArray = NDArray[np.float64]

_LEAST, _MOST = 0.5, 0.9  # of what the theorem allows: how far a step may be off before it is made smaller


@dataclass(frozen=True, eq=False)
class BestOf:
    """A policy to draw ``answers`` from.

    ``win_rate``: the least share of choices that so many draws win against another's answer, whatever that is;
    ``bound``, the most that any policy can promise in general: ``k / (k + 1)``, reached by a symmetric equilibrium.
    ``values`` [n]: what each alternative wins against the draws.
    """

    labels: tuple[str, ...]
    answers: int
    policy: FloatArray
    values: FloatArray
    iterations: int
    converged: bool

    @property
    def win_rate(self) -> float:
        return 1.0 - float(self.values.max())

    @property
    def bound(self) -> float:
        return self.answers / (self.answers + 1.0)

    @property
    def shortfall(self) -> float:
        """``bound - win_rate``, what the best answer gains over the draws: 0 exactly in equilibrium."""
        return max(self.bound - self.win_rate, 0.0)

    def summary(self) -> dict[str, Any]:
        """Return what ``solution.json`` says."""
        return {
            "answers": self.answers,
            "policy": self.policy.tolist(),
            "win_rate": self.win_rate,
            "bound": self.bound,
            "shortfall": self.shortfall,
            "iterations": self.iterations,
            "converged": self.converged,
        }


class _Places:
    """Recorded rankings, each from its last place to its first."""

    def __init__(self, model: RankingModel) -> None:
        self.weights, n = model.weights, model.alternatives
        self.order = np.argsort(model.scores, axis=1, kind="stable")
        ordered = np.take_along_axis(model.scores, self.order, axis=1)
        starts = np.ones(ordered.shape, dtype=bool)
        starts[:, 1:] = ordered[:, 1:] > ordered[:, :-1]
        index = np.arange(n)
        self.first = np.maximum.accumulate(np.where(starts, index, 0), axis=1)
        ends = np.ones(ordered.shape, dtype=bool)
        ends[:, :-1] = starts[:, 1:]
        self.last = np.minimum.accumulate(np.where(ends, index, n - 1)[:, ::-1], axis=1)[:, ::-1]

    def values(self, policy: FloatArray, answers: int) -> FloatArray:
        """Return ``v`` of the module: what each alternative wins against ``answers`` draws of the policy. [n]"""
        behind = np.zeros((len(self.order), len(policy) + 1))
        np.cumsum(policy[self.order], axis=1, out=behind[:, 1:])
        up_to = np.take_along_axis(behind, self.last + 1, axis=1)
        before = np.take_along_axis(behind, self.first, axis=1)
        total, power = np.ones_like(up_to), np.ones_like(up_to)
        for _ in range(answers):
            power *= before
            total = total * up_to + power
        shares = self.weights[:, None] * total / (answers + 1.0)
        return np.asarray(np.bincount(self.order.ravel(), shares.ravel(), minlength=len(policy)), dtype=np.float64)


def solve_best_of(
    rankings: Votes | RankingModel, answers: int, *, tolerance: float = 1e-9, iterations: int = 100_000
) -> BestOf:
    """Return the policy of which ``answers`` draws win the most against any other answer.

    Parameters
    ----------
    rankings : recorded rankings; of a model of rankings, draw some (``RankingModel.draw``).
    answers : how many are shown, ``k``; at least 1.
    tolerance, iterations : it stops when the ``shortfall`` is at most the tolerance, or after so many.

    Raises
    ------
    ValueError
        If there are no rankings, if one leaves out an alternative, or for a model whose rankers are noisy.

    Examples
    --------
    >>> from games.preference import Votes
    >>> from solvers.normal_form.best_of import solve_best_of
    >>> votes = Votes.from_ballots([[0, 1], [1, 0]], [6, 4], ("tea", "coffee"))
    >>> solve_best_of(votes, 1).policy.round(6).tolist()
    [1.0, 0.0]
    >>> solve_best_of(votes, 2).policy.round(6).tolist()
    [0.8, 0.2]

    References
    ----------
    Cai and Zheng, "Asymptotic Universal Alignment: A New Alignment Framework via Test-Time Scaling", arXiv:2601.08777.
    """
    if answers < 1:
        raise ValueError(f"the number of answers must be at least 1, not {answers}")
    model = RankingModel.from_votes(replace(rankings, prior=0.0)) if isinstance(rankings, Votes) else rankings
    if model.noise.any():
        raise ValueError("the best of several is computed from recorded rankings: draw some from the model first")
    places = _Places(model)
    policy = np.full(model.alternatives, 1.0 / model.alternatives)
    step, values = 1.0, places.values(policy, answers)
    limit, done = 1.0 / (answers + 1.0) + tolerance, 0
    while values.max() > limit and done < iterations:
        policy, values, step = _extragradient(places, policy, values, answers, step)
        done += 1
    return BestOf(model.labels, answers, policy, values, done, bool(values.max() <= limit))


def _extragradient(
    places: _Places, policy: FloatArray, values: FloatArray, answers: int, step: float
) -> tuple[FloatArray, FloatArray, float]:
    """Take a step, as long as the values allow between the policy and where it looks ahead; return it with theirs."""
    while True:
        ahead = _projected(policy + step * values)
        found = places.values(ahead, answers)
        moved = float(np.linalg.norm(ahead - policy))
        changed = step * float(np.linalg.norm(found - values))
        if changed <= _MOST * moved:
            break
        step *= 0.5
    after = _projected(policy + step * found)
    return after, places.values(after, answers), step * (1.5 if changed < _LEAST * moved else 1.0)


def _projected(point: FloatArray) -> FloatArray:
    """Return the nearest policy."""
    above = np.sort(point)[::-1]
    thresholds = (np.cumsum(above) - 1.0) / np.arange(1, len(point) + 1)
    return np.asarray(np.maximum(point - thresholds[np.flatnonzero(above > thresholds)[-1]], 0.0))
