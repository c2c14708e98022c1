"""Games of a large network, told to a small one: what the small one sees, and how likely the large one makes each move.

A network that was trained in torch, on a card, is too large for the inside of a rollout. Here it plays whole games, its
moves drawn from its policy, and every decision is written down as the compiled learner's own self-play writes it: the
sparse features that the small network reads – over its base, whatever the large one reads –, the large one's
probabilities, and what the game still scored. Cloning then minimises the cross-entropy with these probabilities
(distillation: Hinton, Vinyals and Dean 2015, at temperature 1), which say more than the best move does.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from agents.blueprints.neural.batched import TorchPolicy, batched_blueprint_of_file
from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.network import Floats, padded
from agents.blueprints.neural.torch_networks import PolicyNetwork, load_flat, make_network
from agents.blueprints.neural.weights import load, needs_torch
from agents.training.options import TrainingOptions
from agents.training.samples import Samples, empty_samples
from agents.training.side_by_side import Look, SideBySide, advantages_of_games
from agents.training.torch_play import Player, chosen_moves
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame


def large_network(path: Path, game: HanabiGame, options: TrainingOptions, workers: int | None) -> PolicyNetwork:
    """Return the network of a file, torch's or compiled.

    Raises ``ValueError`` with one sentence if there is none, if it plays another game, or if it reads the features of
    another base than the network that is to learn from it.
    """
    if path.is_file() and not needs_torch(path):
        compiled = load(path)
        compiled.check_plays(game)
        shape, history = compiled.shape[1:3], compiled.history
        network = make_network(game, "feed-forward", shape, "features", 0.0, seed=0, history=history)
        load_flat(network, compiled.parameters)
        base = compiled.base
    else:
        found = batched_blueprint_of_file(path, workers)
        found.memory_size(game)
        assert isinstance(found.policy, TorchPolicy)
        network, base = found.policy.network, found.policy.base_name
    dense = network.inputs != "features"
    if base != options.base and not (dense and base == "none"):
        raise ValueError(f"it reads the features of base {base}, and the network that learns those of {options.base}")
    return network.requires_grad_(False).eval()


class LargePlayer:
    """A large network at ``options.games`` tables.

    network : see ``large_network``.  teacher : rule-based blueprint of the small network's base, or any without one.
    """

    def __init__(
        self,
        game: HanabiGame,
        options: TrainingOptions,
        network: PolicyNetwork,
        teacher: Blueprint,
        workers: int | None = None,
    ) -> None:
        self._game, self._options = game, options
        table = SideBySide(
            game,
            teacher,
            teacher.new_memories(game),
            options.games,
            with_base=options.base != "none",
            inputs=network.encoding,
            history=max(options.history, network.history),
            workers=workers,
        )
        self._player = Player(network, table, torch.device("cpu"))
        self._samples = empty_samples(game, options.games, options.history)
        self._probabilities = np.zeros((len(self._samples.counts), padded(game.moves)), np.float32)

    @torch.no_grad()
    def play(self, seed: int, first: int) -> tuple[Samples, Floats]:
        """Play the games ``first ..`` of a seed; return their decisions and the probabilities [rows, padded moves]."""
        player, table, samples = self._player, self._player.table, self._samples
        player.start(seed, first)
        rewards = np.zeros((table.games, samples.longest))
        samples.lengths[:] = 0
        while len((look := table.look()).slots):
            logits = player.answer(look)[1]
            moves = chosen_moves(logits, torch.from_numpy(look.chances)).numpy()
            turns = samples.lengths[look.slots]
            self._record(look, look.slots * samples.longest + turns, logits.numpy(), moves)
            rewards[look.slots, turns] = table.step(look.slots, moves)
            samples.lengths[look.slots] += 1
        nothing = np.zeros(rewards.shape, np.float32)
        _, returns = advantages_of_games(
            samples.lengths, self._game.players, self._options.gamma, 1.0, rewards, nothing
        )
        samples.returns[:] = returns.ravel()
        samples.scores[:] = table.scores()
        return samples, self._probabilities

    def _record(
        self, look: Look, rows: npt.NDArray[np.int64], logits: npt.NDArray[np.float32], moves: npt.NDArray[np.int64]
    ) -> None:
        samples, count = self._samples, self._game.moves
        samples.features[rows] = look.features[:, : samples.features.shape[1]]
        samples.counts[rows] = (look.features < feature_count(self._game, self._options.history)).sum(axis=1)
        samples.advice[rows], samples.moves[rows] = look.advice, moves
        samples.teacher[rows] = logits.argmax(axis=1)
        samples.legal[rows, :count] = look.legal
        samples.logits[rows, :count] = np.where(look.legal, logits, 0.0)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        self._probabilities[rows, :count] = powers / powers.sum(axis=1, keepdims=True)
