"""The uniformly random legal policy: the floor of every table, and the workload of the engine's speed tests."""

from __future__ import annotations

import numpy as np

from agents.blueprints.memoryless import memoryless
from games._base.jit import kernel
from games._base.rng import below
from games.hanabi.blueprint import DECIDE_SIGNATURE
from games.hanabi.layout import MOVES
from games.hanabi.rules import legal_moves


@kernel(DECIDE_SIGNATURE)
def _decide(rules, view, memory, key):
    moves = np.empty(rules[MOVES], np.int32)
    return np.int64(moves[below(key, legal_moves(rules, view, moves))])


RANDOM = memoryless("random", _decide, softening=1.0, randomness=1.0)
