"""What ``python -m solvers.phantom`` does.

Writes ``solution.json`` (value, exploitability and its history), ``policy.npz`` (``games.phantom.policies``) and
``state.npz``, from which the same command, with more iterations perhaps, goes on.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console

from games._base.progress import working
from games.phantom.policies import save_policies
from solvers.output import one_sentence, solution_json, write_json
from solvers.phantom.options import Options
from solvers.phantom.solving import solve
from solvers.report import line, print_evaluation, print_history, print_result, tell_written, watched


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
                magnet_step=options.rate,
                checkpoint=None if folder is None else folder / "state.npz",
                workers=options.workers,
                **limits,
                **shown,
            )
    print_history(console, solution.history)
    line(console, f"{solution.algorithm} on {solution.game.name}")
    print_evaluation(console, solution)
    print_result(console, solution, "exploitability")
    if folder is not None:
        with working(console, "writing the policy"):
            save_policies(folder / "policy.npz", solution.game, solution.policies)
        game = {"game": solution.game.name, "open_spiel_game": solution.game.open_spiel_name}
        write_json(folder / "solution.json", solution_json(solution, command, game, {}))
        tell_written(console, [folder / name for name in ("solution.json", "policy.npz", "state.npz")])
