"""What a search stands on: a policy, and that policy in one seat of one game.

Two engines answer to these: ``compiled``, whose policy is called inside compiled code, and ``batched``, whose policy
answers for many positions at once. Seats, beliefs and tables ask no further.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from search.hanabi.history import SeatHistory
from search.hanabi.searchers import Searchers


class Policy(Protocol):
    """A policy for every seat of a game, as ``games.hanabi.blueprint.Blueprint`` describes its attributes."""

    @property
    def name(self) -> str: ...

    @property
    def softening(self) -> float: ...

    @property
    def sees_own_hand(self) -> bool: ...

    def memory_size(self, game: HanabiGame) -> int: ...

    def weights(self, game: HanabiGame) -> str | None: ...

    def follow(self, history: SeatHistory) -> Follower:
        """Return the policy in the seat of a history, which holds the start of a game."""
        ...


BARELY = 0.99  # times the uniform probability: a policy that gives a move less does not explain it


class Evidence(NamedTuple):
    """What the partners' moves say for hypothetical worlds.

    log_likelihood : [worlds], of those moves.
    unexplained : [worlds] int64, how many of them the policy thinks less likely than a uniformly random move. The move
        that it thinks likeliest never is, so that partners who follow the policy make none in the true world.
    """

    log_likelihood: NDArray[np.float64]
    unexplained: NDArray[np.int64]

    def of(self, worlds: NDArray[np.bool_] | NDArray[np.int64]) -> Evidence:
        """Return the evidence of some of the worlds, given by a mask or by their numbers."""
        return Evidence(self.log_likelihood[worlds], self.unexplained[worlds])


class Supposed(NamedTuple):
    """Hypothetical worlds of a seat: own hands, and what would be so if they were real.

    hands : [worlds, cards] types of the own cards at present.
    memories : [worlds, players, memory].
    evidence : of the partners' moves; ``None``: no policy is asked, memories alone are kept.
    """

    hands: NDArray[np.int32]
    memories: NDArray[np.int64]
    evidence: Evidence | None


class Follower:
    """A policy in one seat of one game: what it remembers, what it would do, and what others' moves tell of the hand.

    history : what the seat has seen; kept up to date here.
    base : the compiled blueprint that keeps the memories of all seats, as this seat can know them.
    """

    def __init__(self, history: SeatHistory, base: Blueprint) -> None:
        self.history, self.base = history, base
        self._memories = base.new_memories(history.game)

    @property
    def memory(self) -> NDArray[np.int64]:
        """The seat's own row of memory."""
        row: NDArray[np.int64] = self._memories[self.history.seat]
        return row

    @property
    def contradictions(self) -> int:
        """Conclusions of the convention so far that hints or counts disproved, as this seat sees it."""
        column = self.base.contradictions
        return 0 if column is None else int(self.memory[column])

    def observe(self, before: NDArray[np.int32], after: NDArray[np.int32]) -> None:
        """Take note of a move of any player: the views around it."""
        self.base.observe(self.history.game.rules, before, after, self._memories)
        self.history.observe(after)

    def move(self, view: NDArray[np.int32], key: np.uint64) -> int:
        """Return the policy's move in the present view, this seat to move; ``key`` is for policies that randomise."""
        raise NotImplementedError

    def chances(self, view: NDArray[np.int32], moves: NDArray[np.int64], key: np.uint64) -> NDArray[np.float64]:
        """Return the policy's probabilities of the legal ``moves``, before any softening."""
        raise NotImplementedError

    def replay(
        self,
        worlds: Supposed,
        first: int,
        last: int,
        softening: float,
        workers: int | None,
        searchers: Searchers | None = None,
    ) -> None:
        """Replay turns ``first .. last-1`` of the history in hypothetical worlds, on ``workers`` threads.

        The memories, those of turn ``first``, become those of turn ``last``; the log-probability of the partners' moves
        is added to the evidence, a move counting as uniformly random with probability ``softening`` and otherwise as
        one of the policy, or of the model of partners who search on top of it.
        """
        raise NotImplementedError

    def recollection(self, turn: int) -> Any:
        """Return what the policy remembers of the public past after it has read a turn, one row; or None."""
        return None
