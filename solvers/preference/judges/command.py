"""``python -m solvers.preference FILE --ensemble worst``: one policy for several judges."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from games._base.progress import working
from games.preference.judges import JUDGES, JudgedGame
from solvers.normal_form.command import compare, solve_shown
from solvers.normal_form.leaderboard import write_csv
from solvers.normal_form.pictures import plot_compared
from solvers.normal_form.problem import Game
from solvers.normal_form.report import print_certificate, print_comparison
from solvers.normal_form.solution import NormalFormSolution
from solvers.output import one_sentence, solution_json, write_json
from solvers.preference.judges.draws import judged_by_draws
from solvers.preference.judges.ensembles import ensemble_game
from solvers.preference.judges.options import TABLES
from solvers.preference.judges.report import judged_content, print_judged
from solvers.preference.judges.solution import JudgedSolution
from solvers.preference.judges.solving import algorithm_for, solve_judged
from solvers.preference.options import Options
from solvers.report import tell_written


def run_judged(options: Options, console: Console, command: str) -> None:
    """Run the command for several judges; nothing is written before everything is solved."""
    assert options.ensemble is not None
    with working(console, f"reading {options.name}"):
        judged = _drawn(options) if options.draws_judges else options.read_judges()
        game = ensemble_game(judged, options.ensemble, options.lambda_, options.tau)
    why, exact = "", options.feedback is None
    if options.algorithm is None:
        name, why = algorithm_for(game, options.beta, exact)
        options.check_algorithm(name, why)
    arguments = options.solve_arguments()

    def solve_game(game: Game, name: str, title: str | None) -> NormalFormSolution:
        return solve_shown(console, game, name, title, checkpoint=options.state if title is None else None, **arguments)

    settings = options.lambda_, options.tau, options.beta, options.algorithm
    solution = solve_judged(judged, options.ensemble, *settings, solve_game, exact=exact)
    comparison = None if options.compare is None else compare(console, game, options)
    print_judged(console, solution, _who(options, solution), options.shown)
    print_certificate(console, solution, why)
    extras: dict[str, Any] = options.origin()
    if comparison is not None:
        print_comparison(console, comparison, options.sampled())
        extras["comparison"] = [one.summary() for one in comparison]
    _write(options, command, solution, extras)
    if options.plot is not None and comparison is not None:
        plot_compared(options.plot, f"{options.name}, {options.ensemble}, beta = {options.beta:g}", comparison)
    elif options.plot is not None:
        solution.plot(options.plot)
    tell_written(console, [options.output, options.csv, options.plot, options.state])


def _drawn(options: Options) -> JudgedGame:
    """Return tables that the votes of the file allow as judges."""
    game, _ = options.read()
    with one_sentence():
        return judged_by_draws(
            game, options.judges or "", TABLES if options.tables is None else options.tables, options.seed
        )


def _write(options: Options, command: str, solution: JudgedSolution, extras: dict[str, Any]) -> None:
    if options.output is not None:
        write_json(options.output, solution_json(solution, command, judged_content(solution), extras))
    if options.csv is not None:
        write_csv(options.csv, solution.leaderboard())


def _who(options: Options, solution: JudgedSolution) -> str:
    """Return in words who the judges are."""
    if options.draws_judges:
        ways = {"posterior": "tables drawn from the posterior of the votes", "bootstrap": "resamplings of the votes"}
        return f"{ways[options.judges or '']}, seed {options.seed}"
    return f"by {options.judges or JUDGES}" if solution.judged.votes else "the tables of the file"
