"""The uniformly random legal policy: the floor of every table, and the workload of the engine's speed tests."""

from __future__ import annotations

import numpy as np

from games._base.jit import kernel
from games._base.rng import below
from games.hanabi.blueprint import DECIDE_SIGNATURE, OBSERVE_SIGNATURE, START_SIGNATURE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import MOVES
from games.hanabi.rules import legal_moves


@kernel(START_SIGNATURE)
def _start(rules, parameters, memories):
    memories[:] = 0


@kernel(DECIDE_SIGNATURE)
def _decide(rules, view, memory, key):
    moves = np.empty(rules[MOVES], np.int32)
    return np.int64(moves[below(key, legal_moves(rules, view, moves))])


@kernel(OBSERVE_SIGNATURE)
def _observe(rules, before, after, memories):
    pass


def _memory_size(game: HanabiGame) -> int:
    return 1


RANDOM = Blueprint("random", _start, _decide, _observe, _memory_size, softening=1.0, randomness=1.0)
