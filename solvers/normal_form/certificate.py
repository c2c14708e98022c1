r"""Certificates: the exact distance of a policy from equilibrium, from one product with the game.

With action values ``q`` against the opponent, a player's best response in the game regularised by beta is
``b ~ mu exp(q / beta)``, and what it gains is exactly ``beta KL(pi || b)`` – a form without cancellation, so that gaps
far below 1e-9 mean what they say. At ``beta = 0`` the gain is ``max_y q(y) - <pi, q>``. The duality gap is the sum of
both players' gains (twice the one player's in a symmetric game), and 0 exactly at equilibrium.
"""

from __future__ import annotations

import math

from games._jit import jitable, kernel
from solvers.normal_form.products import action_values


@jitable
def _regularised_gain(log_policy, probability, values, reference, beta):
    top = -math.inf
    for a in range(values.shape[0]):
        if reference[a] > -math.inf:
            top = max(top, reference[a] + values[a] / beta)
    total = 0.0
    for a in range(values.shape[0]):
        if reference[a] > -math.inf:
            total += math.exp(reference[a] + values[a] / beta - top)
    shift = top + math.log(total)
    gain = 0.0
    for a in range(values.shape[0]):
        if probability[a] > 0.0:
            gain += probability[a] * (log_policy[a] - (reference[a] + values[a] / beta - shift))
    return beta * max(gain, 0.0)


@jitable
def _gain(probability, values, reference):
    """Return ``max q - <pi, q>`` over the actions that exist, as ``sum_a pi(a) (max q - q(a))``: never negative."""
    top = -math.inf
    for a in range(values.shape[0]):
        if reference[a] > -math.inf:
            top = max(top, values[a])
    gain = 0.0
    for a in range(values.shape[0]):
        if probability[a] > 0.0:
            gain += probability[a] * (top - values[a])
    return gain


@jitable
def _divergence(log_policy, target):
    """Return ``KL(target || policy)``; ``target`` are probabilities."""
    total = 0.0
    for a in range(target.shape[0]):
        if target[a] > 0.0:
            total += target[a] * (math.log(target[a]) - log_policy[a])
    return max(total, 0.0)


@jitable
def gains(log_policy, probability, values, reference, beta, first):
    """Return (duality gap, exploitability) of a policy [actions] whose action values are known."""
    gap = 0.0
    exploitability = 0.0
    actions = values.shape[0]
    start, stop = 0, first
    while start < actions:
        block = slice(start, stop)
        gain = _gain(probability[block], values[block], reference[block])
        exploitability += gain
        if beta > 0.0:
            gap += _regularised_gain(log_policy[block], probability[block], values[block], reference[block], beta)
        else:
            gap += gain
        start, stop = stop, actions
    if first == actions:
        return 2.0 * gap, exploitability
    return gap, 0.5 * exploitability


@kernel
def certify(row, column, log_policy, probability, values, known, log_reference, beta, target, out, start, stop):
    """Write ``out`` [games, 3] for games ``start .. stop - 1``: duality gap, exploitability, KL(target || policy).

    ``values`` [games, actions] are read if ``known``, else computed into it. ``target`` [games, actions], or no rows:
    the divergence is then NaN.
    """
    for game in range(start, stop):
        first = row.shape[1]
        if not known:
            action_values(row[game], column[game], probability[game], values[game])
        gap, exploitability = gains(log_policy[game], probability[game], values[game], log_reference[game], beta, first)
        out[game, 0] = gap
        out[game, 1] = exploitability
        out[game, 2] = _divergence(log_policy[game], target[game]) if target.shape[0] > 0 else math.nan
