"""Train a learned belief: ``python -m agents.train_belief --players 2 --blueprint smart --minutes 10 --output FILE``.

Self-play of the blueprint, compiled, is what it learns from; the network is small and trained on the processor. A run
takes minutes and keeps no checkpoint: what it writes, it writes at its end.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from rich.console import Console
from tyro.conf import arg

from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.blueprints.registry import check_name
from games._base.command_line import command_line, parse, run_command
from games._base.errors import UsageError
from games._base.files import check_writable
from games._base.progress import progress_bar
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.version import __version__

if TYPE_CHECKING:
    from agents.blueprints.neural.belief.model import BeliefModel
    from games.hanabi.blueprint import Blueprint

PROGRAM = "python -m agents.train_belief"
CONVENTIONS = ("smart", "information")  # their memories, and those of networks over them, hold beliefs at BELIEFS_AT
BELIEFS_AT = 8
_TEST_GAMES = 2000
_TEST_SEED_OFFSET = 1 << 32  # far from any training seed that is typed


@dataclass(frozen=True)
class Options:
    """Train a model of the own hand on self-play of a Hanabi blueprint."""

    output: Path
    """File to write (safetensors)."""
    players: int = 2
    """Number of players, 2 to 5."""
    blueprint: str = "smart"
    """Policy whose games it learns from."""
    variant: Literal["standard", "small", "seven-card"] = "standard"
    """small: 2 colours, 2 cards in hand; seven-card: 2 players, 7 cards in hand, 4 hints."""
    minutes: Annotated[float | None, arg(metavar="FLOAT", help_behavior_hint="(default: 10, without --examples)")] = (
        None
    )
    """How long to train."""
    examples: Annotated[int | None, arg(metavar="INT", help_behavior_hint="(default: no limit)")] = None
    """Positions to train on, at most; with this alone the weights do not depend on the speed of the machine."""
    softening: float = 0.05
    """Probability that a move of these games is a random one instead of the blueprint's."""
    hidden: tuple[int, int] = (192, 128)
    """Units of the two layers that encode the view, multiples of 16."""
    depth: int = 64
    """Units of the step that is made for each card, a multiple of 16."""
    learning_rate: float = 2e-3
    """Of Adam, at the start."""
    threads: int = 1
    """Threads of torch."""
    seed: int = 0
    """Of games, parameters and minibatches."""

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
        for name, value, least in (
            ("examples", self.examples, 1),
            ("threads", self.threads, 1),
            ("seed", self.seed, 0),
        ):
            if value is not None and not least <= value < _TEST_SEED_OFFSET:
                raise UsageError(f"--{name} must be at least {least} and below {_TEST_SEED_OFFSET}, not {value}")
        for name, number in (("minutes", self.minutes), ("learning-rate", self.learning_rate)):
            if number is not None and not (math.isfinite(number) and number > 0):
                raise UsageError(f"--{name} must be positive and finite, not {number}")
        if not 0 <= self.softening < 1:
            raise UsageError(f"--softening must be at least 0 and below 1, not {self.softening}")
        check_writable(self.output, "--output")


def _beliefs_at(game: HanabiGame, blueprint: Blueprint) -> int:
    """Return the column of a memory row where the possible types of all cards begin, or ``NO_CONVENTION``."""
    from agents.blueprints.neural.belief.position import NO_CONVENTION
    from agents.blueprints.neural.network import BASE

    parameters = blueprint.parameters(game)
    reads = parameters[BASE] != 0 if len(parameters) else blueprint.name in CONVENTIONS
    return BELIEFS_AT if reads else NO_CONVENTION


def train_model(options: Options, console: Console, command: str) -> BeliefModel:
    """Train and measure; raises ``UsageError`` for bad input before anything is trained."""
    import torch

    from agents.blueprints.neural.belief.model import BeliefModel, identity, rounded
    from agents.blueprints.neural.belief.network import new_network
    from agents.blueprints.neural.belief.position import shape_for
    from agents.training.belief import fitting as training
    from agents.training.belief.samples import Player

    try:
        options.check()
        game, blueprint = options.game(), blueprint_by_name(options.blueprint)
        blueprint.memory_size(game)
        beliefs_at = _beliefs_at(game, blueprint)
        player = Player(game, blueprint, beliefs_at, options.softening, options.seed)
        shape = shape_for(game, *options.hidden, options.depth)
        minutes = 10.0 if options.minutes is None and options.examples is None else options.minutes
        schedule = training.Schedule(options.examples, minutes, options.learning_rate, seed=options.seed)
        new_network(shape, options.seed)
    except ValueError as error:
        raise UsageError(str(error)) from None
    torch.set_num_threads(options.threads)
    began = time.perf_counter()
    with progress_bar(console, "belief", 1.0) as bar:
        bar.update(0.0, "compiling")

        def report(share: float, seen: int, running: float) -> None:
            bar.update(share, f"{seen:,} positions, {running:.4f} nats a card")

        try:
            parameters, seen = training.train(player, shape, schedule, report)
        except FloatingPointError as error:
            raise UsageError(f"{error}: choose a smaller --learning-rate than {options.learning_rate:g}") from None
    seconds = time.perf_counter() - began
    parameters = rounded(parameters)
    if not np.isfinite(parameters).all():
        raise UsageError(f"training diverged: choose a smaller --learning-rate than {options.learning_rate:g}")
    card = {
        "version": __version__,
        "command": command,
        "positions": seen,
        "seconds": round(seconds, 1),
        "threads": options.threads,
        "cores": os.cpu_count(),
        "softening": options.softening,
        "learning_rate": options.learning_rate,
    }
    card |= _tested(options, game, blueprint, parameters)
    return BeliefModel(game, identity(game, blueprint), beliefs_at, player.private == 0, parameters, card)


def _tested(options: Options, game: HanabiGame, blueprint: Blueprint, parameters: Any) -> dict[str, float | int]:
    """Return the cross-entropy on fresh games, the prior's beside it."""
    from agents.training.belief import fitting as training
    from agents.training.belief.samples import Player

    beliefs_at = _beliefs_at(game, blueprint)
    player = Player(game, blueprint, beliefs_at, options.softening, options.seed + _TEST_SEED_OFFSET)
    trained, prior, cards = training.measure(player, parameters, _TEST_GAMES)
    return {
        "test_games": _TEST_GAMES,
        "test_cards": cards,
        "nats_a_card": round(trained, 4),
        "prior_nats": round(prior, 4),
    }


def run(options: Options, console: Console, command: str) -> None:
    """Run the command."""
    from agents.blueprints.neural.belief.model import save

    model = train_model(options, console, command)
    save(model, options.output)
    card = model.card
    console.print(
        f"{card['nats_a_card']:.4f} nats a card on {card['test_games']:,} fresh games; hints and counts alone give "
        f"{card['prior_nats']:.4f}. Written to {options.output} ({options.output.stat().st_size / 1e6:.1f} MB).",
        highlight=False,
        soft_wrap=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: run(parse(Options, given, PROGRAM), Console(), command_line(PROGRAM, given)))


if __name__ == "__main__":
    sys.exit(main())
