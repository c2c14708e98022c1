r"""How partners who search choose a move, as a belief sees it: a model that is fitted to recorded games.

A belief that knows no better takes a move that is not the blueprint's for a uniformly random one. But a search plays
the blueprint's *likeliest* move, not a draw from its probabilities; it leaves it more often late in a game than early;
and what it then does is rather one kind of move than another. So, with ``pi`` the blueprint's probabilities in the
world that is supposed, ``k`` the number of legal moves and ``f`` a floor,

.. math:: P(a) = (1 - \epsilon) \frac{\exp u(a)}{\sum_b \exp u(b)} + \frac{\epsilon}{k}, \qquad
          u(a) = s \log((1 - f) \pi(a) + f / k) + b_{phase} 1[a = \arg\max \pi] + w_{kind(a)},

a conditional logit (McFadden 1974). The phase is that of the deck; the kind of a hint is what it shows in the supposed
world, so that a hint which the blueprint would not give says what it touches. With ``s = 1``, ``f = 0`` and nothing
else deviations are uniform. Light: a specification reads it.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

PartnersName = Literal["uniform", "fitted"]

PHASES: Final = (30, 20, 10)  # cards in the deck: more than so many, and the rest
KINDS: Final = ("discard", "play", "hint of a playable card", "hint of a last copy", "other hint")
"""Kinds of moves. A hint is of a card that it says something new of; a playable card counts before a last copy."""

DISCARD: Final = 0
PLAY: Final = 1
PLAYABLE: Final = 2
LAST: Final = 3
OTHER: Final = 4

_RARE: Final = 1e-3

SLOPE: Final = 0  # where the numbers lie in the vector that compiled code reads
FLOOR: Final = 1
LIKELIEST: Final = 2
BY_KIND: Final = 3 + len(PHASES)

ByPhase = tuple[float, float, float, float]
ByKind = tuple[float, float, float, float, float]


class Searchers(NamedTuple):
    """Numbers of the model.

    softening : epsilon, what is left to chance. unexplained : the share of moves that the blueprint makes with less
    than the uniform probability in the true world. slope, floor : ``s`` and ``f``. likeliest : ``b`` by phase, from the
    full deck on. kinds : ``w`` by kind.
    """

    softening: float
    unexplained: float = 0.0
    slope: float = 1.0
    floor: float = 0.0
    likeliest: ByPhase = (0.0, 0.0, 0.0, 0.0)
    kinds: ByKind = (0.0, 0.0, 0.0, 0.0, 0.0)

    def unexplained_at_most(self, moves: int) -> int:
        """Return how many of so many moves the true world leaves unexplained, but for one time in a thousand.

        By the distribution of Poisson, whose tail is a little longer than the binomial one.
        """
        mean, count = self.unexplained * moves, 0
        term = total = math.exp(-mean)
        while 1.0 - total > _RARE:
            count += 1
            term *= mean / count
            total += term
        return count

    @property
    def numbers(self) -> tuple[float, ...]:
        """What compiled code reads."""
        return (self.slope, self.floor, *self.likeliest, *self.kinds)


FITTED: Final[dict[tuple[str, int], Searchers]] = {
    ("neural", 2): Searchers(
        softening=0.0009111,
        unexplained=0.0179,
        slope=0.136,
        floor=6.029e-10,
        likeliest=(6.547, 5.232, 3.844, 4.62),
        kinds=(-0.353, 0.0, 0.686, 0.2, -0.648),
    ),
}
"""Models that come with the project, by blueprint and players: ``python -m benchmarks.hanabi_deviations``."""
