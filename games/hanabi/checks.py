"""What is handed in from outside – moves, seats, cards, arrays – checked before compiled code, which checks nothing."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.hanabi import layout
from games.hanabi.game import HanabiGame

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_MANY = 2**30  # a bound that nobody meets need not be named


def whole(value: Any, what: str, low: int = _SMALLEST, high: int = _LARGEST) -> int:
    """Return a whole number; raises ``ValueError`` for fractions, truth values, words, and what is out of range.

    ``what`` names the number in the sentence.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool | np.bool_):
        raise ValueError(f"{what} must be a whole number, not {_shown(value)}")
    if not low <= number <= high:
        if (low, high) == (_SMALLEST, _LARGEST):
            raise ValueError(f"{what} must fit in 64 bits, and {_shown(value)} does not")
        wanted = f"{low} to {high}" if high < _MANY or number > high else f"at least {low}"
        raise ValueError(f"{what} must be {wanted}, not {_shown(number)}")
    return number


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, int | float | str | None) else f"a {type(value).__name__}"
    return text if len(text) <= 40 else f"{text[:37]}..."


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
