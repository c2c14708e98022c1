"""What a batched policy remembers of a game: it is public, so every turn is read once for a seat, not once a hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from games.hanabi.game import HanabiGame
from games.hanabi.layout import HAND_LENGTHS
from search.hanabi.beliefs.history import SeatHistory
from search.hanabi.policy.batched import BatchedPolicy
from search.hanabi.rollouts.batched import (
    players_views,
)


class PublicPast:
    """What a policy remembers of the turns of a history, each read when it is first asked for."""

    def __init__(self, game: HanabiGame, policy: BatchedPolicy, history: SeatHistory) -> None:
        self._game, self._policy, self._history = game, policy, history
        self._contexts: list[Any] = []
        self._recollections: list[Any] = [policy.begin()]

    def _read(self, turn: int) -> None:
        history = self._history
        view = history.views[turn]
        public = view.copy()
        for i in range(int(view[self._game.rules[HAND_LENGTHS] + history.seat])):
            public[self._game.card_offset(history.seat, i)] = 0  # any card: nobody reads it
        no_memories = np.zeros((1, self._game.players, 1), np.int64)
        views, _ = players_views(self._game, np.zeros(1, np.int64), public[None], no_memories, 1)
        context, recollection = self._policy.read(views, self._recollections[-1])
        self._contexts.append(context)
        self._recollections.append(recollection)

    def context(self, turn: int) -> Any:
        """Return the policy's context at a turn, one row."""
        while len(self._contexts) <= turn:
            self._read(len(self._contexts))
        return self._contexts[turn]

    def recollection(self, turn: int) -> Any:
        """Return what the policy remembers after it has read a turn, one row."""
        self.context(turn)
        return self._recollections[turn + 1]
