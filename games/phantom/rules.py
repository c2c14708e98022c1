"""The rules of the phantom games on bit boards: compiled when called from kernels, plain Python otherwise.

A state is one int64, from the lowest bit: stones of player 0 (16 bits), stones of player 1 (16), cells at which
player 0 was refused (12), cells at which player 1 was refused (12), the player to move (bit 56), the end (57-58: 0
the game goes on, 1 player 0 won, 2 player 1 won, 3 a draw). ``winning`` is the table of ``PhantomGame``.
"""

from __future__ import annotations

from games._base.jit import jitable

START = 0
_REFUSED = 32
_PLAYER = 56
_END = 57


@jitable
def stones(state, player):
    """Return the set of cells that hold the player's stones."""
    return (state >> (16 * player)) & 0xFFF


@jitable
def refused(state, player):
    """Return the set of cells at which the player was refused, that is, knows a stone of the opponent."""
    return (state >> (_REFUSED + 12 * player)) & 0xFFF


@jitable
def player_to_move(state):
    """Return 0 or 1; without meaning once the game is over."""
    return (state >> _PLAYER) & 1


@jitable
def is_over(state):
    """Return whether the game has ended."""
    return state >> _END != 0


@jitable
def legal_cells(state, cells):
    """Return the set of cells that the player to move has not attempted yet; the empty set when the game is over."""
    if is_over(state):
        return 0
    player = player_to_move(state)
    return ((1 << cells) - 1) & ~(stones(state, player) | refused(state, player))


@jitable
def utility(state):
    """Return what player 0 receives: 1 or -1 for a win or a loss, 0 for a draw; player 1 receives the opposite."""
    end = state >> _END
    if end == 1:
        return 1.0
    return -1.0 if end == 2 else 0.0


@jitable
def attempt(state, cell, winning, cells, abrupt):
    """Return the state after the player to move attempts a legal cell."""
    player = player_to_move(state)
    bit = 1 << cell
    if stones(state, 1 - player) & bit:
        state |= bit << (_REFUSED + 12 * player)
        return state ^ (1 << _PLAYER) if abrupt else state
    state |= bit << (16 * player)
    if winning[player, stones(state, player)]:
        return state | ((1 + player) << _END)
    if stones(state, 0) | stones(state, 1) == (1 << cells) - 1:
        return state | (3 << _END)
    return state ^ (1 << _PLAYER)
