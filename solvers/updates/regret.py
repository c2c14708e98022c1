r"""Regret matching and its descendants: one update, told apart by five numbers.

With action values ``q``, the policy ``pi`` that met them and the regrets ``r(a) = q(a) - <pi, q>``,

.. math:: R \leftarrow \max(d^\pm R + r,\ l), \qquad \pi'(a) \propto [d' R(a) + c\, r(a)]^+

(Hart and Mas-Colell, "A simple adaptive procedure leading to correlated equilibrium", Econometrica 2000). The numbers
are a tuple ``(d+, d-, l, c, d')``: ``d+`` and ``d-`` discount the positive and the negative regrets of the iterations
before (Brown and Sandholm, AAAI 2019), ``l`` is the least regret – 0 forgets what is below (regret matching+, Tammelin
et al., IJCAI 2015), minus infinity nothing –, ``c`` is the weight of the prediction that the next regret is like this
one (Farina, Kroer and Sandholm, AAAI 2021), ``d'`` the discount that ``R`` will meet then. The table of all variants,
which are those of counterfactual regret minimisation, is in ``solvers.extensive.counterfactual_regret``.

Actions are ``start .. stop - 1`` of arrays that may hold many decision points. Everything here is put into the loops of
its callers as it stands (``inline``), because a call would cost as much as a decision point of three actions; for the
same reason the arrays of a kernel should be ``borrowed``.
"""

from __future__ import annotations

import math

from games._base.jit import jitable

REGRET_MATCHING = (1.0, 1.0, -math.inf, 0.0, 1.0)
REGRET_MATCHING_PLUS = (1.0, 1.0, 0.0, 0.0, 1.0)
PREDICTIVE_REGRET_MATCHING_PLUS = (1.0, 1.0, 0.0, 1.0, 1.0)


@jitable(inline="always")
def mean_value(policy, values, start, stop):
    """Return ``<policy, values>``."""
    mean = 0.0
    for a in range(start, stop):
        mean += policy[a] * values[a]
    return mean


@jitable(inline="always")
def regret_matching_update(values, mean, sum_first, rule, start, stop, regrets, policy):
    """Add the regrets ``values - mean`` to ``regrets`` and write the next policy times a number, which is returned.

    ``rule`` is ``(d+, d-, l, c, d')`` of the module. The number is the sum of the positive parts, 0 if there are none;
    dividing by it is left to the caller (``normalise_weights``). ``sum_first`` is the order of rounding: ``(R + q) -
    mean`` or ``R + (q - mean)``, between which there is nothing to choose but to stay with one.
    """
    positive, negative, least, prediction, following = rule
    total = 0.0
    for a in range(start, stop):
        regret = regrets[a]
        kept = (positive if regret > 0.0 else negative) * regret
        advantage = values[a] - mean
        regret = max(kept + values[a] - mean if sum_first else kept + advantage, least)
        regrets[a] = regret
        weight = max(following * regret + prediction * advantage, 0.0)
        policy[a] = weight
        total += weight
    return total


@jitable(inline="always")
def normalise_weights(weights, total, start, stop):
    """Divide weights by their sum in place; where it is 0 they become uniform."""
    for a in range(start, stop):
        weights[a] = weights[a] / total if total > 0.0 else 1.0 / (stop - start)
