r"""Compiled parts of the exact and the sampled posterior over the own hand.

The prior of an ordered hand ``h`` given what a seat sees and what hints prove is a sequential product of counts,

.. math:: P(h) \propto \prod_i c_{h_i}^{(i)} \; 1[h_i \in mask_i],

``c^(i)`` the unseen copies left after the first ``i`` cards of ``h``. A partner's move ``a`` at a past turn multiplies
it by ``(1-eps) 1[a = blueprint(h)] + eps / |legal|``, the blueprint being asked what it would have done had the own
hand been ``h``; ``eps`` softens the filter, because partners may be searching too. A learned blueprint is asked for the
probability of ``a`` instead of its move (``Blueprint.probability``).
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable, kernel
from games._base.rng import draw, fold, uniform


@kernel
def log_prior(counts, masks, hands, out):
    """Write ``log prod_i c_i`` of each hand, ``-inf`` where a card is outside its mask or there are too few copies."""
    left = np.empty_like(counts)
    for p in range(hands.shape[0]):
        for k in range(counts.shape[0]):
            left[k] = counts[k]
        out[p] = 0.0
        for i in range(masks.shape[0]):
            k = hands[p, i]
            if left[k] <= 0 or (masks[i] >> k) & 1 == 0:
                out[p] = -np.inf
                break
            out[p] += np.log(left[k])
            left[k] -= 1


@jitable
def _slot_total(left, mask):
    total = 0
    for k in range(left.shape[0]):
        if (mask >> k) & 1 and left[k] > 0:
            total += left[k]
    return total


@kernel
def propose(counts, masks, order, key, first, hands):
    """Draw hands slot by slot (in ``order``) with probability proportional to what is left inside the mask.

    Row ``p`` of ``hands`` [particles, hand_size] depends on ``(key, first + p)`` only. A hand that runs into an empty
    slot gets ``-1`` there (its prior is zero).
    """
    left = np.empty_like(counts)
    for p in range(hands.shape[0]):
        particle_key = fold(np.uint64(key), first + p)
        for k in range(counts.shape[0]):
            left[k] = counts[k]
        for i in order:
            total = _slot_total(left, masks[i])
            hands[p, i] = -1
            if total == 0:
                break
            threshold = uniform(draw(particle_key, i)) * total
            for k in range(counts.shape[0]):
                if (masks[i] >> k) & 1 and left[k] > 0:
                    hands[p, i] = k
                    threshold -= left[k]
                    if threshold < 0.0:
                        break
            left[hands[p, i]] -= 1


@kernel
def log_proposal(counts, masks, order, hands, out):
    """Write the log-probability that ``propose`` draws each hand with these masks (``-inf`` if it cannot)."""
    left = np.empty_like(counts)
    for p in range(hands.shape[0]):
        for k in range(counts.shape[0]):
            left[k] = counts[k]
        out[p] = 0.0
        for i in order:
            k = hands[p, i]
            if k < 0 or left[k] <= 0 or (masks[i] >> k) & 1 == 0:
                out[p] = -np.inf
                break
            out[p] += np.log(left[k] / _slot_total(left, masks[i]))
            left[k] -= 1


@kernel
def enumerate_hands(counts, masks, hands):
    """Write every hand of positive prior to ``hands`` and return how many there are, or -1 if they do not fit."""
    slots = masks.shape[0]
    left = counts.copy()
    card = np.full(slots, -1, np.int64)
    found = 0
    i = 0
    if slots == 0:
        return 1
    while i >= 0:
        if card[i] >= 0:
            left[card[i]] += 1
        card[i] += 1
        while card[i] < counts.shape[0] and not ((masks[i] >> card[i]) & 1 and left[card[i]] > 0):
            card[i] += 1
        if card[i] == counts.shape[0]:
            card[i] = -1
            i -= 1
            continue
        left[card[i]] -= 1
        if i + 1 < slots:
            i += 1
            continue
        if found == hands.shape[0]:
            return -1
        for j in range(slots):
            hands[found, j] = card[j]
        found += 1
    return found
