"""What keeps the memories of policies of one's own: the latest public moves, or the state of a network.

A keeper is a compiled blueprint whose moves nobody plays (``BatchedBlueprint.base``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games.hanabi.blueprint import DECIDE_SIGNATURE, OBSERVE_SIGNATURE, START_SIGNATURE, Blueprint
from games.hanabi.events import FIELDS, FIRST, Event, event_of
from games.hanabi.game import HanabiGame
from games.hanabi.layout import MOVES
from games.hanabi.rules import legal_moves


@kernel(DECIDE_SIGNATURE)
def _first_legal(rules, view, memory, key):
    moves = np.empty(rules[MOVES], np.int32)
    legal_moves(rules, view, moves)
    return np.int64(moves[0])


@kernel(START_SIGNATURE)
def _no_moves(rules, parameters, memories):
    memories[:] = -1


@kernel(OBSERVE_SIGNATURE)
def _note_move(rules, before, after, memories):
    """Put the last move first in every row."""
    for player in range(memories.shape[0]):
        for column in range(memories.shape[1] - 1, FIELDS - 1, -1):
            memories[player, column] = memories[player, column - FIELDS]
        for column in range(FIELDS):
            memories[player, column] = after[FIRST + column]


def _columns(game: HanabiGame) -> int:
    return game.players * FIELDS


RECENT_MOVES = Blueprint("recent moves", _no_moves, _first_legal, _note_move, _columns)
"""Remembers the last move of every player."""


def events_in(game: HanabiGame, memory: NDArray[np.int64]) -> list[Event]:
    """Return the moves that a row of ``RECENT_MOVES`` tells, oldest first."""
    rows = memory.reshape(-1, FIELDS)[::-1]
    return [event for row in rows if (event := event_of(game, row)) is not None]


@kernel(START_SIGNATURE)
def _initial_state(rules, parameters, memories):
    words = parameters.view(np.int64)
    for player in range(memories.shape[0]):
        for column in range(words.shape[0]):
            memories[player, column] = words[column]


@kernel(OBSERVE_SIGNATURE)
def _leave_alone(rules, before, after, memories):
    pass


def state_keeper(initial: NDArray[np.float32]) -> Blueprint:
    """Return what begins every seat's row with a network's state: the bits of two float32 a column."""
    columns = (len(initial) + 1) // 2
    padded = np.zeros(max(2, 2 * columns), np.float32)
    padded[: len(initial)] = initial

    def size(game: HanabiGame) -> int:
        return len(padded) // 2

    def parameters(game: HanabiGame) -> NDArray[np.float32]:
        return padded

    return Blueprint("states", _initial_state, _first_legal, _leave_alone, size, parameters=parameters)


def states_in(memories: NDArray[np.int64], size: int) -> NDArray[np.float32]:
    """Return the states [n, size] that rows of a ``state_keeper`` hold."""
    return np.ascontiguousarray(memories).view(np.float32)[:, :size].copy()


def rows_of(states: NDArray[np.float32], columns: int) -> NDArray[np.int64]:
    """Return rows that hold states [n, size]."""
    rows = np.zeros((len(states), 2 * columns), np.float32)
    rows[:, : states.shape[1]] = states
    return rows.view(np.int64)
