"""What the commands ``solvers.preference`` and ``solvers.matrix`` do alike: solve with a bar, compare, write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from games._base.progress import working
from games.preference import PreferenceBatch, PreferenceGame
from solvers.normal_form.choice import LINEAR_PROGRAM, LP_ACTIONS, compared, default_algorithm, size_of
from solvers.normal_form.leaderboard import write_csv
from solvers.normal_form.options import NormalFormOptions
from solvers.normal_form.path import path_entry, path_table, solve_path
from solvers.normal_form.pictures import Policies, plot_compared, plot_path, plot_policy
from solvers.normal_form.problem import Game, payoff_range
from solvers.normal_form.quantal_response import regularised_equilibrium
from solvers.normal_form.report import print_certificate, print_comparison, print_path, solved
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solving import solve
from solvers.output import one_sentence, solution_json, write_json
from solvers.report import tell_written, watched
from solvers.solution import ranked

_SMALL = PreferenceGame(np.array([[0.5, 0.6], [0.4, 0.5]]))
_NEWTON_ACTIONS = 1000  # up to which a regularised equilibrium is found to all digits


def chosen_algorithm(game: Game, options: NormalFormOptions) -> tuple[str, str]:
    """Return the name of the algorithm, and why it was chosen if nobody asked for it."""
    if options.algorithm is not None:
        return options.algorithm, ""
    name, why = default_algorithm(options.beta, size_of(game), options.feedback is None)
    options.check_algorithm(name, why)
    return name, why


def solve_shown(
    console: Console, game: Game, algorithm: str, title: str | None = None, **arguments: Any
) -> NormalFormSolution:
    """Solve with a progress bar; raises ``UsageError`` for settings without meaning."""
    limits = arguments["iterations"], arguments["tolerance"] * payoff_range(game)
    with one_sentence():
        if algorithm == LINEAR_PROGRAM:
            solve(_SMALL, LINEAR_PROGRAM)  # the seconds of the solution are without those of loading
        with watched(console, title or algorithm, *limits, "duality_gap") as shown:
            return solve(game, algorithm, **arguments, **shown)


def solve_stages(console: Console, game: Game, options: NormalFormOptions) -> tuple[list[NormalFormSolution], str]:
    """Solve at every temperature that is asked for; return the solutions, and why the last one's algorithm was chosen,
    if nobody named it.
    """
    algorithm, why = chosen_algorithm(game, options)
    arguments = options.solve_arguments()
    if not options.is_path:
        return [solve_shown(console, game, algorithm, checkpoint=options.state, **arguments)], why
    betas = options.path(payoff_range(game))
    del arguments["beta"]

    def shown(game: Game, name: str, *, beta: float, **own: Any) -> NormalFormSolution:
        return solve_shown(console, game, name, f"{name}, beta {beta:g}", beta=beta, **own)

    with one_sentence():
        states = options.states(betas)
        return solve_path(game, betas, options.algorithm, checkpoints=states, solver=shown, **arguments), why


def _equilibrium(console: Console, game: Game, beta: float) -> NDArray[np.float64] | None:
    """Return an equilibrium to all digits, [games, actions], or ``None`` where finding one would take too long."""
    if size_of(game)[0] > (_NEWTON_ACTIONS if beta > 0.0 else LP_ACTIONS):
        return None
    with working(console, "finding the equilibrium to all digits"):
        if beta == 0.0:
            return solve(game, LINEAR_PROGRAM).policies
        try:
            return regularised_equilibrium(game, beta)
        except ValueError:  # a beta so small that it is not found
            return None


def compare(console: Console, game: Game, options: NormalFormOptions) -> list[NormalFormSolution]:
    """Run the algorithms that ``--compare`` asks for, and return those with the fewest queries to the tolerance first.

    Raises ``UsageError`` for a batch or a name that is unknown.
    """
    with one_sentence():
        if isinstance(game, PreferenceBatch):
            raise ValueError(f"--compare runs on one game, and there are {len(game)} in the file")
        exact = options.feedback is None
        runs = compared(options.compare or "", options.beta, exact, size_of(game)[0])
    equilibria = {
        beta: found
        for beta in sorted({beta for _, beta in runs})
        if (found := _equilibrium(console, game, beta)) is not None
    }
    solutions = []
    for count, (name, beta) in enumerate(runs, start=1):
        extras: dict[str, Any] = {} if exact else {"feedback": options.sampled()}
        if beta in equilibria and name != LINEAR_PROGRAM:
            extras["equilibrium"] = equilibria[beta]
        title = f"{name} ({count} of {len(runs)})"
        solutions.append(solve_shown(console, game, name, title, beta=beta, **options.limits(), **extras))
    return ranked(solutions, lambda one: one.duality_gap, lambda one: one.queries)


def report(
    console: Console,
    options: NormalFormOptions,
    command: str,
    solutions: Sequence[NormalFormSolution],
    why: str,
    comparison: list[NormalFormSolution] | None,
    *,
    title: str,
    head: dict[str, Any],
    policies: Policies,
    extras: dict[str, Any] | None = None,
    intervals: NDArray[np.float64] | None = None,
    columns: dict[str, Any] | None = None,
) -> None:
    """Print certificate and comparison of one game, and write the files that were asked for.

    ``solutions``: of each temperature, the last of which is the answer. ``head``: game and policy, as ``solution.json``
    says them; ``policies`` and ``intervals``: see ``plot_policy``; ``columns``: more of the leaderboard.
    """
    solution, path = solutions[-1], solutions if options.is_path else ()
    print_path(console, path)
    print_certificate(console, solution, why)
    found = {**options.origin(), **(extras or {})}
    if comparison is not None:
        print_comparison(console, comparison, options.sampled())
        found["comparison"] = [one.summary() for one in comparison]
    if path:
        found["path"] = [path_entry(one) for one in path]
    if options.output is not None:
        write_json(options.output, solution_json(solution, command, head, found))
    if options.table is not None:
        write_csv(options.table, path_table(path) if path else solution.leaderboard(**(columns or {})))
    if options.picture is not None and path:
        plot_path(options.picture, path, policies[0][1], f"{title}, {solution.algorithm}")
    elif options.plot is not None and comparison is not None:
        plot_compared(options.plot, f"{title}, beta = {options.beta:g}", comparison)
    elif options.plot is not None:
        plot_policy(options.plot, solution, policies, f"{title}, {solved(solution)}", intervals)
    states = options.states([one.beta for one in path]) if path else [options.state]
    tell_written(console, [options.output, options.table, options.picture, *states])
