"""Blueprints over networks that nobody trained, for any game: their weights are random, or follow the base's advice."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from agents.blueprints.neural.blueprint import blueprint_over
from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.network import Shape, new_network, views
from agents.blueprints.neural.weights import Network
from agents.training.evaluation import Evaluation
from agents.training.model_card import record
from agents.training.options import TrainingOptions
from agents.training.run import Trainable
from agents.training.trainables import trainable
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame


@cache
def network(game: HanabiGame, base: str, advice: float, seed: int = 0, units: int = 32, history: int = 0) -> Network:
    """Return a network of small layers whose logits are of the order of 1, and ``advice`` for the advised move."""
    shape = Shape(feature_count(game, history), units, units, game.moves)
    parameters = new_network(shape, seed, advice, history)
    views(parameters)["policy"][:] *= 50.0
    return Network(game, base, parameters, {"command": "none"})


@cache
def untrained(base: str, advice: float = 0.0, history: int = 0) -> Blueprint:
    """Return the blueprint of such networks."""
    name = f"untrained over {base}, advice {advice}, history {history}"
    return blueprint_over(name, lambda game: network(game, base, advice, history=history))


def write_untrained(path: Path, game: HanabiGame, options: TrainingOptions) -> Trainable:
    """Write the weights of a network before its training to a file, as the trainer does, and return its learner."""
    found = trainable(game, options, "cpu", 1)
    facts = record(
        game,
        options,
        steps=0,
        seconds=0.0,
        parameters=found.parameters,
        evaluation=Evaluation(np.array([1, 2], np.int32), game.types),
        hardware="none",
        command="none",
    )
    found.write(path, facts, "a card")
    return found
