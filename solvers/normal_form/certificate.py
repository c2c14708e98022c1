r"""Certificates: the exact distance of a policy from equilibrium, from one product with the game.

With action values ``q`` against the opponent, a player's best response in the game regularised by beta is
``b ~ mu exp(q / beta)``, and what it gains is exactly ``beta KL(pi || b)`` – a form without cancellation, so that gaps
far below 1e-9 mean what they say. At ``beta = 0`` the gain is ``max_y q(y) - <pi, q>``. The duality gap is the sum of
both players' gains (twice the one player's in a symmetric game), and 0 exactly at equilibrium.
"""

from __future__ import annotations

import math

import numpy as np

from games._base.jit import jitable, kernel
from solvers.exponential import exponentials
from solvers.normal_form.products import action_values
from solvers.normal_form.state import AVERAGE, POLICY, PROBABILITY


@jitable
def _regularised_gain(log_policy, probability, values, reference, beta, scratch):
    best, weights = scratch[0, : values.shape[0]], scratch[1, : values.shape[0]]
    top = -math.inf
    for a in range(values.shape[0]):
        best[a] = reference[a] + values[a] / beta
        top = max(top, best[a])
    exponentials(best, top, weights)
    total = 0.0
    for a in range(values.shape[0]):
        total += weights[a]
    shift = top + math.log(total)
    gain = 0.0
    for a in range(values.shape[0]):
        if probability[a] != 0.0:  # NaN goes on into the gap
            gain += probability[a] * (log_policy[a] - (best[a] - shift))
    return 0.0 if gain < 0.0 else beta * gain


@jitable
def _gain(probability, values, reference):
    """Return ``max q - <pi, q>`` over the actions that exist, as ``sum_a pi(a) (max q - q(a))``: never negative."""
    top = -math.inf
    for a in range(values.shape[0]):
        if reference[a] > -math.inf:
            top = max(top, values[a])
    gain = 0.0
    for a in range(values.shape[0]):
        if probability[a] != 0.0:  # NaN goes on into the gap
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
def gains(log_policy, probability, values, reference, beta, first, scratch):
    """Return (duality gap, exploitability) of a policy [actions] whose action values are known.

    ``scratch`` [2, actions] is overwritten.
    """
    gap = 0.0
    exploitability = 0.0
    actions = values.shape[0]
    start, stop = 0, first
    while start < actions:
        log_block, block = log_policy[start:stop], probability[start:stop]
        value_block, reference_block = values[start:stop], reference[start:stop]
        gain = _gain(block, value_block, reference_block)
        exploitability += gain
        if beta > 0.0:
            gap += _regularised_gain(log_block, block, value_block, reference_block, beta, scratch)
        else:
            gap += gain
        start, stop = stop, actions
    if first == actions:
        return 2.0 * gap, exploitability
    return gap, 0.5 * exploitability


@jitable
def _certify_one(log_policy, probability, values, reference, beta, first, target, game, scratch, out):
    out[0], out[1] = gains(log_policy, probability, values, reference, beta, first, scratch)
    out[2] = _divergence(log_policy, target[game]) if target.shape[0] > 0 else math.nan


@kernel
def certify(
    row,
    column,
    log_policy,
    probability,
    values,
    known,
    log_reference,
    beta,
    target,
    out,
    start,
    stop,
):
    """Write ``out`` [games, 3] for games ``start .. stop - 1``: duality gap, exploitability, KL(target || policy).

    Everything is [games, :]. ``values`` are read if ``known``, else computed. ``target`` may have no rows: the
    divergence is then NaN.
    """
    first = row.shape[1]
    scratch = np.empty((2, values.shape[1]))
    for game in range(start, stop):
        if not known:
            action_values(row[game], column[game], probability[game], values[game])
        reference = log_reference[game]
        policy = log_policy[game]
        _certify_one(
            policy,
            probability[game],
            values[game],
            reference,
            beta,
            first,
            target,
            game,
            scratch,
            out[game],
        )


@jitable
def _block_average(average, log_policy, probability):
    total = 0.0
    for a in range(average.shape[0]):
        total += average[a]
    for a in range(average.shape[0]):
        probability[a] = average[a] / total
        log_policy[a] = math.log(probability[a]) if probability[a] > 0.0 else -math.inf


@jitable
def certify_state(row, column, state, average, log_space, reference, beta, target, game, own, scratch, out):
    """Write ``out`` [3] for one game from the state [rows, actions] of an algorithm.

    The policy measured is the average, or the last iterate, whose logarithm is in the state only if ``log_space``.
    ``own`` [3, actions] and ``scratch`` [2, actions] are overwritten.
    """
    first = row.shape[0]
    if average or not log_space:
        source = state[AVERAGE if average else PROBABILITY]
        _block_average(source[:first], own[0, :first], own[1, :first])
        if first < source.shape[0]:
            _block_average(source[first:], own[0, first:], own[1, first:])
    else:
        for a in range(state.shape[1]):
            own[0, a] = state[POLICY, a]
            own[1, a] = state[PROBABILITY, a]
    action_values(row, column, own[1], own[2])
    _certify_one(own[0], own[1], own[2], reference, beta, first, target, game, scratch, out)
