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

import numpy as np

from search.hanabi.beliefs.hands import Belief, BeliefOptions, HandBelief
from search.hanabi.policy.follower import Follower, Supposed
from search.hanabi.worlds import Worlds


def new_belief(follower: Follower, options: BeliefOptions, workers: int | None = None) -> Belief:
    """Return the belief that the options ask for."""
    kind = LearnedBelief if options.kind == "learned" else HandBelief
    return kind(follower, options, workers)


class LearnedBelief(Belief):
    """A model's own hands as the belief of one seat.

    A quarter of ``options.particles`` hands is drawn, the number that a ``HandBelief`` is thinned to, all of the same
    weight. It is never exact and never collapses: without a replay nobody knows which of the partners' moves a hand
    explains.
    """

    def __init__(self, follower: Follower, options: BeliefOptions, workers: int | None = None) -> None:
        assert options.model is not None
        super().__init__(follower, workers)
        self._model = options.model
        self._size = max(1, options.particles // 4)

    @property
    def effective_sample_size(self) -> float:
        return float(len(self.hands))

    def update(self, key: int) -> None:
        memory = self._follower.memory
        self.hands, _ = self._model.draw(self._history, memory, self._size, key)
        self.probabilities = np.full(self._size, 1.0 / self._size)
        self.inclusion = np.zeros(self._size)
        self.memories = self._new_memories()
        if self._model.public_memory:
            self.memories[:] = memory
        else:
            worlds = Supposed(self.hands, self.memories, None)
            self._follower.replay(worlds, 0, self._history.turns, 0.0, self._workers)

    def worlds(self, count: int, key: int) -> Worlds:
        """Return the hands in turn, from a place that ``key`` fixes."""
        particles = (np.arange(count) + int(np.uint64(key) % np.uint64(self._size))) % self._size
        return Worlds(self._padded_hands(), self.memories, particles.astype(np.int64))
