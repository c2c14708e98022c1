r"""Whether a belief explains what was seen: the likelihood of the others' moves, beside what it should be.

A filter keeps what agrees with the view, likely or not. Once the true state is lost, all particles may be states in
which the others would hardly have done what they did; then nothing explains what was seen, and a belief that explains
nothing is none. A log-likelihood alone does not tell: a uniform player's is low at every move. For moves with
probabilities :math:`\pi_t` the sum :math:`\sum_t \log \pi_t(a_t)` has, under the blueprint itself, the mean
:math:`-\sum_t H(\pi_t)` and the variance :math:`\sum_t V(\pi_t)` with :math:`V(\pi) = \sum_a \pi(a) (\log \pi(a) +
H(\pi))^2`. The *fit* of a particle is

.. math:: \sum_t \bigl(\log \pi_t(a_t) + H(\pi_t)\bigr) + 3 \sqrt{\textstyle\sum_t V(\pi_t)},

0 or more where moves are as the blueprint makes them within three standard deviations; a belief is *contradicted*
where the best fit is below ``WORST``. For a player who all but always does the same this is a best log-likelihood below
``WORST``; a uniform one contradicts nothing, and a move that the blueprint makes once in a hundred times (fit -3.2)
does not, either.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

WORST = -4.0  # natural logarithm: of a likelihood of 1/55
_DEVIATIONS = 3.0


def pick(probabilities: FloatArray, number: float) -> int:
    """Return the position that a number in ``[0, 1)`` selects; never one of probability 0."""
    cumulative = np.cumsum(probabilities)
    position = int(np.searchsorted(cumulative, number * cumulative[-1], side="right"))
    return min(position, int(np.flatnonzero(probabilities)[-1]))


class Witness:
    """Draws actions in ``count`` states that are played on, and notes how likely they were.

    widening : share ``w`` of the uniform policy in the proposals ``(1 - w) pi + w / k``.

    Attributes, all [count]: ``weights``, products of pi / proposal, by which a state counts for its actions having been
    drawn from the proposals; ``fits`` (see above).
    """

    def __init__(self, count: int, widening: float = 0.0) -> None:
        self._widening = widening
        self.weights = np.ones(count)
        self._excess, self._variance = np.zeros(count), np.zeros(count)

    @property
    def fits(self) -> FloatArray:
        return np.asarray(self._excess + _DEVIATIONS * np.sqrt(self._variance))

    def draw(self, state: int, policy: FloatArray, number: float) -> int:
        """Return the position of an action of a state, by a number in ``[0, 1)``."""
        proposal = policy
        if self._widening:
            proposal = (1.0 - self._widening) * policy + self._widening / len(policy)
        position = pick(proposal, number)
        if policy[position] == 0.0:
            self.weights[state], self._excess[state] = 0.0, -np.inf
            return position
        mean = square = 0.0  # of the log-probability; plain numbers, because policies are short
        for probability in policy.tolist():
            if probability > 0.0:
                logarithm = math.log(probability)
                mean += probability * logarithm
                square += probability * logarithm * logarithm
        self._excess[state] += math.log(policy[position]) - mean
        self._variance[state] += max(square - mean * mean, 0.0)
        if self._widening:
            self.weights[state] *= policy[position] / proposal[position]
        return position
