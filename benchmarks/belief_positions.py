"""Positions at which beliefs are compared: decisions of softened blueprints, and the posterior at each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.errors import Origins
from search.hanabi.beliefs import posterior
from search.hanabi.beliefs.hand_model import HandModel
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.follower import Follower
from search.hanabi.rollouts.compiled import CompiledRollouts
from search.hanabi.rollouts.requests import Position, RequestedValues
from search.hanabi.seat import SearchSeat
from search.hanabi.worlds import Worlds
from search.seating import Seating


class Spot(NamedTuple):
    """A decision: the number of the game, a searching seat for each way to believe, and the hand they do not know."""

    number: int
    seats: dict[str, SearchSeat]
    view: NDArray[np.int32]
    hand: NDArray[np.int32]

    @property
    def any(self) -> SearchSeat:
        """One of the seats: history and memory are the same in all."""
        return next(iter(self.seats.values()))

    @property
    def follower(self) -> Follower:
        """The blueprint in the seat."""
        return self.any.follower


def spots(
    game: HanabiGame,
    make: Mapping[str, Callable[[], Any]],
    games: range,
    every: int,
    softening: float,
    seed: int,
) -> Iterator[Spot]:
    """Yield every ``every``-th decision of games in which a move is a random one with probability ``softening``.

    The seats search and are not listened to: the blueprint plays.
    """
    for number in games:
        generator = np.random.default_rng([seed, number])
        state, keys = HanabiState.from_seed(game, seed, number), SeatKeys.of_game(game, seed, number)
        seats = [{name: each() for name, each in make.items()} for _ in range(game.players)]
        for seat, members in enumerate(seats):
            for member in members.values():
                member.start(Seating(game, seat, 0, state.view(seat), keys))
        while not state.is_terminal:
            player = state.current_player
            view = state.view(player)
            hand = np.array(state.hand(player), dtype=np.int32)
            spot = Spot(number, seats[player], view, hand)
            if state.turn % every == number % every and len(hand):
                yield spot
            move = spot.follower.move(view, keys.policy[state.turn])
            if generator.random() < softening:
                move = int(generator.choice(state.legal_moves()))
            before = [state.view(seat) for seat in range(game.players)]
            state.apply(move)
            for seat, members in enumerate(seats):
                for member in members.values():
                    member.observe(before[seat], state.view(seat))


class Posterior(HandBelief):
    """The posterior of a spot by hands found through hints, convention and a learned model together, once.

    Nothing is thinned or dropped. The bias of ``log_probability`` is about half the inverse effective sample size.
    """

    def __init__(self, spot: Spot, model: HandModel, particles: int, softening: float) -> None:
        follower = spot.follower
        super().__init__(follower, BeliefOptions(particles, 0, softening, kind="learned-proposal", model=model), 1)
        self._spot = spot
        self._counts, self._masks = self._present()
        self._propose(self._counts, self._masks, follower.history.turns, particles)
        logs = self._log_joint() - self._log_inclusion
        self.log_evidence = np.logaddexp.reduce(logs)
        self.probabilities = np.exp(logs - np.logaddexp.reduce(logs))

    def _log_joint(self) -> NDArray[np.float64]:
        """Return log prior (unnormalised) + log-likelihood of the partners' moves for the hands."""
        self._begin()
        self._replay(0, self._history.turns)
        logs = np.empty(len(self.hands))
        posterior.log_prior(self._counts, self._masks, self.hands, logs)
        return logs + self._evidence.log_likelihood

    def log_probability(self) -> float:
        """Return the log-posterior of the true hand."""
        kept = self.hands, self.memories, self._evidence
        self.hands = self._spot.hand[None, :].copy()
        joint = float(self._log_joint()[0])
        self.hands, self.memories, self._evidence = kept
        return joint - float(self.log_evidence)

    def log_proposals(self) -> float:
        """Return the log-density of the true hand under the mixture of hints and convention alone."""
        components = [self._masks, *self._convention_masks(self._masks)]
        total, logs = -np.inf, np.empty(1)
        for component in components:
            order = np.argsort([int(mask).bit_count() for mask in component], kind="stable")
            posterior.log_proposal(self._counts, component, order, self._spot.hand[None, :].copy(), logs)
            total = np.logaddexp(total, logs[0])
        return float(total - np.log(len(components)))

    def values(self, moves: NDArray[np.int64], worlds: int, key: int) -> NDArray[np.float64]:
        """Return the mean score after each of the moves, the blueprint playing on: [moves]."""
        values = values_at(self._spot, self.worlds(worlds, key), key)
        means: NDArray[np.float64] = values.returns(moves, 0, worlds).mean(axis=0)
        return means


def values_at(
    spot: Spot, worlds: Worlds, key: int, plies: int | None = None, origins: Origins | None = None
) -> RequestedValues:
    """Return the values of moves at a decision in worlds drawn from a belief, whose origins matter to a planner."""
    history = spot.follower.history
    rollouts = CompiledRollouts(history.game, spot.follower.base, 1, plies)
    return RequestedValues(rollouts, Position(spot.view, history.seat, worlds, key, None), origins)
