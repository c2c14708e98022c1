"""Search in OpenSpiel games: ``python -m benchmarks.openspiel_search``.

    python -m benchmarks.openspiel_search --update docs/openspiel.md --figure docs/openspiel_iterated.png

*Iterated search*: from the uniform blueprint, search at every information state of Kuhn and Leduc poker, take what it
plays as the next blueprint, and so on; the exploitability of every iterate is exact. *Decisions*: seconds of one
decision at the same number of simulations, beside OpenSpiel's information-set MCTS (C++), at the same positions of
seeded random games, the ways taking turns; medians. OpenSpiel's bot needs ``resample_from_infostate``, which the
phantom games lack.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pyspiel
from rich.console import Console

from benchmarks.common import conditions, conditions_text, replace_section
from games._base.figures import new_figure, save_figure
from games._base.files import write_whole
from games._base.progress import tracked
from games.extensive import compile_game
from games.extensive.policies import policy_from_table
from search.openspiel import (
    MagneticMirrorDescent,
    MirrorDescentBot,
    PolicyIteration,
    Search,
    SearchOptions,
    Softened,
    iterated_search,
)
from solvers.extensive.evaluation import exploitability

ROUNDS = 30
STEPS = {"kuhn_poker": (5.0, 0.5), "leduc_poker": (10.0, 0.15)}  # eta and alpha of the first round
SOFTENING = 0.01
BUDGETS: tuple[int | None, ...] = (None, 1000, 100)
SIMULATIONS = 1000
POSITIONS = 20
SPEED_GAMES = (
    "kuhn_poker",
    "leduc_poker",
    "liars_dice(dice_sides=4)",
    "phantom_ttt",
    "dark_hex(board_size=3,gameversion=adh)",
)


def annealed(name: str, rollouts: int | None) -> Callable[[int], SearchOptions]:
    """Return the options of each round: ``eta`` and ``alpha`` fall as one over the root of its number."""

    def options(number: int) -> SearchOptions:
        eta, alpha = STEPS[name]
        return SearchOptions(rollouts=rollouts, update=MagneticMirrorDescent(eta / number**0.5, alpha / number**0.5))

    return options


def iterate(name: str, options: Any, rounds: int) -> list[float]:
    """Return the exploitability of the uniform blueprint and of each round's output."""
    game = compile_game(name)
    blueprints = islice(iterated_search(name, options=options), rounds + 1)
    return [exploitability(game, policy_from_table(game, blueprint.tables)) for blueprint in blueprints]


def iterate_greedily(name: str, rounds: int) -> list[float]:
    """Return the same of Monte Carlo search, with exact values; what it searches on is softened.

    Otherwise the actions that one round does not choose would have probability 0 in all that follow.
    """
    game, options = compile_game(name), SearchOptions(rollouts=None, update=PolicyIteration())
    searched, values = next(iterated_search(name)), list[float]()
    for _ in range(rounds + 1):
        values.append(exploitability(game, policy_from_table(game, searched.tables)))
        searched = next(islice(iterated_search(name, Softened(searched, SOFTENING), options), 1, None))
    return values


def iterations(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Return game → way → exploitability of each iterate."""
    results: dict[str, dict[str, list[float]]] = {}
    ways = [(name, budget) for name in STEPS for budget in BUDGETS]
    for name, budget in tracked(ways, Console(stderr=True), "iterated search", transient=True):
        label = "MMDS, exact values" if budget is None else f"MMDS, {budget:,} rollouts a decision"
        results.setdefault(name, {})[label] = iterate(name, annealed(name, budget), rounds)
    for name in STEPS:
        results[name]["Monte Carlo search, exact values"] = iterate_greedily(name, rounds)
    return results


def draw(path: Path, results: dict[str, dict[str, list[float]]]) -> None:
    """Write the figure: one panel a game."""
    figure = new_figure(11, 4.2)
    for axes, (name, lines) in zip(figure.subplots(1, 2), results.items(), strict=True):
        for (label, values), style in zip(lines.items(), ("-", "--", ":", "-."), strict=True):
            axes.semilogy(range(len(values)), values, style, linewidth=1.6, label=label)
        axes.set_title(name, loc="left")
        axes.set_xlabel("rounds of search on its own output")
        axes.set_ylabel("exploitability (units of utility)")
        axes.grid(alpha=0.25, linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(fontsize=8, frameon=False, loc="lower left")
    save_figure(figure, path, dpi=110)


def positions(name: str, count: int) -> list[Any]:
    """Return states of seeded random games at which somebody has a choice."""
    game, generator = pyspiel.load_game(name), random.Random(4)
    found: list[Any] = []
    while len(found) < count:
        state = game.new_initial_state()
        choices = []
        while not state.is_terminal():
            if not state.is_chance_node() and len(state.legal_actions()) > 1:
                choices.append(state.clone())
            state.apply_action(generator.choice(state.legal_actions()))
        if choices:
            found.append(generator.choice(choices))
    return found


def information_set_mcts() -> Any:
    """Return OpenSpiel's bot with random rollouts and its usual settings."""
    evaluator = pyspiel.RandomRolloutEvaluator(1, 1)
    final = pyspiel.ISMCTSFinalPolicyType.NORMALIZED_VISIT_COUNT
    return pyspiel.ISMCTSBot(1, evaluator, 2.0, SIMULATIONS, -1, final, False, False)


def players(name: str) -> dict[str, list[Any]]:
    """Return way → bots by seat, of the ways that this game allows."""
    searches = {"exact": "compiled rollouts", "resample": "resampling", "particles": "particle filter"}
    found: dict[str, list[Any]] = {}
    for belief, label in searches.items():
        try:
            search = Search(name, options=SearchOptions(rollouts=SIMULATIONS, belief=belief))  # type: ignore[arg-type]
        except ValueError:
            continue
        found[label] = [MirrorDescentBot(search, player) for player in (0, 1)]
    if "resampling" in found:
        found["OpenSpiel ISMCTS"] = [information_set_mcts()] * 2
    return found


def speed(name: str, count: int) -> dict[str, float]:
    """Return way → median seconds of a decision."""
    bots, seconds = players(name), dict[str, list[float]]()
    for state in tracked(positions(name, count), Console(stderr=True), name, transient=True):
        for label, seats in bots.items():
            bot = seats[state.current_player()]
            if not seconds.get(label):
                bot.step(state)  # what is compiled is compiled
            began = time.perf_counter()
            bot.step(state)
            seconds.setdefault(label, []).append(time.perf_counter() - began)
    return {label: statistics.median(taken) for label, taken in seconds.items()}


def table(speeds: dict[str, dict[str, float]], facts: dict[str, Any]) -> str:
    """Return the decisions a second as Markdown."""
    ways = ("compiled rollouts", "resampling", "particle filter", "OpenSpiel ISMCTS")
    lines = ["| game | " + " | ".join(ways) + " |", "|---" + "|--:" * len(ways) + "|"]
    for name, found in speeds.items():
        cells = [f"{1 / found[way]:,.0f}" if way in found else "–" for way in ways]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + (
        f"\n\nDecisions a second at {SIMULATIONS:,} rollouts or simulations, medians over positions of random games; "
        f"load average before: {facts['load_before']}. " + conditions_text(facts)
    )


def iteration_table(results: dict[str, dict[str, list[float]]], facts: dict[str, Any]) -> str:
    """Return the exploitability of some rounds as Markdown."""
    rounds = [k for k in (0, 1, 3, 10, 30) if k < len(next(iter(results["kuhn_poker"].values())))]
    lines = [
        "| game | search | " + " | ".join(f"round {k}" for k in rounds) + " |",
        "|---|---" + "|--:" * len(rounds) + "|",
    ]
    for name, ways in results.items():
        for way, values in ways.items():
            lines.append(f"| `{name}` | {way} | " + " | ".join(f"{values[k]:.4f}" for k in rounds) + " |")
    return "\n".join(lines) + "\n\n" + conditions_text(facts)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.openspiel_search")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--positions", type=int, default=POSITIONS)
    parser.add_argument("--update", type=Path, help="document whose tables are replaced")
    parser.add_argument("--figure", type=Path, help="where to write the figure")
    parser.add_argument("--json", type=Path, help="where to write the numbers")
    options = parser.parse_args(arguments)
    facts = conditions("benchmarks.openspiel_search")
    speeds = {name: speed(name, options.positions) for name in SPEED_GAMES}
    iterated = iterations(options.rounds)
    tables = {"openspiel_speed": table(speeds, facts), "openspiel_iterated": iteration_table(iterated, facts)}
    for text in tables.values():
        print(text + "\n")
    if options.figure:
        draw(options.figure, iterated)
    if options.update:
        for section, text in tables.items():
            replace_section(options.update, section, text)
    if options.json:
        write_whole(options.json, json.dumps({"conditions": facts, "speed": speeds, "iterated": iterated}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
