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
from solvers.normal_form.leaderboard import Columns, left_out
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
    scale = float(np.abs(game.payoffs).max())
    table = solution.leaderboard()
    for player in ("row", "column"):
        own = [place for place, name in enumerate(table["player"]) if name == player]
        _print_player(console, player, {name: [values[k] for k in own] for name, values in table.items()}, scale, shown)
    print_uniqueness(console, solution)
    line(console, f"value to the row player: {_plain(solution.value, scale, 9)}")


def _plain(value: float, scale: float, digits: int = 6) -> str:
    """Return a payoff; what is a rounding error of payoffs of this scale is 0."""
    return f"{0.0 if abs(value) <= 1e-12 * scale else value:.{digits}g}"


def _print_player(console: Console, player: str, table: Columns, scale: float, shown: int | None) -> None:
    headings, policy = [f"{player} player", "reference", "policy", "payoff"], np.array(table["probability"])
    spread = np.array([table["range_low"], table["range_high"]]) if "range_low" in table else None
    if spread is not None:
        headings[3:3] = [RANGE]
    order = np.arange(len(policy))[:shown]
    rows = []
    for k in order:
        cells = [short(table["label"][k]), f"{table['reference'][k]:.4f}", f"{policy[k]:.4f}"]
        cells += [] if spread is None else [between(spread, k)]
        rows.append([*cells, _plain(table["score"][k], scale)])
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
