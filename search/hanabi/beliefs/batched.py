"""The belief of ``beliefs.hands`` with the partners' moves weighed by a batched policy, once a move for all hands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.threads import run_ranges
from games.hanabi.blueprint import OBSERVE_TYPE, RULES_TYPE
from games.hanabi.layout import CURRENT_PLAYER, DECK_INDEX, HAND_LENGTHS, LAST_MOVE
from games.hanabi.rules import card_address
from games.hanabi.self_play import copy_into
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief
from search.hanabi.beliefs.history import SeatHistory
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.policy.past import PublicPast
from search.hanabi.rollouts.batched import (
    STATES_TYPE,
    players_views,
)
from search.hanabi.worlds import PARTICLE_MEMORIES_TYPE


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
