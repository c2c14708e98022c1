"""The learners by name, each with a way to play greedily and to write its weights."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.training.evaluation import EVALUATION_SEED, Evaluation
from agents.training.options import TrainingOptions
from agents.training.run import Trainable
from games.command_line import UsageError
from games.files import whole_file, write_whole
from games.hanabi.game import HanabiGame
from games.threads import available_cores


def check_device(device: str) -> None:
    """Raise ``UsageError`` if torch cannot compute on ``device``."""
    if device == "cpu":
        return
    import torch

    if not torch.cuda.is_available():
        raise UsageError("--device cuda needs a CUDA card and a torch that was built for it: use --device cpu")


def trainable(game: HanabiGame, options: TrainingOptions, device: str, workers: int | None) -> Trainable:
    """Return a fresh learner; raises ``ValueError`` with one sentence if the settings do not fit the game."""
    if options.network == "compiled":
        return _compiled(game, options, workers)
    return _torch(game, options, device, workers)


def _compiled(game: HanabiGame, options: TrainingOptions, workers: int | None) -> Trainable:
    from agents.blueprints.neural.blueprint import neural_blueprint
    from agents.blueprints.neural.weights import Network, save
    from agents.training.learner import CompiledLearner
    from games.hanabi.self_play import self_play

    learner = CompiledLearner(game, options, workers)

    def play(seed: int, first: int, games: int) -> NDArray[np.int32]:
        averaged = neural_blueprint(Network(game, options.base, learner.average))
        return self_play(game, averaged, games, seed, first, workers).scores

    def write(path: Path, record: dict[str, Any], card: str) -> None:
        save(path, Network(game, options.base, learner.average, record), card)

    return Trainable(learner, play, write, len(learner.parameters))


def _torch(game: HanabiGame, options: TrainingOptions, device: str, workers: int | None) -> Trainable:
    import torch
    from safetensors.torch import save as encoded

    from agents.blueprints.neural.weights import Network, save
    from agents.training.torch_learner import TorchLearner
    from agents.training.torch_networks import convertible, flat_parameters

    torch.set_num_threads(workers or available_cores())
    torch.use_deterministic_algorithms(device == "cpu")
    learner = TorchLearner(game, options, device, workers)

    def write(path: Path, record: dict[str, Any], card: str) -> None:
        average = learner.average
        if convertible(average):
            save(path, Network(game, options.base, flat_parameters(average), record), card)
            return
        tensors = {name: tensor.contiguous() for name, tensor in average.state_dict().items()}
        texts = {"configuration": asdict(game), "training": record}
        with whole_file(path) as temporary:
            temporary.write_bytes(encoded(tensors, {name: json.dumps(text) for name, text in texts.items()}))
        write_whole(path.with_suffix(".md"), card)

    return Trainable(learner, learner.play_greedily, write, sum(p.numel() for p in learner.network.parameters()))


def teacher_score(game: HanabiGame, options: TrainingOptions, games: int, workers: int | None) -> Evaluation:
    """Return what the teacher scores on the first ``games`` decks of the evaluations."""
    from agents.blueprints.registry import blueprint
    from games.hanabi.self_play import self_play

    found = self_play(game, blueprint(options.teacher), games, EVALUATION_SEED, workers=workers)
    return Evaluation(found.scores, game.types)
