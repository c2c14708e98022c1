"""Vector environments as torch tensors: one interface, two engines with the same rules, games and numbers.

All tensors of an environment are memory that its engine overwrites in every step: nothing is copied between engine and
network. ``HostEnvironment`` is ``games.hanabi.batch`` with a network on the CPU; ``CardEnvironment`` is
``games.hanabi.cuda`` with a network on the same card, where ``step`` returns before anything is done, so that a whole
rollout can be recorded in a CUDA graph.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from games.hanabi import layout
from games.hanabi.batch import HanabiBatch
from games.hanabi.game import HanabiGame

Version = Literal["canonical", "v0"]


class Environment(Protocol):
    """``slots`` games; a slot starts its next game by itself unless ``auto_reset`` is off.

    moves : int64 [slots], to be written before ``step``; they must be legal.
    observations : [slots, width], what players to move see, float32 or bfloat16; zeros after the game's size.
    legal : bool [slots, moves]; no move once a slot waits.  players : int32 [slots], to move.
    rewards : int32 [slots], change of the score.  done : bool [slots].  scores : int32 [slots], of the last game.
    states : [state size, slots].
    """

    game: HanabiGame
    slots: int
    moves: Tensor
    observations: Tensor
    legal: Tensor
    players: Tensor
    rewards: Tensor
    done: Tensor
    scores: Tensor
    states: Tensor

    def reset(self, first_game: int) -> None:
        """Start the games ``first_game + i``."""
        ...

    def step(self) -> None:
        """Make ``moves`` and overwrite everything else."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that ``restore`` needs to go on from here, on either engine: one row a slot."""
        ...

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from what ``arrays`` of an environment of the same game, seed and size returned."""
        ...


_KEPT = ("states", "decks", "numbers", "scores")


class HostEnvironment:
    """Games on the CPU: the tensors are the arrays of a ``HanabiBatch``."""

    def __init__(
        self,
        game: HanabiGame,
        slots: int,
        seed: int,
        version: Version,
        *,
        auto_reset: bool = True,
        workers: int | None = None,
    ) -> None:
        self.game, self.slots = game, slots
        self._batch = batch = HanabiBatch(
            game, slots, seed, auto_reset=auto_reset, version=version, dtype=np.float32, workers=workers
        )
        self.moves = torch.zeros(slots, dtype=torch.int64)
        self.observations, self.legal = torch.from_numpy(batch.observations), torch.from_numpy(batch.legal)
        self.players, self.rewards = torch.from_numpy(batch.current_player), torch.from_numpy(batch.rewards)
        self.done, self.scores = torch.from_numpy(batch.done), torch.from_numpy(batch.scores)
        self.states = torch.from_numpy(batch.states).T

    def reset(self, first_game: int) -> None:
        self._batch.reset(first_game)

    def step(self) -> None:
        self._batch.step(self.moves.numpy())

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self._batch, name).copy() for name in _KEPT}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        for name in _KEPT:
            getattr(self._batch, name)[:] = arrays[name]
        self._batch.look()


class CardEnvironment:
    """Games on the current CUDA card: the tensors are the arrays of a ``CudaHanabi``, launched on torch's stream."""

    def __init__(
        self,
        game: HanabiGame,
        slots: int,
        seed: int,
        version: Version,
        *,
        auto_reset: bool = True,
        encoding: Literal["float32", "bfloat16"] = "bfloat16",
    ) -> None:
        from games.hanabi.cuda.batch import CudaHanabi
        from games.hanabi.cuda.tensors import tensor_of

        self.game, self.slots = game, slots
        self._batch = batch = CudaHanabi(game, slots, seed, auto_reset=auto_reset, version=version, encoding=encoding)
        self.moves, self.legal, self.players = map(tensor_of, (batch.moves, batch.legal, batch.current_player))
        self.rewards, self.done, self.scores = map(tensor_of, (batch.rewards, batch.done, batch.scores))
        self.states, self.observations = tensor_of(batch.states), tensor_of(batch.observations)
        if encoding == "bfloat16":
            self.observations = self.observations.view(torch.bfloat16)

    def reset(self, first_game: int) -> None:
        self._batch.reset(first_game, self._stream())

    def step(self) -> None:
        self._batch.step(self._stream())

    def check(self) -> None:
        """Wait for the card; raise ``ValueError`` if a move since ``reset`` was not legal."""
        self._batch.check()

    def arrays(self) -> dict[str, NDArray[Any]]:
        self._batch.check()
        return {name: np.ascontiguousarray(getattr(self._batch, name).copy_to_host().T) for name in _KEPT}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        for name in _KEPT:
            array = getattr(self._batch, name)
            array.copy_to_device(np.ascontiguousarray(arrays[name].T, array.dtype))
        self._batch.look(self._stream())

    @staticmethod
    def _stream() -> int:
        return torch.cuda.current_stream().cuda_stream if torch.cuda.is_available() else 0


def own_cards(environment: Environment) -> Tensor:
    """Return the types of the cards that the players to move hold, int64 [slots, hand].

    (Who is to move has a full hand: without a card to draw, a player's next move is the last.)
    """
    game = environment.game
    hand = torch.arange(game.cards_in_hand, device=environment.players.device)
    cards = environment.players.long()[:, None] * game.cards_in_hand + hand
    places = int(game.rules[layout.HANDS]) + layout.CARD_TYPE + layout.CARD_FIELDS * cards
    return environment.states.gather(0, places.T).T.long()
