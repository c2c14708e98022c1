"""Decisions of a minibatch, and the same under other names of the colours (``agents.training.colours``)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from agents.training.colours import colour_tables
from games.hanabi.game import HanabiGame


class Decisions(NamedTuple):
    """observations [rows, width], legal bool [rows, moves], moves int64 [rows], cards int64 [rows, hand]."""

    observations: Tensor
    legal: Tensor
    moves: Tensor
    cards: Tensor


class Renamer:
    """The tables on a device, for observations of ``width`` columns; ``count`` permutations, the first the identity."""

    def __init__(self, game: HanabiGame, width: int, device: torch.device) -> None:
        tables = colour_tables(game)
        self.count = len(tables.moves)
        padding = torch.arange(game.observation_size, width).expand(self.count, -1)
        observations = torch.cat([torch.from_numpy(tables.observations), padding], dim=1)
        self._observations = observations.to(device)
        self._moves = torch.from_numpy(tables.moves[:, :-1]).to(device)
        self._types = torch.from_numpy(tables.types).to(device)

    def renamed(self, decisions: Decisions, choice: Tensor) -> Decisions:
        """Return the decisions with the colours of row ``i`` under permutation ``choice[i]``."""
        moves = self._moves[choice]
        return Decisions(
            decisions.observations.gather(1, self._observations[choice]),
            torch.zeros_like(decisions.legal).scatter(1, moves, decisions.legal),
            moves.gather(1, decisions.moves[:, None]).squeeze(1),
            self._types[choice[:, None], decisions.cards],
        )
