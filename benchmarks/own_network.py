"""A small trained network for docs/own_policy.md: ``piers`` cloned by the example's ``Network`` in Hanabi-Small.

    python -m benchmarks.own_network --output clone.safetensors

Positions come from games of ``piers`` in which every fifth move is a random one; the network is fitted to the moves of
``piers`` by cross-entropy over legal moves. What it then is as a blueprint, ``agents.hanabi_search`` measures.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from agents.blueprints.registry import blueprint
from examples.own_policy import Network
from games.hanabi import small
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState

BATCH = 512
SEED = 0


def positions(game: HanabiGame, games: int) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.int64]]:
    """Return observations [n, size], legal moves [n, moves] and the teacher's moves [n]."""
    teacher, generator = blueprint("piers"), np.random.default_rng(SEED)
    memory = np.zeros(max(1, teacher.memory_size(game)), np.int64)
    observations, legal, moves = [], [], []
    for number in range(games):
        state = HanabiState.from_seed(game, SEED + 1, number)
        while not state.is_terminal:
            player = state.current_player
            key = np.uint64(generator.integers(2**63))
            move = int(teacher.decide(game.rules, state.view(player), memory, key))
            allowed = state.legal_moves()
            observations.append(state.observation(player))
            legal.append(np.isin(np.arange(game.moves), allowed))
            moves.append(move)
            state.apply(int(generator.choice(allowed)) if generator.random() < 0.2 else move)
    return np.array(observations), np.array(legal), np.array(moves, np.int64)


def fitted(game: HanabiGame, games: int, epochs: int, width: int) -> tuple[Network, float]:
    """Return the network and how often it agrees with the teacher on games that it was not fitted to."""
    torch.manual_seed(SEED)
    observations, legal, moves = (torch.from_numpy(array) for array in positions(game, games))
    inputs, known = observations.float(), len(moves) * 9 // 10
    network = Network(game, width=width)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for _ in range(epochs):
        for rows in torch.randperm(known).split(BATCH):
            logits = network(inputs[rows]).masked_fill(~legal[rows], -torch.inf)
            loss = torch.nn.functional.cross_entropy(logits, moves[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.inference_mode():
        best = network(inputs[known:]).masked_fill(~legal[known:], -torch.inf).argmax(dim=1)
    return network, float((best == moves[known:]).double().mean())


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own_network", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--games", type=int, default=8000)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--output", type=Path, required=True, help="safetensors file")
    options = parser.parse_args()
    network, agreement = fitted(small(), options.games, options.epochs, options.width)
    save_file(network.state_dict(), options.output)
    print(f"agrees with piers on {100 * agreement:.1f} % of the moves that it was not fitted to")
    return 0


if __name__ == "__main__":
    sys.exit(main())
