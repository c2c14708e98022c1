"""What a planner asks of a learned belief: hands drawn from a density that can be evaluated."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.hanabi.history import SeatHistory


class HandModel(Protocol):
    """A model q(own hand | what a seat has seen), for decisions of that seat.

    Every hand of positive density must be possible: allowed by hints, and dealt from the unseen cards. Draws may depend
    on nothing but the arguments.
    """

    @property
    def public_memory(self) -> bool:
        """The blueprint's memory rows of all seats always agree: no own hand changes what partners remember."""
        ...

    def draw(
        self, history: SeatHistory, memory: NDArray[np.int64], count: int, key: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return ``count`` independent hands [count, cards], oldest card first, and ``log q`` of each [count].

        ``history`` ends at a decision of its seat; ``memory`` is that seat's row of blueprint memory; ``key`` (uint64)
        fixes the random numbers.
        """
        ...

    def log_density(
        self, history: SeatHistory, memory: NDArray[np.int64], hands: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """Return ``log q`` of given hands [hands, cards]; ``-inf`` where hints or counts rule a hand out."""
        ...
