r"""Hyperparameter schedules: discounts and averages of counterfactual regret minimisation that change on the way.

Discounted CFR has three exponents, constant ones (``solvers.extensive.counterfactual_regret``). Zhang, McAleer and
Sandholm ("Faster game solving via hyperparameter schedules", AAAI 2026, arXiv 2404.09097, equations 2 to 4) let them
move over a planned number ``n`` of iterations: begin by forgetting nearly everything, trust later iterates more and
more. With ``u = t - 1`` the iterations done before iteration ``t``, cumulative regrets ``R``, realisation weights ``x``
and the sum ``X`` of the average,

.. math:: R \leftarrow d^\pm(u)\, R + r, \qquad X \leftarrow \left(\frac{u}{u+1}\right)^{\gamma(u)} X + x, \qquad
          d^+ = \frac{u^{\alpha(u)}}{u^{\alpha(u)} + 1}, \quad d^- = \frac{u^{\beta(u)}}{u^{\beta(u)} + 1},

.. math:: \alpha(u) = 1 + 3u/n, \qquad \beta(u) = -1 - 2u/n, \qquad \gamma(u) = \gamma_0 - 5u/n .

``hs-dcfr`` has all three. ``hs-pcfr+`` and ``hs-pdcfr+`` have only ``gamma``, with the regrets of ``pcfr+`` and
``pdcfr+`` (discount exponent 2.3) as they are. ``gamma`` is ``gamma_0``, 30 or 15 in the paper. ``horizon`` is ``n``,
by default the iterations that are asked for; after it the exponents stay what they are there. A run of another horizon
is another run from its first iteration on, so that one with more iterations does not go on from it.

**The weight of iteration t**, relative to the first, follows from the product of the factors between; with
``sum_{s<t} s log((s+1)/s) = t log t - log t!`` it is, up to ``t = n + 1``,

.. math:: \log w_t = \gamma_0 \log t - \frac{5}{n} (t \log t - \log t!) .

**What is known.** ``hs-pcfr+`` converges like ``1/sqrt(T)`` in simultaneous play, by the argument of Tammelin et al.
(IJCAI 2015) for linear weights. Regret matching+ has ``r_t(a) <= Q_t(a) - Q_{t-1}(a)`` for its cumulative regrets
``Q >= 0``, whence ``sum w_t r_t(a) <= w_T Q_T(a)`` for weights that do not fall (summation by parts); that includes
predictive play, where ``Q_T = O(sqrt(T))``, too (Farina, Kroer and Sandholm, AAAI 2021). As ``w_t / w_T >=
(t/T)^gamma_0`` the weights sum to at least ``w_T T / (gamma_0 + 1)``: the bound on the exploitability is
``gamma_0 + 1`` times that of uniform weights. In alternating play, the default, and for the discounts of ``hs-dcfr``
and ``hs-pdcfr+`` no theorem is claimed here; the exploitability, which is exact, says how far a run got. How they
compare is in docs/extensive_games.md.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from solvers.extensive.algorithm import HORIZON, Algorithm, Numbers, Settings
from solvers.extensive.counterfactual_regret import discounting, numbers_of, step

FloatArray = NDArray[np.float64]

_FALL = 5.0  # of gamma, from the first iteration to the horizon
_SOURCE = "Zhang, McAleer and Sandholm, AAAI 2026"
_HORIZON = 1000.0  # where nobody says how many iterations there will be


def weights(settings: Settings, first: int, count: int) -> FloatArray:
    """Return the weights of iterations ``first .. first + count - 1`` in the average, [count]; iteration 1 has 1."""
    start, horizon = settings.parameters["gamma"], settings.parameters[HORIZON]
    if horizon % 1.0 != 0.0:
        raise ValueError(f"the horizon must be a whole number of iterations, not {horizon:g}")
    t = np.arange(first, first + count, dtype=np.float64)
    within = np.minimum(t, horizon)
    factorials = np.array([math.lgamma(value + 1.0) for value in within])
    logarithm = start * np.log(within) - _FALL / horizon * (within * np.log(within) - factorials)
    logarithm += (start - _FALL) * np.log(t / within)
    return np.asarray(np.exp(logarithm))


def discounts(settings: Settings, first: int, count: int) -> FloatArray:
    """Return d+ and d- of ``hs-dcfr`` with the other numbers of an iteration, [count, 5]."""
    before = np.arange(first - 1, first + count - 1, dtype=np.float64)
    share = np.minimum(before / settings.parameters[HORIZON], 1.0)
    out = np.empty((count, 5))
    positive = before ** (1.0 + 3.0 * share)
    out[:, 0] = positive / (positive + 1.0)
    out[:, 1] = 1.0 / (1.0 + before ** (1.0 + 2.0 * share))
    out[:, 2:] = -np.inf, 0.0, 1.0
    return out


def _scheduled(name: str, title: str, numbers: Numbers) -> Algorithm:
    return Algorithm(
        name=name,
        title=f"{title} with hyperparameter schedules",
        source=_SOURCE,
        step=step,
        numbers=numbers,
        memory=1,
        weights=weights,
        parameters={"gamma": 30.0, HORIZON: _HORIZON},
        limits={"gamma": (_FALL, 30.0), HORIZON: (1.0, 1e15)},
    )


ALGORITHMS = (
    _scheduled("hs-dcfr", "discounted CFR", discounts),
    _scheduled("hs-pcfr+", "predictive CFR+", numbers_of(prediction=1.0)),
    _scheduled("hs-pdcfr+", "predictive discounted CFR+", numbers_of(discounting(2.3, 1.0), prediction=1.0)),
)
