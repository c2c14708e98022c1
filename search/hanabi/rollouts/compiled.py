"""Values of Hanabi moves: the blueprint plays every sampled world on, once for each move.

A *world* is a hypothetical own hand with the memories that the partners would have if it were the real one, and an
order of the deck. World ``i`` is the same for every move (common random numbers), so differences between moves have a
small variance. One compiled call evaluates a range of worlds; ranges run on all cores.

A rollout is played to the end of the game, or – over a blueprint that was trained to know what a position is worth –
for some moves only, and what the player to move then expects of the rest is added to the points. The longer a rollout,
the more of its variance has nothing to do with the move in question; the shorter, the more it relies on an expectation
that does not see everything the worlds fix: the player to move does not know its own hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import jitable, kernel
from games._base.rng import fold
from games._base.threads import run_ranges
from games.hanabi.blueprint import DECIDE_TYPE, OBSERVE_TYPE, VALUE_SIGNATURE, VALUE_TYPE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, DECK_SIZE, HAND_SIZE, RUNNING, STATE_SIZE, STATUS, TYPES
from games.hanabi.rules import apply_move, best_score, hide_hand, score
from games.hanabi.self_play import POLICY_STREAM, TO_THE_END, copy_into, play_moves
from search.hanabi.rollouts.requests import Position, Request, place_of
from search.hanabi.worlds import PLACE_TYPES, deal_world

RETURNS_TYPE = types.Array(types.float64, 2, "C")

ILLEGAL = -1.0
JUST_SHORT = 1e-6  # of the best score is what an unfinished game is worth at most


@jitable
def worth(rules, state, points_to_come):
    """Return the points of a running game with those that are expected, short of the best score.

    An expectation therefore never passes for a game that is won, whatever it says.
    """
    best = best_score(rules, state) - JUST_SHORT
    return max(0.0, min(best, score(rules, state) + points_to_come))


@kernel(VALUE_SIGNATURE)
def _expects_nothing(rules, view, memory):
    """The value of blueprints that have none; never asked."""
    return 0.0


_POLICY_TYPES = DECIDE_TYPE, OBSERVE_TYPE, VALUE_TYPE, types.boolean, types.int64
_RANGES = (types.int64,) * 3


@kernel(types.void(*PLACE_TYPES, *_POLICY_TYPES, *_RANGES, RETURNS_TYPE))
def _rollouts(
    rules, view, seat, worlds, moves, key, decide, observe, value, cheats, plies, first, start, stop, returns
):
    """Fill ``returns[i - first, a]`` for worlds ``start <= i < stop``; world ``i`` is particle ``particles[i]``."""
    world = np.empty(rules[STATE_SIZE], np.int32)
    state = np.empty(rules[STATE_SIZE], np.int32)
    before = np.empty(rules[STATE_SIZE], np.int32)
    deck = np.zeros(rules[DECK_SIZE], np.int32)
    held = np.empty(rules[HAND_SIZE], np.int32)
    counts = np.empty(rules[TYPES], np.int32)
    minds = np.empty((worlds.memories.shape[1], worlds.memories.shape[2]), np.int64)
    for i in range(start, stop):
        particle = worlds.particles[i]
        world_key = fold(key, i)
        deal_world(rules, view, seat, worlds.hands[particle], counts, deck, world_key, world)
        policy_key = fold(world_key, POLICY_STREAM)
        for a in range(moves.shape[0]):
            copy_into(before, world)
            copy_into(state, world)
            for player in range(minds.shape[0]):
                copy_into(minds[player], worlds.memories[particle, player])
            apply_move(rules, state, deck, moves[a])
            observe(rules, before, state, minds)
            legal = play_moves(rules, state, before, deck, minds, held, decide, observe, cheats, policy_key, plies)
            if not legal:
                returns[i - first, a] = ILLEGAL
            elif state[STATUS] != RUNNING:
                returns[i - first, a] = score(rules, state)
            else:
                player = state[CURRENT_PLAYER]
                hide_hand(rules, state, player, held)
                returns[i - first, a] = worth(rules, state, value(rules, state, minds[player]))


class CompiledRollouts:
    """``Rollouts`` over a compiled blueprint.

    plies : blueprint moves after which a rollout ends in what the blueprint expects of the rest; ``None``: at the end
        of the game. Raises ``ValueError`` if the blueprint expects nothing (``Blueprint.value``).
    workers : threads (``None``: all cores); results do not depend on it.
    """

    def __init__(
        self, game: HanabiGame, blueprint: Blueprint, workers: int | None = None, plies: int | None = None
    ) -> None:
        if plies is not None and blueprint.value is None:
            raise ValueError(f"rollouts over {blueprint.name} are played to the end: it has no values to end them in")
        self.game, self._blueprint, self._workers = game, blueprint, workers
        self._plies = TO_THE_END if plies is None else plies

    def roll_out(self, requests: Sequence[Request]) -> list[NDArray[np.float64]]:
        """Return the scores of several requests, of any positions and games: [stop - start, moves] each."""
        return [self._returns(*request) for request in requests]

    def _returns(self, position: Position, moves: NDArray[np.int64], first: int, last: int) -> NDArray[np.float64]:
        returns = np.empty((last - first, len(moves)))
        blueprint = self._blueprint
        place = place_of(self.game, position, moves)
        functions = blueprint.decide, blueprint.observe, blueprint.value or _expects_nothing, blueprint.sees_own_hand

        def run(start: int, stop: int) -> None:
            _rollouts(*place, *functions, self._plies, first, first + start, first + stop, returns)

        run_ranges(run, len(returns), self._workers)
        if (returns == ILLEGAL).any():
            raise RuntimeError(f"blueprint {blueprint.name!r} made an illegal move in a rollout")
        return returns
