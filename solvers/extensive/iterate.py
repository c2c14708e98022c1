"""The loop of every extensive-form solver: one sparse product, one step, one sweep from the root, player by player.

The step comes in as a first-class function, so that the loop is compiled once for all algorithms. In alternating play
the second player answers the first one's new policy; in simultaneous play both answer the old ones.

The product of a large game goes by blocks where the game has them (``solvers.extensive.blocks``), and is split over
threads. A row is summed in one order, so that the result does not depend on their number. Sweeps run on one core: an
infoset waits for those below it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import borrowed, jitable, kernel
from games._base.threads import available_cores, run_ranges
from games.extensive.game import ExtensiveGame, Payoffs, Treeplex
from games.extensive.reach import Reach, add_reach_that_follows
from solvers.extensive.blocks import Blocks, block_gradient, blocks_of
from solvers.extensive.evaluation import gradient, realise
from solvers.extensive.state import AVERAGE, MEMORY, POLICY, STEP_TYPE, VALUES, WEIGHT, WEIGHTS

_INTEGERS = types.int32[::1]
_FLOATS = types.float64[::1]
_PLAYER = types.Tuple(
    (
        types.NamedUniTuple(_INTEGERS, 4, Treeplex),
        types.NamedTuple((_INTEGERS, _INTEGERS, _FLOATS), Payoffs),
        types.NamedTuple((_INTEGERS,) * 5 + (_FLOATS,), Blocks),
        types.NamedTuple((_INTEGERS, _INTEGERS, _FLOATS, _INTEGERS), Reach),
        types.float64[:, ::1],
    )
)
_STEP = types.FunctionType(STEP_TYPE)
_index = np.uint64  # see solvers.extensive.evaluation

_LARGE = 1_000_000  # payoffs; a product of about a millisecond, where handing it to threads costs a tenth of that

Player = tuple[Treeplex, Payoffs, Blocks, Reach, NDArray[np.float64]]
"""A player's side of the game, and the player's state [rows, sequences]."""


@jitable
def infoset_reach(reach, opponent_state, state):
    """Write the reach of every infoset to ``MEMORY``, the first row of an algorithm that asked for it."""
    if reach.start.shape[0] > 0:
        gradient(reach, opponent_state[WEIGHTS], state[MEMORY])
        add_reach_that_follows(reach.into, state[MEMORY])


@jitable
def observe(player, opponent_state):
    """Write what a player sees of the opponent's policy: the gradient, and the reaches that are asked for."""
    _, payoffs, blocks, reach, state = player
    if blocks.row.shape[0] > 0:
        block_gradient(blocks, opponent_state[WEIGHTS], state[VALUES], 0, blocks.row_start.shape[0] - 1)
    else:
        gradient(payoffs, opponent_state[WEIGHTS], state[VALUES])
    infoset_reach(reach, opponent_state, state)


@jitable
def respond(step, player, numbers):
    """Take the player's step, add the policy played to the average, write the next one's realisation weights."""
    tree, _, _, _, state = player
    step(tree.parent, tree.first, state, numbers)
    parent, first = tree.parent, tree.first
    policy, weights, average, weight = state[POLICY], state[WEIGHTS], state[AVERAGE], numbers[WEIGHT]
    average[0] += weight
    for i in range(parent.shape[0]):
        reach = weights[_index(parent[i])]
        for s in range(_index(first[i]), _index(first[i + 1])):
            average[s] += weight * weights[s]
            weights[s] = reach * policy[s]


@jitable
def lent(player):
    """Return the same arrays without their owners, which a loop would count (``games._base.jit.borrowed``)."""
    tree, payoffs, blocks, reach, state = player
    return (
        Treeplex(borrowed(tree.parent), borrowed(tree.first), borrowed(tree.owner), borrowed(tree.level)),
        Payoffs(borrowed(payoffs.start), borrowed(payoffs.column), borrowed(payoffs.value)),
        Blocks(
            borrowed(blocks.row_start),
            borrowed(blocks.row),
            borrowed(blocks.column_start),
            borrowed(blocks.column),
            borrowed(blocks.value_start),
            borrowed(blocks.value),
        ),
        Reach(borrowed(reach.start), borrowed(reach.column), borrowed(reach.value), borrowed(reach.into)),
        borrowed(state),
    )


@kernel(types.void(_STEP, _PLAYER, _PLAYER, types.float64[:, ::1], types.boolean))
def iterate(step, player_0, player_1, numbers, alternating):
    """Run the iterations of ``numbers`` [iterations, :]; the states change in place."""
    first, second, numbers = lent(player_0), lent(player_1), borrowed(numbers)
    for t in range(numbers.shape[0]):
        observe(first, second[4])
        if not alternating:
            observe(second, first[4])
        respond(step, first, numbers[t])
        if alternating:
            observe(second, first[4])
        respond(step, second, numbers[t])


@kernel(types.void(_STEP, _PLAYER, _FLOATS))
def _respond(step, player, numbers):
    respond(step, lent(player), numbers)


@kernel(types.void(_PLAYER, types.float64[:, ::1], types.int64, types.int64))
def _observe_part(player, opponent_state, begin, end):
    """Write the gradient of some of the blocks, or of some of the rows where there are no blocks."""
    _, payoffs, blocks, _, state = player
    if blocks.row.shape[0] > 0:
        block_gradient(blocks, opponent_state[WEIGHTS], state[VALUES], begin, end)
    else:
        rows = Payoffs(payoffs.start[begin : end + 1], payoffs.column, payoffs.value)
        gradient(rows, opponent_state[WEIGHTS], state[VALUES, begin:end])


@kernel(types.void(_PLAYER, types.float64[:, ::1]))
def _observe_reach(player, opponent_state):
    infoset_reach(player[3], opponent_state, player[4])


@kernel
def realise_policy(tree, state):
    """Write the realisation weights of the policy in ``state``."""
    realise(tree, state[POLICY], state[WEIGHTS])


def _observe_threaded(player: Player, opponent_state: NDArray[np.float64], workers: int) -> None:
    """As ``observe``, the product in parts on several threads."""
    _, payoffs, blocks, _, _ = player
    parts = len(blocks.row_start if len(blocks.row) else payoffs.start) - 1
    run_ranges(lambda begin, end: _observe_part(player, opponent_state, begin, end), parts, workers)
    _observe_reach(player, opponent_state)


def _iterate_threaded(
    step: Any, first: Player, second: Player, numbers: NDArray[np.float64], alternating: bool, workers: int
) -> None:
    """As ``iterate``."""
    for now in numbers:
        _observe_threaded(first, second[4], workers)
        if not alternating:
            _observe_threaded(second, first[4], workers)
        _respond(step, first, now)
        if alternating:
            _observe_threaded(second, first[4], workers)
        _respond(step, second, now)


def run(
    step: Any,
    game: ExtensiveGame,
    states: tuple[NDArray[np.float64], NDArray[np.float64]],
    numbers: NDArray[np.float64],
    alternating: bool,
    reaches: tuple[Reach, Reach],
    workers: int | None = None,
) -> None:
    """Run the iterations of ``numbers``.

    ``workers``: threads for the products; by default all cores for a game of a million payoffs or more, else one.
    """
    if workers is None:
        workers = available_cores() if len(game.payoffs[0].column) >= _LARGE else 1
    blocks = blocks_of(game)
    first, second = ((game.treeplexes[p], game.payoffs[p], blocks[p], reaches[p], states[p]) for p in (0, 1))
    if workers > 1:
        _iterate_threaded(step, first, second, numbers, alternating, workers)
    else:
        iterate(step, first, second, numbers, alternating)
