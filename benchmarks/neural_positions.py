"""Positions of seeded Hanabi games for the timing of networks and searches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.blueprints import registry
from agents.hanabi.players import searcher
from agents.hanabi.table import HanabiTable
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.policy.follower import Policy
from search.hanabi.rollouts.requests import RequestedValues
from search.hanabi.seat import FollowSeat, SearchSeat
from search.hanabi.spec import SearchSpec
from search.seating import Seating

SEED = 6
TURN = 22


class Positions(NamedTuple):
    """Positions of seeded games: views [n, state size] of the players to move, and their rows of memory."""

    views: NDArray[np.int32]
    memories: NDArray[np.int64]


def collect(game: HanabiGame, blueprint: Blueprint, count: int) -> Positions:
    """Play seeded games and return the first positions."""
    views: list[NDArray[np.int32]] = []
    memories: list[NDArray[np.int64]] = []
    number = 0
    while len(views) < count:
        state, seats = HanabiState.from_seed(game, SEED, number), followers(game, CompiledPolicy(blueprint))

        def note(state: HanabiState, move: int, seats: list[FollowSeat] = seats) -> None:
            views.append(state.view(state.current_player))
            memories.append(seats[state.current_player].follower.memory.copy())

        play(state, seats, number, note)
        number += 1
    return Positions(np.array(views[:count]), np.array(memories[:count]))


def followers(game: HanabiGame, policy: Policy) -> list[FollowSeat]:
    """Return a table of seats that follow a policy."""
    return [FollowSeat(policy) for _ in range(game.players)]


def play(state: HanabiState, seats: Sequence[Any], number: int, note: Any = None, turns: int | None = None) -> None:
    """Play game ``number``, or its first turns."""
    keys = SeatKeys.of_game(state.game, SEED, number)
    HanabiTable(state.game, seats, forfeits=False).play(state, [0] * len(seats), note, keys=keys, turns=turns)


def pieces(positions: Positions, size: int, repeats: int) -> list[Positions]:
    """Return the first positions in ``repeats`` batches of ``size``."""
    views, memories = positions
    starts = range(0, size * repeats, size)
    return [Positions(views[start : start + size], memories[start : start + size]) for start in starts]


def show(seat: SearchSeat, state: HanabiState, keys: SeatKeys) -> None:
    """Let a seat see a game up to its turn in a state."""
    player, current = state.current_player, HanabiState(state.game, state.deck)
    seat.start(Seating(state.game, player, 0, current.view(player), keys))
    for move in state.history:
        before = current.view(player)
        current.apply(move)
        seat.observe(before, current.view(player))


def position(game: HanabiGame, policy: Policy, worlds: int) -> tuple[RequestedValues, NDArray[np.bool_]]:
    """Return the values of the position at ``TURN`` of a game in some worlds, and which moves are legal."""
    state = HanabiState.from_seed(game, SEED, 1)
    play(state, followers(game, policy), 1, turns=TURN)
    spec = SearchSpec(blueprint="random", rollouts=worlds, particles=1000, softening=0.05)  # to the end of the game
    seat = searcher(spec.resolved(game, registry), policy)()
    assert isinstance(seat, SearchSeat)
    show(seat, state, SeatKeys.of_game(game, SEED, 1))
    legal = np.zeros(game.moves, np.bool_)
    legal[state.legal_moves()] = True
    values = seat.values(state.view(state.current_player))
    assert isinstance(values, RequestedValues)
    return values, legal
