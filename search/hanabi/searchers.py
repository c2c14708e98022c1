r"""How partners who search choose a move, as a belief sees it: a model that is fitted to recorded games.

A belief that knows no better takes a move that is not the blueprint's for a uniformly random one. But a search leaves
its blueprint where the blueprint is undecided rather than where it is sure, rather for some kinds of move than for
others, and otherwise it plays the blueprint's *likeliest* move, not a draw from its probabilities. So, with ``pi`` the
blueprint's probabilities in the world that is supposed, ``k`` the number of legal moves, ``f`` a floor,

.. math:: P(a) = (1 - \epsilon) \frac{\exp u(a)}{\sum_b \exp u(b)} + \frac{\epsilon}{k}, \qquad
          u(a) = s \log((1 - f) \pi(a) + f / k) + b_{phase} 1[a = \arg\max \pi] + w_{phase, kind(a)},

a conditional logit (McFadden 1974), the phase being that of the deck: more than 30 cards, more than 20, more than 10,
or fewer. With ``s = 1``, ``f = 0`` and nothing else it is the uniform deviation. Light: a specification reads it.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

PartnersName = Literal["uniform", "fitted"]

PHASES: Final = (30, 20, 10)  # cards in the deck: more than so many, and the rest
KINDS: Final = ("discard", "play", "colour", "rank")  # of moves, in the order of their numbers
SLOPE: Final = 0  # where the numbers lie in the vector that compiled code reads
FLOOR: Final = 1
BY_PHASE: Final = 2
A_PHASE: Final = 1 + len(KINDS)

Phase = tuple[float, float, float, float, float]
"""What the likeliest move has in addition, and each kind of move."""

NOTHING: Final[Phase] = (0.0,) * 5


class Searchers(NamedTuple):
    """Numbers of the model.

    softening : epsilon, what is left to chance. unexplained : the share of moves that the blueprint makes with less
    than the uniform probability in the true world; so many a belief may leave unexplained. slope, floor : ``s`` and
    ``f``. phases : ``b`` and the ``w`` of discards, plays, hints of a colour and of a rank, from the full deck on.
    """

    softening: float
    unexplained: float = 0.0
    slope: float = 1.0
    floor: float = 0.0
    phases: tuple[Phase, Phase, Phase, Phase] = (NOTHING,) * 4

    @property
    def numbers(self) -> tuple[float, ...]:
        """What compiled code reads: ``slope, floor`` and the phases, one after the other."""
        return (self.slope, self.floor, *(number for phase in self.phases for number in phase))


FITTED: Final[dict[tuple[str, int], Searchers]] = {
    ("neural", 2): Searchers(0.02),
}
"""Models that come with the project, by blueprint and players: ``python -m benchmarks.hanabi_deviations``."""
