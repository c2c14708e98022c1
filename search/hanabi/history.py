"""What one seat has seen of a game of Hanabi: its views, and the own cards that left the hand since.

This is all that a belief may be computed from. The views come in with the own hand hidden; the type of an own card
becomes known when it is played or discarded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import jitable
from games.hanabi.checks import check_array, seat_of
from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    CARD_FIELDS,
    CURRENT_PLAYER,
    DECK_INDEX,
    HAND_LENGTHS,
    HIDDEN,
    LAST_CARD,
    LAST_PLAYER,
    LAST_POSITION,
    PLAUSIBLE_COLOURS,
    PLAUSIBLE_RANKS,
    TURN,
)
from games.hanabi.rules import card_address
from games.hanabi.self_play import copy_into

VIEWS_TYPE = types.Array(types.int32, 2, "C")
CARDS_TYPE = types.Array(types.int32, 1, "C")


class Seen(NamedTuple):
    """What compiled code reads of a history: its views, the seat, and of the own cards those that are known by now.

    views, seat, revealed : of ``SeatHistory``. held : [cards] int32, the deck indices of the hand, oldest first.
    """

    views: NDArray[np.int32]
    seat: int
    revealed: NDArray[np.int32]
    held: NDArray[np.int32]


SEEN_TYPE = types.NamedTuple((VIEWS_TYPE, types.int64, CARDS_TYPE, CARDS_TYPE), Seen)


@jitable
def suppose(seen, hand, card_of_index):
    """Write the type of every own card of the game, by deck index, if the present ``hand`` is this one."""
    for i in range(card_of_index.shape[0]):
        card_of_index[i] = seen.revealed[i]
    for i in range(seen.held.shape[0]):
        card_of_index[seen.held[i]] = hand[i]


@jitable
def view_supposed(rules, seen, turn, card_of_index, state):
    """Write the view of a turn with the own hand of that time shown."""
    copy_into(state, seen.views[turn])
    for i in range(state[rules[HAND_LENGTHS] + seen.seat]):
        card = card_address(rules, seen.seat, i)
        state[card] = card_of_index[state[card + DECK_INDEX]]


@jitable
def held_since(rules, seen, turn):
    """Return how many of the cards that are in the hand now, the oldest ones, were in it at a turn."""
    view = seen.views[turn]
    length = view[rules[HAND_LENGTHS] + seen.seat]
    if length == 0:
        return 0
    newest = view[card_address(rules, seen.seat, length - 1) + DECK_INDEX]
    count = 0
    while count < seen.held.shape[0] and seen.held[count] <= newest:
        count += 1
    return count


class SeatHistory:
    """The views of one seat, oldest first.

    Attributes
    ----------
    views : [turns + 1, state_size] int32 (property): the view before each move, and the present one.
    revealed : [deck_size] int32: type of each own card that has left the hand, by deck index; ``HIDDEN`` elsewhere.
    """

    def __init__(self, game: HanabiGame, seat: int, view: NDArray[np.int32]) -> None:
        self.game = game
        self.seat = seat_of(game, seat)
        self.revealed = np.full(game.deck_size, HIDDEN, dtype=np.int32)
        self._views = np.zeros((game.maximum_turns + 1, game.state_size), dtype=np.int32)
        self._length = 0
        self._check(view)
        self._append(view)

    def _check(self, view: NDArray[np.int32]) -> None:
        check_array(self.game, view)
        if np.any(self.own_records(view)[:, 0] != HIDDEN):
            raise ValueError(f"the view of seat {self.seat} shows its own hand")

    def _append(self, view: NDArray[np.int32]) -> None:
        self._views[self._length] = view
        self._length += 1

    def own_records(self, view: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the card records of the own hand in a view: [cards, CARD_FIELDS]."""
        rules = self.game.rules
        length = int(view[rules[HAND_LENGTHS] + self.seat])
        start = int(self.game.card_offset(self.seat, 0))
        return view[start : start + length * CARD_FIELDS].reshape(length, CARD_FIELDS)

    def observe(self, view: NDArray[np.int32]) -> None:
        """Add the view after a move of any player; raises ``ValueError`` if it is no view of this seat."""
        self._check(view)
        if view[LAST_PLAYER] == self.seat and view[LAST_POSITION] >= 0:
            card = self.own_records(self.present)[view[LAST_POSITION]]
            self.revealed[card[DECK_INDEX]] = view[LAST_CARD]
        self._append(view)

    def check_asked(self, view: NDArray[np.int32]) -> None:
        """Raise ``ValueError`` unless this seat is to move and the view is what it has seen last."""
        check_array(self.game, view)
        if view[CURRENT_PLAYER] != self.seat or view[TURN] != self.turns:
            raise ValueError(f"seat {self.seat} was asked for a move out of turn")
        if not np.array_equal(view, self.present):
            raise ValueError(f"seat {self.seat} was asked about another view than the last that it has seen")

    @property
    def turns(self) -> int:
        """Number of moves seen."""
        return self._length - 1

    @property
    def views(self) -> NDArray[np.int32]:
        """All views so far: [turns + 1, state_size]."""
        return self._views[: self._length]

    @property
    def present(self) -> NDArray[np.int32]:
        """The latest view."""
        latest: NDArray[np.int32] = self._views[self._length - 1]
        return latest

    def deck_indices(self) -> NDArray[np.int32]:
        """Return the deck index of each own card, oldest first."""
        return self.own_records(self.present)[:, DECK_INDEX].copy()

    def seen(self) -> Seen:
        """Return what compiled code reads."""
        return Seen(self.views, self.seat, self.revealed, self.deck_indices())

    def hint_masks(self) -> NDArray[np.int64]:
        """Return, for each own card, the types that hints leave possible, as a bit mask over types: [cards] int64."""
        game = self.game
        masks = np.zeros(len(self.deck_indices()), dtype=np.int64)
        for i, record in enumerate(self.own_records(self.present)):
            masks[i] = game.types_left(int(record[PLAUSIBLE_COLOURS]), int(record[PLAUSIBLE_RANKS]))
        return masks
