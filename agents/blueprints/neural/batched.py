"""Torch networks as blueprints: larger than a rollout kernel can hold, asked for many positions at once.

``TorchPolicy`` answers the questions of ``search.hanabi.policy.batched``: a compiled kernel writes what each player
reads, then the network is evaluated once. Of a public-recurrent network the recurrent part is in ``read`` (once a
position, once a turn), the private part in ``log_probabilities`` (once a hypothetical hand).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numba import types
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor

from agents.blueprints.neural.card import TorchCardPolicy, plays_on_card
from agents.blueprints.neural.features import feature_count, hinted_beliefs, most_features, write_features
from agents.blueprints.neural.network import REWARD_SCALE
from agents.blueprints.neural.tensors import first_line
from agents.blueprints.neural.torch_networks import Batch, FeedForward, PolicyNetwork, PublicRecurrent, public_part
from agents.blueprints.neural.weights import BASES
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.blueprints.smart.memory import MASKS
from games._base.jit import kernel
from games._base.threads import run_ranges
from games.hanabi.blueprint import DECIDE_TYPE, RULES_TYPE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER, HAND_SIZE, MOVES, PLAYERS
from games.hanabi.observation import encode_observation, encode_observation_v0
from games.hanabi.rules import is_legal
from search.hanabi.policy.batched import BatchedBlueprint

_KINDS: dict[str, type[PolicyNetwork]] = {"feed-forward": FeedForward, "public-recurrent": PublicRecurrent}


@kernel(
    types.void(
        RULES_TYPE,
        types.int64,
        types.int64,
        types.boolean,
        types.int64,
        types.int32[:, ::1],
        types.int64[:, ::1],
        DECIDE_TYPE,
        types.int32[:, ::1],
        types.int64[::1],
        types.int64[::1],
        types.boolean[:, ::1],
    )
)
def _write(rules, start, stop, with_base, padding, views, memories, decide, features, counts, advice, legal):
    """Write sparse features with their number, the base's advice (the number of moves for none), and legal moves."""
    hints = np.zeros(rules[PLAYERS] * rules[HAND_SIZE], np.int64)
    for row in range(start, stop):
        view = views[row]
        if with_base:
            advice[row] = decide(rules, view, memories[row], np.uint64(0))
            counts[row] = write_features(rules, view, memories[row], MASKS, advice[row], features[row])
        else:
            advice[row] = rules[MOVES]
            hinted_beliefs(rules, view, hints)
            counts[row] = write_features(rules, view, hints, 0, -1, features[row])
        features[row, counts[row] :] = padding
        for m in range(rules[MOVES]):
            legal[row, m] = is_legal(rules, view, m)


@kernel
def _encode(rules, start, stop, version_0, views, observations):
    for row in range(start, stop):
        if version_0:
            encode_observation_v0(rules, views[row], views[row, CURRENT_PLAYER], observations[row])
        else:
            encode_observation(rules, views[row], views[row, CURRENT_PLAYER], observations[row])


class TorchPolicy:
    """A ``search.hanabi.policy.batched.BatchedPolicy`` of a torch network.

    network : is moved to ``device`` and only evaluated from now on.
    base : keeps the memories; its beliefs and advice are read if ``with_base``, else what hints say.
    workers : threads that write features (``None``: all cores); torch has its own setting.
    """

    def __init__(
        self,
        network: PolicyNetwork,
        base: Blueprint,
        *,
        with_base: bool,
        device: str = "cpu",
        workers: int | None = None,
    ) -> None:
        if network.history:
            raise ValueError("a torch network plays by what it sees of a position: it cannot read earlier moves")
        self.network = network.to(device).requires_grad_(False).eval()
        self._game, self._base, self._with_base = network.game, base, with_base
        self._device, self._workers = torch.device(device), workers
        self._public = public_part(network.game)

    @property
    def base_name(self) -> str:
        """Name of the rule-based blueprint whose beliefs and advice are read, or ``none``."""
        return self._base.name if self._with_base else "none"

    @property
    def on_card(self) -> bool:
        """Whether the network is on a CUDA card."""
        return self._device.type == "cuda"

    def begin(self) -> Tensor:
        width = self.network.hidden[-1] if self.network.recurrent else 0
        return torch.zeros((1, 2, width), device=self._device)

    def repeated(self, recollections: Sequence[Tensor], counts: Sequence[int]) -> Tensor:
        rows = [rows.expand(count, -1, -1) for rows, count in zip(recollections, counts, strict=True)]
        return torch.cat(rows)

    @torch.inference_mode()
    def read(self, views: NDArray[np.int32], recollection: Tensor) -> tuple[Tensor, Tensor]:
        if not self.network.recurrent:
            return recollection[:, 0], recollection
        public = self._observations(views)[None, :, self._public]
        context, after = self.network.context(public, recollection.transpose(0, 1).contiguous())
        return context[0], after.transpose(0, 1)

    @torch.inference_mode()
    def log_probabilities(
        self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Tensor
    ) -> NDArray[np.float64]:
        logits = self.network(self.batch(views, memories), context).logits
        found: NDArray[np.float64] = logits.double().log_softmax(dim=-1).cpu().numpy()
        return found

    @torch.inference_mode()
    def values(self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Tensor) -> NDArray[np.float64]:
        tenths = self.network(self.batch(views, memories), context).values
        found: NDArray[np.float64] = tenths.double().cpu().numpy() / REWARD_SCALE
        return found

    def batch(self, views: NDArray[np.int32], memories: NDArray[np.int64]) -> Batch:
        """Return what the network reads of views and the base's memory rows."""
        rows, game = len(views), self._game
        features = np.empty((rows, most_features(game)), np.int32)
        counts, advice = np.empty(rows, np.int64), np.empty(rows, np.int64)
        legal = np.empty((rows, game.moves), np.bool_)

        def run(start: int, stop: int) -> None:
            _write(
                game.rules,
                start,
                stop,
                self._with_base,
                feature_count(game),
                views,
                memories,
                self._base.decide,
                features,
                counts,
                advice,
                legal,
            )

        run_ranges(run, rows, self._workers)
        sparse = self.network.inputs == "features"
        used = torch.from_numpy(features[:, : int(counts.max()) if sparse else 0])
        observations = torch.zeros((rows, 0)) if sparse else self._observations(views)
        parts = used, observations, torch.from_numpy(advice), torch.from_numpy(legal)
        return Batch(*(part.to(self._device) for part in parts))

    def _observations(self, views: NDArray[np.int32]) -> Tensor:
        observations = np.zeros((len(views), self._game.observation_size), np.float32)
        version_0 = self.network.encoding == "v0"

        def run(start: int, stop: int) -> None:
            _encode(self._game.rules, start, stop, version_0, views, observations)

        run_ranges(run, len(views), self._workers)
        return torch.from_numpy(observations).to(self._device)


def batched_blueprint(
    network: PolicyNetwork, base: str, name: str = "torch", device: str = "cpu", workers: int | None = None
) -> BatchedBlueprint:
    """Return the blueprint of a torch network over the rule-based blueprint ``base``, or over none (``none``).

    On a ``device`` that is a CUDA card, rollouts are on the card, too, if the network is of the kind that can.
    """
    keeper = blueprint_by_name("random" if base == "none" else base)
    keeper = replace(keeper, randomness=0.0)  # it keeps memories only
    digest = hashlib.sha256()
    for tensor in network.state_dict().values():
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    policy = TorchPolicy(network, keeper, with_base=base != "none", device=device, workers=workers)
    card = TorchCardPolicy(network) if policy.on_card and plays_on_card(network, base) else None
    return BatchedBlueprint(name, network.game, policy, keeper, digest.hexdigest()[:16], card=card)


@cache
def _loaded(path: Path, digest: str, workers: int | None, device: str) -> BatchedBlueprint:
    try:
        with safe_open(path, framework="pt") as stream:
            metadata = stream.metadata()
            tensors: dict[str, Any] = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
        game = HanabiGame(**json.loads(metadata["configuration"]))
        training = json.loads(metadata["training"])
        kind, hidden = _KINDS[training["network"]], tuple(int(units) for units in training["hidden"])
        if training["base"] not in BASES:
            raise ValueError(f"its base is {training['base']!r}, not one of {', '.join(BASES)}")
        network = kind(game, hidden, training["options"]["inputs"])
        network.load_state_dict(tensors)
        if not all(tensor.isfinite().all() for tensor in tensors.values()):
            raise ValueError("some of its numbers are not finite")
        return batched_blueprint(network, training["base"], str(path), device, workers)
    except (KeyError, IndexError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} does not hold a torch network of this project: {first_line(error)}") from None


def batched_blueprint_of_file(path: Path, workers: int | None = None, device: str = "cpu") -> BatchedBlueprint:
    """Return the blueprint of a torch network's file, the same object while the file is the same.

    Raises ``ValueError`` with one sentence that names the file if it holds none.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise ValueError(f"there is no file {path}") from None
    return _loaded(path, digest, workers, device)
