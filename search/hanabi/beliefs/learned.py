"""A learned model as the belief itself: hands are drawn afresh at every decision, nothing is replayed to weigh them.

``HandBelief`` weighs each hand by the partners' moves it explains, which takes a replay of the game in every particle
and a proposal that finds the hands that matter. A model trained on the blueprint's games does both at once, at a price
that does not depend on the length of the game – and is only as right as its training.
In between, the model can be the *proposal* of a ``HandBelief``, whose replay then corrects it (``BeliefOptions``).

A particle also holds what the partners remember. Where all seats' memories always agree (smart at 2 players), the
own row serves for everybody. Elsewhere the game's moves are replayed once in every particle, for the memories alone:
no policy is asked and nothing is weighed (0.6 microseconds for each move and particle of the information blueprint).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.threads import run_ranges
from games.hanabi.blueprint import OBSERVE_TYPE, RULES_TYPE, Blueprint
from games.hanabi.layout import STATE_SIZE
from games.hanabi.self_play import copy_into
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief, Particles
from search.hanabi.beliefs.history import SeatHistory
from search.hanabi.beliefs.posterior import CARDS_TYPE, HISTORY_TYPE, fill_own_hand
from search.hanabi.worlds import HANDS_TYPE, PARTICLE_MEMORIES_TYPE, Worlds


class Belief(Protocol):
    """What a searching seat asks of a belief; see ``HandBelief``."""

    hands: NDArray[np.int32]
    memories: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    exact: bool
    collapsed: bool
    rebuilds: int

    @property
    def effective_sample_size(self) -> float: ...

    def update(self, key: int, memory: NDArray[np.int64]) -> None: ...

    def worlds(self, count: int, key: int) -> Worlds: ...


def new_belief(
    history: SeatHistory, blueprint: Blueprint, options: BeliefOptions, workers: int | None = None
) -> Belief:
    """Return the belief that the options ask for."""
    kind = LearnedBelief if options.kind == "learned" else HandBelief
    return kind(history, blueprint, options, workers)


@kernel(
    types.void(
        RULES_TYPE,
        HISTORY_TYPE,
        types.int64,
        CARDS_TYPE,
        CARDS_TYPE,
        HANDS_TYPE,
        PARTICLE_MEMORIES_TYPE,
        OBSERVE_TYPE,
        types.int64,
        types.int64,
    )
)
def _remember(rules, views, seat, revealed, deck_indices, hands, memories, observe, start, stop):
    """Replay all moves in each hypothetical world ``start .. stop-1`` from fresh ``memories``, weighing nothing."""
    before = np.empty(rules[STATE_SIZE], np.int32)
    after = np.empty(rules[STATE_SIZE], np.int32)
    card_of_index = np.empty(revealed.shape[0], np.int32)
    for p in range(start, stop):
        copy_into(card_of_index, revealed)
        for i in range(deck_indices.shape[0]):
            card_of_index[deck_indices[i]] = hands[p, i]
        copy_into(after, views[0])
        fill_own_hand(rules, after, seat, card_of_index)
        for t in range(views.shape[0] - 1):
            copy_into(before, after)
            copy_into(after, views[t + 1])
            fill_own_hand(rules, after, seat, card_of_index)
            observe(rules, before, after, memories[p])


class LearnedBelief(Particles):
    """A model's own hands as the belief of one seat.

    A quarter of ``options.particles`` hands is drawn, the number that a ``HandBelief`` is thinned to, all of the same
    weight. It is never exact and never collapses.
    """

    def __init__(
        self, history: SeatHistory, blueprint: Blueprint, options: BeliefOptions, workers: int | None = None
    ) -> None:
        assert options.model is not None
        super().__init__(history, blueprint, workers)
        self._model = options.model
        self._size = max(1, options.particles // 4)

    @property
    def effective_sample_size(self) -> float:
        """The number of hands."""
        return float(len(self.hands))

    def update(self, key: int, memory: NDArray[np.int64]) -> None:
        """Draw hands for the present of the history, at a decision of the seat."""
        self.hands, _ = self._model.draw(self._history, memory, self._size, key)
        self.probabilities = np.full(self._size, 1.0 / self._size)
        self.memories = np.repeat(self._blueprint.new_memories(self._game)[None], self._size, axis=0)
        if self._model.public_memory:
            self.memories[:] = memory
        else:
            self._remember()

    def _remember(self) -> None:
        history, blueprint = self._history, self._blueprint
        indices = history.deck_indices()

        def run(start: int, stop: int) -> None:
            _remember(
                self._game.rules,
                history.views,
                history.seat,
                history.revealed,
                indices,
                self.hands,
                self.memories,
                blueprint.observe,
                start,
                stop,
            )

        run_ranges(run, self._size, self._workers)

    def worlds(self, count: int, key: int) -> Worlds:
        """Return ``count`` worlds: the hands in turn, from a place that ``key`` fixes."""
        particles = (np.arange(count) + int(np.uint64(key) % np.uint64(self._size))) % self._size
        return Worlds(self._padded_hands(), self.memories, particles.astype(np.int64))
