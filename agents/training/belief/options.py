"""The options of ``python -m agents.train_belief``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from tyro.conf import arg

from agents.blueprints.registry import check_name
from games._base.command_line import check_least, check_most, check_workers
from games._base.errors import UsageError
from games._base.files import check_writable
from games.hanabi.game import HanabiGame, seven_card, small, standard

PROGRAM = "python -m agents.train_belief"
TEST_SEED_OFFSET = 1 << 32  # far from any training seed that is typed


@dataclass(frozen=True)
class Options:
    """Train a model of the own hand on self-play of a Hanabi blueprint."""

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help output players blueprint minutes examples seed",
        "what is played": "variant softening",
        "the model": "hidden depth learning-rate threads",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        "python -m agents.train_belief --players 2 --blueprint smart --minutes 10 --output belief.safetensors",
        "python -m agents.train_belief --variant small --examples 100000 --output small.safetensors",
    )

    output: Path
    """Where the results go: the model's weights (.safetensors)."""
    players: int = 2
    """Number of players, 2 to 5."""
    blueprint: str = "smart"
    """Policy of Hanabi to build on: the model learns from its games."""
    variant: Literal["standard", "small", "seven-card"] = "standard"
    """Which Hanabi is played; small: 2 colours, 2 cards in hand, 3 hints, 1 life; seven-card: 2 players, 7 cards in
    hand, 4 hints."""
    minutes: Annotated[float | None, arg(metavar="FLOAT", help_behavior_hint="(default: 10, without --examples)")] = (
        None
    )
    """Stop after so many minutes."""
    examples: Annotated[int | None, arg(metavar="INT", help_behavior_hint="(default: no limit)")] = None
    """Positions to train on, at most; with this alone the weights do not depend on the speed of the machine."""
    softening: float = 0.05
    """How likely a player is to leave the blueprint, from 0 to 1: for a random move, in these games."""
    hidden: tuple[int, int] = (192, 128)
    """Units of the hidden layers, multiples of 16: two layers encode the view."""
    depth: int = 64
    """Units of the step that is made for each card, a multiple of 16."""
    learning_rate: float = 2e-3
    """Learning rate of Adam, at the start."""
    threads: int = 1
    """Threads of torch."""
    seed: int = 0
    """Seed of everything random: of games, parameters and minibatches."""

    def game(self) -> HanabiGame:
        """Return the configuration."""
        if self.variant == "seven-card":
            if self.players != 2:
                raise UsageError(f"the seven-card variant is for 2 players, not {self.players}")
            return seven_card()
        return small(self.players) if self.variant == "small" else standard(self.players)

    def check(self) -> None:
        """Raise ``UsageError`` for numbers out of range, ``ValueError`` for an unknown blueprint."""
        check_name(self.blueprint)
        check_least(self, examples=1, seed=0)
        check_most(self, examples=TEST_SEED_OFFSET - 1, seed=TEST_SEED_OFFSET - 1)
        check_workers(self, "threads")
        for name, number in (("minutes", self.minutes), ("learning-rate", self.learning_rate)):
            if number is not None and not (math.isfinite(number) and number > 0):
                raise UsageError(f"--{name} must be positive and finite, not {number}")
        if not 0 <= self.softening < 1:
            raise UsageError(f"--softening must be at least 0 and below 1, not {self.softening}")
        check_writable(self.output, "--output")
