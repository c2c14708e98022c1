"""What the players to move see in many states at once, for policies that answer for many positions together."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.threads import run_ranges
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, HAND_LENGTHS, HIDDEN
from games.hanabi.rules import card_address
from games.hanabi.self_play import copy_into

STATES_TYPE = types.Array(types.int32, 2, "C")


@kernel
def write_views(rules, start, stop, rows, states, minds, views, memories):
    """Write what the players to move in ``states[rows]`` see, and their rows of memory."""
    for k in range(start, stop):
        state, view = states[rows[k]], views[k]
        player = state[CURRENT_PLAYER]
        copy_into(view, state)
        for i in range(state[rules[HAND_LENGTHS] + player]):
            view[card_address(rules, player, i)] = HIDDEN
        copy_into(memories[k], minds[rows[k], player])


def players_views(
    game: HanabiGame,
    rows: NDArray[np.int64],
    states: NDArray[np.int32],
    minds: NDArray[np.int64],
    workers: int | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return what the players to move in some of the states see and remember: [rows, state_size], [rows, memory]."""
    views = np.empty((len(rows), states.shape[1]), np.int32)
    memories = np.empty((len(rows), minds.shape[2]), np.int64)

    def run(start: int, stop: int) -> None:
        write_views(game.rules, start, stop, rows, states, minds, views, memories)

    run_ranges(run, len(rows), workers)
    return views, memories
