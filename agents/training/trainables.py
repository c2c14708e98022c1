"""The learners by name, each with a way to play greedily and to write its weights."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from agents.training.evaluation import EVALUATION_SEED, Evaluation
from agents.training.options import TrainingOptions
from agents.training.run import Trainable
from games._base.errors import UsageError
from games._base.files import whole_file, write_whole
from games._base.threads import available_cores
from games.hanabi.game import HanabiGame

if TYPE_CHECKING:
    from agents.training.vector.learner import VectorLearner


def check_device(device: str) -> None:
    """Raise ``UsageError`` if torch cannot compute on ``device``."""
    if device == "cpu":
        return
    import torch

    if not torch.cuda.is_available():
        raise UsageError("--device cuda needs a CUDA card and a torch that was built for it: use --device cpu")


def trainable(
    game: HanabiGame, options: TrainingOptions, device: str, workers: int | None, graphs: bool = True
) -> Trainable:
    """Return a fresh learner; raises ``UsageError`` with one sentence if it cannot be had."""
    if options.network == "compiled":
        return _compiled(game, options, workers)
    return _torch(game, options, device, workers, graphs)


def _compiled(game: HanabiGame, options: TrainingOptions, workers: int | None) -> Trainable:
    from agents.blueprints.neural.blueprint import neural_blueprint
    from agents.blueprints.neural.weights import Network, load, save
    from agents.blueprints.registry import blueprint
    from agents.training.learner import CompiledLearner
    from games.hanabi.self_play import self_play

    if options.history and len(blueprint(options.teacher).parameters(game)):
        raise UsageError(f"--history needs a rule-based --teacher, not {options.teacher}")
    learner = CompiledLearner(game, options, workers)
    origin: dict[str, Any] = {}
    if options.start:
        try:
            network = load(Path(options.start))
            network.check_plays(game)
            learner.start_from(network)
        except ValueError as error:
            raise UsageError(f"--start {options.start}: {error}") from None
        origin = {"started_from": {key: network.training.get(key) for key in ("score", "steps", "command")}}
    if options.distil:
        from agents.training.distillation import LargePlayer, large_network

        _limit_torch("cpu", workers)
        try:
            large = large_network(Path(options.distil), game, options, workers)
        except ValueError as error:
            raise UsageError(f"--distil {options.distil}: {error}") from None
        learner.learn_from(LargePlayer(game, options, large, blueprint(options.teacher), workers))

    def play(seed: int, first: int, games: int) -> NDArray[np.int32]:
        averaged = neural_blueprint(Network(game, options.base, learner.average))
        return self_play(game, averaged, games, seed, first, workers).scores

    def write(path: Path, record: dict[str, Any], card: str) -> None:
        save(path, Network(game, options.base, learner.average, record), card)

    return Trainable(learner, play, write, len(learner.parameters), origin)


def _limit_torch(device: str, workers: int | None) -> None:
    """Give torch its threads, and on a CPU only operations that give the same bits again."""
    import torch

    torch.set_num_threads(workers or available_cores())
    torch.use_deterministic_algorithms(device == "cpu")


def _on_card(
    game: HanabiGame, options: TrainingOptions, device: str, workers: int | None, graphs: bool
) -> VectorLearner:
    """Return the learner whose games are on the card, too."""
    import torch
    from numba import cuda

    from agents.training.vector.environment import CardEnvironment, Environment
    from agents.training.vector.learner import VectorLearner
    from games.hanabi.cuda.device import NoCardError, require_card

    try:
        require_card()
    except NoCardError as error:
        raise UsageError(f"--device cuda: {error}") from None
    if (index := torch.device(device).index) is not None:
        torch.cuda.set_device(index)
    cuda.select_device(torch.cuda.current_device())
    version: Literal["canonical", "v0"] = "v0" if options.inputs == "v0" else "canonical"

    def environment(slots: int, seed: int, auto_reset: bool) -> Environment:
        return CardEnvironment(game, slots, seed, version, auto_reset=auto_reset)

    return VectorLearner(game, options, environment, device, workers, graphs=graphs)


def _torch(game: HanabiGame, options: TrainingOptions, device: str, workers: int | None, graphs: bool) -> Trainable:
    from safetensors.torch import save as encoded

    from agents.blueprints.neural.torch_networks import convertible, flat_parameters
    from agents.blueprints.neural.weights import Network, save
    from agents.training.torch_learner import TorchLearner
    from agents.training.vector.learner import fits

    _limit_torch(device, workers)
    learner: TorchLearner | VectorLearner
    if device != "cpu" and fits(options):
        learner = _on_card(game, options, device, workers, graphs)
    else:
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
