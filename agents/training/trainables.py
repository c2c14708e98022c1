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
from games.files import whole_file
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
    from agents.blueprints.registry import blueprint
    from agents.training.greedy import fresh_memories, play_greedily
    from agents.training.learner import CompiledLearner

    learner = CompiledLearner(game, options, workers)
    base = None if options.base == "none" else blueprint(options.base)
    fresh = fresh_memories(game, base)

    def play(seed: int, first: int, games: int) -> NDArray[np.int32]:
        return play_greedily(game, learner.average, base, fresh, seed, first, games, workers)

    def write(path: Path, record: dict[str, Any]) -> None:
        _write_flat(path, learner.average, game, options, record)

    return Trainable(learner, play, write, len(learner.parameters))


def _torch(game: HanabiGame, options: TrainingOptions, device: str, workers: int | None) -> Trainable:
    import torch
    from safetensors.torch import save_file

    from agents.training.torch_learner import TorchLearner
    from agents.training.torch_networks import convertible, flat_parameters

    torch.set_num_threads(workers or available_cores())
    torch.use_deterministic_algorithms(device == "cpu")
    learner = TorchLearner(game, options, device, workers)

    def write(path: Path, record: dict[str, Any]) -> None:
        if convertible(learner.average):
            _write_flat(path, flat_parameters(learner.average), game, options, record)
            return
        tensors = {name: tensor.contiguous() for name, tensor in learner.average.state_dict().items()}
        with whole_file(path) as temporary:
            save_file(tensors, temporary, {"game": json.dumps(asdict(game)), "record": json.dumps(record)})

    return Trainable(learner, learner.play_greedily, write, sum(p.numel() for p in learner.network.parameters()))


def _write_flat(
    path: Path, parameters: NDArray[np.float32], game: HanabiGame, options: TrainingOptions, record: dict[str, Any]
) -> None:
    from safetensors.numpy import save_file

    with whole_file(path) as temporary:
        save_file({"parameters": parameters}, temporary, {"record": json.dumps(record)})


def teacher_score(game: HanabiGame, options: TrainingOptions, games: int, workers: int | None) -> Evaluation:
    """Return what the teacher scores on the first ``games`` decks of the evaluations."""
    from agents.blueprints.registry import blueprint
    from games.hanabi.self_play import self_play

    found = self_play(game, blueprint(options.teacher), games, EVALUATION_SEED, workers=workers)
    return Evaluation(found.scores, game.types)
