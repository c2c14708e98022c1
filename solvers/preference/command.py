"""Solve preference games from the command line: ``python -m solvers.preference FILE``.

Reads a table of win rates, votes, rankings, rewards or many games at once, solves it by the algorithm asked for, and
reports the policy with its certificate. Nothing is written before everything is solved.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from games._base.command_line import command_line, parse, run_command
from games.preference import PreferenceBatch, PreferenceGame
from solvers.normal_form.command.choice import default_algorithm, print_algorithms
from solvers.normal_form.command.comparison import Comparison, action_count, compare, print_comparison
from solvers.normal_form.command.outputs import check_outputs, content, tell_written, write_json
from solvers.normal_form.command.pictures import plot_batch, plot_comparison, plot_policy
from solvers.normal_form.command.report import print_certificate, solved, wide_console
from solvers.normal_form.command.running import solve_shown
from solvers.normal_form.solution import NormalFormSolution
from solvers.preference.bootstrap import Bootstrap, bootstrap
from solvers.preference.options import Options
from solvers.preference.report import (
    batch_content,
    game_content,
    print_batch,
    print_policy,
    write_policies,
)

PROGRAM = "python -m solvers.preference"


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input, before anything is written."""
    if options.list_algorithms:
        print_algorithms(console)
        return
    options.check()
    check_outputs(options.outputs(), options.file)
    game = options.read()
    if isinstance(game, PreferenceBatch):
        check_outputs(options.batch_outputs(), options.file)
        _run_batch(game, options, console, command)
    else:
        _run_game(game, options, console, command)


def _algorithm(game: PreferenceGame | PreferenceBatch, options: Options) -> tuple[str, str]:
    """Return the name of the algorithm, and why it was chosen if nobody asked for it."""
    if options.algorithm is not None:
        return options.algorithm, ""
    games = len(game) if isinstance(game, PreferenceBatch) else 1
    name, why = default_algorithm(options.beta, action_count(game), games, options.feedback is None)
    options.check_algorithm(name, why)
    return name, why


def _run_game(game: PreferenceGame, options: Options, console: Console, command: str) -> None:
    algorithm, why = _algorithm(game, options)
    arguments = options.solve_arguments()
    solution = solve_shown(console, game, algorithm, **arguments)
    resamplings = None
    if options.bootstrap is not None:
        resamplings = bootstrap(console, game, options.bootstrap, options.seed, algorithm, **arguments)
    comparison = None if options.compare is None else compare(console, game, options)
    print_policy(console, game, solution, resamplings)
    print_certificate(console, solution, why)
    if comparison is not None:
        print_comparison(console, comparison)
    if options.output is not None:
        extras: dict[str, Any] = {} if resamplings is None else {"bootstrap": resamplings.summary()}
        extras |= {} if comparison is None else {"comparison": comparison.lines()}
        write_json(options.output, content(solution, game_content(game, solution), options, command) | extras)
    if options.plot is not None:
        _plot(
            options.plot, f"{options.name}: {game.alternatives:,} alternatives", game, solution, resamplings, comparison
        )
    tell_written(console, [options.output, options.plot])


def _plot(
    path: Path,
    title: str,
    game: PreferenceGame,
    solution: NormalFormSolution,
    resamplings: Bootstrap | None,
    comparison: Comparison | None,
) -> None:
    """Draw the comparison if there is one, else the policy."""
    if comparison is not None:
        plot_comparison(path, comparison, f"{title}, beta = {comparison.beta:g}")
        return
    intervals = None if resamplings is None else resamplings.intervals
    policies = [("probability", game.labels, solution.policy, game.reference)]
    plot_policy(path, solution, policies, f"{title}, {solved(solution)}", intervals)


def _run_batch(batch: PreferenceBatch, options: Options, console: Console, command: str) -> None:
    algorithm, why = _algorithm(batch, options)
    solution = solve_shown(console, batch, algorithm, **options.solve_arguments())
    print_batch(console, batch, solution)
    print_certificate(console, solution, why)
    policies = options.policies_path()
    if policies is not None:
        write_policies(policies, batch, solution)
    if options.output is not None:
        write_json(options.output, content(solution, batch_content(batch, solution, policies), options, command))
    if options.plot is not None:
        plot_batch(options.plot, solution, f"{options.name}: {len(batch):,} games, {solved(solution)}")
    tell_written(console, [options.output, policies, options.plot])


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: run(parse(Options, given, PROGRAM), wide_console(), command_line(PROGRAM, given)))
