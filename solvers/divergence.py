r"""Kullback-Leibler divergences without cancellation: sums whose every term is at least 0.

For policies ``p`` and ``b``, which both sum to 1,

.. math:: KL(p\,\|\,b) = \sum_a p(a)\, r(a) = \sum_a p(a) \bigl(e^{-r(a)} - 1 + r(a)\bigr), \qquad r = \log p - \log b,

because ``sum p e^-r = sum b = 1 = sum p``. In the first sum terms of both signs cancel: near equilibrium its rounding
error, about ``1e-16``, is larger than the divergence, which is of the order ``r^2``. In the second nothing cancels: the
relative error is that of ``r``, twice, and so a divergence of ``1e-30`` means what it says. It also forgives sums
that are 1 only up to rounding: a factor ``1 + c`` changes it by ``c^2``, not by ``c``.
"""

from __future__ import annotations

import math

from games._base.jit import jitable

SERIES = 0.125  # below, the series; above, expm1 loses less than four bits
_TERMS = tuple(2.0 * (-1.0) ** k / math.factorial(k + 2) for k in range(11))  # the twelfth is below 1e-19


@jitable
def divergence_series(r):
    """Return ``e^-r - 1 + r`` for ``|r|`` up to ``SERIES``."""
    series = _TERMS[10]
    series = series * r + _TERMS[9]
    series = series * r + _TERMS[8]
    series = series * r + _TERMS[7]
    series = series * r + _TERMS[6]
    series = series * r + _TERMS[5]
    series = series * r + _TERMS[4]
    series = series * r + _TERMS[3]
    series = series * r + _TERMS[2]
    series = series * r + _TERMS[1]
    series = series * r + _TERMS[0]
    return 0.5 * r * r * series


@jitable
def divergence_term(p, log_p, log_b):
    """Return ``p (e^-r - 1 + r)`` with ``r = log_p - log_b``, which is ``b`` where ``p = exp(log_p)`` is 0.

    ``-inf`` stands for the logarithm of 0; where ``b`` is 0 and ``p`` is not, the term is infinite. NaN goes through.
    """
    if p == 0.0:
        return math.exp(log_b)
    r = log_p - log_b
    if abs(r) <= SERIES:
        return p * divergence_series(r)
    if r < -1.0:
        return math.exp(log_b) - p * (1.0 - r)  # p e^-r, which may be infinite though b is not
    return p * (math.expm1(-r) + r)


@jitable
def divergence(p, log_p, log_b):
    """Return ``KL(p || b)`` of policies [actions]; see ``divergence_term``."""
    total = 0.0
    for a in range(p.shape[0]):
        total += divergence_term(p[a], log_p[a], log_b[a])
    return total
