r"""Bradley–Terry ratings with a prior: one number an agent, with the covariance that differences need.

Agent i beats j with probability :math:`\sigma(r_i - r_j)`, :math:`\sigma(x) = 1/(1 + e^{-x})` (Bradley and Terry,
Biometrika 1952; on the scale :math:`400/\ln 10` these are Elo's numbers). With scores :math:`s_{ij}` (wins plus half
the draws of i against j) the ratings maximise

.. math:: \sum_{i \ne j} s_{ij} \ln \sigma(r_i - r_j)
          + \tfrac{v}{2} \sum_i \left[\ln \sigma(r_i) + \ln \sigma(-r_i)\right],

where the second sum is the prior: every agent drew v games against an average player of rating 0. It makes the maximum
unique and finite, for agents that never lost too and for fields that fall apart, and its weight fades as games are
played. The objective is strictly concave; Newton's method with step halving finds the maximum to rounding.

The covariance is that of estimating equations clustered by deal (Liang and Zeger, Biometrika 1986): games of one deal
are not independent, be it because pairs share its chance outcomes or because agents have something in common.
With the gradient :math:`g_d` of what deal d contributes and the negative Hessian :math:`H`,

.. math:: H^{-1} \Big[ \tfrac{D}{D-1} \sum_d (g_d - \bar g)(g_d - \bar g)^\top
          + \mathrm{diag}\big( \tfrac{v}{2} [\sigma(r_i)^2 + \sigma(-r_i)^2] \big) \Big] H^{-1}.

The second term is the prior's: half of the virtual draws won and half lost, so that of an agent that never lost nothing
is known for sure. Scores alone, without deals, have the inverse of :math:`H` instead (asymptotic normality; the Laplace
approximation of the posterior), which takes every game for independent and a draw for half a win and half a loss. Only
differences of ratings mean anything: their standard errors come from the whole covariance, never from adding up single
ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit, ndtr, ndtri, stdtrit

FloatArray = NDArray[np.float64]

ELO = 400.0 / math.log(10.0)
"""Elo points in one unit of log-odds."""

VIRTUAL_DRAWS = 2.0
"""Draws of every agent against the average player, by default."""


class Comparisons(NamedTuple):
    """Groups of games of two agents each: what the ``first`` agent scored against the ``second`` – 1 won, ½ drawn, 0
    lost –, how much it counts, and the deal. [groups] each.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    score: FloatArray
    weight: FloatArray
    deal: NDArray[np.int64]

    def table(self, agents: int) -> FloatArray:
        """Return wins plus half the draws of i against j. [n, n]"""
        found = np.zeros((agents, agents))
        np.add.at(found, (self.first, self.second), self.weight * self.score)
        np.add.at(found, (self.second, self.first), self.weight * (1.0 - self.score))
        return found


@dataclass(frozen=True)
class Ratings:
    """Ratings in Elo points, mean 0, and their covariance [n, n] about that mean; ``deals`` that it was found from."""

    elo: FloatArray
    covariance: FloatArray
    deals: int | None = None

    @property
    def standard_errors(self) -> FloatArray:
        """Of each rating relative to the field's mean. [n]"""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def intervals(self, confidence: float = 0.95) -> FloatArray:
        """Return [n, 2]: intervals of the ratings relative to the field's mean, Student's where deals are known."""
        upper = 0.5 + confidence / 2
        factor = ndtri(upper) if self.deals is None else stdtrit(max(self.deals - 1, 1), upper)
        margin = float(factor) * self.standard_errors
        return np.stack([self.elo - margin, self.elo + margin], axis=1)

    def differences(self) -> tuple[FloatArray, FloatArray]:
        """Return differences ``elo[i] − elo[j]`` and their standard errors, [n, n] both."""
        return differences(self.elo, self.covariance)

    def superiority(self) -> FloatArray:
        """Return the likelihood that i is rated above j, ``Φ(difference / standard error)``, ½ on the diagonal."""
        return likelihood_of_superiority(*self.differences())


def differences(values: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return all differences ``values[i] − values[j]`` and their standard errors from the covariance, [n, n] both."""
    variances = np.diag(covariance)
    squared = variances[:, None] + variances[None, :] - 2 * covariance
    return values[:, None] - values[None, :], np.sqrt(np.maximum(squared, 0.0))


def likelihood_of_superiority(difference: FloatArray, standard_error: FloatArray) -> FloatArray:
    """Return ``Φ(difference / standard error)``; where the error is 0, 0 or 1, or ½ if there is no difference."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(difference == 0.0, 0.0, difference / standard_error)
    return np.asarray(ndtr(ratio))


def bradley_terry(scores: ArrayLike, virtual_draws: float = VIRTUAL_DRAWS) -> Ratings:
    """Return the Bradley–Terry ratings of agents, in Elo points; the module states the model and its prior.

    Parameters
    ----------
    scores : wins plus half the draws of i against j; weights other than whole numbers are allowed, the diagonal is
        ignored. [n, n]
    virtual_draws : the prior, more than 0: so many draws of every agent against an average player.

    Returns
    -------
    Ratings
        ``elo`` [n], mean 0, and ``covariance`` [n, n], from which ``differences()`` and ``superiority()`` follow.

    Raises
    ------
    ValueError
        For scores that are negative or not square, and for a prior that is not positive.

    References
    ----------
    Bradley and Terry, "Rank analysis of incomplete block designs", Biometrika 39 (1952).

    Examples
    --------
    >>> import tamaya
    >>> tamaya.bradley_terry([[0, 30], [10, 0]]).elo.round(1).tolist()
    [92.4, -92.4]
    """
    rating, hessian = _maximum(scores, virtual_draws)
    return _ratings(rating, np.asarray(np.linalg.inv(hessian), dtype=np.float64))


def clustered(comparisons: Comparisons, agents: int, virtual_draws: float = VIRTUAL_DRAWS) -> Ratings:
    """Return the ratings that ``bradley_terry`` finds, with the covariance clustered by deal.

    With a single deal there is no covariance but that of independent games.
    """
    rating, hessian = _maximum(comparisons.table(agents), virtual_draws)
    bread = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    deals, place = np.unique(comparisons.deal, return_inverse=True)
    if len(deals) < 2:
        return _ratings(rating, bread)
    first, second = comparisons.first, comparisons.second
    beyond = comparisons.weight * (comparisons.score - expit(rating[first] - rating[second]))
    gradients = np.zeros((len(deals), agents))
    np.add.at(gradients, (place, first), beyond)
    np.add.at(gradients, (place, second), -beyond)
    gradients -= gradients.mean(axis=0)
    prior = virtual_draws / 2 * (expit(rating) ** 2 + expit(-rating) ** 2)
    meat = gradients.T @ gradients * (len(deals) / (len(deals) - 1)) + np.diag(prior)
    return _ratings(rating, bread @ meat @ bread, len(deals))


def _ratings(rating: FloatArray, covariance: NDArray[np.floating[Any]], deals: int | None = None) -> Ratings:
    centre = np.eye(len(rating)) - 1.0 / len(rating)
    return Ratings(ELO * (centre @ rating), ELO**2 * (centre @ covariance @ centre), deals)


def _maximum(scores: ArrayLike, virtual_draws: float) -> tuple[FloatArray, FloatArray]:
    """Return the ratings in log-odds, and the negative Hessian there."""
    wins = np.array(scores, dtype=np.float64)
    if wins.ndim != 2 or wins.shape[0] != wins.shape[1] or len(wins) == 0:
        raise ValueError(f"scores must be a square table of agents against agents, not of shape {wins.shape}")
    if not (np.isfinite(wins).all() and (wins >= 0).all()):
        raise ValueError("scores are wins and half draws: finite numbers, none below 0")
    if not (math.isfinite(virtual_draws) and virtual_draws > 0):
        raise ValueError(
            f"the prior must be more than 0 virtual draws, not {virtual_draws}: an unbeaten agent needs it"
        )
    np.fill_diagonal(wins, 0.0)
    rating = np.zeros(len(wins))
    value = _objective(rating, wins, virtual_draws)
    for _ in range(200):
        gradient, hessian = _derivatives(rating, wins, virtual_draws)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (tried := _objective(rating + size * step, wins, virtual_draws)) < value and size > 1e-12:
            size /= 2
        rating, value = rating + size * step, max(tried, value)
        if float(np.abs(size * step).max()) < 1e-12 * (1.0 + float(np.abs(rating).max())):
            break
    return rating, _derivatives(rating, wins, virtual_draws)[1]


def _objective(rating: FloatArray, wins: FloatArray, draws: float) -> float:
    prior = draws / 2 * float((log_expit(rating) + log_expit(-rating)).sum())
    return float((wins * log_expit(rating[:, None] - rating[None, :])).sum()) + prior


def _derivatives(rating: FloatArray, wins: FloatArray, draws: float) -> tuple[FloatArray, FloatArray]:
    """Return the gradient [n] and the negative Hessian [n, n], which is positive definite."""
    expected = expit(rating[:, None] - rating[None, :])
    games = wins + wins.T
    gradient = (wins - games * expected).sum(axis=1) + draws * (0.5 - expit(rating))
    weights = games * expected * (1.0 - expected)
    own = draws * expit(rating) * expit(-rating)
    return gradient, np.diag(weights.sum(axis=1) + own) - weights
