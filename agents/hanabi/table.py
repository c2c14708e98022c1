"""A table of Hanabi: seats that see views, and one true state that only the table holds.

This is the live loop. A seat never receives the state, the deck, or a view in which its own hand can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from games.hanabi.state import HanabiState

View = NDArray[np.int32]


class Seat(Protocol):
    """A player at the table."""

    def act(self, view: View) -> int:
        """Return a legal move id for the present view (this seat is to move)."""
        ...

    def observe(self, before: View, after: View) -> None:
        """Take note of a move of any player, from the views around it."""
        ...


SeatFactory = Callable[[int, View], Seat]
"""``(seat, its view at the start) -> Seat``."""

Narrator = Callable[[HanabiState, int, Sequence[Seat]], None]
"""Called with the true state, the chosen move and the seats before each move is made. For people, not for seats."""


def play_game(
    state: HanabiState, make_seat: SeatFactory, narrator: Narrator | None = None, turns: int | None = None
) -> HanabiState:
    """Play ``state`` (a game at its start) to the end, or for a number of turns, in place and return it.

    Raises ``ValueError`` if a seat makes an illegal move.
    """
    seats = [make_seat(seat, state.view(seat)) for seat in range(state.game.players)]
    while not state.is_terminal and (turns is None or state.turn < turns):
        player = state.current_player
        move = seats[player].act(state.view(player))
        if narrator is not None:
            narrator(state, move, seats)
        before = [state.view(seat) for seat in range(state.game.players)]
        state.apply(move)
        for seat, member in enumerate(seats):
            member.observe(before[seat], state.view(seat))
    return state
