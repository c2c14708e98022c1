"""Solve two-player zero-sum matrix games from the command line: ``python -m solvers.matrix FILE|GAME``.

Reads a table of payoffs, or takes a game of OpenSpiel, solves it by the algorithm asked for, and reports both players'
policies and the value with a certificate. Nothing but --export is written before everything is solved.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import Console

from games._base.progress import working
from games.matrix import MatrixGame, write_matrix_game
from solvers.matrix.options import Options
from solvers.normal_form.command import compare, report, solve_stages
from solvers.normal_form.leaderboard import Columns, FloatArray, left_out, most_probable
from solvers.normal_form.report import (
    RANGE,
    between,
    print_algorithms,
    print_uniqueness,
)
from solvers.normal_form.solution import NormalFormSolution, interval
from solvers.output import check_outputs, short
from solvers.report import line, print_table


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input, before anything is written."""
    if options.list_algorithms:
        print_algorithms(console)
        return
    options.check()
    check_outputs([*options.outputs(), ("--export", options.export, (".nfg",))], options.file)
    with working(console, "reading the game"):
        game = options.read()
    if options.export is not None:
        write_matrix_game(options.export, game)
    solutions, why = solve_stages(console, game, options)
    solution = solutions[-1]
    comparison = None if options.compare is None else compare(console, game, options)
    _print_policies(console, game, solution, options.shown)
    policies = [
        ("probability, row player", game.row_labels, solution.policy, game.row_reference),
        ("probability, column player", game.column_labels, solution.column_policy, game.column_reference),
    ]
    head = _policies(game, solution)
    report(console, options, command, solutions, why, comparison, title=options.name, head=head, policies=policies)


def _print_policies(console: Console, game: MatrixGame, solution: NormalFormSolution, shown: int | None) -> None:
    """Print both policies, most probable actions first, with what each action earns against the other policy."""
    table, sizes, rows, columns = solution.leaderboard(), np.abs(game.payoffs), solution.policy, solution.column_policy
    summed = {  # for each payoff, in the order of the leaderboard
        "row": (sizes @ columns)[most_probable(rows, None, game.payoffs @ columns)],
        "column": (rows @ sizes)[most_probable(columns, None, -(rows @ game.payoffs))],
    }
    for player, size in summed.items():
        own = [place for place, name in enumerate(table["player"]) if name == player]
        part = {name: [values[k] for k in own] for name, values in table.items()}
        noises = _rounding(len(columns) if player == "row" else len(rows)) * size
        _print_player(console, player, part, noises, shown)
    print_uniqueness(console, solution)
    noise = _rounding(len(rows) + len(columns)) * float(rows @ sizes @ columns)
    line(console, f"value to the row player: {_plain(solution.value, noise, 9)}")


def _rounding(actions: int) -> float:
    """Return which part of the sizes that were summed, one an action, is a rounding error of the sum and the policy."""
    return (8.0 + actions) * float(np.finfo(np.float64).eps)


def _plain(value: float, noise: float, digits: int = 6) -> str:
    """Return a payoff; what is no larger than its own rounding error is 0."""
    return f"{0.0 if abs(value) <= noise else value:.{digits}g}"


def _print_player(console: Console, player: str, table: Columns, noises: FloatArray, shown: int | None) -> None:
    headings, policy = [f"{player} player", "reference", "policy", "payoff"], np.array(table["probability"])
    spread = np.array([table["range_low"], table["range_high"]]) if "range_low" in table else None
    if spread is not None:
        headings[3:3] = [RANGE]
    order = np.arange(len(policy))[:shown]
    rows = []
    for k in order:
        cells = [short(table["label"][k]), f"{table['reference'][k]:.4f}", f"{policy[k]:.4f}"]
        cells += [] if spread is None else [between(spread, k)]
        rows.append([*cells, _plain(table["score"][k], float(noises[k]))])
    print_table(console, headings, rows, caption=left_out(len(policy), policy, order))


def _policies(game: MatrixGame, solution: NormalFormSolution) -> dict[str, Any]:
    """Return what ``solution.json`` says first."""
    return {
        "algorithm": solution.algorithm,
        "beta": solution.beta,
        "labels": list(game.row_labels),
        "policy": solution.policy.tolist(),
        "column_labels": list(game.column_labels),
        "column_policy": solution.column_policy.tolist(),
        "value": solution.value,
        "unique": solution.unique,
        "policy_range": interval(solution.policy_range),
        "column_policy_range": interval(solution.column_policy_range),
        "reference": game.row_reference.tolist(),
        "column_reference": game.column_reference.tolist(),
    }
