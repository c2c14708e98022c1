"""Policies whose memory is each seat's own: what a seat has in mind depends on hands that others do not see.

Of such a policy (an LSTM over private observations, say) nothing can be read once for all hypothetical hands: every
hand, with the memories of the whole table that it implies, is carried along by itself. What a seat remembers is a row
of ``int64``, opaque here – a network keeps the bits of its floats in it – so that beliefs and rollouts *branch* by
copying rows, as they do for compiled blueprints. ``Blueprint.new_memories`` of the base *begins* a game, and
``PrivateRecurrence.step`` goes on by a move.

Cost: a rollout with ``n`` players evaluates the network ``n`` times a move (once, if seats read their own turns only),
a belief ``n - 1`` times for each of its hands and turns; each hand and rollout keeps ``8 n`` bytes a column of memory.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.threads import run_ranges
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, HAND_LENGTHS, HIDDEN
from games.hanabi.rules import card_address
from games.hanabi.self_play import copy_into

EVERYBODY = -1


class PrivateRecurrence(Protocol):
    """The step of a policy with a memory of its own in every seat."""

    @property
    def every_turn(self) -> bool:
        """Whether seats read the views of all turns, or of their own only."""
        ...

    def step(
        self, views: NDArray[np.int32], seats: NDArray[np.int64], memories: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Let seats read their views before a move, one seat and turn a row.

        views : [n, state_size], of ``seats`` [n] (their own hands hidden). memories : [n, memory].
        Returns (log-probabilities of the moves [n, moves], of meaning where the seat is to move; memories after it).
        """
        ...


@kernel
def _write_views(rules, start, stop, rows, seats, states, views):
    for k in range(start, stop):
        view, seat = views[k], seats[k]
        copy_into(view, states[rows[k]])
        for i in range(view[rules[HAND_LENGTHS] + seat]):
            view[card_address(rules, seat, i)] = HIDDEN


def _views(
    game: HanabiGame,
    rows: NDArray[np.int64],
    seats: NDArray[np.int64],
    states: NDArray[np.int32],
    workers: int | None,
) -> NDArray[np.int32]:
    """Return what ``seats`` see of ``states[rows]``: [rows, state_size]."""
    views = np.empty((len(rows), game.state_size), np.int32)

    def run(start: int, stop: int) -> None:
        _write_views(game.rules, start, stop, rows, seats, states, views)

    run_ranges(run, len(rows), workers)
    return views


def step_seats(
    game: HanabiGame,
    recurrence: PrivateRecurrence,
    rows: NDArray[np.int64],
    states: NDArray[np.int32],
    minds: NDArray[np.int64],
    workers: int | None = None,
    observer: int = EVERYBODY,
) -> NDArray[np.float64]:
    """Let all seats read the states ``rows`` before a move, each what it sees of them; ``minds`` change in place.

    states : [states, state_size]. minds : [states, players, memory]. observer : a seat that sees the same in all of
    these states, and remembers the same: it is asked once. Returns the log-probabilities of those to move,
    [rows, moves].
    """
    movers = states[rows, CURRENT_PLAYER].astype(np.int64)
    logs = np.full((len(rows), game.moves), np.nan)
    if not len(rows):
        return logs
    for seat in range(game.players):
        asked = np.arange(len(rows)) if recurrence.every_turn else np.flatnonzero(movers == seat)
        one = asked[:1] if seat == observer else asked
        if not len(one):
            continue
        seats = np.full(len(one), seat, np.int64)
        views = _views(game, rows[one], seats, states, workers)
        found, minds[rows[asked], seat] = recurrence.step(views, seats, minds[rows[one], seat])
        moving = movers[asked] == seat
        logs[asked[moving]] = found[moving] if seat != observer else found
    return logs
