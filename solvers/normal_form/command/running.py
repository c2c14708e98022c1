"""``solve`` with a progress bar, and errors and interrupts as a command has them: one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from games.command_line import UsageError
from games.interrupts import check_interrupted
from games.preference import PreferenceGame
from solvers.normal_form.command.choice import LP
from solvers.normal_form.problem import Game
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solve import solve
from solvers.solution import Checkpoint

_SMALL = PreferenceGame(np.array([[0.5, 0.6], [0.4, 0.5]]))

Report = Callable[[Checkpoint], None]


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn the library's ``ValueError``, and a lack of memory, into ``UsageError``."""
    try:
        yield
    except UsageError:
        raise
    except ValueError as error:
        raise UsageError(str(error)) from None
    except MemoryError:
        raise UsageError("there is not enough memory for a game of this size") from None


def _share(point: Checkpoint, first_gap: float, tolerance: float, iterations: int) -> float:
    """Return how much of the way is done: in iterations or in orders of magnitude of the gap, whichever is further."""
    share = point.iteration / max(iterations, 1)
    if 0.0 < point.duality_gap < first_gap and 0.0 < tolerance < first_gap:
        share = max(share, math.log(point.duality_gap / first_gap) / math.log(tolerance / first_gap))
    return min(share, 1.0)


@contextmanager
def progress_bar(console: Console, title: str, iterations: int, tolerance: float) -> Iterator[Report]:
    """Show a bar while a solver runs; gives the function to be called at its checkpoints."""
    columns = (TextColumn("{task.fields[title]}"), BarColumn(30), TextColumn("{task.description}"))
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=1.0, title=title)
        first_gap = math.nan

        def report(point: Checkpoint) -> None:
            nonlocal first_gap
            check_interrupted()
            if math.isnan(first_gap):
                first_gap = max(point.duality_gap, 1.0)
            done = _share(point, first_gap, tolerance, iterations)
            text = f"iteration {point.iteration:,}, gap {point.duality_gap:.1e}"
            progress.update(task, completed=done, description=text)

        yield report


def solve_shown(
    console: Console, game: Game, algorithm: str, title: str | None = None, **arguments: Any
) -> NormalFormSolution:
    """Solve with a progress bar; raises ``UsageError`` for settings without meaning.

    One iteration (for lp, a small game) goes before, so that the seconds of the solution do not contain those of
    loading and compiling.
    """
    done = 0
    try:
        with one_sentence():
            with console.status("loading the compiled solvers (compiling them, the first time)"):
                if algorithm == LP:
                    solve(_SMALL, LP)
                else:
                    solve(game, algorithm, **arguments | {"iterations": min(1, arguments["iterations"])})
            limits = arguments["iterations"], arguments["tolerance"]
            with progress_bar(console, title or algorithm, *limits) as bar:

                def report(point: Checkpoint) -> None:
                    nonlocal done
                    done = point.iteration
                    bar(point)

                return solve(game, algorithm, report=report, **arguments)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted after {done:,} iterations of {algorithm}; nothing was written") from None
