"""A position to be read, whoever sees it: the flat array of ``games.hanabi.layout`` with names for what is in it.

``HanabiState`` is a position whose deck is known too, and that can be played on. Of a *view*, in which the own hand
reads ``HIDDEN``, a ``Position`` reads what its player may know.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games.hanabi import layout
from games.hanabi.game import HanabiGame
from games.hanabi.rules import best_score as best_score_of
from games.hanabi.rules import legal_moves
from games.hanabi.rules import score as score_of

_legal_moves = kernel(legal_moves)


class Position:
    """The configuration ``game`` and the ``array`` of a position or view, [state_size] int32."""

    __slots__ = ("array", "game")

    def __init__(self, game: HanabiGame, array: NDArray[np.int32]) -> None:
        self.game, self.array = game, array

    def legal_moves(self) -> list[int]:
        """Return the legal move ids in increasing order; none when the game is over."""
        moves = np.empty(self.game.moves, dtype=np.int32)
        count = _legal_moves(self.game.rules, self.array, moves)
        return [int(move) for move in moves[:count]]

    def _check_seat(self, player: int) -> None:
        if not 0 <= player < self.game.players:
            raise ValueError(f"player must be 0 to {self.game.players - 1}, not {player}")

    @property
    def current_player(self) -> int:
        """Seat that moves next; after the end, the seat that moved last."""
        return int(self.array[layout.CURRENT_PLAYER])

    @property
    def turn(self) -> int:
        """Moves made so far."""
        return int(self.array[layout.TURN])

    @property
    def score(self) -> int:
        """Score of the position: the points, or 0 once the last life is lost (unless bombs keep the points)."""
        return int(score_of(self.game.rules, self.array))

    @property
    def best_score(self) -> int:
        """Upper bound of the final score."""
        return int(best_score_of(self.game.rules, self.array))

    @property
    def is_terminal(self) -> bool:
        """True when the game is over."""
        return int(self.array[layout.STATUS]) != layout.RUNNING

    @property
    def information_tokens(self) -> int:
        """Hints that can be given now."""
        return int(self.array[layout.INFORMATION_TOKENS])

    @property
    def life_tokens(self) -> int:
        """Misplays left, the fatal one included."""
        return int(self.array[layout.LIFE_TOKENS])

    @property
    def cards_left(self) -> int:
        """Cards still in the deck."""
        return self.game.deck_size - int(self.array[layout.DEALT])

    @property
    def fireworks(self) -> list[int]:
        """Height of each colour's stack."""
        start = int(self.game.rules[layout.FIREWORKS])
        return [int(height) for height in self.array[start : start + self.game.colours]]

    @property
    def discards(self) -> list[int]:
        """Discarded or misplayed copies of each type, [types]."""
        start = int(self.game.rules[layout.DISCARDS])
        return [int(count) for count in self.array[start : start + self.game.types]]

    def cards(self, player: int) -> NDArray[np.int32]:
        """Return the records of a hand, oldest card first: [cards, CARD_FIELDS], a view into ``array``."""
        self._check_seat(player)
        rules = self.game.rules
        start = int(rules[layout.HANDS]) + player * self.game.cards_in_hand * layout.CARD_FIELDS
        length = int(self.array[rules[layout.HAND_LENGTHS] + player])
        return self.array[start : start + length * layout.CARD_FIELDS].reshape(length, layout.CARD_FIELDS)

    def hand(self, player: int) -> list[int]:
        """Return the card types in a hand, oldest first."""
        return [int(card) for card in self.cards(player)[:, layout.CARD_TYPE]]
