"""How well and how fast every blueprint plays: ``python -m benchmarks.hanabi_blueprints``.

For each blueprint and number of players: the mean score with its standard error, how many games reach the perfect
score and how many score 0 (a third misplay), the moves of a game, and the moves a second of one core – game engine,
policy and memory together, whole games. The table goes to standard output in Markdown, progress to standard error.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from agents.blueprints.registry import blueprint, names
from benchmarks.common import conditions, conditions_text, publish, run_benchmark
from games._base.progress import progress_bar
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame, standard
from games.hanabi.self_play import SelfPlay, self_play

CHUNK = 500  # games between two updates of the progress bar


@dataclass(frozen=True)
class Options:
    """Play every blueprint with itself and print a table of scores and speeds."""

    games: int = 20_000
    """Games for each row."""
    seed: int = 0
    """Seed of the decks; every row plays the same ones."""
    players: tuple[int, ...] = (2, 3, 4, 5)
    """Numbers of players."""
    blueprints: tuple[str, ...] = field(default_factory=names)
    """Names of the blueprints."""
    output: Path | None = None
    """Also write the figures to this file, as JSON."""
    update: tuple[Path, ...] = ()
    """Documents whose hanabi_blueprints section gets the table."""

    def __post_init__(self) -> None:
        if self.games < 2:
            raise ValueError(f"--games must be at least 2 for a standard error, not {self.games}")
        if self.output is not None and not self.output.absolute().parent.is_dir():
            raise ValueError(f"--output: there is no folder {self.output.parent}")


def measure(game: HanabiGame, policy: Blueprint, options: Options, advance: Callable[[int], None]) -> dict[str, Any]:
    """Play the games of one row and return its figures."""
    self_play(game, policy, 1, seed=options.seed)  # compiles and loads
    parts: list[SelfPlay] = []
    seconds = 0.0
    for first in range(0, options.games, CHUNK):
        games = min(CHUNK, options.games - first)
        # The processor time of all threads: one core's worth, however many cores the games were spread over.
        start = time.process_time()
        parts.append(self_play(game, policy, games, seed=options.seed, first_game=first, workers=1))
        seconds += time.process_time() - start
        advance(games)
    result = SelfPlay(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return {
        "blueprint": policy.name,
        "sees_own_hand": policy.sees_own_hand,
        "players": game.players,
        "mean": result.mean,
        "standard_error": result.standard_error,
        "perfect_rate": float((result.scores == game.types).mean()),
        "zero_rate": float((result.scores == 0).mean()),
        "moves": float(result.turns.mean()),
        "moves_per_second": float(result.turns.sum() / seconds),
    }


def markdown(rows: list[dict[str, Any]], facts: dict[str, Any], options: Options) -> str:
    """Return the table, and a line that says how it came about."""
    lines = [
        "| blueprint | players | mean score | perfect | zero | moves a game | moves/s |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        name = f"{row['blueprint']} (sees its own hand)" if row["sees_own_hand"] else row["blueprint"]
        lines.append(
            f"| {name} | {row['players']} | {row['mean']:.3f} ± {row['standard_error']:.3f} "
            f"| {row['perfect_rate']:.1%} | {row['zero_rate']:.1%} | {row['moves']:.1f} "
            f"| {row['moves_per_second']:,.0f} |"
        )
    about = f"Seed {options.seed}, {options.games:,} games a row, a third misplay scores 0, one core. "
    return "\n".join([*lines, "", about + conditions_text(facts)])


def _plays(policy: Blueprint, game: HanabiGame) -> bool:
    """Return whether the policy can play a game; a trained one needs weights for it."""
    try:
        return policy.memory_size(game) > 0
    except ValueError:
        return False


def run(options: Options) -> None:
    facts = conditions("benchmarks.hanabi_blueprints")
    games = [standard(players) for players in options.players]
    policies = []
    console = Console(stderr=True)
    for name in options.blueprints:
        with console.status(f"Compiling {name} (once for each version of the sources)"):
            policies.append(blueprint(name))
    rows = []
    with progress_bar(console, "games", len(games) * len(policies) * options.games) as bar:
        for policy in policies:
            for game in games:
                if not _plays(policy, game):
                    bar.advance(options.games)
                    continue
                bar.advance(0, f"{policy.name}, {game.players} players")
                rows.append(measure(game, policy, options, bar.advance))
    table = markdown(rows, facts, options)
    found = facts | {"games": options.games, "rows": rows}
    publish("hanabi_blueprints", table, found, options.output, options.update)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.hanabi_blueprints"))
