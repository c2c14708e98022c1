"""What a compiled Hanabi player is: three functions and a memory, injected into the kernels that play and search.

A *blueprint* is a policy cheap enough to be called millions of times inside a rollout. Its functions are compiled
separately and handed to the kernels as first-class function values: one machine-code kernel serves every blueprint, is
cached on disk, and pays an indirect call of a nanosecond or two. (A kernel that closes over a jitted function would be
recompiled in every process.)

Memory is *per seat*: one row of ``int64`` for each player. A seat that searches may leave the convention; then
listeners who decode hints by what they see in other hands each conclude something different, and one shared table would
simulate a world that does not exist.

- ``start(rules, parameters, memories)`` fills the memory of every seat at the start of a game. ``parameters`` are the
  numbers that a learned policy was trained to (``Blueprint.parameters``); a rule-based one ignores them.
- ``decide(rules, view, memory, key) -> move`` is the policy of the current player: ``view`` is the state with the own
  hand reading ``HIDDEN``, ``memory`` that seat's row, ``key`` a random key for policies that randomise. The move must
  be legal.
- ``observe(rules, before, after, memories)`` updates the memory of *every* seat after a move; ``before`` and ``after``
  are the states around it (the mover's new card included). Row ``p`` of the result must be a function of what ``p``
  sees: it must not change when the own hand of ``p`` is hidden or scrambled in both states. Seats are updated together
  because they mostly compute the same thing, and a simulator that knows every hand then needs to do it once. When one
  seat only is live, its own hand reads ``HIDDEN`` and the other rows mean nothing.

A network's functions are compiled once and serve every network, because its weights are data: ``start`` notes the
*address* of ``parameters`` in a column of each row, where ``decide`` finds it (``games._base.jit.vector_at``). Compiled
into the code, weights would cost a compilation for every file; as an argument of every function and kernel, every
caller would carry what only learned policies need. The price: the ``Blueprint`` must outlive the memories that it
started, as it does wherever somebody holds it to call ``decide``, and such memories mean nothing in another process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from games.hanabi.game import HanabiGame

RULES_TYPE = types.Array(types.int32, 1, "C")
STATE_TYPE = types.Array(types.int32, 1, "C")
PARAMETERS_TYPE = types.Array(types.float32, 1, "C")
MEMORY_TYPE = types.Array(types.int64, 1, "C")
MEMORIES_TYPE = types.Array(types.int64, 2, "C")

START_SIGNATURE = types.void(RULES_TYPE, PARAMETERS_TYPE, MEMORIES_TYPE)
DECIDE_SIGNATURE = types.int64(RULES_TYPE, STATE_TYPE, MEMORY_TYPE, types.uint64)
OBSERVE_SIGNATURE = types.void(RULES_TYPE, STATE_TYPE, STATE_TYPE, MEMORIES_TYPE)

READ_SIGNATURE = types.void(RULES_TYPE, STATE_TYPE, MEMORY_TYPE, MEMORY_TYPE)

PROBABILITY_SIGNATURE = types.float64(RULES_TYPE, STATE_TYPE, MEMORY_TYPE, types.int64)

CHANCES_SIGNATURE = types.void(RULES_TYPE, STATE_TYPE, MEMORY_TYPE, types.Array(types.float64, 1, "C"))

VALUE_SIGNATURE = types.float64(RULES_TYPE, STATE_TYPE, MEMORY_TYPE)

START_TYPE = types.FunctionType(START_SIGNATURE)
DECIDE_TYPE = types.FunctionType(DECIDE_SIGNATURE)
OBSERVE_TYPE = types.FunctionType(OBSERVE_SIGNATURE)
PROBABILITY_TYPE = types.FunctionType(PROBABILITY_SIGNATURE)
CHANCES_TYPE = types.FunctionType(CHANCES_SIGNATURE)
VALUE_TYPE = types.FunctionType(VALUE_SIGNATURE)

_NO_PARAMETERS = np.zeros(0, dtype=np.float32)


def no_parameters(game: HanabiGame) -> NDArray[np.float32]:
    """Return the parameters of a policy that was not trained: none."""
    return _NO_PARAMETERS


@dataclass(frozen=True)
class Blueprint:
    """A compiled policy for every seat of a game of Hanabi.

    Attributes
    ----------
    name : what people type.
    start, decide, observe : compiled with the signatures above (``games._base.jit.kernel(DECIDE_SIGNATURE)``).
    read : optional, ``read(rules, view, memory, masks)`` compiled with ``READ_SIGNATURE``: what the convention tells
        the current player about the own cards, as bit masks over types ([cards] int64). It steers a belief's proposals,
        so it may be wrong, but not outside what hints allow for long.
    memory_size : ``game -> int``, columns of the memory array (at least 1); raises ``ValueError`` with one sentence if
        the policy cannot play that game.
    softening : a deterministic policy counts as playing its move with probability ``1 - softening`` and a uniformly
        random legal one otherwise, where a search needs the policy's probabilities; 1.0 describes the uniformly random
        policy exactly.
    randomness : probability that a randomised policy makes another move under another key (0: deterministic); the least
        softening with which a belief may filter by its moves.
    contradictions : column of a memory row that counts conclusions disproved by hints or counts, if there is one.
    sees_own_hand : the policy cheats – it is given the true state. A reference point, never a teammate.
    parameters : ``game -> `` contiguous, writable float32 vector that ``start`` is given, the same object in every
        call; raises ``ValueError`` as ``memory_size`` does.
    probability : optional, ``probability(rules, view, memory, move)`` compiled with ``PROBABILITY_SIGNATURE``: how
        likely a learned policy is to make a legal move, before ``decide`` takes the likeliest. Where it is given,
        beliefs and searches soften it instead of the move.
    chances : ``chances(rules, view, memory, out)`` compiled with ``CHANCES_SIGNATURE``, beside ``probability``: the
        probabilities of all legal moves at once, written to their places in ``out`` [moves]. Only a belief about
        partners who search (``search.hanabi.searchers``) asks for it; without it the policy counts as deterministic.
    value : optional, ``value(rules, view, memory)`` compiled with ``VALUE_SIGNATURE``: how many points a learned policy
        expects to score from here on, as the current player sees it. Where it is given, rollouts may end in it.

    Examples
    --------
    >>> import tamaya
    >>> smart = tamaya.blueprint("smart")
    >>> smart.name, smart.softening, smart.sees_own_hand
    ('smart', 0.1, False)
    """

    name: str
    start: Callable[..., Any]
    decide: Callable[..., Any]
    observe: Callable[..., Any]
    memory_size: Callable[[HanabiGame], int]
    softening: float = 0.1
    randomness: float = 0.0
    sees_own_hand: bool = False
    read: Callable[..., Any] | None = None
    contradictions: int | None = None
    parameters: Callable[[HanabiGame], NDArray[np.float32]] = no_parameters
    probability: Callable[..., Any] | None = None
    value: Callable[..., Any] | None = None
    chances: Callable[..., Any] | None = None

    def new_memories(self, game: HanabiGame) -> NDArray[np.int64]:
        """Return every seat's memory at the start of a game: [players, memory size] int64."""
        memories = np.zeros((game.players, self.memory_size(game)), dtype=np.int64)
        self.start(game.rules, self.parameters(game), memories)
        return memories

    def weights(self, game: HanabiGame) -> str | None:
        """Return 16 hexadecimal digits that tell the parameters from others, or ``None`` if there are none."""
        parameters = self.parameters(game)
        return hashlib.sha256(parameters.tobytes()).hexdigest()[:16] if len(parameters) else None
