"""Gradients of a minibatch, compiled: forward, loss, backward, one sample after the other.

The first layer's gradient touches only the rows of the features that are on, and a hidden unit that is off passes
nothing back, so a sample costs some ten microseconds where a batched framework moves whole matrices. Gradients are
summed by *parts* of a minibatch that do not depend on the number of threads, and added in their order: the same bits
for any number of cores.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.blueprints.neural.network import (
    add_multiple,
    add_row,
    dot,
    evaluate,
    offsets,
    padded,
    shape_of,
)
from agents.training.losses import (
    add_regulariser,
    imitation_gradient,
    policy_gradient,
    regression_gradient,
    softened,
)
from agents.training.self_play import legal_probabilities
from games._base.jit import SUMS, borrowed, jitable, kernel

PPO, IMITATION, REGRESSION = range(3)
METRICS = ("policy_loss", "value_loss", "entropy", "kl_previous", "kl_magnet", "clip_fraction")


class Loss(NamedTuple):
    """Weights of the parts of a loss, and its ``kind``: ``PPO``, ``IMITATION`` or ``REGRESSION``.

    ``temperature``: of a regression, in points.
    """

    kind: int
    clip: float
    entropy: float
    kl_previous: float
    kl_magnet: float
    softening: float
    value: float
    temperature: float = 1.0


@jitable(fastmath=SUMS)
def _backward_dense(parameters, gradient, start, values, errors, back):
    """Add ``values x errors`` to the gradient of a layer and write what flows back; where a unit is off, nothing.

    ``start`` is where the layer [values, errors] begins in both vectors; ``back`` is overwritten.
    """
    width = errors.shape[0]
    for i in range(values.shape[0]):
        back[i] = np.float32(0.0)
        if values[i] > 0.0:
            row = start + i * width
            back[i] = dot(errors, parameters, row)
            factor = values[i]
            for k in range(width):
                gradient[np.uint64(row + k)] += factor * errors[np.uint64(k)]


@jitable
def backward(parameters, features, count, advice, hidden_1, hidden_2, errors, error, back_1, back_2, gradient):
    """Add a sample's gradient: ``errors`` [padded moves] and ``error`` are those of logits and value.

    ``hidden_1``, ``hidden_2``: what ``evaluate`` wrote; ``back_1``, ``back_2``: scratch of the same lengths.
    """
    width_1, width_2 = hidden_1.shape[0], hidden_2.shape[0]
    features_in, _, _, moves = shape_of(parameters)
    at = offsets(features_in, width_1, width_2, moves)
    width = errors.shape[0]
    add_row(gradient[at[5] : at[5] + width], errors, 0)
    if advice >= 0:
        add_row(gradient[at[6] + advice * width : at[6] + (advice + 1) * width], errors, 0)
    _backward_dense(parameters, gradient, at[4], hidden_2, errors, back_2)
    add_multiple(gradient[at[7] : at[7] + width_2], error, hidden_2, 0)
    gradient[at[8]] += error
    for i in range(width_2):
        if hidden_2[i] > 0.0:
            back_2[i] += error * parameters[at[7] + i]
    add_row(gradient[at[3] : at[3] + width_2], back_2, 0)
    _backward_dense(parameters, gradient, at[2], hidden_1, back_2, back_1)
    add_row(gradient[at[1] : at[1] + width_1], back_1, 0)
    for i in range(count):
        row = at[0] + np.int64(features[i]) * width_1
        add_row(gradient[row : row + width_1], back_1, 0)


@kernel
def accumulate(parameters, samples, rows, weights, targets, loss, scale, gradient, metrics):
    """Set ``gradient`` and ``metrics`` [6] to the sums over the samples ``rows``, times ``scale``.

    ``targets`` [rows of samples, padded moves] are the distributions to imitate (with none, [0, padded moves], it is
    the softened teacher) or the scores to fit. A sample counts ``weights`` [rows of samples] times (``thinning``).
    """
    parameters, gradient = borrowed(parameters), borrowed(gradient)
    _, width_1, width_2, moves = shape_of(parameters)
    width = padded(moves)
    hidden_1, back_1 = np.empty(width_1, np.float32), np.empty(width_1, np.float32)
    hidden_2, back_2 = np.empty(width_2, np.float32), np.empty(width_2, np.float32)
    logits, errors = np.empty(width, np.float32), np.zeros(width, np.float32)
    policy, log_policy, old, flow, pull, target = np.empty((6, moves))
    gradient[:] = np.float32(0.0)
    metrics[:] = 0.0
    for row in rows:
        features, count, advice, legal = (
            samples.features[row],
            samples.counts[row],
            samples.advice[row],
            samples.legal[row],
        )
        value = evaluate(parameters, features, count, advice, hidden_1, hidden_2, logits)
        weight = scale * weights[row]
        divisor = legal_probabilities(logits, legal, moves, policy)
        for m in range(moves):
            log_policy[m] = logits[m] - divisor
        if loss.kind == REGRESSION:
            metrics[0] += weight * regression_gradient(
                policy, logits, targets[row], legal, moves, loss.temperature, target, flow
            )
            old[:] = log_policy
        elif loss.kind == IMITATION:
            choices = 0
            for m in range(moves):
                choices += 1 if legal[m] else 0
            for m in range(moves):
                if targets.shape[0] > 0:
                    target[m] = targets[row, m]
                else:
                    target[m] = softened(samples.teacher[row], m, choices, loss.softening) if legal[m] else 0.0
            old[:] = log_policy
            metrics[0] += weight * imitation_gradient(policy, log_policy, target, legal, moves, flow)
        else:
            old_divisor = legal_probabilities(samples.logits[row], legal, moves, old)
            for m in range(moves):
                old[m] = samples.logits[row, m] - old_divisor
            cost, clipped = policy_gradient(
                policy, log_policy, old, legal, moves, samples.moves[row], samples.advantages[row], loss.clip, flow
            )
            metrics[0] += weight * cost
            metrics[5] += weight * clipped
        spread, to_previous, to_magnet = add_regulariser(
            policy,
            log_policy,
            old,
            legal,
            moves,
            samples.teacher[row],
            loss.softening,
            loss.entropy,
            loss.kl_previous,
            loss.kl_magnet,
            pull,
            flow,
        )
        metrics[2] += weight * spread
        metrics[3] += weight * to_previous
        metrics[4] += weight * to_magnet
        difference = value - samples.returns[row]
        metrics[1] += weight * difference * difference
        for m in range(moves):
            errors[m] = weight * flow[m]
        error = np.float32(2.0 * weight * loss.value * difference)
        backward(parameters, features, count, advice, hidden_1, hidden_2, errors, error, back_1, back_2, gradient)
