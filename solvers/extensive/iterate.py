"""The loop of every extensive-form solver: one sparse product, one step, one sweep from the root, player by player.

The step comes in as a first-class function, so that the loop is compiled once for all algorithms. In alternating play
the second player answers the first one's new policy; in simultaneous play both answer the old ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._jit import SUMS, borrowed, jitable, kernel
from games.extensive.game import ExtensiveGame
from games.extensive.reach import Reach, write_reach
from solvers.extensive.state import (
    MEMORY,
    STEP_TYPE,
    VALUES,
    WEIGHT,
    WEIGHTS,
    average_and_realise,
    realise,
)

_INTEGERS = types.int32[::1]
_REACH = types.Tuple((_INTEGERS, _INTEGERS, types.float64[::1], _INTEGERS))
_PLAYER = (_INTEGERS, _INTEGERS, _INTEGERS, _INTEGERS, types.float64[::1], types.float64[:, ::1], _REACH)
_ITERATE = types.void(types.FunctionType(STEP_TYPE), *_PLAYER, *_PLAYER, types.float64[:, ::1], types.boolean)


@jitable(fastmath=SUMS)
def gradient(start, column, value, opponent_weights, out):
    """Write ``A y``: the product of the player's payoff matrix (compressed rows) and the opponent's weights."""
    stop = start[0]
    for s in range(out.shape[0]):
        begin, stop = stop, start[s + 1]
        total = 0.0
        for k in range(begin, stop):
            total += value[k] * opponent_weights[column[k]]
        out[s] = total


@jitable
def infoset_reach(reach, opponent_weights, state):
    """Write the reach of every infoset to ``MEMORY``, the first row of an algorithm that asked for it."""
    start, column, value, into = reach
    if start.shape[0] > 0:
        write_reach(start, column, value, into, opponent_weights, state[MEMORY])


@kernel(_ITERATE)
def iterate(
    step, parent_0, first_0, start_0, column_0, value_0, state_0, reach_0,
    parent_1, first_1, start_1, column_1, value_1, state_1, reach_1, numbers, alternating,
):  # fmt: skip
    """Run the iterations of ``numbers`` [iterations, :]; the states [rows, sequences] change in place."""
    parent_0, first_0, start_0, column_0 = borrowed(parent_0), borrowed(first_0), borrowed(start_0), borrowed(column_0)
    parent_1, first_1, start_1, column_1 = borrowed(parent_1), borrowed(first_1), borrowed(start_1), borrowed(column_1)
    value_0, value_1 = borrowed(value_0), borrowed(value_1)
    state_0, state_1, numbers = borrowed(state_0), borrowed(state_1), borrowed(numbers)
    for t in range(numbers.shape[0]):
        gradient(start_0, column_0, value_0, state_1[WEIGHTS], state_0[VALUES])
        infoset_reach(reach_0, state_1[WEIGHTS], state_0)
        if not alternating:
            gradient(start_1, column_1, value_1, state_0[WEIGHTS], state_1[VALUES])
            infoset_reach(reach_1, state_0[WEIGHTS], state_1)
        step(parent_0, first_0, state_0, numbers[t])
        average_and_realise(parent_0, first_0, state_0, numbers[t, WEIGHT])
        if alternating:
            gradient(start_1, column_1, value_1, state_0[WEIGHTS], state_1[VALUES])
            infoset_reach(reach_1, state_0[WEIGHTS], state_1)
        step(parent_1, first_1, state_1, numbers[t])
        average_and_realise(parent_1, first_1, state_1, numbers[t, WEIGHT])


@kernel
def realise_policy(parent, first, state):
    """Write the realisation weights of the policy in ``state``."""
    realise(parent, first, state)


def _player(game: ExtensiveGame, player: int, state: NDArray[np.float64], reach: Reach) -> tuple[Any, ...]:
    tree, payoffs = game.treeplexes[player], game.payoffs[player]
    return tree.parent, tree.first, payoffs.start, payoffs.column, payoffs.value, state, tuple(reach)


def run(
    step: Any,
    game: ExtensiveGame,
    states: tuple[NDArray[np.float64], NDArray[np.float64]],
    numbers: NDArray[np.float64],
    alternating: bool,
    reaches: tuple[Reach, Reach],
) -> None:
    """Run the iterations of ``numbers``."""
    first, second = (_player(game, player, states[player], reaches[player]) for player in (0, 1))
    iterate(step, *first, *second, numbers, alternating)
