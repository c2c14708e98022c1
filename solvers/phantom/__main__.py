"""Solve a phantom game: ``python -m solvers.phantom GAME --algorithm pcfr+ --iterations N --output DIR``.

Writes ``solution.json`` (value, exploitability and its history), ``policy.npz`` (``games.phantom.policies``) and
``state.npz``, from which the same command, with more iterations perhaps, goes on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from tyro.conf import Positional, arg

from games._base.command_line import command_line, parse, run_command
from games._base.errors import UsageError
from games._base.files import write_whole
from games.phantom.policies import save_policies
from games.version import __version__
from solvers.phantom.run import PhantomSolution, solve

PROGRAM = "python -m solvers.phantom"


@dataclass(frozen=True)
class Options:
    """Solve Phantom Tic-Tac-Toe or Dark Hex with the exact gradient."""

    game: Positional[Annotated[str, arg(metavar="GAME")]]
    """phantom_ttt, abrupt_phantom_ttt, dark_hex, abrupt_dark_hex, a small board, or OpenSpiel's name."""
    algorithm: Literal["cfr+", "pcfr+", "mmd", "mmd-moving"] = "pcfr+"
    """Counterfactual regret minimisation, plain or predictive, or magnetic mirror descent, annealed or moving."""
    iterations: int = 100
    """How many, those of an earlier run in the same folder included."""
    eta: Annotated[float | None, arg(metavar="STEP", help_behavior_hint="(default: 1, moving 0.1)")] = None
    """Step size of MMD; annealed, it is divided by the root of the iteration."""
    alpha: Annotated[float | None, arg(metavar="TEMPERATURE", help_behavior_hint="(default: 1)")] = None
    """Temperature of MMD, likewise."""
    magnet_step: float = 0.05
    """How far the moving magnet follows the policy."""
    workers: Annotated[int | None, arg(metavar="THREADS", help_behavior_hint="(default: all cores)")] = None
    """Threads; the results do not depend on it."""
    output: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="(default: write nothing)")] = None
    """Folder for solution.json, policy.npz and state.npz."""


def _print(console: Console, solution: PhantomSolution) -> None:
    table = Table(title=f"{solution.algorithm} on {solution.game.name}", title_justify="left")
    for heading in ("iteration", "value", "exploitability", "seconds"):
        table.add_column(heading, justify="right")
    for line in solution.history:
        table.add_row(
            f"{line['iteration']:,}", f"{line['value']:.6f}", f"{line['exploitability']:.3e}", f"{line['seconds']:.1f}"
        )
    console.print(table)


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input."""
    folder = options.output
    if folder is not None and folder.exists() and not folder.is_dir():
        raise UsageError(f"--output must be a folder, and {folder} is a file")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task(f"{options.game}, {options.algorithm}", total=options.iterations)

            def report(done: int, exploitability: float | None, seconds: float) -> None:
                note = "" if exploitability is None else f", exploitability {exploitability:.2e}"
                text = f"{options.game}, {options.algorithm}{note}"
                progress.update(task, completed=done, description=text)

            solution = solve(
                options.game,
                options.algorithm,
                iterations=options.iterations,
                eta=options.eta,
                alpha=options.alpha,
                magnet_step=options.magnet_step,
                checkpoint=None if folder is None else folder / "state.npz",
                workers=options.workers,
                report=report,
            )
    except ValueError as error:
        raise UsageError(str(error)) from None
    _print(console, solution)
    if folder is not None:
        save_policies(folder / "policy.npz", solution.game, solution.policies)
        content = solution.content() | {"version": __version__, "command": command}
        write_whole(folder / "solution.json", json.dumps(content, indent=1) + "\n")
        console.print(f"written: {folder / 'solution.json'}, {folder / 'policy.npz'}, {folder / 'state.npz'}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: run(parse(Options, given, PROGRAM), Console(), command_line(PROGRAM, given)))


if __name__ == "__main__":
    sys.exit(main())
