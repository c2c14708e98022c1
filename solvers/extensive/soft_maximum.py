r"""From logits to policies at many infosets at once: what every entropic solver does on its way to the root.

At an infoset ``pi(a) = exp(z(a)) / Z``. Infosets on one level of a treeplex do not depend on each other and their
sequences follow each other in memory, so the exponentials of hundreds of infosets are one long loop, which the compiler
does four or eight at a time; so are the logarithms of their sums.

The *dilated* form adds ``log Z`` of every infoset to the logit of its parent sequence,

.. math:: \log Z_i = \log \sum_a \exp\Bigl(z(a) + \sum_{j\,:\,parent(j) = a} \log Z_j\Bigr),

which is the maximum over the treeplex of ``<z, x> - sum_i x[parent_i] sum_a pi_i(a) log pi_i(a)``, and the policies
are where it is attained (Hoda, Gilpin, Peña and Sandholm, "Smoothing techniques for computing Nash equilibria of
sequential games", Mathematics of Operations Research 2010).
"""

from __future__ import annotations

import numpy as np

from games._jit import jitable
from solvers.exponential import exponentials
from solvers.logarithm import logarithm

_SEQUENCES = 512  # of a piece: four rows of it fill half of a core's first cache
_index = np.uint64


@jitable
def piece_begin(first, end):
    """Return where the piece of infosets that ends before ``end`` begins: as many as fit, but at least one."""
    begin = end - 1
    lowest = first[end] - _SEQUENCES
    while begin > 0 and first[begin - 1] >= lowest:
        begin -= 1
    return begin


@jitable
def independent_piece_begin(parent, first, end):
    """As ``piece_begin`` for infosets none of which follows another of the piece."""
    begin = end - 1
    lowest = max(first[end] - _SEQUENCES, parent[end - 1] + 1)
    while begin > 0 and first[begin - 1] >= lowest:
        begin -= 1
    return begin


@jitable(error_model="numpy")
def exponentiate(first, begin, end, logits, policy, tops, sums):
    """Subtract the largest logit of each infoset ``begin .. end-1`` in place, and write the policy.

    ``tops`` and ``sums`` [I] get what was subtracted, and the sum of the exponentials of what is left, in ``[1, n]``.
    """
    for i in range(begin, end):
        start, stop = _index(first[i]), _index(first[i + 1])
        top = logits[start]
        for s in range(start, stop):
            top = max(top, logits[s])
        for s in range(start, stop):
            logits[s] -= top
        tops[i] = top
    start, stop = first[begin], first[end]
    exponentials(logits[start:stop], 0.0, policy[start:stop])
    for i in range(begin, end):
        start, stop = _index(first[i]), _index(first[i + 1])
        total = 0.0
        for s in range(start, stop):
            total += policy[s]
        sums[i] = total
        scale = 1.0 / total
        for s in range(start, stop):
            policy[s] *= scale


@jitable
def dilated_soft_maximum(parent, first, logits, policy, tops, sums):
    """Turn logits [S] into log-probabilities in place, and write the policy [S] of the dilated form of the module.

    ``logits[0]`` gets the maximum less what it was, as the logarithm of the empty sequence. ``tops`` and ``sums``: [I].
    """
    end = parent.shape[0]
    while end > 0:
        begin = independent_piece_begin(parent, first, end)
        exponentiate(first, begin, end, logits, policy, tops, sums)
        for i in range(begin, end):
            sums[i] = logarithm(sums[i])
        for i in range(begin, end):
            shift = sums[i]
            for s in range(_index(first[i]), _index(first[i + 1])):
                logits[s] -= shift
            logits[_index(parent[i])] += tops[i] + shift
        end = begin
