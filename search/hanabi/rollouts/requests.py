"""What is asked of whoever plays rollouts, and how a planner asks: positions, requests, and the one face they all have.

A decision is one position. Its worlds are numbered, and a request is for some moves in a range of them; world ``i`` is
the same in every request and for every move. Requests of many decisions may be played together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from games.hanabi.game import HanabiGame
from games.hanabi.rules import best_score
from search.errors import Origins
from search.hanabi.worlds import Worlds


class Position(NamedTuple):
    """An information state to be rolled out.

    view, seat : the view of ``seat``, who is to move.
    worlds : hands and memories of the numbered worlds.  key : of what else is random in them (uint64).
    recollection : of the policy after it has read this turn, one row (``Follower.recollection``); or None.
    """

    view: NDArray[np.int32]
    seat: int
    worlds: Worlds
    key: int
    recollection: Any


class Request(NamedTuple):
    """Returns that are asked for: of ``moves`` (int64 [k]) in worlds ``start .. stop - 1`` of a position."""

    position: Position
    moves: NDArray[np.int64]
    start: int
    stop: int


def place_of(game: HanabiGame, position: Position, moves: NDArray[np.int64]) -> tuple[Any, ...]:
    """Return what kernels read of a position and moves: ``search.hanabi.worlds.PLACE_TYPES``."""
    view, seat, worlds, key, _ = position
    return game.rules, view, seat, worlds, np.ascontiguousarray(moves, dtype=np.int64), np.uint64(key)


class Rollouts(Protocol):
    """Whoever plays the rollouts of a game's positions: on the CPU, on a card, or beside those of others."""

    @property
    def game(self) -> HanabiGame: ...

    def roll_out(self, requests: Sequence[Request]) -> list[NDArray[np.float64]]:
        """Return the scores of several requests, of any positions of the game: [stop - start, moves] each."""
        ...


class RequestedValues:
    """``search.allocation.ActionValues`` of a Hanabi view: what rollouts score, in points.

    origins : of the worlds; ``None``: they are independent.
    more : makes as many worlds as are asked for, with their origins, where those of the position do not suffice; those
        that there are stay as they are.
    """

    def __init__(
        self,
        rollouts: Rollouts,
        position: Position,
        origins: Origins | None = None,
        more: Callable[[int], tuple[Worlds, Origins | None]] | None = None,
    ) -> None:
        self._rollouts, self._position, self.origins, self._more = rollouts, position, origins, more
        self.maximum = float(best_score(rollouts.game.rules, position.view))

    def returns(self, actions: NDArray[np.int64], start: int, stop: int) -> NDArray[np.float64]:
        """Return the score after each move in worlds ``start .. stop-1``: [stop-start, moves]."""
        if self._more is not None and stop > len(self._position.worlds.particles):
            worlds, self.origins = self._more(2 * stop)
            self._position = self._position._replace(worlds=worlds)
        return self._rollouts.roll_out([Request(self._position, actions, start, stop)])[0]


def cut(requests: Sequence[Request], rows: int) -> Iterator[list[Request]]:
    """Yield the requests, cut between worlds where need be, in batches of at most ``rows`` rollouts (or one world)."""
    batch: list[Request] = []
    room = rows
    for request in requests:
        width, start = len(request.moves), request.start
        while width and start < request.stop:
            if batch and room < width:
                yield batch
                batch, room = [], rows
            stop = min(request.stop, start + max(1, room // width))
            batch.append(request._replace(start=start, stop=stop))
            room -= width * (stop - start)
            start = stop
    if batch:
        yield batch


def returns_of(requests: Sequence[Request], scores: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return what each request asked for, [stop - start, moves], from the scores of all rollouts in order."""
    sizes = [(request.stop - request.start) * len(request.moves) for request in requests]
    found = np.split(np.concatenate([*scores, np.empty(0)]), np.cumsum(sizes)[:-1])
    return [
        part.reshape(request.stop - request.start, len(request.moves))
        for part, request in zip(found, requests, strict=True)
    ]
