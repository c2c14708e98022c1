"""A learner that only counts: enough to see what a run does with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.training.options import TrainingOptions
from agents.training.run import Trainable
from games.hanabi.game import HanabiGame, small

STEPS = 100  # an iteration


class FakeLearner:
    """Its one parameter is a random walk that depends on the seed and the number of the iteration."""

    def __init__(self, options: TrainingOptions, after: Callable[[int], None] = lambda iteration: None) -> None:
        self.game: HanabiGame = small()
        self.options = options
        self.iteration = self.steps = 0
        self.position = 0.0
        self._after = after

    def iterate(self) -> dict[str, float]:
        generator = np.random.default_rng([self.options.seed, self.iteration])
        self.position = 0.9 * self.position + generator.normal()
        self.iteration += 1
        self.steps += STEPS
        self._after(self.iteration)
        return {
            "steps": STEPS,
            "games": 2.0,
            "score": float(self.iteration),
            "entropy": self.position,
            "seconds_play": 0.5,
            "seconds_update": 0.5,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"position": np.array([self.position]), "counters": np.array([self.iteration, self.steps])}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.position = float(arrays["position"][0])
        self.iteration, self.steps = (int(n) for n in arrays["counters"])


def fake(options: TrainingOptions, after: Callable[[int], None] = lambda iteration: None) -> Trainable:
    """Return the fake learner with scores that grow with its iterations and weights that are its record."""
    learner = FakeLearner(options, after)

    def play(seed: int, first: int, games: int) -> NDArray[np.int32]:
        return np.array([(learner.iteration + seed + game) % 11 for game in range(first, first + games)], np.int32)

    def write(path: Path, record: dict[str, Any], card: str) -> None:
        path.write_text(json.dumps(record))

    return Trainable(learner, play, write, 1)
