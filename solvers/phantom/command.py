"""What ``python -m solvers.phantom`` does.

Writes ``solution.json`` (value, exploitability and its history), ``policy.npz`` (``games.phantom.policies``) and
``state.npz``, from which the same command, with more iterations perhaps, goes on.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console

from games.phantom.policies import save_policies
from solvers.output import duration, number, one_sentence, solution_json, write_json
from solvers.phantom.options import Options
from solvers.phantom.solving import PhantomSolution, solve
from solvers.report import line, print_history, print_result, tell_written, watched


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input."""
    options.check()
    folder = options.output
    with one_sentence():
        limits: dict[str, Any] = {"iterations": options.iterations, "tolerance": options.tolerance}
        with watched(console, f"{options.game}, {options.algorithm}", **limits) as shown:
            solution = solve(
                options.game,
                options.algorithm,
                eta=options.eta,
                alpha=options.alpha,
                magnet_step=options.magnet_step,
                checkpoint=None if folder is None else folder / "state.npz",
                workers=options.workers,
                **limits,
                **shown,
            )
    _print(console, solution)
    if folder is not None:
        save_policies(folder / "policy.npz", solution.game, solution.policies)
        game = {"game": solution.game.name, "open_spiel_game": solution.game.open_spiel_name}
        write_json(folder / "solution.json", solution_json(solution, command, game, {}))
        tell_written(console, [folder / name for name in ("solution.json", "policy.npz", "state.npz")])


def _print(console: Console, solution: PhantomSolution) -> None:
    """Print the way there, and the certificate."""
    print_history(console, solution.history)
    first, second = solution.evaluation.best_response_values
    each = duration(solution.seconds / solution.iterations)
    line(console, f"{solution.algorithm} on {solution.game.name}")
    line(console, f"value {solution.value:.9g} to player 0; best responses get {first:.9g} and {second:.9g}")
    line(
        console,
        f"exploitability {number(solution.exploitability)}, NashConv {number(solution.nash_conv)}; "
        f"{solution.iterations:,} iterations, {solution.seconds:.3f} s, {each} each",
    )
    print_result(console, solution, "exploitability")
