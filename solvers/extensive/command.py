"""What ``python -m solvers.extensive`` does.

Compiles the game, runs the algorithm with the exploitability on screen, and writes ``solution.json`` and ``policy.npz``
to the folder ``--output``. The state of the run is kept there too: the same command goes on where it stopped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from games._base.errors import UsageError
from games.extensive import ExtensiveGame, Policy
from games.extensive.policies import save_policy, write_policy_json
from solvers.extensive.checkpoint import run_saved
from solvers.extensive.compare import lines, plot_comparison, print_comparison, ranked
from solvers.extensive.options import SAMPLED, Options
from solvers.extensive.registry import LINEAR_PROGRAM
from solvers.extensive.registry import algorithm as algorithm_by_name
from solvers.extensive.report import content, print_algorithms, print_solution, progress_bar, returned
from solvers.extensive.sampled import run_sampled
from solvers.extensive.solve import ExtensiveSolution, Run, conclude, solve, start
from solvers.normal_form.command.outputs import tell_written, write_json

_READABLE = 10_000  # infosets up to which the policy is written as JSON, too


def _solve(
    console: Console,
    game: ExtensiveGame,
    options: Options,
    name: str,
    state: Path | None,
    policies: dict[str, Policy],
    arguments: dict[str, Any],
    title: str,
) -> tuple[ExtensiveSolution, Run | None]:
    """Run one algorithm with a progress bar, saved to ``state``; the linear program has no run."""
    if name == LINEAR_PROGRAM:
        with console.status("solving the linear program"):
            return solve(game, LINEAR_PROGRAM, tolerance=options.tolerance), None
    with console.status(f"loading {name} (compiling it, the first time)"):
        magnet, initial = policies.get("magnet"), policies.get("initial")
        going = start(game, algorithm_by_name(name), magnet=magnet, initial=initial, **arguments)
        going.advance(0)  # loads the compiled loop
    iterations, tolerance = options.iterations, options.tolerance
    with progress_bar(console, title, iterations, tolerance) as report:
        found = run_saved(going, state, policies, iterations=iterations, tolerance=tolerance, report=report)
    history, evaluation, seconds = found
    return conclude(going, history, evaluation, seconds, tolerance), going


def _compare(
    console: Console, game: ExtensiveGame, options: Options, policies: dict[str, Policy]
) -> list[ExtensiveSolution]:
    """Run the algorithms that ``--compare`` adds, with their own settings but for alpha, each saved to its own file."""
    names, solutions = options.compared(game), []
    for count, name in enumerate(names, start=1):
        arguments, given = {}, {}
        if name != LINEAR_PROGRAM:
            algorithm = algorithm_by_name(name)
            if algorithm.temperature is not None:
                arguments = {key: value for key, value in options.arguments().items() if key == "alpha"}
                given = {key: value for key, value in policies.items() if key == "magnet"}
        state = None if options.output is None else options.output / "comparison" / f"{name}.npz"
        title = f"{name} ({count} of {len(names)})"
        solutions.append(_solve(console, game, options, name, state, given, arguments, title)[0])
    return solutions


def _outputs(options: Options) -> tuple[Path | None, Path | None, Path | None]:
    """Return where solution, policy and picture go; the folder is made now, so that what fails does so before work."""
    folder, picture = options.output, options.plot
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    if picture is None and options.compare is not None and folder is not None:
        picture = folder / "comparison.png"
    if picture is not None and not picture.parent.is_dir():
        raise UsageError(f"there is no folder {picture.parent} for --plot: make it first")
    if folder is None:
        return None, None, picture
    return folder / "solution.json", folder / "policy.npz", picture


def _write_readable(path: Path, game: ExtensiveGame, policy: Policy) -> Path | None:
    """Write the policy for reading, too, if anybody can read that much."""
    if sum(game.infosets) > _READABLE:
        return None
    write_policy_json(path, game, policy)
    return path


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input."""
    if options.list_algorithms:
        print_algorithms(console)
        return
    with console.status("loading the algorithms (compiling them, the first time)"):
        options.check()
    if options.chosen in SAMPLED:
        run_sampled(console, options, command)
        return
    game = options.read_game()
    policies = options.policies(game)
    solution_path, policy_path, picture = _outputs(options)
    name, text = options.chosen, options.game or ""
    state = None if options.output is None or name == LINEAR_PROGRAM else options.output / "state.npz"
    readable = None
    try:
        solution, going = _solve(console, game, options, name, state, policies, options.arguments(), name)
        extras: dict[str, Any] = {
            "magnet": None if options.magnet is None else str(options.magnet),
            "initial": None if options.initial is None else str(options.initial),
            "command": command,
        }
        print_solution(console, solution, text, "exact" if going is None else returned(going))
        if solution_path is not None and policy_path is not None:
            save_policy(policy_path, game, solution.policy)
            readable = _write_readable(policy_path.with_suffix(".json"), game, solution.policy)
            write_json(solution_path, content(solution, text, going, extras))
        if options.compare is not None:
            solutions = [solution, *_compare(console, game, options, policies)]
            print_comparison(console, solutions)
            if solution_path is not None:
                extras["comparison"] = lines(ranked(solutions))
                write_json(solution_path, content(solution, text, going, extras))
            if picture is not None:
                plot_comparison(picture, solutions, text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    except MemoryError:
        raise UsageError("there is not enough memory for a game of this size") from None
    tell_written(console, [solution_path, policy_path, readable, state, picture])
