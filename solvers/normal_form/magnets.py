"""Magnets that move: where an algorithm pulls towards a policy of its own making instead of the reference.

The magnet is a row of logits in the algorithm's own memory, so that the reference, by which the certificates measure,
stays what it is. It begins at the reference. Only differences between logits count: a magnet need not be normalised.
"""

from __future__ import annotations

from games._jit import jitable
from solvers.normal_form.state import ITERATION, MEMORY, POLICY, PROBABILITY, REFERENCE, VALUES, copy, normalise
from solvers.updates import tilt

MAGNET = MEMORY  # logits of the magnet


@jitable
def start_magnet(state, numbers):
    """Put the magnet at the reference in the first iteration."""
    if numbers[ITERATION] == 1.0:
        copy(state[REFERENCE], state[MAGNET])


@jitable
def magnetic_step(state, first, eta, alpha):
    """Take one step of magnetic mirror descent towards the magnet (``magnetic_mirror_descent``)."""
    scale = 1.0 / (1.0 + eta * alpha)
    tilt(state[POLICY], state[VALUES], 0.0, eta * scale, state[MAGNET], eta * alpha * scale, state[POLICY])
    normalise(state[POLICY], state[PROBABILITY], first)
