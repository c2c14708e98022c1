r"""Linear combinations of cell means where cells share deals: standard errors from what each deal contributes.

Every pairing of a tournament, and every team of a cross-play matrix, may play the same deals; then the cells of the
matrix are not independent, and adding up their variances is wrong either way. For cells with means :math:`m_c` of
:math:`n_c` observations and an estimate :math:`\sum_c w_c m_c`, deal d contributes

.. math:: u_d = \sum_c \frac{w_c}{n_c} \sum_{o \in c,\, \mathrm{deal}(o) = d} (x_o - m_c), \qquad
          \widehat{\mathrm{Var}} = \frac{D}{D - 1} \sum_d u_d^2

(the cluster-robust variance of Liang and Zeger, Biometrika 1986). With one cell and one observation a deal this is
the usual :math:`s^2/n`; where all cells play all deals, it is that of the deals' own weighted means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from agents.statistics.paired import DRAW, Interval

FloatArray = NDArray[np.float64]


class CellMeans:
    """Means of cells and the covariance of any linear combinations of them.

    ``cells`` is a list of (deals [n], values [n]), n ≥ 1 each.
    """

    def __init__(self, cells: Sequence[tuple[NDArray[np.int64], FloatArray]]) -> None:
        if any(len(values) == 0 for _, values in cells):
            raise ValueError("the mean of no values is not defined")
        self.means = np.array([float(values.mean()) for _, values in cells])
        numbers = np.unique(np.concatenate([deals for deals, _ in cells])) if cells else np.empty(0, dtype=np.int64)
        self.deals = len(numbers)
        self._deals_of = np.array([len(np.unique(deals)) for deals, _ in cells], dtype=np.int64)
        self._contributions = np.zeros((self.deals, len(cells)))
        for cell, (deals, values) in enumerate(cells):
            places = np.searchsorted(numbers, deals)
            np.add.at(self._contributions[:, cell], places, (values - self.means[cell]) / len(values))

    def combine(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the combinations [k] of the cell means with weights [k, cells], and their covariance matrix [k, k].

        The covariance is NaN where there is only one deal.
        """
        weights = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        estimates = weights @ self.means
        if self.deals < 2:
            return estimates, np.full((len(weights), len(weights)), np.nan)
        parts = self._contributions @ weights.T
        return estimates, np.asarray(parts.T @ parts * (self.deals / (self.deals - 1)))

    def intervals(
        self, weights: FloatArray, confidence: float = 0.95, bounds: tuple[float, float] | None = None
    ) -> list[Interval]:
        """Return the combinations with t intervals, of as many degrees of freedom as deals less one.

        ``bounds``: low and high of an observation. They clip the intervals, and are what these are made from where all
        deals say the same, as in ``mean_interval`` (with the fewest deals of a cell that counts). Without bounds there
        are no limits (NaN) where the variance is 0: equal observations say nothing about their spread.
        """
        found = self._students(weights, confidence)
        if bounds is None:
            return found
        table = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        return [self._within(one, row, confidence, bounds) for one, row in zip(found, table, strict=True)]

    def _within(self, found: Interval, weights: FloatArray, confidence: float, bounds: tuple[float, float]) -> Interval:
        """Return the interval of one combination, clipped to what it can be."""
        ends = np.sort(np.outer(bounds, weights), axis=0).sum(axis=1)
        lowest, highest = float(ends[0]), float(ends[1])
        spread = np.abs(self._contributions @ weights).max() * self.deals
        if spread > DRAW:
            return Interval(found.value, found.standard_error, max(lowest, found.low), min(highest, found.high))
        counted = self._deals_of[weights != 0.0]
        unseen = 1.0 - ((1.0 - confidence) / 2) ** (1.0 / int(counted.min())) if len(counted) else 0.0
        low, high = found.value - unseen * (found.value - lowest), found.value + unseen * (highest - found.value)
        return Interval(found.value, found.standard_error, low, high)

    def _students(self, weights: FloatArray, confidence: float) -> list[Interval]:
        estimates, covariance = self.combine(weights)
        errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        factor = float(stdtrit(self.deals - 1, 0.5 + confidence / 2)) if self.deals > 1 else math.nan
        margins = np.where(errors > 0.0, factor * errors, np.nan)
        return [
            Interval(float(value), float(error), float(value - margin), float(value + margin))
            for value, error, margin in zip(estimates, errors, margins, strict=True)
        ]
