"""What a search asks of a policy that is too large to play inside compiled code: answers for many positions at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame

if TYPE_CHECKING:
    from games.hanabi.cuda.batch import CudaHanabi


class BatchedPolicy(Protocol):
    """A policy that answers for many positions at once.

    What it remembers of a game must be a function of what everybody has seen. A *recollection* has a row for each game
    and is opaque here, but ``recollection[rows]`` takes rows out; a policy without memory may use arrays of no columns.
    """

    def begin(self) -> Any:
        """Return the recollection of one game before its first turn."""
        ...

    def repeated(self, recollections: Sequence[Any], counts: Sequence[int]) -> Any:
        """Return the rows of recollections of one game each, every one so many times, in order."""
        ...

    def read(self, views: NDArray[np.int32], recollection: Any) -> tuple[Any, Any]:
        """Read the public part of views [n, state_size], one a game and turn.

        Returns (context, recollection after the turn): what ``log_probabilities`` needs of the past, n rows.
        """
        ...

    def log_probabilities(
        self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any
    ) -> NDArray[np.float64]:
        """Return the log-probabilities of the moves of the players to move: [n, moves], ``-inf`` where illegal.

        ``views`` have the own hands hidden; ``memories`` [n, memory] are rows of the base; ``context`` is what ``read``
        returned for these views, or one row if all views have the same public past.
        """
        ...

    def values(self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any) -> NDArray[np.float64]:
        """Return how many points the players to move expect from here on, [n]; parameters as above."""
        ...


class CardPolicy(Protocol):
    """A policy without memory that plays games on a CUDA card, from observations that are there already.

    version, encoding : the observations that it reads, as of ``games.hanabi.cuda.batch.CudaHanabi``.
    """

    @property
    def version(self) -> Literal["canonical", "v0"]: ...

    @property
    def encoding(self) -> Literal["float32", "bfloat16"]: ...

    def player(self, batch: CudaHanabi, turns: int) -> Callable[[], None]:
        """Return a function that plays so many turns in every slot: its likeliest legal move, and a step.

        It reads and writes the arrays of the batch, on torch's current stream, and never waits for the card. Slots
        whose games have ended may be given any move.
        """
        ...

    def values(self, batch: CudaHanabi) -> Callable[[], Any]:
        """Return a function that returns how many points the players to move expect from here on.

        Its result is a float32 tensor on the card, one number a slot, of no meaning where no game is running.
        """
        ...


@dataclass(frozen=True)
class BatchedBlueprint:
    """A blueprint whose moves come from a batched policy: the legal move with the largest probability.

    name : what people type.
    game : the configuration that it plays (``bomb`` may differ).
    policy : see ``BatchedPolicy``.
    base : compiled blueprint that keeps the seats' memories, which the policy reads; its moves are not played.
    digest : tells the parameters from others.
    softening : as in ``Blueprint``.
    card : the same policy for rollouts on a CUDA card (``search.hanabi.rollouts.cuda``); ``None``: on the CPU.
    """

    name: str
    game: HanabiGame
    policy: BatchedPolicy
    base: Blueprint
    digest: str
    softening: float = 0.1
    sees_own_hand: bool = False
    card: CardPolicy | None = None

    def memory_size(self, game: HanabiGame) -> int:
        """Return the columns of a memory row; raises ``ValueError`` with one sentence if the game is another."""
        if difference := self.game.difference(game):
            raise ValueError(f"{self.name} plays Hanabi with {difference}")
        return self.base.memory_size(game)

    def weights(self, game: HanabiGame) -> str:
        """Return what tells the parameters from others."""
        return self.digest
