r"""Losses of a policy as gradients with respect to its logits, all in closed form.

With ``pi = softmax(z)`` over the legal moves:

- PPO (Schulman et al. 2017, eq. 7): ``-min(r A, clip(r, 1 - c, 1 + c) A)``, ``r = pi(a) / pi_old(a)``; gradient
  ``-r A (1_a - pi)`` where the minimum is the first term, else 0;
- a regulariser ``sum_m pi_m G_m`` with ``G = e log pi + k_1 (log pi - log pi_old) + k_2 (log pi - log rho)``: entropy
  bonus, KL to the policy that played (mirror-descent policy optimisation, Tomar et al., ICLR 2022), KL to the magnet
  (Sokota et al., ICLR 2023). Gradient ``pi_m (G_m - <pi, G>)``, the derivative of ``log pi`` adding nothing;
- imitation of a distribution ``t``: ``-sum t log pi``, gradient ``pi - t``;
- regression on values ``q`` of some of the moves (``labels``): ``1/2 sum w (tau z - q)^2``, both centred, in points,
  with weights ``w`` that are not differentiated; gradient ``tau w (e - <w, e>)``, ``e = tau z - q``.

The magnet ``rho`` is the softened teacher: its move with probability ``1 - s``, else a random legal one.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable

LEAST_WEIGHT = 0.02  # of a move in the regression, where one that is played for certain has 1


@jitable
def softened(move, m, legal_count, softening):
    """Return the softened teacher's probability of the legal move ``m``."""
    return softening / legal_count + (1.0 - softening if m == move else 0.0)


@jitable
def policy_gradient(policy, log_policy, old, legal, moves, action, advantage, clip, gradient):
    """Write PPO's gradient to ``gradient``; return (loss, whether the ratio was clipped).

    ``policy``, ``log_policy``, ``old``: probabilities, their logarithms and the log-probabilities of the policy that
    played (legal moves only).
    """
    ratio = np.exp(log_policy[action] - old[action])
    limited = min(max(ratio, 1.0 - clip), 1.0 + clip)
    clipped = limited * advantage < ratio * advantage
    factor = 0.0 if clipped else ratio * advantage
    for m in range(moves):
        gradient[m] = factor * policy[m] if legal[m] else 0.0
    gradient[action] -= factor
    return -min(ratio * advantage, limited * advantage), clipped


@jitable
def add_regulariser(
    policy, log_policy, old, legal, moves, teacher, softening, entropy, kl_previous, kl_magnet, pull, gradient
):
    """Add the regulariser's gradient to ``gradient``; return (entropy, KL to previous, KL to magnet).

    ``pull`` [moves] is scratch.
    """
    count = 0
    for m in range(moves):
        count += 1 if legal[m] else 0
    mean = 0.0
    spread, to_previous, to_magnet = 0.0, 0.0, 0.0
    for m in range(moves):
        if legal[m]:
            change = log_policy[m] - old[m]
            distance = log_policy[m] - np.log(softened(teacher, m, count, softening))
            pull[m] = entropy * log_policy[m] + kl_previous * change + kl_magnet * distance
            mean += policy[m] * pull[m]
            spread -= policy[m] * log_policy[m]
            to_previous += policy[m] * change
            to_magnet += policy[m] * distance
    for m in range(moves):
        if legal[m]:
            gradient[m] += policy[m] * (pull[m] - mean)
    return spread, to_previous, to_magnet


@jitable
def imitation_gradient(policy, log_policy, target, legal, moves, gradient):
    """Write the gradient of the cross-entropy with ``target``; return the loss."""
    loss = 0.0
    for m in range(moves):
        gradient[m] = 0.0
        if legal[m]:
            gradient[m] = policy[m] - target[m]
            loss -= target[m] * log_policy[m]
    return loss


@jitable
def regression_gradient(policy, logits, scores, legal, moves, temperature, weights, gradient):
    """Write the gradient of the regression on ``scores`` (NaN: not considered); return half the weighted square.

    ``weights`` [moves] is scratch.
    """
    total = 0.0
    for m in range(moves):
        weights[m] = 0.0
        if legal[m] and scores[m] == scores[m]:
            weights[m] = np.sqrt(policy[m]) + LEAST_WEIGHT
            total += weights[m]
    mean = 0.0
    for m in range(moves):
        if weights[m] > 0.0:
            weights[m] /= total
            gradient[m] = temperature * logits[m] - scores[m]
            mean += weights[m] * gradient[m]
    loss = 0.0
    for m in range(moves):
        error = gradient[m] - mean if weights[m] > 0.0 else 0.0
        gradient[m] = temperature * weights[m] * error
        loss += 0.5 * weights[m] * error * error
    return loss
