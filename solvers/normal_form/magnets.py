"""Magnets that move: where an algorithm pulls towards a policy of its own making instead of the reference.

The magnet is a row of logits in the algorithm's own memory, so that the reference, by which the certificates measure,
stays what it is. It begins at the reference. Only differences between logits count: a magnet need not be normalised.
"""

from __future__ import annotations

from games._base.jit import jitable
from solvers.normal_form.state import ITERATION, MEMORY, REFERENCE, copy

MAGNET = MEMORY  # logits of the magnet


@jitable
def start_magnet(state, numbers):
    """Put the magnet at the reference in the first iteration."""
    if numbers[ITERATION] == 1.0:
        copy(state[REFERENCE], state[MAGNET])
