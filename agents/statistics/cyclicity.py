r"""How much of a tournament no rating can say: the Hodge decomposition of an antisymmetric table.

A table :math:`Y = -Y^\top` of log-odds (or of payoffs) is split into differences of potentials, which are the best
possible ratings, and the rest, which goes in circles (Jiang, Lim, Yao and Ye, "Statistical ranking and combinatorial
Hodge theory", Math. Programming 2011):

.. math:: \min_s \sum_{i<j} w_{ij} \left(Y_{ij} - (s_i - s_j)\right)^2, \qquad
          \text{cyclic share} = \frac{\sum w_{ij} (Y_{ij} - s_i + s_j)^2}{\sum w_{ij} Y_{ij}^2}.

0: ratings say everything; 1: rock–paper–scissors. Weights are inverse variances, those of pairs that never met are 0.
Chance alone gives a share above 0. With these weights the numerator is chi-squared with as many degrees of freedom as
there are independent cycles (pairs that met − agents + connected parts) if the truth has ratings; the p-value says
whether the circles are real.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components
from scipy.special import chdtrc

from agents.statistics.ratings import Comparisons

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class HodgeDecomposition:
    """``potential`` [n], mean 0 in each connected part; ``cyclic`` [n, n] = table − differences of potentials;
    ``share`` in [0, 1]; ``p_value`` of the hypothesis that there are ratings (1 if no cycle could be seen).
    """

    potential: FloatArray
    cyclic: FloatArray
    share: float
    p_value: float


def hodge_decomposition(table: ArrayLike, weights: ArrayLike | None = None) -> HodgeDecomposition:
    """Split an antisymmetric table into ratings and circles; the module states the problem that is solved.

    Parameters
    ----------
    table : log-odds, or what i wins from j. [n, n]
    weights : symmetric, inverse variances of the entries, 0 where there is none; all 1 by default. [n, n]

    Returns
    -------
    HodgeDecomposition
        ``potential`` [n], ``cyclic`` [n, n], the cyclic ``share`` in [0, 1], and the ``p_value`` of there being
        ratings.

    Raises
    ------
    ValueError
        If the table is not antisymmetric or the weights are not symmetric and at least 0.

    References
    ----------
    Jiang, Lim, Yao and Ye, "Statistical ranking and combinatorial Hodge theory", Mathematical Programming 127 (2011).

    Examples
    --------
    >>> import tamaya
    >>> tamaya.hodge_decomposition([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]).share
    1.0
    """
    values = np.asarray(table, dtype=np.float64)
    n = len(values)
    weight = np.ones((n, n)) if weights is None else np.array(weights, dtype=np.float64)
    np.fill_diagonal(weight, 0.0)
    if (weight < 0).any() or not np.array_equal(weight, weight.T):
        raise ValueError("weights must be symmetric and at least 0")
    known = weight > 0
    values = np.where(known, values, 0.0)
    if values.shape != (n, n) or weight.shape != (n, n) or not np.isfinite(values).all():
        raise ValueError(f"a table of {n} agents must be square and finite, like its weights")
    if np.abs(values + values.T).max(initial=0.0) > 1e-9 * max(1.0, np.abs(values).max(initial=0.0)):
        raise ValueError("the table must be antisymmetric: what i wins from j, j loses to i")
    laplacian = np.diag(weight.sum(axis=1)) - weight
    potential = np.linalg.pinv(laplacian, hermitian=True) @ (weight * values).sum(axis=1)
    cyclic = np.where(known, values - (potential[:, None] - potential[None, :]), 0.0)
    left = float((weight * cyclic**2).sum() / 2)
    total = float((weight * values**2).sum() / 2)
    parts = int(connected_components(known, directed=False, return_labels=False)) if n else 0
    freedom = int(known.sum()) // 2 - n + parts
    return HodgeDecomposition(
        potential,
        cyclic,
        share=min(1.0, left / total) if total > 0 else 0.0,
        p_value=float(chdtrc(freedom, left)) if freedom > 0 else 1.0,
    )


def log_odds(scores: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the log-odds of scores (wins plus half the draws of i against j, [n, n]) and their inverse variances.

    ``ln((s_ij + ½)/(s_ji + ½))`` with variance ``1/(s_ij + ½) + 1/(s_ji + ½)`` (Haldane 1956, Anscombe 1956); 0 with
    weight 0 for pairs that never met.
    """
    wins = np.array(scores, dtype=np.float64)
    np.fill_diagonal(wins, 0.0)
    met = wins + wins.T > 0
    table = np.where(met, np.log((wins + 0.5) / (wins.T + 0.5)), 0.0)
    variance = 1.0 / (wins + 0.5) + 1.0 / (wins.T + 0.5)
    return table, np.where(met, 1.0 / variance, 0.0)


def design_effect(comparisons: Comparisons, agents: int) -> float:
    """Return by how much deals that several groups of two agents share make the circles of chance larger; 1 or more.

    The mean of the numerator under the covariance of the log-odds that is clustered by deal, over that of independent
    comparisons (Rao and Scott, JASA 1981). Weights divided by it make the p-value right in the mean.
    """
    first, second = np.minimum(comparisons.first, comparisons.second), np.maximum(comparisons.first, comparisons.second)
    score = np.where(comparisons.first < comparisons.second, comparisons.score, 1.0 - comparisons.score)
    pairs, pair = np.unique(first * agents + second, return_inverse=True)
    deals, deal = np.unique(comparisons.deal, return_inverse=True)
    incidence = np.zeros((len(pairs), agents))
    incidence[np.arange(len(pairs)), pairs // agents], incidence[np.arange(len(pairs)), pairs % agents] = 1.0, -1.0
    freedom = len(pairs) - int(np.linalg.matrix_rank(incidence)) if len(pairs) else 0
    if freedom == 0 or len(deals) < 2:
        return 1.0
    games = np.bincount(pair, weights=comparisons.weight)
    won = np.bincount(pair, weights=comparisons.weight * score)
    variance = 1.0 / (won + 0.5) + 1.0 / (games - won + 0.5)
    parts = np.zeros((len(deals), len(pairs)))
    np.add.at(parts, (deal, pair), comparisons.weight * (score - (won / games)[pair]) * variance[pair])
    scaled, roots = parts / np.sqrt(variance), incidence / np.sqrt(variance)[:, None]
    circles = scaled - scaled @ roots @ np.linalg.pinv(roots)
    return max(1.0, float((circles**2).sum()) * len(deals) / (len(deals) - 1) / freedom)


def decided_cycles(superiority: ArrayLike, confidence: float = 0.95, limit: int = 20) -> list[tuple[int, int, int]]:
    """Return cycles of three, ``i`` beats ``j`` beats ``k`` beats ``i``, each win with at least this likelihood.

    ``superiority`` [n, n]: likelihood that i beats j. Every cycle is named once, from its lowest number; those whose
    weakest link is strongest first, ``limit`` at most.
    """
    beats = np.asarray(superiority, dtype=np.float64)
    n = len(beats)
    found = []
    for i in range(n):
        for j in range(i + 1, n):
            for k in range(j + 1, n):
                for cycle in ((i, j, k), (i, k, j)):
                    links = (beats[cycle[0], cycle[1]], beats[cycle[1], cycle[2]], beats[cycle[2], cycle[0]])
                    if min(links) >= confidence:
                        found.append((-min(links), cycle))
    return [cycle for _, cycle in sorted(found)[:limit]]
