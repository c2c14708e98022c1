"""Solve two-player zero-sum matrix games from the command line: ``python -m solvers.matrix FILE|GAME``.

Reads a table of payoffs, or takes a game of OpenSpiel, solves it by the algorithm asked for, and reports both players'
policies and the value with a certificate. Nothing is written before everything is solved.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console

from games._base.command_line import command_line, parse, run_command
from solvers.matrix.options import Options
from solvers.matrix.report import game_content, print_policies
from solvers.normal_form.command.choice import default_algorithm, print_algorithms
from solvers.normal_form.command.comparison import action_count, compare, print_comparison
from solvers.normal_form.command.outputs import check_outputs, content, tell_written, write_json
from solvers.normal_form.command.pictures import plot_comparison, plot_policy
from solvers.normal_form.command.report import print_certificate, solved, wide_console
from solvers.normal_form.command.running import solve_shown

PROGRAM = "python -m solvers.matrix"


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input, before anything is written."""
    if options.list_algorithms:
        print_algorithms(console)
        return
    options.check()
    check_outputs(options.outputs(), options.file)
    game = options.read()
    algorithm, why = options.algorithm, ""
    if algorithm is None:
        algorithm, why = default_algorithm(options.beta, action_count(game), exact=options.feedback is None)
        options.check_algorithm(algorithm, why)
    solution = solve_shown(console, game, algorithm, **options.solve_arguments())
    comparison = None if options.compare is None else compare(console, game, options)
    print_policies(console, game, solution)
    print_certificate(console, solution, why)
    if comparison is not None:
        print_comparison(console, comparison)
    if options.output is not None:
        extras = {} if comparison is None else {"comparison": comparison.lines()}
        write_json(options.output, content(solution, game_content(game, solution), options, command) | extras)
    if options.plot is not None:
        if comparison is not None:
            plot_comparison(options.plot, comparison, f"{options.name}, beta = {options.beta:g}")
        else:
            policies = [
                ("probability, row player", game.row_labels, solution.policy, game.row_reference),
                ("probability, column player", game.column_labels, solution.column_policy, game.column_reference),
            ]
            plot_policy(options.plot, solution, policies, f"{options.name}, {solved(solution)}")
    tell_written(console, [options.output, options.plot])


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: run(parse(Options, given, PROGRAM), wide_console(), command_line(PROGRAM, given)))
