"""A bar on the terminal while a solver runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from solvers.solution import Checkpoint

Report = Callable[[Checkpoint], None]


def share_done(iteration: int, iterations: int, distance: float, first: float, tolerance: float) -> float:
    """Return how much of the way is done: in iterations or in orders of magnitude of the distance, whichever is more.

    ``first`` is the distance at the first checkpoint.
    """
    share = iteration / max(iterations, 1)
    if 0.0 < distance < first and 0.0 < tolerance < first:
        share = max(share, math.log(distance / first) / math.log(tolerance / first))
    return min(share, 1.0)


@contextmanager
def progress_bar(
    console: Console,
    title: str,
    iterations: int,
    tolerance: float,
    distance: Callable[[Checkpoint], float],
    text: Callable[[Checkpoint], str],
) -> Iterator[Report]:
    """Show a bar while a solver runs; gives the function to be called at its checkpoints.

    The solver stops after ``iterations``, or when ``distance`` of a checkpoint is within ``tolerance``; ``text`` is
    what the bar says of a checkpoint besides its iteration.
    """
    columns = (TextColumn("{task.fields[title]}"), BarColumn(30), TextColumn("{task.description}"))
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=1.0, title=title)
        first = math.nan

        def report(point: Checkpoint) -> None:
            nonlocal first
            reached = distance(point)
            if math.isnan(first):
                first = reached
            done = share_done(point.iteration, iterations, reached, first, tolerance)
            progress.update(task, completed=done, description=f"iteration {point.iteration:,}, {text(point)}")

        yield report
