r"""Certificates: the exact distance of a policy from equilibrium, from one product with the game.

With action values ``q`` against the opponent, a player's best response in the game regularised by beta is
``b ~ mu exp(q / beta)``, and what it gains is exactly ``beta KL(pi || b)``, summed in a form whose terms are all at
least 0 (``solvers.divergence``), so that nothing cancels at any beta. At ``beta = 0`` the gain is
``sum_y pi(y) (max q - q(y))``, whose terms are at least 0, too. The duality gap is the sum of both players' gains
(twice the one player's in a symmetric game), and 0 exactly at equilibrium.

What remains are the rounding errors of ``q``, and ``rounding`` bounds what they do to a gap. A sum of ``n`` products in
any order is off by at most ``delta = (n + c) u max|A|``, ``u = 2^-53`` (Higham, "Accuracy and Stability of Numerical
Algorithms", 2002, section 3.1). At ``beta = 0`` that moves each gain by up to ``2 delta``. At ``beta > 0`` it moves
``log b`` by some ``epsilon``, in essence ``delta / beta``, and with Hoeffding's lemma and Pinsker's inequality

.. math:: KL(\pi\,\|\,b') \le KL(\pi\,\|\,b) + \epsilon \sqrt{2 KL(\pi\,\|\,b)} + \epsilon^2 / 2
          = \bigl(\sqrt{KL(\pi\,\|\,b)} + \epsilon / \sqrt 2\bigr)^2,

so that the smallest gap that can be told from 0, ``beta epsilon^2``, is some ``1e-30`` rather than ``1e-16``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from games._base.jit import jitable, kernel
from solvers.divergence import divergence_term
from solvers.exponential import exponentials
from solvers.normal_form.problem import Problem
from solvers.normal_form.products import action_values
from solvers.normal_form.state import AVERAGE, POLICY, PROBABILITY

_UNIT = 2.0**-53
_OPERATIONS = 8  # on a value beside the sum over actions: quotients, logarithms, differences


def rounding(problem: Problem, beta: float) -> NDArray[np.float64]:
    """Return the smallest duality gap [games] at ``beta`` that rounding errors cannot have made up (see the module)."""
    largest, summed = problem.largest, max(problem.row.shape[1:]) + _OPERATIONS
    delta = summed * _UNIT * largest
    if beta == 0.0:
        return np.asarray(4.0 * delta)
    logs = np.abs(np.where(np.isfinite(problem.log_reference), problem.log_reference, 0.0)).max(axis=1)
    epsilon = delta / beta + _OPERATIONS * _UNIT * (1.0 + logs + 2.0 * largest / beta)
    return np.asarray(beta * epsilon**2)


def limits(problem: Problem, beta: float, tolerance: float) -> NDArray[np.float64]:
    """Return up to which measured gap [games] the true one is within the tolerance, relative to the payoffs' range.

    -1 where no gap is: the tolerance is smaller than what rounding may hide. A tolerance of 0 asks for a gap of 0.
    """
    wanted, hidden = tolerance * problem.ranges, rounding(problem, beta)
    if beta == 0.0:
        reachable = wanted - hidden
    else:
        reachable = np.where(wanted > hidden, (np.sqrt(wanted) - np.sqrt(hidden)) ** 2, -1.0)
    return np.where(wanted == 0.0, 0.0, np.where(reachable > 0.0, reachable, -1.0))


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
        gain += divergence_term(probability[a], log_policy[a], best[a] - shift)
    return beta * gain


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
        log_target = math.log(target[a]) if target[a] > 0.0 else -math.inf
        total += divergence_term(target[a], log_target, log_policy[a])
    return total


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
