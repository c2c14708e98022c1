"""Where a learner stands, compiled or torch, and what follows from its options: cloning or not, weights of the loss.

All of it is a function of the options, the iteration and the steps, so a run that goes on needs to save no schedule.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from agents.training.gradients import IMITATION, PPO, REGRESSION, Loss
from agents.training.options import TrainingOptions
from games.hanabi.game import HanabiGame

STREAM = 7  # seeds of training games, apart from those of evaluation


class Progress:
    """The part of a learner that counts.

    Attributes
    ----------
    iteration, steps, updates : done so far; a step is one decision, an update one minibatch.
    """

    def __init__(self, game: HanabiGame, options: TrainingOptions) -> None:
        self.game, self.options = game, options
        self.iteration = self.steps = self.updates = 0

    @property
    def seed(self) -> int:
        """Seed of the training games; iteration ``i`` plays the games from ``first_game`` on."""
        return self.options.seed + (STREAM << 32)

    @property
    def first_game(self) -> int:
        """Number of the first game of the present iteration."""
        return self.iteration * self.options.games

    @property
    def advice(self) -> float:
        """Logit by which the base's advice leads at the start; 0 without a base."""
        return self.options.advice if self.options.base != "none" else 0.0

    @property
    def cloning(self) -> bool:
        """Whether the next iteration fits the teacher."""
        return self.first_game < self.options.clone_games

    @property
    def averaging(self) -> float:
        """Share of the moving average that an update keeps, after it was counted: smaller at first."""
        return min(self.options.average_decay, self.updates / (self.updates + 10.0))

    def loss(self) -> Loss:
        """Return the present weights of the loss."""
        options = self.options
        kind = PPO
        if self.cloning or (options.method == "expert-iteration" and options.label_step):
            kind = IMITATION
        elif options.method == "expert-iteration":
            kind = REGRESSION
        return Loss(
            kind,
            options.clip,
            options.at("entropy", self.steps) if kind == PPO else 0.0,
            options.kl_previous if kind == PPO else 0.0,
            options.at("kl_magnet", self.steps) if kind == PPO else 0.0,
            options.clone_softening,
            options.value_weight,
            options.temperature,
        )

    def shuffler(self) -> np.random.Generator:
        """Return the random numbers of the present iteration's minibatches."""
        return np.random.default_rng([self.options.seed, self.iteration, STREAM])

    def thinner(self) -> np.random.Generator:
        """Return the random numbers that say which decisions of the present iteration are learned from."""
        return np.random.default_rng([self.options.seed, self.iteration, STREAM, 1])

    def counters(self) -> NDArray[np.int64]:
        """Return iteration, steps and updates as a saved run keeps them."""
        return np.array([self.iteration, self.steps, self.updates], np.int64)

    def restore_counters(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Go on from saved ``counters``."""
        self.iteration, self.steps, self.updates = (int(n) for n in arrays["counters"])


def check_arrays(expected: Mapping[str, NDArray[np.generic]], arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Raise ``ValueError`` if a saved run lacks an array or has one of another shape."""
    for name, array in expected.items():
        if name not in arrays or arrays[name].shape != array.shape:
            raise ValueError(f"the saved run has no {name} of shape {array.shape}")
