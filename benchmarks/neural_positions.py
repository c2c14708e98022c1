"""Positions of seeded Hanabi games for the timing of networks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.hanabi.batched_seat import BatchedSeat
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.batched import BatchedRolloutValues
from search.hanabi.rollouts.compiled import RolloutValues
from search.hanabi.seat import BlueprintSeat, SearchOptions, SearchSeat

SEED = 6
TURN = 22

Values = RolloutValues | BatchedRolloutValues


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
        state, keys = HanabiState.from_seed(game, SEED, number), SeatKeys.of_game(game, SEED, number)
        seats = [BlueprintSeat(game, blueprint, seat, keys) for seat in range(game.players)]
        while not state.is_terminal:
            seat = seats[state.current_player]
            views.append(state.view(seat.seat))
            memories.append(seat.memory.copy())
            before = [state.view(other) for other in range(game.players)]
            state.apply(seat.act(views[-1]))
            for member in seats:
                member.observe(before[member.seat], state.view(member.seat))
        number += 1
    return Positions(np.array(views[:count]), np.array(memories[:count]))


def pieces(positions: Positions, size: int, repeats: int) -> list[Positions]:
    """Return the first positions in ``repeats`` batches of ``size``."""
    views, memories = positions
    starts = range(0, size * repeats, size)
    return [Positions(views[start : start + size], memories[start : start + size]) for start in starts]


def position(
    game: HanabiGame, blueprint: Blueprint | BatchedBlueprint, worlds: int
) -> tuple[Values, NDArray[np.bool_]]:
    """Return the values of the position at ``TURN`` of a game in some worlds, and which moves are legal."""
    state, keys = HanabiState.from_seed(game, SEED, 1), SeatKeys.of_game(game, SEED, 1)
    search = SearchOptions(rollouts=worlds, belief=BeliefOptions(particles=1000), workers=1)
    views = [state.view(seat) for seat in range(game.players)]
    seats = [
        SearchSeat(game, blueprint, seat, view, search, keys)
        if isinstance(blueprint, Blueprint)
        else BatchedSeat(game, blueprint, seat, view, search, keys)
        for seat, view in enumerate(views)
    ]
    while state.turn < TURN:
        move = seats[state.current_player].blueprint_move(state.view(state.current_player))
        before = [state.view(seat) for seat in range(game.players)]
        state.apply(move)
        for seat, member in enumerate(seats):
            member.observe(before[seat], state.view(seat))
    legal = np.zeros(game.moves, np.bool_)
    legal[state.legal_moves()] = True
    values = seats[state.current_player]._values(state.view(state.current_player))
    assert isinstance(values, RolloutValues | BatchedRolloutValues)
    return values, legal
