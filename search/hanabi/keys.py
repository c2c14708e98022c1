"""The random keys of one seat in one game, made by the table.

Every random number of a search comes from ``(seed, game, turn, stream)``. The seed and the number of the game also fix
the deck, so a seat is given neither: it gets hashes of them, one for each turn and purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.rng import draw, fold
from games.hanabi.game import HanabiGame
from games.hanabi.self_play import POLICY_STREAM
from search.seating import Seating

SEED_MASK = (1 << 63) - 1  # compiled code takes seeds as int64

_BELIEF_STREAM = 17
_WORLDS_STREAM = 18


@kernel
def _fill(seed, number, keys):
    game = fold(fold(np.uint64(0), seed), number)
    for turn in range(keys.shape[1]):
        keys[0, turn] = draw(fold(game, POLICY_STREAM), turn)
        keys[1, turn] = fold(fold(game, turn), _BELIEF_STREAM)
        keys[2, turn] = fold(fold(game, turn), _WORLDS_STREAM)


@dataclass(frozen=True)
class SeatKeys:
    """Keys by turn, each [maximum_turns + 1] uint64.

    policy : of a randomised blueprint's move, the same as in ``games.hanabi.self_play``.
    belief, worlds : of the belief's proposals, and of the worlds that are rolled out.
    """

    policy: NDArray[np.uint64]
    belief: NDArray[np.uint64]
    worlds: NDArray[np.uint64]

    @classmethod
    def of_game(cls, game: HanabiGame, seed: int, number: int) -> SeatKeys:
        """Return the keys of game ``number`` under ``seed``."""
        keys = np.zeros((3, game.maximum_turns + 1), dtype=np.uint64)
        _fill(seed, number, keys)
        return cls(keys[0], keys[1], keys[2])

    @classmethod
    def of_seating(cls, seating: Seating) -> SeatKeys:
        """Return the keys that the table has made, or else those of the seat's own seed."""
        if seating.keys is not None:
            made: SeatKeys = seating.keys
            return made
        return cls.of_game(seating.game, seating.seed & SEED_MASK, 0)
