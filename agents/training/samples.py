"""What self-play leaves for learning: one row for every decision, in arrays that compiled code fills and reads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.blueprints.neural.features import most_features
from agents.blueprints.neural.network import padded
from games.hanabi.game import HanabiGame


class Samples(NamedTuple):
    """Decisions of whole games. Row ``g * longest + t`` is decision ``t`` of game ``g``; rows after the end are unused.

    features : uint16 [rows, most features], the first ``counts`` of a row are on.
    counts : int32 [rows].
    advice : int32 [rows], the base's move as the network saw it, -1 without a base.
    teacher : int32 [rows], the teacher's move.
    legal : bool [rows, padded moves].
    moves : int32 [rows], what was played.
    logits : float32 [rows, padded moves], of the policy that played.
    values, advantages, returns : float32 [rows], in tenths of points (``REWARD_SCALE``). When they are learned from,
        advantages have mean 0 and variance 1.
    lengths, scores : int32 [games], decisions and final score of each game.
    """

    features: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.int32]
    advice: npt.NDArray[np.int32]
    teacher: npt.NDArray[np.int32]
    legal: npt.NDArray[np.bool_]
    moves: npt.NDArray[np.int32]
    logits: npt.NDArray[np.float32]
    values: npt.NDArray[np.float32]
    advantages: npt.NDArray[np.float32]
    returns: npt.NDArray[np.float32]
    lengths: npt.NDArray[np.int32]
    scores: npt.NDArray[np.int32]

    @property
    def longest(self) -> int:
        """Rows of a game."""
        return len(self.counts) // len(self.lengths)

    def rows(self) -> npt.NDArray[np.int64]:
        """Return the numbers of the rows that hold a decision, in order."""
        used = np.arange(self.longest) < self.lengths[:, None]
        return np.flatnonzero(used.ravel())


def empty_samples(game: HanabiGame, games: int, history: int = 0) -> Samples:
    """Return room for so many games of any length that the rules allow, read with so many earlier moves."""
    rows, width = games * game.maximum_turns, padded(game.moves)
    return Samples(
        features=np.zeros((rows, most_features(game, history)), np.uint16),
        counts=np.zeros(rows, np.int32),
        advice=np.full(rows, -1, np.int32),
        teacher=np.zeros(rows, np.int32),
        legal=np.zeros((rows, width), np.bool_),
        moves=np.zeros(rows, np.int32),
        logits=np.zeros((rows, width), np.float32),
        values=np.zeros(rows, np.float32),
        advantages=np.zeros(rows, np.float32),
        returns=np.zeros(rows, np.float32),
        lengths=np.zeros(games, np.int32),
        scores=np.zeros(games, np.int32),
    )
