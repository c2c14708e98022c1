"""A searching seat over a batched policy: beliefs and rollouts ask for many positions at once.

The belief is that of ``belief``; only its replay differs: at each move of a partner the policy is asked once for all
hypothetical hands. What a policy remembers of the game is public, so every turn is read once for the seat, not once a
hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._jit import kernel
from games.hanabi.blueprint import OBSERVE_TYPE, RULES_TYPE
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, DECK_INDEX, HAND_LENGTHS, LAST_MOVE, TURN
from games.hanabi.rules import card_address
from games.hanabi.self_play import copy_into
from games.threads import run_ranges
from search.allocation import ActionValues
from search.hanabi.batched import (
    STATES_TYPE,
    BatchedRolloutValues,
    Position,
    RequestedValues,
    Rollouts,
    players_views,
)
from search.hanabi.batched_policy import BatchedBlueprint, BatchedPolicy
from search.hanabi.belief import BeliefOptions, HandBelief
from search.hanabi.history import SeatHistory
from search.hanabi.keys import SeatKeys
from search.hanabi.rollouts import PARTICLE_MEMORIES_TYPE, Worlds
from search.hanabi.seat import SearchOptions, SearchSeat


@kernel
def _fill_hands(rules, view, seat, revealed, deck_indices, hands, start, stop, states):
    """Write the view with each of the hypothetical hands in it; cards that have left the hand since are revealed."""
    card_of_index = revealed.copy()
    for p in range(start, stop):
        for i in range(deck_indices.shape[0]):
            card_of_index[deck_indices[i]] = hands[p, i]
        copy_into(states[p], view)
        for i in range(view[rules[HAND_LENGTHS] + seat]):
            card = card_address(rules, seat, i)
            states[p, card] = card_of_index[view[card + DECK_INDEX]]


@kernel(
    types.void(RULES_TYPE, types.int64, types.int64, STATES_TYPE, STATES_TYPE, PARTICLE_MEMORIES_TYPE, OBSERVE_TYPE)
)
def _observe(rules, start, stop, before, after, memories, observe):
    for p in range(start, stop):
        observe(rules, before[p], after[p], memories[p])


class PublicPast:
    """What a policy remembers of the turns of a history, each read when it is first asked for."""

    def __init__(self, game: HanabiGame, policy: BatchedPolicy, history: SeatHistory) -> None:
        self._game, self._policy, self._history = game, policy, history
        self._contexts: list[Any] = []
        self._recollections: list[Any] = [policy.begin()]

    def _read(self, turn: int) -> None:
        history = self._history
        view = history.views[turn]
        public = view.copy()
        for i in range(int(view[self._game.rules[HAND_LENGTHS] + history.seat])):
            public[self._game.card_offset(history.seat, i)] = 0  # any card: nobody reads it
        no_memories = np.zeros((1, self._game.players, 1), np.int64)
        views, _ = players_views(self._game, np.zeros(1, np.int64), public[None], no_memories, 1)
        context, recollection = self._policy.read(views, self._recollections[-1])
        self._contexts.append(context)
        self._recollections.append(recollection)

    def context(self, turn: int) -> Any:
        """Return the policy's context at a turn, one row."""
        while len(self._contexts) <= turn:
            self._read(len(self._contexts))
        return self._contexts[turn]

    def recollection(self, turn: int) -> Any:
        """Return what the policy remembers after it has read a turn, one row."""
        self.context(turn)
        return self._recollections[turn + 1]


class BatchedBelief(HandBelief):
    """Posterior over the own hand of one seat, the partners' moves weighed by a batched policy."""

    def __init__(
        self,
        history: SeatHistory,
        blueprint: BatchedBlueprint,
        options: BeliefOptions,
        past: PublicPast,
        workers: int | None = None,
    ) -> None:
        super().__init__(history, blueprint.base, options, workers)
        self._softening = options.softening
        self._policy, self._past = blueprint.policy, past

    def _states(self, turn: int) -> NDArray[np.int32]:
        history, size = self._history, len(self.hands)
        states = np.empty((size, self._game.state_size), np.int32)
        indices = history.deck_indices()

        def run(start: int, stop: int) -> None:
            _fill_hands(
                self._game.rules,
                history.views[turn],
                history.seat,
                history.revealed,
                indices,
                self.hands,
                start,
                stop,
                states,
            )

        run_ranges(run, size, self._workers)
        return states

    def _replay(self, first: int, last: int) -> None:
        if not len(self.hands):
            return
        history, rules, blueprint = self._history, self._game.rules, self._blueprint
        after = self._states(first)
        for turn in range(first, last):
            before, after = after, self._states(turn + 1)
            if history.views[turn, CURRENT_PLAYER] != history.seat:
                self._likelihood += self._log_likelihood(before, turn)

            def run(start: int, stop: int, before: Any = before, after: Any = after) -> None:
                _observe(rules, start, stop, before, after, self.memories, blueprint.observe)

            run_ranges(run, len(self.hands), self._workers)

    def _log_likelihood(self, states: NDArray[np.int32], turn: int) -> NDArray[np.float64]:
        """Return the log-probability of a partner's move in each hypothetical state, [particles]."""
        everything = np.arange(len(states))
        views, memories = players_views(self._game, everything, states, self.memories, self._workers)
        logs = self._policy.log_probabilities(views, memories, self._past.context(turn))
        chances = np.exp(logs[:, self._history.views[turn + 1, LAST_MOVE]])
        legal = np.isfinite(logs).sum(axis=1)
        with np.errstate(divide="ignore"):
            likelihood: NDArray[np.float64] = np.log((1.0 - self._softening) * chances + self._softening / legal)
        return likelihood


class BatchedSeat(SearchSeat):
    """A seat that improves a batched blueprint at the moment of decision (parameters as of ``SearchSeat``).

    rollouts : who plays the rollouts, with the plies of the options (``gathered``); ``None``: the seat sees to it.

    Raises ``ValueError`` for a belief that is learned: models are about the memories of compiled blueprints.
    """

    def __init__(
        self,
        game: HanabiGame,
        blueprint: BatchedBlueprint,
        seat: int,
        view: NDArray[np.int32],
        options: SearchOptions,
        keys: SeatKeys,
        rollouts: Rollouts | None = None,
    ) -> None:
        if options.belief.kind != "exact":
            raise ValueError(f"a search over a batched policy has an exact belief, not {options.belief.kind}")
        super().__init__(game, blueprint.base, seat, view, options, keys)
        self._batched, self._rollouts = blueprint, rollouts
        self._past = PublicPast(game, blueprint.policy, self.history)
        self.belief = BatchedBelief(self.history, blueprint, options.belief, self._past, options.workers)

    def _log_probabilities(self, view: NDArray[np.int32]) -> NDArray[np.float64]:
        context = self._past.context(int(view[TURN]))
        found: NDArray[np.float64] = self._batched.policy.log_probabilities(view[None], self.memory[None], context)[0]
        return found

    def blueprint_move(self, view: NDArray[np.int32]) -> int:
        return int(self._log_probabilities(view).argmax())

    def log_policy(self, view: NDArray[np.int32], moves: NDArray[np.int64]) -> NDArray[np.float64]:
        softening = self._batched.softening
        chances = np.exp(self._log_probabilities(view)[moves])
        logarithms: NDArray[np.float64] = np.log((1.0 - softening) * chances + softening / len(moves))
        return logarithms

    def _rollout_values(self, view: NDArray[np.int32], worlds: Worlds, key: int) -> ActionValues:
        position = Position(view, self.seat, worlds, key, self._past.recollection(int(view[TURN])))
        if self._rollouts is not None:
            return RequestedValues(self._rollouts, position)
        if self._batched.card is not None:
            from search.hanabi.cuda_rollouts import CudaRolloutValues, rollouts_of  # needs CUDA, or its simulator

            return CudaRolloutValues(rollouts_of(self.game, self._batched, self.options.plies), position)
        return BatchedRolloutValues(self.game, self._batched, position, self.options.workers, self.options.plies)


class BatchedBlueprintSeat(BatchedSeat):
    """A seat that follows its batched blueprint."""

    def act(self, view: NDArray[np.int32]) -> int:
        return self.blueprint_move(view)
