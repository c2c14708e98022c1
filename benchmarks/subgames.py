"""Subgame solving beside update-equivalence search, and lower bounds beside exact values.

    python -m benchmarks.subgames --update docs/extensive_games.md

- *Resolving*: in Leduc poker and Liar's Dice, the exact exploitability of what is played by somebody who searches, or
  solves the subgame again, at every decision; from a blueprint that is uniform, and from one of a few iterations.
- *Bounds*: what ``python -m solvers.exploitability --approximate`` finds of uniform play, beside the exact value, and
  in games where there is none.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pyspiel
from rich.console import Console
from tyro.conf import arg

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from games._base.progress import tracked
from games.extensive import ExtensiveGame, Policy, compile_game
from games.extensive.compile import compile_general_game
from games.extensive.policies import from_open_spiel, uniform_policies, uniform_policy
from search.openspiel import (
    MagneticMirrorDescent,
    PolicyIteration,
    Resolving,
    ResolvingOptions,
    ResolvingPolicy,
    Search,
    SearchOptions,
    SearchPolicy,
    Softened,
    TabularBlueprint,
)
from search.planner import Update
from solvers.exploitability.approximate import approximate_exploitability
from solvers.extensive.evaluation import exploitability
from solvers.extensive.general import evaluate_general
from solvers.extensive.solving import solve
from solvers.extensive.subgames import Method
from solvers.phantom.evaluation import evaluate as evaluate_phantom
from solvers.phantom.names import game_of_kernels

GAMES = {"Leduc poker": "leduc_poker", "Liar's Dice, 4 sides": "liars_dice(dice_sides=4)"}
BOUNDED = {
    "Kuhn poker": "kuhn_poker",
    "Leduc poker": "leduc_poker",
    "Liar's Dice, 4 sides": "liars_dice(dice_sides=4)",
    "Kuhn poker, 3 players": "kuhn_poker(players=3)",
    "Liar's Dice, 2 dice each": "liars_dice(numdice=2)",
    "Phantom Tic-Tac-Toe": "phantom_ttt",
}
TOO_LARGE = ("liars_dice(numdice=2)",)
BLUEPRINT_ITERATIONS = 10
SOFTENING = 1e-3
UPDATES: dict[str, Update] = {
    "Monte Carlo search": PolicyIteration(),
    "MMDS, η 5, α 0.05": MagneticMirrorDescent(5.0, 0.05),
    "MMDS, η 1, α 0.05": MagneticMirrorDescent(1.0, 0.05),
}
METHODS: tuple[Method, ...] = ("unsafe", "safe", "margin")


@dataclass(frozen=True)
class Options:
    """Measure subgame solving and lower bounds."""

    update: Annotated[Path | None, arg(metavar="FILE.md")] = None
    """Document whose sections are replaced."""
    parts: tuple[str, ...] = ("resolving", "bounds")
    """Which of them."""
    iterations: tuple[int, ...] = (200,)
    """Of each subgame's solution."""
    rollouts: int = 1000
    """Of a decision of the search that samples."""
    games: int = 500
    """Of a lower bound, in each seat."""
    simulations: int = 300
    """Of a decision of the exploiter."""


def _blueprints(game: ExtensiveGame) -> dict[str, Policy]:
    few = solve(game, "cfr+", iterations=BLUEPRINT_ITERATIONS).policy
    return {"uniform": uniform_policy(game), f"CFR+, {BLUEPRINT_ITERATIONS} iterations": few}


def _searched(name: str, game: ExtensiveGame, blueprint: Policy, options: SearchOptions) -> tuple[Policy, float]:
    """Return what search plays everywhere, and seconds a decision."""
    began = time.perf_counter()
    source = Softened(TabularBlueprint.of_compiled(game, blueprint), SOFTENING)
    policy = SearchPolicy(Search(name, source, options))
    found = from_open_spiel(game, policy, pyspiel.load_game(name))
    return found, (time.perf_counter() - began) / sum(game.infosets)


def _resolved(name: str, blueprint: Policy, options: ResolvingOptions) -> tuple[Policy, float]:
    """Return what subgame solving plays everywhere, and seconds a subgame."""
    began = time.perf_counter()
    policy = ResolvingPolicy(Resolving(name, blueprint, options))
    found = from_open_spiel(policy.resolving.compiled, policy, policy.resolving.game.game)
    return found, (time.perf_counter() - began) / policy.resolving.solved


Way = Callable[[], tuple[Policy, float]]


def _ways(name: str, game: ExtensiveGame, blueprint: Policy, options: Options) -> Iterator[tuple[str, Way]]:
    yield "the blueprint itself", lambda: (blueprint, 0.0)
    for title, update in UPDATES.items():
        settings = SearchOptions(rollouts=None, update=update)
        yield f"{title}, exact values", lambda settings=settings: _searched(name, game, blueprint, settings)
    title, update = list(UPDATES.items())[-1]
    sampled = SearchOptions(rollouts=options.rollouts, update=update)
    yield f"{title}, {options.rollouts:,} rollouts", lambda: _searched(name, game, blueprint, sampled)
    for method in METHODS:
        for count in options.iterations:
            chosen = ResolvingOptions(method, iterations=count)
            words = f"subgames, {method}, {count:,} iterations"
            yield words, lambda chosen=chosen: _resolved(name, blueprint, chosen)


def _measure_resolving(options: Options) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for title, name in GAMES.items():
        game = compile_game(name)
        for blueprint_title, blueprint in _blueprints(game).items():
            ways = list(_ways(name, game, blueprint, options))
            for way, play in tracked(ways, Console(stderr=True), f"{title}, {blueprint_title}", transient=True):
                policy, seconds = play()
                rows.append(
                    {
                        "game": title,
                        "blueprint": blueprint_title,
                        "way": way,
                        "exploitability": exploitability(game, policy),
                        "seconds": seconds,
                    }
                )
    return rows


def _resolving_table(rows: list[dict[str, Any]], facts: dict[str, Any]) -> str:
    columns = list(dict.fromkeys((row["game"], row["blueprint"]) for row in rows))
    found = {(row["game"], row["blueprint"], row["way"]): row for row in rows}
    lines = table_head("what is played | " + " | ".join(f"{game}; {blueprint}" for game, blueprint in columns))
    for way in dict.fromkeys(row["way"] for row in rows):
        cells = []
        for column in columns:
            row = found[(*column, way)]
            spent = f" ({1000 * row['seconds']:.3g} ms)" if row["seconds"] else ""
            cells.append(f"{row['exploitability']:.4f}{spent}")
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    return (
        "\n".join(lines)
        + "\n\nExact exploitability in units of utility (time of a decision: one information state for the searches, "
        + f"one subgame, which serves all hands, for the others). {conditions_text(facts)} "
        f"Load of the machine before: {facts['load_before']}."
    )


def _exact(name: str) -> float:
    """Return the exact exploitability of uniform play."""
    if (phantom := game_of_kernels(name)) is not None:
        return evaluate_phantom(phantom, "uniform").exploitability
    game = compile_general_game(name)
    return evaluate_general(game, uniform_policies(game)).exploitability


def _measure_bounds(options: Options) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for title, name in tracked(list(BOUNDED.items()), Console(stderr=True), "lower bounds", transient=True):
        began = time.perf_counter()
        found = approximate_exploitability(name, games=options.games, simulations=options.simulations)
        seconds = time.perf_counter() - began
        exact = None if name in TOO_LARGE else _exact(name)
        row = {"game": title, "bound": found.exploitability, "error": found.exploitability_error, "exact": exact}
        rows.append({**row, "seconds": seconds, "decisions": found.decisions, "fallbacks": found.fallbacks})
    return rows


def _bounds_table(rows: list[dict[str, Any]], facts: dict[str, Any]) -> str:
    lines = table_head("uniform play in | at least | exactly | decisions searched | without belief | seconds")
    for row in rows:
        exact = "–" if row["exact"] is None else f"{row['exact']:.4f}"
        bound = f"{row['bound']:.4f} ± {row['error']:.4f}"
        counts = f"{row['decisions']:,} | {row['fallbacks']:,} | {row['seconds']:.0f}"
        lines.append(f"| {row['game']} | {bound} | {exact} | {counts} |")
    return (
        "\n".join(lines)
        + "\n\nExploitability in units of utility, ± one standard error. "
        + f"{conditions_text(facts)} Load of the machine before: {facts['load_before']}."
    )


def run(options: Options) -> None:
    """Measure, print, and update the document."""
    facts = conditions("benchmarks.subgames")
    documents = [options.update] if options.update else []
    if "resolving" in options.parts:
        rows = _measure_resolving(options)
        publish("extensive_subgames", _resolving_table(rows, facts), {"rows": rows}, None, documents)
    if "bounds" in options.parts:
        rows = _measure_bounds(options)
        publish("extensive_bounds", _bounds_table(rows, facts), {"rows": rows}, None, documents)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.subgames"))
