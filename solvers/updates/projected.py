"""Projected updates: gradient ascent on probabilities, with the Euclidean distance in the place of the entropy."""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable


@jitable
def project_onto_simplex(point):
    r"""Move a point [actions] to the nearest policy, in place.

    .. math:: \arg\min_{p \ge 0, \sum_a p(a) = 1} \|p - y\|_2 = [y - \tau]^+

    ``tau`` is found exactly: that of all actions is too small, those below it have probability 0, and so on with the
    rest, at most once an action (Michelot, "A finite algorithm for finding the projection of a point onto the canonical
    simplex of R^n", 1986). An entry of ``-inf`` becomes 0; one entry must be finite.
    """
    top = -np.inf
    for a in range(point.shape[0]):
        top = max(top, point[a])
    threshold = -1.0  # as the largest entry, less itself, becomes a probability
    count, before = point.shape[0] + 1, point.shape[0] + 2  # the first pass only finds the threshold
    while count < before:
        total, before, count = 0.0, count, 0
        for a in range(point.shape[0]):
            if point[a] - top > threshold:
                total += point[a] - top
                count += 1
        threshold = (total - 1.0) / count
    for a in range(point.shape[0]):
        point[a] = max(point[a] - top - threshold, 0.0)


@jitable
def projected_gradient_update(policy, q, eta, out):
    r"""Write the step of projected gradient ascent, mirror descent with half the squared distance as mirror map.

    .. math:: \pi' = \arg\max_p \langle q, p\rangle - \tfrac1{2\eta} \|p - \pi\|_2^2 = \Pi(\pi + \eta q)

    (Zinkevich, "Online convex programming and generalized infinitesimal gradient ascent", ICML 2003; the Euclidean case
    of Sokota et al., ICLR 2023.) Policies are probabilities [actions] of the legal actions; unlike in an entropic
    update, one of probability 0 may come back. A value of ``-inf`` rules an action out. ``out`` may be ``policy``.
    """
    top = -np.inf
    for a in range(q.shape[0]):
        top = max(top, q[a])
    for a in range(q.shape[0]):
        out[a] = policy[a] + eta * (q[a] - top)
    project_onto_simplex(out)
