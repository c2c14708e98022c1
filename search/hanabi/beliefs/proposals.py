r"""Where the hands of a sampled belief come from, and how likely each of them was to be among them.

Hands are drawn independently from several densities ``q_m``, the same number ``S`` from each: what hints prove, what
the blueprint's convention says, and a learned model if there is one. A hand that is drawn twice is no more likely than
one that is drawn once; what counts is whether it was found at all. So a set holds every hand once, and its weight is

.. math:: w(h) \propto \frac{prior(h) \; likelihood(h)}{\pi(h)}, \qquad
          \pi(h) = 1 - \prod_m (1 - q_m(h))^S

with ``pi`` the probability of being found (Horvitz and Thompson, "A generalization of sampling without replacement from
a finite universe", JASA 1952). Where ``pi`` is 1 for every hand that matters the set is the posterior itself; where it
is small the weights are those of importance sampling. The error of a mean over the set follows from the same numbers:
a hand that was bound to be found adds nothing to it (``search.errors``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.hanabi.beliefs import posterior
from search.hanabi.beliefs.hand_model import HandModel
from search.hanabi.history import SeatHistory

Masks = NDArray[np.int64]


class Learned(NamedTuple):
    """A learned model with what it reads of a seat."""

    model: HandModel
    history: SeatHistory
    memory: NDArray[np.int64]


def relaxed(masks: Masks, readings: Masks) -> list[Masks]:
    """Return what a convention says of all own cards but one, for each card that it says something of.

    A convention that was misread – of one card, mostly – proposes no true hand; these do.
    """
    found = []
    for slot in np.flatnonzero(readings != masks):
        component = readings.copy()
        component[slot] = masks[slot]
        found.append(component)
    return found


def find_hands(
    counts: NDArray[np.int32], components: Sequence[Masks], learned: Learned | None, particles: int, key: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Draw ``particles`` hands in all; return the distinct possible ones [hands, cards] and the logarithms of ``pi``.

    counts : copies of each type that the seat does not see. components : masks to draw within, each [cards].
    """
    share = max(1, particles // (len(components) + (learned is not None)))
    orders = [np.argsort([int(mask).bit_count() for mask in component], kind="stable") for component in components]
    drawn = []
    for number, (component, order) in enumerate(zip(components, orders, strict=True)):
        hands = np.zeros((share, len(component)), dtype=np.int32)
        posterior.propose(counts, component, order, np.uint64(key) + np.uint64(number), 0, hands)
        drawn.append(hands)
    if learned is not None:
        drawn.append(learned.model.draw(learned.history, learned.memory, share, key)[0])
    hands = distinct(np.concatenate(drawn), len(counts))
    missed = np.zeros(len(hands))  # log of the probability that a hand is not found
    logs = np.empty(len(hands))
    with np.errstate(divide="ignore"):
        for component, order in zip(components, orders, strict=True):
            posterior.log_proposal(counts, component, order, hands, logs)
            missed += share * np.log1p(-np.minimum(np.exp(logs), 1.0))
        if learned is not None:
            density = learned.model.log_density(learned.history, learned.memory, hands)
            missed += share * np.log1p(-np.minimum(np.exp(density), 1.0))
        inclusion = np.log(-np.expm1(missed))
    possible = np.isfinite(inclusion)
    return np.ascontiguousarray(hands[possible]), inclusion[possible]


def distinct(hands: NDArray[np.int32], types: int) -> NDArray[np.int32]:
    """Return every complete hand once, in lexical order."""
    complete = hands[(hands >= 0).all(axis=1)]
    if not complete.shape[1]:
        return complete[:1]
    codes = complete.astype(np.int64) @ types ** np.arange(complete.shape[1] - 1, -1, -1, dtype=np.int64)
    _, first = np.unique(codes, return_index=True)
    return np.ascontiguousarray(complete[first])
