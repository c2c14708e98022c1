"""Rollouts over a policy that is evaluated in batches: all moves, worlds and positions advance together, ply by ply.

A large network cannot be called inside a compiled rollout, and one evaluation at a time leaves most of a processor, and
all of a card, idle. Here compiled kernels step every world and write what its player to move sees, the policy answers
for all of them at once, and games that have ended are dropped. World ``i`` is the same as in ``rollouts`` and the same
for every move, so a policy gives the same returns on either path. How the answers come about is the policy's business:
this package knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.rng import fold
from games._base.threads import run_ranges
from games.hanabi.blueprint import OBSERVE_TYPE, RULES_TYPE
from games.hanabi.game import HanabiGame
from games.hanabi.layout import HAND_LENGTHS, RUNNING, STATE_SIZE, STATUS, TYPES
from games.hanabi.rules import apply_move, is_legal, score
from games.hanabi.self_play import TO_THE_END, copy_into
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.policy.recurrent import step_seats
from search.hanabi.rollouts.compiled import worth
from search.hanabi.rollouts.requests import Position, Request, cut, place_of, returns_of
from search.hanabi.views import STATES_TYPE, players_views
from search.hanabi.worlds import INDICES_TYPE, PARTICLE_MEMORIES_TYPE, PLACE_TYPES, Worlds, deal_world

ROWS = 8192  # rollouts that advance together at most; more are no faster on a CPU
MEMORY = 1 << 28  # bytes of their memories at most
FLAGS_TYPE = types.Array(types.boolean, 1, "C")


_TABLE_TYPES = STATES_TYPE, STATES_TYPE, PARTICLE_MEMORIES_TYPE  # states, decks, memories of all seats
_RANGE_TYPES = types.int64, types.int64


@kernel(types.void(*PLACE_TYPES, OBSERVE_TYPE, types.int64, *_RANGE_TYPES, *_TABLE_TYPES))
def _begin(rules, view, seat, worlds, moves, key, observe, first, start, stop, states, decks, minds):
    """Make every move in the worlds ``first + start .. first + stop - 1``: rows ``world * moves + move``."""
    world = np.empty(rules[STATE_SIZE], np.int32)
    counts = np.empty(rules[TYPES], np.int32)
    for i in range(start, stop):
        particle = worlds.particles[first + i]
        deal_world(rules, view, seat, worlds.hands[particle], counts, decks[i], fold(key, first + i), world)
        for a in range(moves.shape[0]):
            row = i * moves.shape[0] + a
            copy_into(states[row], world)
            for player in range(minds.shape[1]):
                copy_into(minds[row, player], worlds.memories[particle, player])
            apply_move(rules, states[row], decks[i], moves[a])
            observe(rules, world, states[row], minds[row])


@kernel(types.void(RULES_TYPE, *_RANGE_TYPES, *(INDICES_TYPE,) * 3, *_TABLE_TYPES, OBSERVE_TYPE, FLAGS_TYPE))
def _advance(rules, start, stop, rows, moves, deck_of_row, states, decks, minds, observe, legal):
    before = np.empty(rules[STATE_SIZE], np.int32)
    for k in range(start, stop):
        row = rows[k]
        state = states[row]
        legal[k] = is_legal(rules, state, moves[k])
        if legal[k]:
            copy_into(before, state)
            apply_move(rules, state, decks[deck_of_row[row]], moves[k])
            observe(rules, before, state, minds[row])


@kernel
def _scores(rules, states, scores):
    """Write what the states are worth; ``scores`` holds the points that running games are expected to score yet."""
    for row in range(states.shape[0]):
        if states[row, STATUS] == RUNNING:
            scores[row] = worth(rules, states[row], scores[row])
        else:
            scores[row] = score(rules, states[row])


class _Table:
    """Worlds that advance together."""

    def __init__(self, game: HanabiGame, blueprint: BatchedBlueprint, requests: Sequence[Request], workers: int | None):
        worlds = [request.stop - request.start for request in requests]
        sizes = [count * len(request.moves) for count, request in zip(worlds, requests, strict=True)]
        self._game, self._blueprint, self._workers = game, blueprint, workers
        self._states = np.empty((sum(sizes), game.state_size), np.int32)
        self._decks = np.zeros((sum(worlds), game.deck_size), np.int32)
        self._minds = np.empty((sum(sizes), game.players, blueprint.base.memory_size(game)), np.int64)
        self._deck_of_row = np.zeros(sum(sizes), np.int64)
        row = deck = 0
        for request, count, size in zip(requests, worlds, sizes, strict=True):
            self._deck_of_row[row : row + size] = deck + np.repeat(np.arange(count), len(request.moves))
            self._place(request, slice(row, row + size), slice(deck, deck + count))
            row, deck = row + size, deck + count
        recollections = [request.position.recollection for request in requests]
        self._recollection = blueprint.policy.repeated(recollections, sizes)

    def _place(self, request: Request, rows: slice, decks: slice) -> None:
        place = place_of(self._game, self._first_turn_read(request), request.moves)
        arrays = self._states[rows], self._decks[decks], self._minds[rows]

        def run(start: int, stop: int) -> None:
            _begin(*place, self._blueprint.base.observe, request.start, start, stop, *arrays)

        run_ranges(run, request.stop - request.start, self._workers)

    def _first_turn_read(self, request: Request) -> Position:
        """Return the position of a request; memories that are each seat's own have read its turn."""
        recurrence, position = self._blueprint.recurrence, request.position
        if recurrence is None:
            return position
        game, (view, seat, worlds, _, _) = self._game, position
        used, again = np.unique(worlds.particles[request.start : request.stop], return_inverse=True)
        hands, minds = worlds.hands[used], worlds.memories[used]
        states = np.repeat(view[None], len(used), axis=0)
        for i in range(view[game.rules[HAND_LENGTHS] + seat]):
            states[:, game.card_offset(seat, i)] = hands[:, i]
        step_seats(game, recurrence, np.arange(len(used)), states, minds, self._workers, seat)
        particles = np.zeros(request.stop, np.int64)
        particles[request.start :] = again
        return position._replace(worlds=Worlds(hands, minds, particles))

    def finish(self, plies: int | None) -> NDArray[np.float64]:
        """Play all rows to their end, or so many plies, and return the scores [rows]."""
        recollection = self._recollection
        rows = np.arange(len(self._states))
        scores = np.zeros(len(self._states))
        for ply in range(TO_THE_END):
            running = np.flatnonzero(self._states[rows, STATUS] == RUNNING)
            if len(running) < len(rows):
                rows, recollection = rows[running], recollection[running]
            if not len(rows):
                break
            if ply == plies:
                views, memories = players_views(self._game, rows, self._states, self._minds, self._workers)
                context, _ = self._blueprint.policy.read(views, recollection)
                scores[rows] = self._blueprint.policy.values(views, memories, context)
                break
            recollection = self._ply(rows, recollection)
        _scores(self._game.rules, self._states, scores)
        return scores

    def _ply(self, rows: NDArray[np.int64], recollection: Any) -> Any:
        policy, recurrence = self._blueprint.policy, self._blueprint.recurrence
        if recurrence is not None:
            moves = step_seats(self._game, recurrence, rows, self._states, self._minds, self._workers).argmax(axis=1)
        else:
            views, memories = players_views(self._game, rows, self._states, self._minds, self._workers)
            context, recollection = policy.read(views, recollection)
            moves = policy.log_probabilities(views, memories, context).argmax(axis=1)
        legal = np.zeros(len(rows), np.bool_)

        arrays = self._deck_of_row, self._states, self._decks, self._minds

        def run(start: int, stop: int) -> None:
            _advance(self._game.rules, start, stop, rows, moves, *arrays, self._blueprint.base.observe, legal)

        run_ranges(run, len(rows), self._workers)
        if not legal.all():
            raise RuntimeError(f"blueprint {self._blueprint.name!r} made an illegal move in a rollout")
        return recollection


class BatchedRollouts:
    """``Rollouts`` on the CPU.

    plies : as of ``rollouts.compiled.CompiledRollouts``.
    rows : rollouts that advance together at most.
    """

    def __init__(
        self,
        game: HanabiGame,
        blueprint: BatchedBlueprint,
        workers: int | None = None,
        plies: int | None = None,
        rows: int = ROWS,
    ) -> None:
        self.game, self._blueprint = game, blueprint
        minds = 8 * game.players * blueprint.base.memory_size(game)
        self._workers, self._plies, self._rows = workers, plies, max(1, min(rows, MEMORY // minds))

    def roll_out(self, requests: Sequence[Request]) -> list[NDArray[np.float64]]:
        """Return the scores of several requests, of any positions and games: [stop - start, moves] each."""
        tables = (_Table(self.game, self._blueprint, batch, self._workers) for batch in cut(requests, self._rows))
        return returns_of(requests, [table.finish(self._plies) for table in tables])
