"""What happened: a move of some player and what everybody saw come of it.

The head of every view tells the last move (``layout.LAST_MOVE`` to ``LAST_DREW``); an ``Event`` is the same with names.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.hanabi import layout
from games.hanabi.game import HanabiGame
from games.hanabi.moves import Move, move_from_id

FIRST, FIELDS = layout.LAST_MOVE, layout.LAST_DREW - layout.LAST_MOVE + 1
"""Where the numbers of the last move begin in a state, and how many they are."""


class Event(NamedTuple):
    """A move that was made, as everybody saw it.

    player : who made it. move : what it was; a hint's ``move.target`` counts from ``player``.
    target : seat that got the hint, else -1. touched : positions in the target's hand, oldest first.
    card : type that was played or discarded, -1 for a hint. scored : the play succeeded. token : it gave a hint back.
    drew : the player drew a new card.
    """

    player: int
    move: Move
    target: int
    touched: tuple[int, ...]
    card: int
    scored: bool
    token: bool
    drew: bool

    @property
    def misplayed(self) -> bool:
        """Whether a life was lost."""
        return self.move.kind == "play" and not self.scored


def event_of(game: HanabiGame, fields: NDArray[np.integer]) -> Event | None:
    """Return the event that ``fields`` [FIELDS] of a state's head tell; ``None`` before the first move."""
    move, _, player, target, _, touched, _, card, scored, token, drew = fields.tolist()
    if move < 0:
        return None
    positions = tuple(i for i in range(game.cards_in_hand) if touched >> i & 1)
    return Event(player, move_from_id(game, move), target, positions, card, scored > 0, token > 0, drew > 0)
