"""Greedy updates: the best action, whatever was played before, and policy iteration with a threshold."""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel


@jitable(inline="always")
def best_action(log_policy, q, start, stop):
    """Return the action ``start .. stop - 1`` of the largest value, the lowest of equals: a best response.

    Only actions with ``log_policy`` above ``-inf`` count (give ``q`` itself where all do); -1 if there is none.
    """
    best = -1
    for a in range(start, stop):
        if log_policy[a] > -np.inf and (best < 0 or q[a] > q[best]):
            best = a
    return best


@jitable
def _best_legal(log_policy, q):
    return best_action(log_policy, q, 0, q.shape[0])


@jitable
def policy_iteration_update(log_policy, q, threshold, out):
    r"""Write the policy-iteration update: all probability on the best action, if it is better by a threshold.

    .. math:: a^* = \arg\max_a q(a), \qquad
              \pi' = \delta_{a^*} \text{ if } q(a^*) > q(b) + \text{threshold, else } \delta_b,
              \qquad b = \arg\max_a \pi(a)

    ``threshold = 0`` is plain Monte Carlo search (Tesauro and Galperin 1996) with ties going to the blueprint's action
    ``b``; ``threshold > 0`` is SPARTA's rule (Lerer et al., "Improving Policies via Search in Cooperative Partially
    Observable Games", AAAI 2020). The lowest index wins ties otherwise.
    """
    best = _best_legal(log_policy, q)
    blueprint = _best_legal(log_policy, log_policy)
    if not q[best] > q[blueprint] + threshold:
        best = blueprint
    for a in range(q.shape[0]):
        out[a] = 0.0 if a == best else -np.inf


@kernel
def policy_iteration(log_policy, q, threshold):
    """Return the policy-iteration update of a log-policy (see ``policy_iteration_update``)."""
    out = np.empty_like(log_policy)
    policy_iteration_update(log_policy, q, threshold, out)
    return out
