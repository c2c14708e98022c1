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

from games._base.jit import jitable
from solvers.exponential import exponential, exponentials
from solvers.logarithm import logarithm

_SEQUENCES = 512  # of a piece: four rows of it fill half of a core's first cache
_SMALL, _LARGE = 1e-30, 1e30  # sums between them need no shift: the largest logit is between -70 and 70
_ONE = np.uint64(1)
_index = np.uint64  # see solvers.extensive.evaluation


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


@jitable
def _shift(logits, policy, start, stop):
    """Subtract the largest of the logits ``start .. stop-1``, which is returned, and write their exponentials."""
    top = -np.inf
    for s in range(start, stop):
        top = max(top, logits[s])
    for s in range(start, stop):
        logits[s] -= top
        policy[s] = exponential(logits[s])
    return top


# In the loops below a range of actions would be set up for loops of eight at a time, at more cost than one of three
# actions is worth, hence ``while``.
@jitable
def _sum(values, start, stop):
    total = 0.0
    s = start
    while s < stop:
        total += values[s]
        s += _ONE
    return total


@jitable(error_model="numpy")
def soft_maximum(first, begin, end, logits, policy, tops, sums):
    """Write the policy of infosets ``begin .. end-1``. ``sums`` [I] get the sums of the exponentials of their logits.

    Only where a sum would be far from 1 is the largest logit subtracted first, in place; ``tops`` [I] is what was.
    """
    exponentials(logits[first[begin] : first[end]], 0.0, policy[first[begin] : first[end]])
    stop = _index(first[begin])
    for i in range(_index(begin), _index(end)):
        start, stop = stop, _index(first[i + _ONE])
        total = _sum(policy, start, stop)
        tops[i] = 0.0
        if not _SMALL < total < _LARGE:
            tops[i] = _shift(logits, policy, start, stop)
            total = _sum(policy, start, stop)
        sums[i] = total
        scale = 1.0 / total
        s = start
        while s < stop:
            policy[s] *= scale
            s += _ONE


@jitable
def _add_to_parents(parent, begin, end, amounts, logits):
    """Add the amount of each infoset to its parent's logit; those of one parent follow each other."""
    place, total = _index(parent[begin]), 0.0
    for i in range(_index(begin), _index(end)):
        above = _index(parent[i])
        if above != place:
            logits[place] += total
            place, total = above, 0.0
        total += amounts[i]
    logits[place] += total


@jitable
def dilated_soft_maximum(parent, first, logits, policy, tops, sums):
    """Turn logits [S] into log-probabilities in place, and write the policy [S] of the dilated form of the module.

    ``logits[0]`` gets the maximum added to what it was. ``tops`` and ``sums`` [I] are overwritten.
    """
    end = parent.shape[0]
    while end > 0:
        begin = independent_piece_begin(parent, first, end)
        soft_maximum(first, begin, end, logits, policy, tops, sums)
        for i in range(_index(begin), _index(end)):
            sums[i] = logarithm(sums[i])
        stop = _index(first[begin])
        for i in range(_index(begin), _index(end)):
            s, stop = stop, _index(first[i + _ONE])
            shift = sums[i]
            while s < stop:
                logits[s] -= shift
                s += _ONE
        for i in range(_index(begin), _index(end)):
            sums[i] += tops[i]
        _add_to_parents(parent, begin, end, sums, logits)
        end = begin
