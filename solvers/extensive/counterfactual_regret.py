r"""Counterfactual regret minimisation (CFR) and its descendants: one step, eight algorithms.

At every infoset, with counterfactual values ``v`` of the actions and ``r(a) = v(a) - <sigma, v>`` (Zinkevich et al.,
NeurIPS 2007),

.. math:: R \leftarrow d^\pm R + r \quad (\text{then } [R]^+ \text{ in the + family}), \qquad
          \sigma \propto [d' R + c\, r]^+ ,

uniform where that is zero. ``d+`` and ``d-`` discount the positive and negative regrets of the iterations before, ``c``
is the weight of the prediction that the next regret is like this one, ``d'`` the discount that ``R`` will meet then. At
iteration ``t = 1, 2, ...``, with ``u = t - 1``:

| name | d+ | d- | + | c | weight of the average | source |
|---|---|---|---|---|---|---|
| cfr | 1 | 1 | | 0 | 1 | Zinkevich et al. 2007 |
| cfr+ | 1 | – | yes | 0 | t | Tammelin, Burch, Johanson and Bowling, IJCAI 2015 |
| lcfr | u/(u+1) | u/(u+1) | | 0 | t | Brown and Sandholm, AAAI 2019 |
| dcfr | u^1.5/(u^1.5+1) | 1/2 | | 0 | t^2 | same |
| pcfr+ | 1 | – | yes | 1 | t^5 (there t^2) | Farina, Kroer and Sandholm, AAAI 2021 |
| dcfr+ | u^1.5/(u^1.5+1.5) | – | yes | 0 | t^4 | Xu et al., IJCAI 2024 |
| pdcfr+ | u^2.3/(u^2.3+1) | – | yes | 1 | t^5 | same |
| sapcfr+ | 1 | – | yes | 1/3 | t^5 (there t^2) | Meng et al., AAAI 2026 (asymmetry 2: c = 1/(1+2)) |

The policy returned is the average, weighted as in the table, of the realisation weights played; the power of t is the
parameter ``averaging``. The last iterate of the predictive variants is mostly much better than those before, which t^2
drags along: t^5 gains orders of magnitude on small games and loses little elsewhere (docs/extensive_games.md; Zhang,
McAleer and Sandholm, AAAI 2026, go further: ``solvers.extensive.scheduled_regret``). All have
exploitability ``O(1/sqrt(T))`` in theory and mostly do far better. In alternating play, which is the default, player 0
moves first. The iterates of ``cfr`` and ``cfr+`` are those of OpenSpiel's solvers. An initial policy is the first
iterate and no more: regrets start at zero, and what they then say of a single iteration is mostly worse than the policy
was.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from games._base.jit import borrowed, kernel
from solvers.extensive.algorithm import Algorithm, Numbers, Settings
from solvers.extensive.state import MEMORY, PARAMETER, POLICY, STEP_TYPE, VALUES
from solvers.updates import mean_value, regret_matching_update

FloatArray = NDArray[np.float64]

REGRET = MEMORY

# The numbers of an iteration.
POSITIVE = PARAMETER  # d+
NEGATIVE = PARAMETER + 1  # d-
LEAST = PARAMETER + 2  # regrets are cut off below: 0 in the + family, -inf otherwise
PREDICTION = PARAMETER + 3  # c
NEXT = PARAMETER + 4  # d'

_LEAST = 1e-300  # of a sum of regrets: the quotients of smaller ones, which very deep games have, are no numbers
_index = np.uint64  # see solvers.extensive.evaluation
_ONE = _index(1)


@kernel(STEP_TYPE)
def step(parent, first, state, numbers):
    """Take one step: a sweep from the leaves (``solvers.extensive.state.STEP_TYPE``)."""
    state = borrowed(state)
    values, policy, regrets = state[VALUES], state[POLICY], state[REGRET]
    rule = numbers[POSITIVE], numbers[NEGATIVE], numbers[LEAST], numbers[PREDICTION], numbers[NEXT]
    for i in range(parent.shape[0] - 1, -1, -1):
        start, stop = _index(first[i]), _index(first[i + 1])
        if start + _ONE == stop:  # a forced move
            policy[start] = 1.0
            values[_index(parent[i])] += values[start]
            continue
        mean = mean_value(policy, values, start, stop)
        values[_index(parent[i])] += mean
        total = regret_matching_update(values, mean, False, rule, start, stop, regrets, policy)
        if total > _LEAST:
            scale = 1.0 / total
            for s in range(start, stop):
                policy[s] *= scale
        else:
            for s in range(start, stop):
                policy[s] = 1.0 / (stop - start)


def _no_discount(t: FloatArray) -> FloatArray:
    return np.ones_like(t)


def discounting(exponent: float, offset: float) -> Callable[[FloatArray], FloatArray]:
    """Return ``t^exponent / (t^exponent + offset)``."""
    return lambda t: np.asarray(t**exponent / (t**exponent + offset))


def numbers_of(
    discount: Callable[[FloatArray], FloatArray] = _no_discount,
    negative: float | None = None,
    plus: bool = True,
    prediction: float = 0.0,
) -> Numbers:
    """Return the numbers of a variant; ``discount(t - 1)`` is d+ of iteration t, and d- where ``negative`` is None."""

    def numbers(settings: Settings, first: int, count: int) -> FloatArray:
        before = np.arange(first - 1, first + count - 1, dtype=np.float64)
        out = np.empty((count, 5))
        out[:, 0] = discount(before)
        out[:, 1] = out[:, 0] if negative is None else negative
        out[:, 2] = 0.0 if plus else -np.inf
        out[:, 3] = prediction
        out[:, 4] = discount(before + 1.0) if prediction else 1.0
        return out

    return numbers


def _variant(
    name: str,
    title: str,
    source: str,
    exponent: float,
    *,
    discount: Callable[[FloatArray], FloatArray] = _no_discount,
    negative: float | None = None,
    plus: bool = True,
    prediction: float = 0.0,
) -> Algorithm:
    return Algorithm(
        name=name,
        title=title,
        source=source,
        step=step,
        numbers=numbers_of(discount, negative, plus, prediction),
        memory=1,
        parameters={"averaging": exponent},
        limits={"averaging": (0.0, 50.0)},
    )


_CFR = "Zinkevich et al., NeurIPS 2007"
_DISCOUNTED = "Brown and Sandholm, AAAI 2019"
_PREDICTIVE = "Farina, Kroer and Sandholm, AAAI 2021"
_WEIGHTED = "Xu et al., IJCAI 2024"
_ASYMMETRIC = "Meng et al., AAAI 2026"

ALGORITHMS = (
    _variant("cfr", "counterfactual regret minimisation", _CFR, 0.0, plus=False),
    _variant("cfr+", "CFR+", "Tammelin et al., IJCAI 2015", 1.0),
    _variant("lcfr", "linear CFR", _DISCOUNTED, 1.0, discount=discounting(1.0, 1.0), plus=False),
    _variant("dcfr", "discounted CFR", _DISCOUNTED, 2.0, discount=discounting(1.5, 1.0), negative=0.5, plus=False),
    _variant("pcfr+", "predictive CFR+", _PREDICTIVE, 5.0, prediction=1.0),
    _variant("dcfr+", "discounted CFR+", _WEIGHTED, 4.0, discount=discounting(1.5, 1.5)),
    _variant("pdcfr+", "predictive discounted CFR+", _WEIGHTED, 5.0, discount=discounting(2.3, 1.0), prediction=1.0),
    _variant("sapcfr+", "simplified asymmetric predictive CFR+", _ASYMMETRIC, 5.0, prediction=1.0 / 3.0),
)
