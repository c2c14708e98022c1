"""The kernels of one game: one CUDA thread a slot, the rule functions of the CPU engine unchanged.

States and decks are structures of arrays: number ``k`` of all slots lies together, so that the 32 threads of a warp,
which read the same number of 32 neighbouring games, read one piece of memory. A thread's state is a column of that
matrix, and rule functions cannot tell a column from a vector. The observation is written to columns too, and a second
kernel turns it into rows: its threads read along columns, which the first-level cache serves, and write whole rows
together. It also makes float32 or bfloat16 of it (as their bits: numba's arrays have no bfloat16), or packs 8 bits to a
byte.

The rules of the game are constants of the kernels, which are therefore compiled for each game.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cuda

from games._base.jit import jitable
from games.hanabi.cuda.device import kernel
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, RUNNING, STATUS
from games.hanabi.observation import write_observation, write_observation_v0
from games.hanabi.rules import deal, is_legal, legal_moves
from games.hanabi.self_play import copy_into, deck_of_game
from games.hanabi.slots import step_slot

GROUP = 32  # slots that a thread turns, one after the other: the bytes that come with one read from memory
BYTE = 8  # bits

ONE_FLOAT32 = 0x3F800000  # the bits of 1.0
ONE_BFLOAT16 = 0x3F80


class PlayingKernels(NamedTuple):
    """What changes the games; the arguments are in the kernels' docstrings."""

    start: Any
    step: Any


class LookingKernels(NamedTuple):
    """What is read off the games."""

    look: Any
    encode: Any
    encode_v0: Any


@jitable
def bfloat16_bits(bits):
    """Return the bits of the nearest bfloat16 (ties to even) of a finite float32, given as its bits."""
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


@lru_cache(maxsize=16)
def playing_kernels(game: HanabiGame) -> PlayingKernels:
    """Return the kernels that deal and play a game, compiled at their first launch."""
    fixed, deck_size = np.array(game.rules), game.deck_size

    @jitable
    def start_column(rules, seed, number, states, decks, i):
        # The shuffle reads what it wrote: in local memory, which is cached, rather than in the matrix.
        deck = cuda.local.array(deck_size, np.int8)
        deck_of_game(rules, seed, number, deck)
        deal(rules, states[:, i], deck)
        copy_into(decks[:, i], deck)

    @kernel
    def start(seed, first_game, moves, numbers, states, decks, rewards, done, scores, faults):
        """Start game ``first_game + i`` in slot ``i``."""
        rules = cuda.const.array_like(fixed)
        i = cuda.grid(1)
        if i < numbers.shape[0]:
            numbers[i] = first_game + i
            start_column(rules, seed, numbers[i], states, decks, i)
            moves[i] = 0
            rewards[i] = 0
            done[i] = False
            scores[i] = -1
            faults[i] = 0

    @kernel
    def step(seed, auto_reset, moves, numbers, states, decks, rewards, done, scores, faults):
        """Make ``moves[i]`` in slot ``i`` if its game is running; mark an illegal move in ``faults``, and ignore it."""
        rules = cuda.const.array_like(fixed)
        i = cuda.grid(1)
        if i >= numbers.shape[0]:
            return
        state = states[:, i]
        rewards[i] = 0
        done[i] = False
        if state[STATUS] != RUNNING:
            return
        if not is_legal(rules, state, moves[i]):
            faults[i] = 1
            return
        reward, ended, points = step_slot(rules, state, decks[:, i], moves[i])
        rewards[i] = reward
        done[i] = ended
        if ended:
            scores[i] = points
            if auto_reset:
                numbers[i] += numbers.shape[0]
                start_column(rules, seed, numbers[i], states, decks, i)

    return PlayingKernels(start, step)


@lru_cache(maxsize=16)
def looking_kernels(game: HanabiGame) -> LookingKernels:
    """Return the kernels that write what a game's players see and may do, compiled at their first launch."""
    fixed, moves_size = np.array(game.rules), game.moves

    @kernel
    def look(states, legal, players):
        """Write the legal moves [slots, moves] and the player to move of every slot."""
        rules = cuda.const.array_like(fixed)
        i = cuda.grid(1)
        if i >= players.shape[0]:
            return
        state = states[:, i]
        players[i] = state[CURRENT_PLAYER]
        for move in range(moves_size):
            legal[i, move] = False
        found = cuda.local.array(moves_size, np.int8)
        for k in range(legal_moves(rules, state, found)):
            legal[i, found[k]] = True

    @kernel
    def encode(states, columns):
        """Write the canonical observation of every slot's player to move to a column of int8."""
        rules = cuda.const.array_like(fixed)
        i = cuda.grid(1)
        if i < states.shape[1]:
            state = states[:, i]
            write_observation(rules, state, state[CURRENT_PLAYER], columns[:, i])

    @kernel
    def encode_v0(states, columns):
        """Write the V0 observation of every slot's player to move to a column of float32."""
        rules = cuda.const.array_like(fixed)
        i = cuda.grid(1)
        if i < states.shape[1]:
            state = states[:, i]
            write_observation_v0(rules, state, state[CURRENT_PLAYER], columns[:, i])

    return LookingKernels(look, encode, encode_v0)


@lru_cache(maxsize=4)
def turning_kernel(version_0: bool, half: bool) -> Any:
    """Return the kernel that turns columns [size, slots] into rows [slots, width] of float32 or bfloat16 bits.

    Columns are int8 (canonical: 0 or 1) or, with ``version_0``, the bits of float32 as int32. Rows are int32, or int16
    with ``half``; elements from ``size`` on are 0. A thread turns ``GROUP`` slots (the second dimension of the grid) of
    one feature, or of more if the first dimension is short of threads.
    """
    one = ONE_BFLOAT16 if half else ONE_FLOAT32

    @kernel
    def turn(columns, rows):
        size, width = columns.shape[0], rows.shape[1]
        first = cuda.blockIdx.y * GROUP
        last = min(first + GROUP, rows.shape[0])
        threads = cuda.gridDim.x * cuda.blockDim.x
        for feature in range(cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x, width, threads):
            for slot in range(first, last):
                value = np.int32(0)
                if feature < size:
                    value = np.int32(columns[feature, slot])
                    if not version_0:
                        value *= one
                    elif half:
                        value = bfloat16_bits(value)
                rows[slot, feature] = value

    return turn


@lru_cache(maxsize=1)
def packing_kernel() -> Any:
    """Return the kernel that packs columns of zeros and ones, [size, slots] int8, into rows [slots, bytes] uint8.

    Bit ``b`` of byte ``k`` is element ``8 k + b``.
    """

    @kernel
    def pack(columns, rows):
        i = cuda.grid(1)
        if i < rows.shape[0]:
            for k in range(rows.shape[1]):
                bits = 0
                for b in range(min(BYTE, columns.shape[0] - k * BYTE)):
                    bits |= columns[k * BYTE + b, i] << b
                rows[i, k] = bits

    return pack
