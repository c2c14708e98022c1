r"""Adam on a flat parameter vector, with clipping of the gradient's norm and a moving average of the parameters.

.. math:: m \gets \beta_1 m + (1-\beta_1) g, \quad v \gets \beta_2 v + (1-\beta_2) g^2, \quad
          \theta \gets \theta - \eta \frac{m / (1-\beta_1^t)}{\sqrt{v / (1-\beta_2^t)} + \epsilon}

(Kingma and Ba, ICLR 2015). One kernel goes over the vector once.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import SUMS, kernel

FIRST_DECAY = 0.9
SECOND_DECAY = 0.999
EPSILON = 1e-5


@kernel(fastmath=SUMS)
def add_up(parts, start, stop):
    """Add the gradients of all parts to the first, elements ``start .. stop - 1``; return the sum of squares."""
    total = 0.0
    for i in range(start, stop):
        value = parts[0, i]
        for k in range(1, parts.shape[0]):
            value += parts[k, i]
        parts[0, i] = value
        total += value * value
    return total


@kernel(fastmath=SUMS)
def adam_step(parameters, gradient, factor, first, second, average, rate, decay, count, start, stop):
    """Make step ``count`` (from 1) on elements ``start .. stop - 1``; the gradient is multiplied by ``factor``."""
    step = np.float32(rate / (1.0 - FIRST_DECAY**count))
    correction = np.float32(1.0 / (1.0 - SECOND_DECAY**count))
    keep_1, keep_2, keep = np.float32(FIRST_DECAY), np.float32(SECOND_DECAY), np.float32(decay)
    one, epsilon, scale = np.float32(1.0), np.float32(EPSILON), np.float32(factor)
    for i in range(start, stop):
        g = scale * gradient[i]
        first[i] = keep_1 * first[i] + (one - keep_1) * g
        second[i] = keep_2 * second[i] + (one - keep_2) * g * g
        parameters[i] -= step * first[i] / (np.sqrt(second[i] * correction) + epsilon)
        average[i] = keep * average[i] + (one - keep) * parameters[i]
