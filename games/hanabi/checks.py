"""What is handed in from outside – moves, seats, cards, arrays – checked before compiled code, which checks nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.numbers import whole
from games.hanabi import layout
from games.hanabi.game import HanabiGame


def seat_of(game: HanabiGame, player: Any) -> int:
    """Return a seat; raises ``ValueError`` unless it is ``0 .. players - 1``."""
    return whole(player, "player", 0, game.players - 1)


def check_array(game: HanabiGame, array: Any) -> NDArray[np.int32]:
    """Return the array of a state or view; raises ``ValueError`` unless it is contiguous int32 [state_size]."""
    if not isinstance(array, np.ndarray) or array.dtype != np.int32 or array.shape != (game.state_size,):
        found = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else f"a {type(array).__name__}"
        raise ValueError(f"a position of this game is an int32 array ({game.state_size},), not {found}")
    if not array.flags.c_contiguous:
        raise ValueError("a position must be a contiguous array, and this one is a slice with gaps")
    return array


def hidden_seats(game: HanabiGame, array: NDArray[np.int32]) -> list[int]:
    """Return the seats whose hands read ``HIDDEN``, wholly or in part."""
    start, size = int(game.rules[layout.HANDS]), game.cards_in_hand
    hands = array[start : start + game.players * size * layout.CARD_FIELDS].reshape(game.players, size, -1)
    lengths = array[game.rules[layout.HAND_LENGTHS] :][: game.players]
    held = np.arange(size) < lengths[:, None]
    return np.flatnonzero((held & (hands[:, :, layout.CARD_TYPE] < 0)).any(axis=1)).tolist()
