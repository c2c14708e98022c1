"""The loop of every extensive-form solver: one sparse product, one step, one sweep from the root, player by player.

The step comes in as a first-class function, so that the loop is compiled once for all algorithms. In alternating play
the second player answers the first one's new policy; in simultaneous play both answer the old ones.

The product of a large game goes by blocks where the game has them (``solvers.extensive.blocks``), and is split over
threads. A row is summed in one order, so that the result does not depend on their number. Sweeps run on one core: an
infoset waits for those below it.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import borrowed, jitable, kernel
from games._base.threads import available_cores, run_ranges
from games.extensive.game import ExtensiveGame, Integers, Payoffs
from games.extensive.reach import Reach, add_reach_that_follows
from solvers.extensive.blocks import Blocks, block_gradient, blocks_of
from solvers.extensive.evaluation import gradient, realise
from solvers.extensive.state import AVERAGE, MEMORY, POLICY, STEP_TYPE, VALUES, WEIGHT, WEIGHTS

_INTEGERS = types.int32[::1]
_FLOATS = types.float64[::1]
_STATE = types.float64[:, ::1]
_ROWS = types.NamedTuple((_INTEGERS, _INTEGERS, _FLOATS), Payoffs)
_BLOCKS = types.NamedTuple((_INTEGERS,) * 5 + (_FLOATS,), Blocks)
_REACH = types.NamedTuple((_INTEGERS, _INTEGERS, _FLOATS, _INTEGERS), Reach)
_STEP = types.FunctionType(STEP_TYPE)
_index = np.uint64  # see solvers.extensive.evaluation

_LARGE = 1_000_000  # payoffs; a product of about a millisecond, where handing it to threads costs a tenth of that

Player = tuple[Integers, Integers, Payoffs, Blocks | None, Reach | None, NDArray[np.float64]]
"""A player's side of the game: ``parent`` and ``first`` of the tree, the payoffs, and the state [rows, sequences].

Blocks and reaches are ``None`` where they are not used: what would use them is then not compiled.
"""


@jitable
def infoset_reach(reach, opponent_state, state):
    """Write the reach of every infoset to ``MEMORY``, the first row of an algorithm that asked for it."""
    if reach is not None:
        rows = Payoffs(reach.start, reach.column, reach.value)
        gradient(rows, opponent_state[WEIGHTS], state[MEMORY])
        add_reach_that_follows(reach.into, state[MEMORY])


@jitable
def product(payoffs, blocks, opponent_state, state):
    """Write the gradient."""
    if blocks is None:
        gradient(payoffs, opponent_state[WEIGHTS], state[VALUES])
    else:
        block_gradient(blocks, opponent_state[WEIGHTS], state[VALUES], 0, blocks.row_start.shape[0] - 1)


@jitable
def observe(player, opponent_state):
    """Write what a player sees of the opponent's policy: the gradient, and the reaches that are asked for."""
    _, _, payoffs, blocks, reach, state = player
    product(payoffs, blocks, opponent_state, state)
    infoset_reach(reach, opponent_state, state)


@jitable
def respond(step, player, numbers):
    """Take the player's step, add the policy played to the average, write the next one's realisation weights."""
    parent, first, _, _, _, state = player
    step(parent, first, state, numbers)
    policy, weights, average, weight = state[POLICY], state[WEIGHTS], state[AVERAGE], numbers[WEIGHT]
    average[0] += weight
    for i in range(parent.shape[0]):
        reach = weights[_index(parent[i])]
        for s in range(_index(first[i]), _index(first[i + 1])):
            average[s] += weight * weights[s]
            weights[s] = reach * policy[s]


@jitable
def _lent_blocks(blocks):
    if blocks is None:
        return None
    return Blocks(
        borrowed(blocks.row_start),
        borrowed(blocks.row),
        borrowed(blocks.column_start),
        borrowed(blocks.column),
        borrowed(blocks.value_start),
        borrowed(blocks.value),
    )


@jitable
def _lent_reach(reach):
    if reach is None:
        return None
    return Reach(borrowed(reach.start), borrowed(reach.column), borrowed(reach.value), borrowed(reach.into))


@jitable
def lent(player):
    """Return the same arrays without their owners, which a loop would count (``games._base.jit.borrowed``)."""
    parent, first, payoffs, blocks, reach, state = player
    rows = Payoffs(borrowed(payoffs.start), borrowed(payoffs.column), borrowed(payoffs.value))
    return borrowed(parent), borrowed(first), rows, _lent_blocks(blocks), _lent_reach(reach), borrowed(state)


@jitable
def iterate(step, player_0, player_1, numbers, alternating):
    """Run the iterations of ``numbers`` [iterations, :]; the states change in place."""
    first, second, numbers = lent(player_0), lent(player_1), borrowed(numbers)
    for t in range(numbers.shape[0]):
        observe(first, second[5])
        if not alternating:
            observe(second, first[5])
        respond(step, first, numbers[t])
        if alternating:
            observe(second, first[5])
        respond(step, second, numbers[t])


@cache
def _loop(blocks: tuple[bool, bool], reach: bool) -> Any:
    """Return ``iterate`` compiled for what the two players have."""
    players = [
        types.Tuple(
            (_INTEGERS, _INTEGERS, _ROWS, _BLOCKS if has else types.none, _REACH if reach else types.none, _STATE)
        )
        for has in blocks
    ]
    return kernel(types.void(_STEP, *players, types.float64[:, ::1], types.boolean))(iterate)


@kernel(types.void(_STEP, _INTEGERS, _INTEGERS, _STATE, _FLOATS))
def _respond(step, parent, first, state, numbers):
    respond(step, (parent, first, None, None, None, state), numbers)


@kernel
def _observe_blocks(blocks, opponent_state, state, begin, end):
    block_gradient(blocks, opponent_state[WEIGHTS], state[VALUES], begin, end)


@kernel
def _observe_rows(payoffs, opponent_state, state, begin, end):
    rows = Payoffs(payoffs.start[begin : end + 1], payoffs.column, payoffs.value)
    gradient(rows, opponent_state[WEIGHTS], state[VALUES, begin:end])


@kernel
def _observe_reach(reach, opponent_state, state):
    infoset_reach(reach, opponent_state, state)


@kernel
def realise_policy(tree, state):
    """Write the realisation weights of the policy in ``state``."""
    realise(tree, state[POLICY], state[WEIGHTS])


def observe_threaded(player: Player, opponent_state: NDArray[np.float64], workers: int) -> None:
    """As ``observe``, the product in parts on several threads: some of the blocks, or of the rows, each."""
    _, _, payoffs, blocks, reach, state = player
    if blocks is not None:
        run_ranges(partial(_observe_blocks, blocks, opponent_state, state), len(blocks.row_start) - 1, workers)
    else:
        run_ranges(partial(_observe_rows, payoffs, opponent_state, state), len(payoffs.start) - 1, workers)
    _observe_reach(reach, opponent_state, state)


def _iterate_threaded(
    step: Any, first: Player, second: Player, numbers: NDArray[np.float64], alternating: bool, workers: int
) -> None:
    """As ``iterate``."""

    def answer(player: Player, now: NDArray[np.float64]) -> None:
        _respond(step, player[0], player[1], player[5], now)

    for now in numbers:
        observe_threaded(first, second[5], workers)
        if not alternating:
            observe_threaded(second, first[5], workers)
        answer(first, now)
        if alternating:
            observe_threaded(second, first[5], workers)
        answer(second, now)


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
    players: list[Player] = []
    for tree, payoffs, blocks, reach, state in zip(
        game.treeplexes, game.payoffs, blocks_of(game), reaches, states, strict=True
    ):
        optional = blocks if len(blocks.row) else None, reach if len(reach.start) else None
        players.append((tree.parent, tree.first, payoffs, *optional, state))
    if workers > 1:
        _iterate_threaded(step, players[0], players[1], numbers, alternating, workers)
    else:
        loop = _loop((players[0][3] is not None, players[1][3] is not None), players[0][4] is not None)
        loop(step, *players, numbers, alternating)
