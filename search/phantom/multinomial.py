r"""Multinomial counts: how often each of a few things comes up in many draws, without making the draws.

The count of one category among ``n`` draws is binomial, and the counts of the others, given it, are multinomial among
the remaining draws. A binomial count is found by inversion: the probabilities of the counts, in the order mode, one
above, one below, two above, ..., are subtracted from one uniform number until nothing is left of it. Any order gives
the right distribution; from the mode it takes about as many steps as the standard deviation is large. The first
probability comes from logarithms of factorials, the others from ratios

.. math:: P(k + 1) / P(k) = (n - k) / (k + 1) \cdot p / (1 - p).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable
from games._base.rng import draw, uniform


def log_factorials(count: int) -> npt.NDArray[np.float64]:
    """Return ``log(k!)`` for ``k`` = 0 .. count, which the functions here take."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1.0, count + 1.0)))])


@jitable
def binomial(count, probability, number, logarithms):
    """Return the binomial count that a number in [0, 1) stands for; ``logarithms``: ``log_factorials`` up to there."""
    if probability <= 0.0 or count == 0:
        return 0
    if probability >= 1.0:
        return count
    mode = min(count, np.int64((count + 1) * probability))
    density = logarithms[count] - logarithms[mode] - logarithms[count - mode]
    density += mode * np.log(probability) + (count - mode) * np.log1p(-probability)
    above = below = np.exp(density)
    number -= above
    odds = probability / (1.0 - probability)
    high, low = mode, mode
    while number >= 0.0:
        if high == count and low == 0:
            return mode  # all probabilities together fall short of 1 by rounding errors
        if high < count:
            above *= odds * (count - high) / (high + 1)
            high += 1
            number -= above
            if number < 0.0:
                return high
        if low > 0:
            below *= low / (odds * (count - low + 1))
            low -= 1
            number -= below
            if number < 0.0:
                return low
    return mode


@jitable
def multinomial(count, weights, key, logarithms, out):
    """Write how often each category comes up in ``count`` draws; the ``i``-th category uses the ``i``-th number.

    ``weights``, ``out`` : [categories], probabilities in any unit, at least one of them positive; counts.
    """
    left = 0.0
    last = 0
    for i in range(weights.shape[0]):
        left += weights[i]
        out[i] = 0
        if weights[i] > 0.0:
            last = i
    for i in range(last):
        if count == 0:
            return
        out[i] = binomial(count, weights[i] / left, uniform(draw(key, i)), logarithms)
        count -= out[i]
        left -= weights[i]
    out[last] += count
