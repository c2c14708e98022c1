"""Many games of ``rl_env`` at once: its entries by name, an array over the games in each.

``HanabiBatch`` (``games.hanabi.batch``) is the same without names; this is for code that was written for HLE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.hanabi import layout
from games.hanabi.batch import HanabiBatch
from games.hanabi.environments.rl_env import game_and_seed


class HanabiVectorEnv:
    """``size`` games side by side; a game that ends is followed by the next one in the same step.

    Parameters
    ----------
    config : as of ``HanabiEnv``. size : how many games, n. workers : threads, by default one a core.

    Observations, of ``reset`` and ``step``
    ----------
    current_player : int32 [n].
    player_observations : a dictionary for each seat: ``current_player``, ``current_player_offset``, ``life_tokens``,
        ``information_tokens`` and ``deck_size``, int32 [n]; ``fireworks``, int32 [n, colours]; ``legal_moves``, bool
        [n, moves], False in games where another is to move; ``vectorized``, uint8 [n, observation_size].

    Arrays are new in each step. Raises ``ValueError`` as ``HanabiEnv`` does.
    """

    def __init__(self, config: Mapping[str, Any], size: int, workers: int | None = None) -> None:
        self.game, self.seed = game_and_seed(config)
        self.players, self.size = self.game.players, size
        self._batch = HanabiBatch(self.game, size, self.seed, seats="all", workers=workers)

    def reset(self) -> dict[str, Any]:
        """Begin the games 0 to n - 1 of the seed in all places and return the observations."""
        self._batch.reset()
        return self._observations()

    def step(self, actions: ArrayLike) -> tuple[dict[str, Any], NDArray[np.int32], NDArray[np.bool_], dict[str, Any]]:
        """Make a move in every game.

        actions : ids, [n]. Returns the observations – where a game ended, of the one that follows –, the changes of the
        scores [n], which games ended [n], and ``{"scores": ...}``, [n], the score of the last game that ended in each
        place (-1 before the first). Raises ``ValueError`` and changes nothing if a move is not legal.
        """
        rewards = self._batch.step(actions).copy()
        return self._observations(), rewards, self._batch.done.copy(), {"scores": self._batch.scores.copy()}

    def num_moves(self) -> int:
        """Return how many move ids there are."""
        return self.game.moves

    def vectorized_observation_shape(self) -> list[int]:
        """Return the shape of a row of ``vectorized``."""
        return [self.game.observation_size]

    def _observations(self) -> dict[str, Any]:
        states, movers, game = self._batch.states, self._batch.current_player.copy(), self.game
        fireworks = game.offsets[0]
        board = {
            "life_tokens": states[:, layout.LIFE_TOKENS].copy(),
            "information_tokens": states[:, layout.INFORMATION_TOKENS].copy(),
            "deck_size": game.deck_size - states[:, layout.DEALT],
            "fireworks": states[:, fireworks : fireworks + game.colours].copy(),
        }
        seats = [
            {
                "current_player": movers,
                "current_player_offset": (movers - seat) % game.players,
                **board,
                "legal_moves": self._batch.legal & (movers == seat)[:, None],
                "vectorized": self._batch.observations[:, seat].copy(),
            }
            for seat in range(game.players)
        ]
        return {"player_observations": seats, "current_player": movers}
