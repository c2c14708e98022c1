"""Averages, sampling and restricted Nash responses: three questions about extensive games, and their figures.

    python -m benchmarks.extensive_questions --update docs/extensive_games.md --figure docs/restricted_response.png

- *Averages*: the exploitability after a number of iterations for several powers of the iteration's number as the weight
  in the average, on thirteen games of three kinds.
- *Sampling*: iterations of Monte Carlo CFR a second, one walk a player each, beside OpenSpiel's C++ solvers in turns in
  the same run, with the decisions a second of ours.
- *Responses*: what restricted Nash responses on Leduc poker gain from a policy that is always uniform, and what they
  guarantee, for weights from 0 to 1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pyspiel
from tyro.conf import arg

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from games._base.figures import new_figure, save_figure
from games.extensive import ExtensiveGame, compile_game
from games.extensive.compact import compact_tree
from games.extensive.policies import policy_table, uniform_policy
from solvers.extensive.locked import locked_game
from solvers.extensive.solving import solve
from solvers.extensive.tree_sampling import SAMPLING, TreeSampling

_GOOFSPIEL = "goofspiel(num_cards={},imp_info=True,points_order={})"
AVERAGED = {
    "Kuhn poker": "kuhn_poker",
    "Leduc poker": "leduc_poker",
    "Leduc poker, suits merged": "leduc_poker(suit_isomorphism=True)",
    "Liar's Dice, 3 sides": "liars_dice(dice_sides=3)",
    "Liar's Dice, 4 sides": "liars_dice(dice_sides=4)",
    "Liar's Dice, 5 sides": "liars_dice(dice_sides=5)",
    "Liar's Dice, 6 sides": "liars_dice",
    "Goofspiel, 4 cards": _GOOFSPIEL.format(4, "descending"),
    "Goofspiel, 4 cards, random": _GOOFSPIEL.format(4, "random"),
    "Goofspiel, 5 cards": _GOOFSPIEL.format(5, "descending"),
    "Dark Hex 2×2": "dark_hex(board_size=2)",
    "Dark Hex 2×2, abrupt": "dark_hex(board_size=2,gameversion=adh)",
    "Battleship 2×2": "battleship(board_width=2,board_height=2,ship_sizes=[1;2],ship_values=[1;1],num_shots=3,"
    "allow_repeated_shots=False)",
    "Blotto, 6 coins": "blotto(coins=6,fields=3,players=2)",
}
Column = tuple[str, int | None]
"""An algorithm and the power of its average; None: its last iterate."""

_COLUMNS: tuple[Column, ...] = (
    *(("pcfr+", 2), ("pcfr+", 5), ("pcfr+", 10), ("sapcfr+", 2), ("sapcfr+", 5)),
    *(("pdcfr+", 5), ("dcfr", 2), ("rtcfr+", None)),
)
_ITERATIONS = (300, 1000, 4000)
_WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True)
class Options:
    """Measure averages, sampling and restricted Nash responses."""

    update: Annotated[Path | None, arg(metavar="FILE.md")] = None
    """Document whose sections are replaced."""
    figure: Annotated[Path | None, arg(metavar="FILE.png")] = None
    """Picture of the restricted Nash responses."""
    parts: tuple[str, ...] = ("averages", "sampling", "responses")
    """Which of them."""
    seconds: float = 3.0
    """Time of a round of sampling."""
    rounds: int = 3
    """Rounds of sampling, the peers in turns; the median counts."""


def _heading(column: Column) -> str:
    name, power = column
    return f"{name}, last" if power is None else f"{name}, t^{power}"


def _exploitability(game: ExtensiveGame, column: Column, iterations: int) -> float:
    name, power = column
    parameters = {} if power is None else {"averaging": float(power)}
    return solve(game, name, iterations=iterations, growth=1e9, parameters=parameters).exploitability


def averages() -> list[str]:
    """Return a table of exploitabilities; one row a game and number of iterations."""
    lines = table_head("game | iterations | " + " | ".join(map(_heading, _COLUMNS)))
    for title, name in AVERAGED.items():
        game = compile_game(name)
        for iterations in _ITERATIONS:
            found = [_exploitability(game, one, iterations) for one in _COLUMNS]
            lines.append(f"| {title} | {iterations:,} | " + " | ".join(f"{max(e, 0.0):.1e}" for e in found) + " |")
    return lines


def _rate(advance: Callable[[int], Any], seconds: float) -> float:
    """Return iterations a second of processor time."""
    count, done, began = 1, 0, time.process_time()
    while (taken := time.process_time() - began) < seconds:
        advance(count)
        done += count
        count = min(2 * count, 5000)
    return done / taken


def _theirs(solver: Any) -> Callable[[int], None]:
    def advance(count: int) -> None:
        for _ in range(count):
            solver.run_iteration()

    return advance


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def sampling(seconds: float, rounds: int) -> list[str]:
    """Return a table of iterations and decisions a second of processor time."""
    columns = "game | method | decisions a second | iterations a second | OpenSpiel's C++, iterations a second | ratio"
    lines = table_head(columns, 2)
    peers = {"external-mccfr": "ExternalSamplingMCCFRSolver", "outcome-mccfr": "OutcomeSamplingMCCFRSolver"}
    for title, name in (("Leduc poker", "leduc_poker"), ("Liar's Dice, 6 sides", "liars_dice")):
        game = pyspiel.load_game(name)
        tree = compact_tree(game)
        for method in SAMPLING:
            ours, peer = TreeSampling(tree, method), peers.get(method)
            solver = None if peer is None else getattr(pyspiel, peer)(game)
            ours.advance(1)
            rates: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                rates.append(_rate(ours.advance, seconds))
                if solver is not None:
                    theirs.append(_rate(_theirs(solver), seconds))
            rate, decisions = _median(rates), ours.decisions / ours.done
            compared = ["–", "–"] if not theirs else [f"{_median(theirs):,.0f}", f"{rate / _median(theirs):.1f}"]
            cells = [title, method, f"{rate * decisions:,.0f}", f"{rate:,.0f}", *compared]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def responses() -> list[tuple[float, float, float]]:
    """Return weight, what player 0 gets from a uniform player 1, and what it gets at worst."""
    game = compile_game("leduc_poker")
    policy = uniform_policy(game)
    tables = ({}, policy_table(game, policy, 1))
    found = []
    for weight in _WEIGHTS:
        left = locked_game(game, tables, weight=weight)
        answer = left.answer(left.lift(solve(left.game, "lp").policy))
        assert answer is not None
        found.append((weight, answer["against_lock"], answer["worst_case"]))
    return found


def plot_responses(path: Path, found: list[tuple[float, float, float]]) -> None:
    """Draw what is gained against what is risked."""
    figure = new_figure(6, 4)
    axes = figure.add_subplot()
    value = found[0][2]
    axes.plot([value - worst for _, _, worst in found], [gain for _, gain, _ in found], marker="o", color="#1b6ca8")
    for weight, gain, worst in found:
        axes.annotate(f"{weight:g}", (value - worst, gain), textcoords="offset points", xytext=(5, -9), fontsize=7)
    axes.set_xlabel("exploitable by (below the value of the game, at worst)")
    axes.set_ylabel("gained from the uniform policy")
    axes.set_title("Restricted Nash responses, Leduc poker, player 0; p at the points")
    save_figure(figure, path, dpi=120)


def main(options: Options) -> None:
    """Measure what is asked for, print it, and put it into the document."""
    facts = conditions("benchmarks.extensive_questions")
    documents = [] if options.update is None else [options.update]
    note = conditions_text(facts) + f" Load of the machine before: {facts['load_before']}."
    if "averages" in options.parts:
        publish("extensive_averages", "\n".join([*averages(), "", note]), facts, documents=documents)
    if "sampling" in options.parts:
        lines = sampling(options.seconds, options.rounds)
        publish("extensive_sampling", "\n".join([*lines, "", note]), facts, documents=documents)
    if "responses" in options.parts:
        found = responses()
        lines = table_head("p | gained from the uniform policy | at worst", 0)
        lines += [f"| {weight:g} | {gain:.4f} | {worst:.4f} |" for weight, gain, worst in found]
        if options.figure is not None:
            plot_responses(options.figure, found)
            lines += ["", f"![what is gained against what is risked]({options.figure.name})"]
        publish("extensive_responses", "\n".join([*lines, "", note]), facts, documents=documents)


if __name__ == "__main__":
    sys.exit(run_benchmark(main, Options, "benchmarks.extensive_questions"))
