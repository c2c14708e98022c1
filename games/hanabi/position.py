"""A position to be read, whoever sees it: the flat array of ``games.hanabi.layout`` with names for what is in it.

``HanabiState`` is a position whose deck is known too, and that can be played on. Of a *view*, in which the own hand
reads ``HIDDEN``, a ``Position`` reads what its player may know.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from games._base.jit import kernel
from games.hanabi import layout
from games.hanabi.checks import check_array, hidden_seats, seat_of
from games.hanabi.events import FIELDS, FIRST, Event, event_of
from games.hanabi.game import HanabiGame
from games.hanabi.observation import write_observation, write_observation_v0
from games.hanabi.rules import best_score as best_score_of
from games.hanabi.rules import legal_moves
from games.hanabi.rules import score as score_of

_legal_moves = kernel(legal_moves)
_observe = kernel(write_observation)
_observe_v0 = kernel(write_observation_v0)


def observation_kind(version: str, dtype: DTypeLike | None) -> np.dtype[Any]:
    """Return the type of an observation's numbers; raises ``ValueError`` for one that cannot hold them."""
    kind = np.dtype(dtype) if dtype is not None else np.dtype(np.uint8 if version == "canonical" else np.float32)
    if version == "v0" and kind.kind != "f":
        raise ValueError(f"v0 observations are fractions: dtype must be floating-point, not {kind}")
    if kind.kind not in "fiub":
        raise ValueError(f"observations are numbers: dtype must be of numbers, not {kind}")
    return kind


class Position:
    """The configuration ``game`` and the ``array`` of a position or view, [state_size] int32.

    Raises ``ValueError`` for an array that is not of this game.
    """

    __slots__ = ("array", "game")

    def __init__(self, game: HanabiGame, array: NDArray[np.int32]) -> None:
        self.game, self.array = game, check_array(game, array)

    def legal_moves(self) -> list[int]:
        """Return the legal move ids in increasing order; none when the game is over."""
        moves = np.empty(self.game.moves, dtype=np.int32)
        count = _legal_moves(self.game.rules, self.array, moves)
        return [int(move) for move in moves[:count]]

    def observation(
        self, player: int, version: Literal["canonical", "v0"] = "canonical", dtype: DTypeLike | None = None
    ) -> NDArray[Any]:
        """Return the observation of ``player``, [game.observation_size]; see ``observation.py`` for the two versions.

        The canonical one is uint8 and V0 float32 unless ``dtype`` says otherwise. Raises ``ValueError`` if the position
        is the view of somebody else, in which a hand that ``player`` sees is hidden.
        """
        seat = seat_of(self.game, player)
        if version not in ("canonical", "v0"):
            raise ValueError(f"version must be 'canonical' or 'v0', not {version!r}")
        kind = observation_kind(version, dtype)
        if others := [other for other in hidden_seats(self.game, self.array) if other != seat]:
            raise ValueError(
                f"player {seat} sees the hand of player {others[0]}, hidden here: it is the view of another player"
            )
        out = np.empty(self.game.observation_size, dtype=kind)
        (_observe if version == "canonical" else _observe_v0)(self.game.rules, self.array, seat, out)
        return out

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
        heights: list[int] = self.array[start : start + self.game.colours].tolist()
        return heights

    @property
    def discards(self) -> list[int]:
        """Discarded or misplayed copies of each type, [types]."""
        start = int(self.game.rules[layout.DISCARDS])
        counts: list[int] = self.array[start : start + self.game.types].tolist()
        return counts

    @property
    def last_move(self) -> Event | None:
        """What happened last; ``None`` before the first move."""
        return event_of(self.game, self.array[FIRST : FIRST + FIELDS])

    def cards(self, player: int) -> NDArray[np.int32]:
        """Return the records of a hand, oldest card first: [cards, CARD_FIELDS], a view into ``array``."""
        player, rules = seat_of(self.game, player), self.game.rules
        start = int(rules[layout.HANDS]) + player * self.game.cards_in_hand * layout.CARD_FIELDS
        length = int(self.array[rules[layout.HAND_LENGTHS] + player])
        return self.array[start : start + length * layout.CARD_FIELDS].reshape(length, layout.CARD_FIELDS)

    def hand(self, player: int) -> list[int]:
        """Return the card types in a hand, oldest first."""
        types: list[int] = self.cards(player)[:, layout.CARD_TYPE].tolist()
        return types
