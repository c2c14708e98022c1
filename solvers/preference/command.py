"""Solve preference games from the command line: ``python -m solvers.preference FILE``.

Reads a table of win rates, votes, rankings, rewards or many games at once, solves it by the algorithm asked for, and
reports the policy with its certificate. Nothing is written before everything is solved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rich.console import Console

from games._base.backends import Workers
from games._base.errors import UsageError
from games._base.progress import progress_bar, working
from games._base.threads import available_cores
from games.preference import PlackettLuce, PreferenceBatch, PreferenceGame, fit_plackett_luce
from games.preference.votes import Method
from solvers.normal_form.best_of import solve_best_of
from solvers.normal_form.command import chosen_algorithm, compare, report, solve_shown, solve_stages
from solvers.normal_form.distributed import solve_batch_parts
from solvers.normal_form.pictures import plot_batch
from solvers.normal_form.report import print_algorithms, print_certificate, solved
from solvers.normal_form.solution import NormalFormSolution
from solvers.output import check_outputs, one_sentence, solution_json, write_json
from solvers.preference.asking import questions, questions_content
from solvers.preference.intervals import Intervals, check_resampled, drawn, intervals_of
from solvers.preference.judges.command import run_judged
from solvers.preference.options import Options
from solvers.preference.report import (
    Group,
    batch_content,
    game_content,
    groups_content,
    print_batch,
    print_best_of,
    print_groups,
    print_model,
    print_policy,
    print_questions,
    write_policies,
)
from solvers.report import tell_written


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input, before anything is written."""
    if options.list_algorithms:
        print_algorithms(console)
        return
    options.check()
    check_outputs(options.outputs(), options.file)
    if options.ensemble is not None:
        run_judged(options, console, command)
        return
    with working(console, f"reading {options.name}"):
        game, groups = options.read()
    if isinstance(game, PreferenceBatch):
        check_outputs(options.batch_outputs(), options.file)
        _run_batch(game, options, console, command)
    else:
        _run_game(game, groups, options, console, command)


def _run_game(
    game: PreferenceGame, groups: dict[str, PreferenceGame], options: Options, console: Console, command: str
) -> None:
    fit = None
    if options.model is not None:
        game, fit = _modelled(game)
        groups = {name: _modelled(group)[0] for name, group in groups.items()}
    if options.bootstrap is not None:
        check_resampled(game)
    with one_sentence(), working(console, "drawing tables that the votes allow"):
        # more tables than fit into the memory are refused before anything is solved
        tables = {method: drawn(game, method, count, options.seed) for method, count in options.draws(game).items()}
    solutions, why = solve_stages(console, game, options)
    solution = solutions[-1]
    found = [_intervals(console, solution, method, batch, options) for method, batch in tables.items()]
    parts = _solve_groups(console, groups, solution.algorithm, options)
    comparison = None if options.compare is None else compare(console, game, options)
    asked = None if options.ask is None else questions(game, options.ask, options.beta)
    with one_sentence():
        best = None if options.best_of is None or game.votes is None else solve_best_of(game.votes, options.best_of)
    print_policy(console, game, solution, found, options.shown)
    print_model(console, fit)
    print_best_of(console, best, options.shown)
    print_questions(console, asked or [])
    print_groups(console, options.by or "", parts)
    first = next(iter(found), None)
    columns = {} if first is None else {"interval": first.intervals, "winner_share": first.winner_shares}
    extras: dict[str, Any] = {"intervals": first.summary() if first is not None else None}
    if fit is not None:
        columns["log_strength"] = fit.log_strengths
        extras["model"] = fit.summary()
    if best is not None:
        columns["best_of"] = best.policy
        extras["best_of"] = best.summary()
    if (resampled := next((one for one in found if one.method == "bootstrap"), None)) is not None:
        extras["bootstrap"] = resampled.summary()
    report(
        console,
        options,
        command,
        solutions,
        why,
        comparison,
        title=f"{options.name}: {game.alternatives:,} alternatives",
        head=game_content(game, solution),
        policies=[("probability", game.labels, solution.policy, game.reference)],
        extras=extras | groups_content(options.by, parts) | questions_content(asked),
        intervals=None if first is None else first.intervals,
        columns=columns,
    )


def _modelled(game: PreferenceGame) -> tuple[PreferenceGame, PlackettLuce]:
    """Return the game that the Plackett–Luce model makes of the votes, and the model."""
    assert game.votes is not None
    with one_sentence():
        fit = fit_plackett_luce(game.votes)
    return replace(fit.game, reference=game.reference), fit


def _solve_groups(
    console: Console, games: Mapping[str, PreferenceGame], algorithm: str, options: Options
) -> list[Group]:
    """Solve the game of every group as all votes together are solved."""
    arguments = options.solve_arguments()
    return [
        Group(name, game, solve_shown(console, game, algorithm, f"{options.by} {name}", **arguments))
        for name, game in games.items()
    ]


def _intervals(
    console: Console, solution: NormalFormSolution, method: Method, batch: PreferenceBatch, options: Options
) -> Intervals:
    """Solve tables that the votes allow as one batch."""
    title = f"{len(batch):,} tables, {method}"
    solved_all = _solve_many(console, batch, solution.algorithm, title, options, options.solve_arguments())
    return intervals_of(method, batch, solved_all, solution.policy, options.seed)


def _solve_many(
    console: Console,
    batch: PreferenceBatch,
    algorithm: str,
    title: str,
    options: Options,
    arguments: dict[str, Any],
) -> NormalFormSolution:
    """Solve a batch by the threads of this process, or in parts by the workers of a cluster."""
    if options.backend == "local":
        return solve_shown(console, batch, algorithm, title, **arguments)
    processes = arguments.pop("workers") or available_cores()
    if arguments.pop("checkpoint", None) is not None:
        raise UsageError("--state keeps the run of this process: leave it out, or --backend")
    cluster = Workers(processes, options.backend, options.cluster)
    with one_sentence(), cluster as workers, progress_bar(console, title, len(batch)) as bar:
        return solve_batch_parts(batch, algorithm, workers=workers, report=bar.advance, **arguments)


def _run_batch(batch: PreferenceBatch, options: Options, console: Console, command: str) -> None:
    algorithm, why = chosen_algorithm(batch, options)
    arguments = options.solve_arguments() | {"checkpoint": options.state}
    solution = _solve_many(console, batch, algorithm, algorithm, options, arguments)
    print_batch(console, batch, solution)
    print_certificate(console, solution, why)
    policies = options.policies_path()
    if policies is not None:
        with working(console, f"writing {policies}"):
            write_policies(policies, batch, solution)
    if options.output is not None:
        head = batch_content(batch, solution, policies)
        write_json(options.output, solution_json(solution, command, head, options.origin()))
    if options.plot is not None:
        plot_batch(options.plot, solution, f"{options.name}: {len(batch):,} games, {solved(solution)}")
    tell_written(console, [options.output, policies, options.plot, options.state])
