"""Hypothetical worlds that share their past stand once, for policies that are dear to ask.

Two hands that have their oldest cards in common are one world until the first card is drawn that differs. Most of the
past of a long game is older than most of the hand, so that a policy is asked for a part of the positions only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.hanabi.game import HanabiGame
from search.hanabi.history import Seen, held_since
from search.hanabi.policy.follower import Supposed


class SharedPast:
    """Worlds of which those that have been the same so far stand once.

    worlds : of each kind the first (attribute): what is done to its memories and its evidence is done for all.
    """

    def __init__(self, every: Supposed, game: HanabiGame, seen: Seen, turn: int) -> None:
        self._every, self._game, self._seen = every, game, seen
        self._cards = held_since(game.rules, seen, turn)
        columns: list[NDArray[Any]] = [every.hands[:, : self._cards], every.memories.reshape(len(every.hands), -1)]
        if every.evidence is not None:
            columns += [every.evidence.log_likelihood[:, None].view(np.int64), every.evidence.unexplained[:, None]]
        rows = np.ascontiguousarray(np.concatenate(columns, axis=1, dtype=np.int64))
        whole = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
        _, first, self._kind = np.unique(whole, return_index=True, return_inverse=True)
        self.worlds = _some(every, first)

    def split(self, turn: int) -> NDArray[np.int64]:
        """Tell worlds apart by the cards that are there at a turn; return which one each of ``worlds`` was before."""
        cards = held_since(self._game.rules, self._seen, turn)
        if cards <= self._cards:
            return np.arange(len(self.worlds.hands))
        kind = self._kind.astype(np.int64)
        for column in range(self._cards, cards):
            kind = kind * self._game.types + self._every.hands[:, column]
        _, first, found = np.unique(kind, return_index=True, return_inverse=True)
        before = self._kind[first]
        of_those = _some(self.worlds, before)
        self.worlds = of_those._replace(hands=np.ascontiguousarray(self._every.hands[first]))
        self._kind, self._cards = found, cards
        return before

    def finish(self) -> None:
        """Write what became of each world."""
        self._every.memories[:] = self.worlds.memories[self._kind]
        if self._every.evidence is not None and self.worlds.evidence is not None:
            for mine, theirs in zip(self._every.evidence, self.worlds.evidence, strict=True):
                mine[:] = theirs[self._kind]


def _some(worlds: Supposed, rows: NDArray[np.int64]) -> Supposed:
    """Return copies of some of the worlds."""
    evidence = None if worlds.evidence is None else worlds.evidence.of(rows)
    return Supposed(np.ascontiguousarray(worlds.hands[rows]), np.ascontiguousarray(worlds.memories[rows]), evidence)
