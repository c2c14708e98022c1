"""Rollouts on a CUDA card: all moves, worlds and decisions advance together, and nothing comes back but final scores.

It is ``batched`` with every array in the card's memory, for policies that remember nothing. The host sends the views,
keys and hypothetical hands; a kernel deals world and first move into each slot of a ``CudaHanabi`` that starts no games
by itself; then games and policy take turns without the host, which looks once in ``PLIES`` turns whether all games are
over – or, if rollouts end after some plies, once. World ``i`` is that of ``rollouts`` and of ``batched``: the same
policy gives the same returns.

Games that have ended keep their slots. Slots are allocated once for each power of two, so that a policy can record its
turns in a CUDA graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numba import cuda
from numpy.typing import NDArray

from games._base.rng import fold
from games.hanabi.cuda.batch import THREADS, CudaHanabi
from games.hanabi.cuda.device import SIMULATED, kernel, stream_of
from games.hanabi.cuda.tensors import array_of, tensor_of
from games.hanabi.game import HanabiGame
from games.hanabi.layout import OUT_OF_TURNS, RUNNING, STATUS
from games.hanabi.self_play import copy_into
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.compiled import worth
from search.hanabi.rollouts.requests import Request, cut, returns_of
from search.hanabi.worlds import deal_world

ROWS = 1 << 17  # rollouts that advance together at most
PLIES = 8  # turns between two looks of the host
_FEWEST = 1 if SIMULATED else 1024  # slots


@lru_cache(maxsize=16)
def dealing_kernel(game: HanabiGame) -> Any:
    """Return the kernel that deals worlds of information states into slots, compiled at its first launch."""
    fixed, deck_size, types = np.array(game.rules), game.deck_size, game.types

    @kernel
    def deal_worlds(views, seats, keys, owners, numbers, hands, worlds, first, states, decks, moves, scores, faults):
        """Put world ``worlds[i]`` and the move ``first[i]`` into slot ``i``; slots after the last world wait.

        World ``w`` is number ``numbers[w]`` of the information state ``owners[w]``: seat ``seats[owners[w]]`` sees
        ``views[owners[w]]`` and holds ``hands[w]``.
        """
        rules = cuda.const.array_like(fixed)
        i = cuda.grid(1)
        if i >= moves.shape[0]:
            return
        state = states[:, i]
        scores[i] = -1
        faults[i] = 0
        if i >= worlds.shape[0]:
            state[STATUS] = OUT_OF_TURNS
            return
        w = worlds[i]
        owner = owners[w]
        view, seat = views[owner], seats[owner]
        counts = cuda.local.array(types, np.int32)
        deck = cuda.local.array(deck_size, np.int8)
        for k in range(deck_size):
            deck[k] = 0
        deal_world(rules, view, seat, hands[w], counts, deck, fold(keys[owner], numbers[w]), state)
        copy_into(decks[:, i], deck)
        moves[i] = first[i]

    return deal_worlds


@lru_cache(maxsize=16)
def pricing_kernel(game: HanabiGame) -> Any:
    """Return the kernel that writes what games are worth, compiled at its first launch."""
    fixed = np.array(game.rules)

    @kernel
    def price(states, scores, expected, worths):
        """Write the final score of a slot, or of a running game its points and what it is expected to score yet."""
        rules = cuda.const.array_like(fixed)
        i = cuda.grid(1)
        if i >= worths.shape[0]:
            return
        state = states[:, i]
        if state[STATUS] == RUNNING:
            worths[i] = worth(rules, state, expected[i])
        else:
            worths[i] = scores[i]

    return price


class _Worlds(NamedTuple):
    """What ``deal_worlds`` reads, on the host."""

    views: NDArray[np.int32]
    seats: NDArray[np.int32]
    keys: NDArray[np.uint64]
    owners: NDArray[np.int32]
    numbers: NDArray[np.int64]
    hands: NDArray[np.int32]
    worlds: NDArray[np.int32]
    first: NDArray[np.int64]


def _worlds(requests: Sequence[Request]) -> _Worlds:
    """Return the worlds of all requests, and rows ``world * moves + move`` of each."""
    counts = np.array([request.stop - request.start for request in requests])
    widths = np.array([len(request.moves) for request in requests])
    positions = [request.position for request in requests]
    hands = [
        position.worlds.hands[position.worlds.particles[request.start : request.stop]]
        for position, request in zip(positions, requests, strict=True)
    ]
    moves = [np.tile(request.moves, count) for request, count in zip(requests, counts, strict=True)]
    return _Worlds(
        views=np.array([position.view for position in positions], np.int32),
        seats=np.array([position.seat for position in positions], np.int32),
        keys=np.array([position.key for position in positions], np.uint64),
        owners=np.repeat(np.arange(len(requests), dtype=np.int32), counts),
        numbers=np.concatenate([np.arange(request.start, request.stop, dtype=np.int64) for request in requests]),
        hands=np.ascontiguousarray(np.concatenate(hands), np.int32),
        worlds=np.repeat(np.arange(counts.sum(), dtype=np.int32), np.repeat(widths, counts)),
        first=np.concatenate(moves).astype(np.int64),
    )


class _Table:
    """Slots for rollouts, with the policy that plays in them."""

    def __init__(self, game: HanabiGame, blueprint: BatchedBlueprint, size: int, plies: int | None) -> None:
        card = blueprint.card
        assert card is not None
        self._batch = CudaHanabi(game, size, auto_reset=False, version=card.version, encoding=card.encoding)
        self._legal = tensor_of(self._batch.legal)
        self._plies = plies
        self._play = card.player(self._batch, plies or PLIES)
        self._values = None if plies is None else card.values(self._batch)
        self._name = blueprint.name

    def scores(self, worlds: _Worlds) -> NDArray[np.float64]:
        """Play all worlds to their end, or for some plies, and return the scores [rows]."""
        batch = self._batch
        stream = torch.cuda.current_stream().cuda_stream if torch.cuda.is_available() else 0
        on = stream_of(stream)
        given = [cuda.to_device(array, stream=on) for array in worlds]
        grid = -(-batch.size // THREADS), THREADS, on
        changing = batch.states, batch.decks, batch.moves, batch.scores, batch.faults
        dealing_kernel(batch.game)[grid](*given, *changing)
        batch.step(stream)
        for _ in range(0, batch.game.maximum_turns if self._plies is None else 1, PLIES):
            if not bool(self._legal.any()):
                break
            self._play()
        try:
            batch.check()
        except ValueError:
            raise RuntimeError(f"blueprint {self._name!r} made an illegal move in a rollout") from None
        if self._values is None:
            found = batch.scores.copy_to_host().astype(np.float64)
        else:
            expected = self._values()
            worths = torch.empty(batch.size, dtype=torch.float64, device=expected.device)
            pricing_kernel(batch.game)[grid](batch.states, batch.scores, array_of(expected), array_of(worths))
            found = worths.cpu().numpy()
        scores: NDArray[np.float64] = found[: len(worlds.first)]
        return scores


class CudaRollouts:
    """Rollouts of a blueprint on the current card.

    rows : rollouts that advance together at most; about 5 kB of the card's memory each, and what the policy needs.
    plies : as of ``rollouts.compiled.CompiledRollouts``.

    Raises ``ValueError`` with one sentence for a blueprint that does not play on a card or plays another game,
    ``NoCardError`` (at the first rollouts) without a card.
    """

    def __init__(
        self, game: HanabiGame, blueprint: BatchedBlueprint, rows: int = ROWS, plies: int | None = None
    ) -> None:
        if blueprint.card is None:
            raise ValueError(f"{blueprint.name} does not play on a CUDA card")
        if rows < 1:
            raise ValueError(f"rows must be at least 1, not {rows}")
        blueprint.memory_size(game)
        self.game, self._blueprint, self._rows, self._plies = game, blueprint, rows, plies
        self._tables: dict[int, _Table] = {}

    def roll_out(self, requests: Sequence[Request]) -> list[NDArray[np.float64]]:
        """Return the scores of several requests, of any positions and games: [stop - start, moves] each."""
        parts = []
        for piece in cut(requests, self._rows):
            worlds = _worlds(piece)
            parts.append(self._table(len(worlds.first)).scores(worlds))
        return returns_of(requests, parts)

    def _table(self, rows: int) -> _Table:
        size = max(_FEWEST, 1 << (rows - 1).bit_length())
        if size not in self._tables:
            self._tables[size] = _Table(self.game, self._blueprint, size, self._plies)
        return self._tables[size]


@lru_cache(maxsize=4)
def rollouts_of(game: HanabiGame, blueprint: BatchedBlueprint, plies: int | None = None) -> CudaRollouts:
    """Return the rollouts that all seats of a blueprint share: memory of a card is allocated once."""
    return CudaRollouts(game, blueprint, plies=plies)
