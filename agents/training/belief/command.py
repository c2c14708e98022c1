"""Train a learned belief: ``python -m agents.train_belief --players 2 --blueprint smart --minutes 10 --output FILE``.

Self-play of the blueprint, compiled, is what it learns from; the network is small and trained on the processor. A run
takes minutes and keeps no checkpoint: what it writes, it writes at its end.
"""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import torch
from rich.console import Console

from agents.blueprints.neural.belief.model import BeliefModel, identity, rounded, save
from agents.blueprints.neural.belief.network import new_network
from agents.blueprints.neural.belief.position import NO_CONVENTION, shape_for
from agents.blueprints.neural.network import BASE
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.training.belief import fitting as training
from agents.training.belief.options import TEST_SEED_OFFSET, Options
from agents.training.belief.samples import Player
from games._base.errors import UsageError
from games._base.progress import progress_bar, working
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from games.version import __version__

CONVENTIONS = ("smart", "information")  # their memories, and those of networks over them, hold beliefs at BELIEFS_AT
BELIEFS_AT = 8
_TEST_GAMES = 2000


def _beliefs_at(game: HanabiGame, blueprint: Blueprint) -> int:
    """Return the column of a memory row where the possible types of all cards begin, or ``NO_CONVENTION``."""
    parameters = blueprint.parameters(game)
    reads = parameters[BASE] != 0 if len(parameters) else blueprint.name in CONVENTIONS
    return BELIEFS_AT if reads else NO_CONVENTION


def train_model(options: Options, console: Console, command: str) -> BeliefModel:
    """Train and measure; raises ``UsageError`` for bad input before anything is trained."""
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
    with working(console, f"testing the model on {_TEST_GAMES:,} fresh games"):
        card |= _tested(options, game, blueprint, parameters)
    return BeliefModel(game, identity(game, blueprint), beliefs_at, player.private == 0, parameters, card)


def _tested(options: Options, game: HanabiGame, blueprint: Blueprint, parameters: Any) -> dict[str, float | int]:
    """Return the cross-entropy on fresh games, the prior's beside it."""
    beliefs_at = _beliefs_at(game, blueprint)
    player = Player(game, blueprint, beliefs_at, options.softening, options.seed + TEST_SEED_OFFSET)
    trained, prior, cards = training.measure(player, parameters, _TEST_GAMES)
    return {
        "test_games": _TEST_GAMES,
        "test_cards": cards,
        "nats_a_card": round(trained, 4),
        "prior_nats": round(prior, 4),
    }


def run(options: Options, console: Console, command: str) -> None:
    """Run the command."""
    model = train_model(options, console, command)
    save(model, options.output)
    card = model.card
    console.print(
        f"{card['nats_a_card']:.4f} nats a card on {card['test_games']:,} fresh games; hints and counts alone give "
        f"{card['prior_nats']:.4f}. Written to {options.output} ({options.output.stat().st_size / 1e6:.1f} MB).",
        highlight=False,
        soft_wrap=True,
    )
