"""Training of a learned belief by cross-entropy on self-play, with torch; the result is ``network``'s flat vector."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from agents.blueprints.neural.belief.network import Shape, new_network, shape_of, views
from agents.blueprints.neural.belief.position import CLASSES
from agents.training.belief.samples import Examples, Player
from games._base.jit import kernel

Floats = NDArray[np.float32]
Report = Callable[[float, int, float], None]
"""``(share of the run that is done, examples so far, running cross-entropy in nats a card)``."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: ``examples`` or ``minutes``, whichever ends first (at least one must be given).

    The learning rate of Adam falls from ``learning_rate`` to 0 along a half cosine. ``games`` are played at a time, and
    their positions shuffled into minibatches.
    """

    examples: int | None = None
    minutes: float | None = None
    learning_rate: float = 2e-3
    minibatch: int = 2048
    games: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        if self.examples is None and self.minutes is None:
            raise ValueError("training needs a number of examples or of minutes")

    def share(self, examples: int, seconds: float) -> float:
        """Return the share of the run that is done, 0 to 1."""
        shares = [0.0]
        if self.examples is not None:
            shares.append(examples / self.examples)
        if self.minutes is not None:
            shares.append(seconds / (60 * self.minutes))
        return min(max(shares), 1.0)


class Network(nn.Module):
    """The network of ``network.py`` over a batch, cards given (teacher forcing)."""

    def __init__(self, shape: Shape, parameters: Floats) -> None:
        super().__init__()
        self.shape = shape
        self.parts = nn.ParameterDict(
            {name: nn.Parameter(torch.from_numpy(part.copy())) for name, part in views(parameters).items()}
        )

    def forward(
        self, features: torch.Tensor, starts: torch.Tensor, hands: torch.Tensor, members: torch.Tensor
    ) -> torch.Tensor:
        """Return the tilts, [batch, cards, types].

        ``members`` [batch, cards, classes, types] float: 1 where a type is in a class.
        """
        parts, shape = self.parts, self.shape
        hidden = nn.functional.embedding_bag(features, parts["first"], starts, mode="sum") + parts["first_bias"]
        hidden = torch.relu(torch.relu(hidden) @ parts["second"] + parts["second_bias"])
        units = torch.einsum("bh,chd->bcd", hidden, parts["context"]) + parts["context_bias"]
        rows = hands.clamp(min=0) + shape.types * torch.arange(shape.cards)
        drawn = nn.functional.embedding(rows, parts["drawn"].reshape(-1, shape.depth))
        older = torch.cumsum(drawn, 1) - drawn
        outputs = torch.einsum("bcd,cdo->bco", torch.relu(units + older), parts["output"]) + parts["output_bias"]
        tilts = torch.einsum("bcs,bcst->bct", outputs[..., shape.types : shape.types + shape.classes], members)
        total: torch.Tensor = outputs[..., : shape.types] + tilts
        return total

    def flat(self, parameters: Floats) -> Floats:
        """Return a copy of ``parameters`` (for its header) with this network's numbers."""
        copied = parameters.copy()
        for name, part in views(copied).items():
            part[:] = self.parts[name].detach().numpy()
        return copied


@kernel
def _spread(classes, rows, members):
    """Write 1 where a type is in a class, else 0, for some rows of examples."""
    for i in range(len(rows)):
        for card in range(members.shape[1]):
            for c in range(members.shape[2]):
                held = classes[rows[i], card, c]
                for k in range(members.shape[3]):
                    members[i, card, c, k] = held >> k & 1


def batch(examples: Examples, rows: NDArray[np.int64]) -> tuple[torch.Tensor, ...]:
    """Return the rows of examples as tensors: features, starts, hands, prior, members."""
    lengths = np.diff(examples.starts)[rows]
    starts = np.cumsum(lengths) - lengths
    places = np.repeat(examples.starts[:-1][rows] - starts, lengths) + np.arange(lengths.sum())
    members = np.empty((len(rows), *examples.classes.shape[1:], examples.prior.shape[2]), np.float32)
    _spread(examples.classes, rows, members)
    return (
        torch.from_numpy(examples.features[places].astype(np.int64)),
        torch.from_numpy(starts),
        torch.from_numpy(examples.hands[rows].astype(np.int64)),
        torch.from_numpy(examples.prior[rows]),
        torch.from_numpy(members),
    )


def cross_entropy(network: Network, tensors: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Return the mean over cards of ``-log p(card | view, older cards)``, in nats."""
    features, starts, hands, prior, members = tensors
    logits = prior + network(features, starts, hands, members)
    logs = torch.log_softmax(logits, -1)
    there = hands >= 0
    chosen = logs.gather(-1, hands.clamp(min=0)[..., None])[..., 0]
    return -chosen[there].mean()


def train(player: Player, shape: Shape, schedule: Schedule, report: Report) -> tuple[Floats, int]:
    """Train a new network; return its parameters and the number of examples seen.

    With ``schedule.examples`` alone the result depends on the seed (and the machine's arithmetic) only. Raises
    ``KeyboardInterrupt`` as it comes: a run takes minutes and keeps no checkpoint. Raises ``FloatingPointError`` if the
    cross-entropy is not finite any more.
    """
    assert shape.classes == CLASSES
    parameters = new_network(shape, schedule.seed)
    network = Network(shape, parameters)
    optimiser = torch.optim.Adam(network.parameters(), lr=schedule.learning_rate)
    generator = np.random.default_rng([schedule.seed, 1])
    began = time.perf_counter()
    games = seen = 0
    running = float("nan")
    while True:
        examples = player.play(games, schedule.games)
        games += schedule.games
        order = generator.permutation(len(examples.hands))
        for start in range(0, max(1, len(order) - schedule.minibatch // 2), schedule.minibatch):
            share = schedule.share(seen, time.perf_counter() - began)
            if share >= 1.0:
                return network.flat(parameters), seen
            rows = order[start : start + schedule.minibatch]
            for group in optimiser.param_groups:
                group["lr"] = schedule.learning_rate * 0.5 * (1.0 + np.cos(np.pi * share))
            loss = cross_entropy(network, batch(examples, rows))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seen += len(rows)
            value = float(loss.detach())
            if not math.isfinite(value):
                raise FloatingPointError(f"training diverged after {seen:,} positions")
            running = value if np.isnan(running) else 0.98 * running + 0.02 * value
            report(share, seen, running)


def measure(player: Player, parameters: Floats, games: int, chunk: int = 100) -> tuple[float, float, int]:
    """Return the cross-entropy of a network and of the prior, nats a card, and the number of cards they are over."""
    shape = Shape(*(int(n) for n in shape_of(parameters)))
    networks = [Network(shape, parameters), Network(shape, new_network(shape, 0))]
    totals, cards = [0.0, 0.0], 0
    with torch.no_grad():
        for first in range(0, games, chunk):
            examples = player.play(first, min(chunk, games - first))
            for start in range(0, len(examples.hands), 2048):
                rows = np.arange(start, min(start + 2048, len(examples.hands)))
                number = int((examples.hands[rows] >= 0).sum())
                tensors = batch(examples, rows)
                for i, network in enumerate(networks):
                    totals[i] += float(cross_entropy(network, tensors)) * number
                cards += number
    return totals[0] / cards, totals[1] / cards, cards
