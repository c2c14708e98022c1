"""A searching seat over a batched policy: beliefs and rollouts ask for many positions at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.hanabi.game import HanabiGame
from games.hanabi.layout import TURN
from search.allocation import ActionValues
from search.hanabi.beliefs.batched import BatchedBelief
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.policy.past import PublicPast
from search.hanabi.rollouts.batched import (
    BatchedRolloutValues,
    Position,
    RequestedValues,
    Rollouts,
)
from search.hanabi.seat import SearchOptions, SearchSeat
from search.hanabi.worlds import Worlds


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
            from search.hanabi.rollouts.cuda import CudaRolloutValues, rollouts_of  # needs CUDA, or its simulator

            return CudaRolloutValues(rollouts_of(self.game, self._batched, self.options.plies), position)
        return BatchedRolloutValues(self.game, self._batched, position, self.options.workers, self.options.plies)


class BatchedBlueprintSeat(BatchedSeat):
    """A seat that follows its batched blueprint."""

    def act(self, view: NDArray[np.int32]) -> int:
        return self.blueprint_move(view)
