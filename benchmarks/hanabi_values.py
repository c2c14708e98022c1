"""Whether a network's value means points: ``python -m benchmarks.hanabi_values``.

Plays greedy games of a network, notes at every turn what it expects of the rest, and compares that with the final
score: by turn, before and after a calibration (``agents.blueprints.neural.calibration``). The calibration is fitted to
the first half of the games, and the table shows the other half. ``--write`` puts it into the file of the weights.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import least_squares

from agents.blueprints.files import SHIPPED
from agents.blueprints.neural.blueprint import neural_blueprint
from agents.blueprints.neural.calibration import Calibration, calibration_of, write_calibration
from agents.blueprints.neural.weights import Network, save
from benchmarks.common import conditions, conditions_text, network_of, publish, table_head
from games._base.command_line import run_command
from games._base.progress import tracked
from games.hanabi.rules import best_score
from games.hanabi.state import HanabiState

SEED = 2030
BANDS = ((1, 10), (11, 20), (21, 30), (31, 40), (41, 50), (51, 90))
Table = NDArray[np.float64]
GAME, TURN, POINTS, BEST, VALUE, SCORE = range(6)  # columns


def observed(network: Network, games: range, console: Console) -> Table:
    """Return a row for every turn of greedy games but the first: the columns above, ``VALUE`` without calibration."""
    plain = Network(network.game, network.base, network.parameters.copy())
    write_calibration(plain.parameters, Calibration())
    game, blueprint = network.game, neural_blueprint(plain)
    assert blueprint.value is not None
    rows: list[list[float]] = []
    for number in tracked(games, console, "games"):
        state, memories, began = HanabiState.from_seed(game, SEED, number), blueprint.new_memories(game), len(rows)
        while not state.is_terminal:
            player, before = state.current_player, state.array.copy()
            view = state.view(player)
            if state.turn:
                value = float(blueprint.value(game.rules, view, memories[player]))
                rows.append([number, state.turn, state.score, best_score(game.rules, state.array), value, 0.0])
            state.apply(int(blueprint.decide(game.rules, view, memories[player], np.uint64(0))))
            blueprint.observe(game.rules, before, state.array, memories)
        for row in rows[began:]:
            row[SCORE] = state.score
    return np.array(rows)


def calibrated(table: Table, spread: float, shift: float, by_turn: float, by_square: float) -> Table:
    """Return the expected final score of each row."""
    if spread == 0.0:
        return np.asarray(np.minimum(table[:, POINTS] + table[:, VALUE], table[:, BEST]))
    turn = table[:, TURN]
    short = table[:, BEST] - table[:, POINTS] - table[:, VALUE] - shift - by_turn * turn - by_square * turn**2
    return np.asarray(table[:, BEST] - spread * np.logaddexp(0.0, short / spread))


def fitted(table: Table) -> Calibration:
    """Return the calibration with the least squared error of the final score."""

    def errors(numbers: Table) -> Table:
        spread, shift, by_turn, by_square = numbers
        found = calibrated(table, float(np.exp(spread)), shift, by_turn / 1e2, by_square / 1e4)
        return np.asarray(found - table[:, SCORE])

    spread, shift, by_turn, by_square = least_squares(errors, [-1.0, 0.0, 0.0, 0.0]).x
    return Calibration(float(np.exp(spread)), float(shift), float(by_turn / 1e2), float(by_square / 1e4))


def bias(table: Table, expected: Table) -> tuple[float, float]:
    """Return by how much final scores are below what is expected, with a standard error over games."""
    games, index = np.unique(table[:, GAME], return_inverse=True)
    sums, sizes = np.bincount(index, expected - table[:, SCORE]), np.bincount(index)
    mean = sums.sum() / sizes.sum()
    error = np.sqrt(((sums - mean * sizes) ** 2).sum() * len(games) / max(len(games) - 1, 1)) / sizes.sum()
    return float(mean), float(error)


def markdown(table: Table, calibration: Calibration, facts: dict[str, Any], name: str) -> str:
    """Return the table, with the line that says how it came about."""
    plain, mended = calibrated(table, *Calibration()), calibrated(table, *calibration)
    rows = table_head(
        "turns | final score | bias of the value, points | calibrated | root mean square error | calibrated"
    )
    for first, last in (*BANDS, (1, 90)):
        there = (table[:, TURN] >= first) & (table[:, TURN] <= last)
        if not there.any():
            continue
        some, scores = table[there], table[there, SCORE]
        before, after = bias(some, plain[there]), bias(some, mended[there])
        errors = [np.sqrt(np.mean((found[there] - scores) ** 2)) for found in (plain, mended)]
        rows.append(
            f"| {'all' if (first, last) == (1, 90) else f'{first}–{last}'} | {scores.mean():.2f} "
            f"| {before[0]:+.3f} ± {before[1]:.3f} | {after[0]:+.3f} ± {after[1]:.3f} "
            f"| {errors[0]:.3f} | {errors[1]:.3f} |"
        )
    numbers = ", ".join(f"{key.replace('_', ' ')} {value:.4g}" for key, value in calibration._asdict().items())
    note = (
        f"{name}, seed {SEED}, {len(np.unique(table[:, GAME]))} greedy games that the calibration ({numbers}) was not "
        f"fitted to; before it, points and value are capped at the best score. Standard errors over games. "
    )
    return "\n".join([*rows, "", note + conditions_text(facts)])


def run(options: argparse.Namespace) -> None:
    """Play, fit, print the table and write the files."""
    facts = conditions("benchmarks.hanabi_values")
    network = network_of(options.weights)
    table = observed(network, range(options.games), Console(stderr=True))
    fitting = table[:, GAME] < options.games // 2
    calibration = fitted(table[fitting]) if options.write else calibration_of(network.parameters)
    if options.write:
        write_calibration(network.parameters, calibration)
        card = options.weights.with_suffix(".md")
        text = card.read_text(encoding="utf-8") if card.exists() else None
        save(options.weights, replace(network), text)
    text = markdown(table[~fitting], calibration, facts, options.weights.stem)
    publish("hanabi values", text, facts | {"calibration": calibration._asdict()}, options.output, options.update)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hanabi_values", description=__doc__.split("\n", 1)[0])
    shipped = SHIPPED / "2_players.safetensors"
    parser.add_argument(
        "--weights", type=Path, default=shipped, help="file of the network (default: the one that comes)"
    )
    parser.add_argument("--games", type=int, default=4000, help="greedy games, half of them to fit to")
    parser.add_argument(
        "--write", action="store_true", help="fit a calibration and write it to the file of the weights"
    )
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents with a 'hanabi values' section")
    options = parser.parse_args()
    if options.games < 4:
        parser.error("--games must be at least 4")
    return run_command(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
