"""Searching seats for the tests: how they search, and seats started at a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.allocation import Racing
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.budget import Budget
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.policy.follower import Policy
from search.hanabi.rollouts.over import rollouts_over
from search.hanabi.rollouts.requests import Rollouts
from search.hanabi.seat import FollowSeat, SearchSeat
from search.planner import MirrorDescent, Planner
from search.seating import Seating

BELIEF = BeliefOptions(particles=2000, exact_limit=4000, softening=0.05)
PLANNER = Planner(MirrorDescent(30.0), Racing())


@dataclass(frozen=True)
class Search:
    """How a seat searches."""

    belief: BeliefOptions = BELIEF
    rollouts: int | Budget = 1000
    planner: Planner = PLANNER
    plies: int | None = None
    workers: int | None = 1

    def seat(self, game: HanabiGame, blueprint: Any, rollouts: Rollouts | None = None) -> SearchSeat:
        """Return a seat over a blueprint, not started."""
        policy = policy_of(blueprint)
        rollouts = rollouts or rollouts_over(game, policy, self.workers, self.plies)
        return SearchSeat(policy, self.belief, rollouts, self.planner, self.rollouts, self.workers)


def belief(**change: Any) -> BeliefOptions:
    return replace(BELIEF, **change)


def policy_of(blueprint: Blueprint | BatchedBlueprint) -> Policy:
    return CompiledPolicy(blueprint) if isinstance(blueprint, Blueprint) else blueprint


def start(seats: Sequence[Any], state: HanabiState, seed: int, number: int) -> None:
    """Start seats at a table, with the keys of a game."""
    keys = SeatKeys.of_game(state.game, seed, number)
    for seat, member in enumerate(seats):
        member.start(Seating(state.game, seat, 0, state.view(seat), keys))


def searchers(state: HanabiState, blueprint: Any, search: Search, seed: int, number: int) -> list[SearchSeat]:
    """Return a table of seats that search, started."""
    seats = [search.seat(state.game, blueprint) for _ in range(state.game.players)]
    start(seats, state, seed, number)
    return seats


def apply(state: HanabiState, seats: Sequence[Any], move: int) -> None:
    """Make a move and show it to all seats."""
    before = [state.view(seat) for seat in range(len(seats))]
    state.apply(move)
    for seat, member in enumerate(seats):
        member.observe(before[seat], state.view(seat))


def follow(state: HanabiState, seat: SearchSeat | FollowSeat) -> int:
    """Return the move of a seat's policy."""
    view = state.view(state.current_player)
    return seat.follower.move(view, seat.keys.policy[state.turn])


def seen(seat: SearchSeat | FollowSeat, state: HanabiState, player: int, seed: int = 0, number: int = 0) -> Any:
    """Let a fresh seat see the whole history of a state as ``player``, and return the present view."""
    current = HanabiState(state.game, state.deck)
    seat.start(Seating(state.game, player, 0, current.view(player), SeatKeys.of_game(state.game, seed, number)))
    for move in state.history:
        before = current.view(player)
        current.apply(move)
        seat.observe(before, current.view(player))
    return current.view(player)
