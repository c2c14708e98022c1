"""What the commands of all solvers show: tables, a bar while a solver runs, how a solve ended, which files it wrote."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from games._base.progress import progress_bar
from solvers.output import duration, number
from solvers.run import share_done
from solvers.solution import Checkpoint, EvaluatedSolution, Result, Solution

_ROWS = 12  # of the history on screen


def wide_console() -> Console:
    """Return a console that is as wide as the terminal, and 120 columns where the output is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def line(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is: no markup, no colours of its own, no breaks."""
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


def print_table(
    console: Console,
    headings: Sequence[str],
    rows: Sequence[Sequence[str] | None],
    *,
    text: Sequence[int] = (0,),
    lean: bool = False,
    title: str | None = None,
    caption: str | None = None,
) -> None:
    """Print a table. ``text``: which columns are words, the others are numbers. A row ``None`` is a line across."""
    style: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": (0, 1, 0, 0)} if lean else {}
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left", **style)
    for column, heading in enumerate(headings):
        if column in text:
            table.add_column(heading, overflow="fold", no_wrap=column == 0 and not lean)
        else:
            table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        if row is None:
            table.add_section()
        else:
            table.add_row(*map(escape, row))
    console.print(table)


def print_history(console: Console, history: Sequence[Checkpoint], distance: str = "") -> None:
    """Print some dozen lines of the way, the first and the last among them; ``distance``: the name of that column."""
    if len(history) < 2:
        return
    last = len(history) - 1
    shown = [history[k] for k in sorted({round(last * k / (_ROWS - 1)) for k in range(_ROWS)})]
    columns: dict[str, Callable[[Checkpoint], str]] = {
        "iteration": lambda point: f"{point.iteration:,}",
        "value": lambda point: f"{point.value:.6f}",
        "exploitability": lambda point: f"{point.exploitability:.3e}",
        "NashConv": lambda point: f"{point.duality_gap:.3e}",
        distance: lambda point: "–" if point.distance is None else f"{point.distance:.3e}",
        "seconds": lambda point: f"{point.seconds:.3f}",
    }
    headings = [name for name in columns if name and (name != "value" or history[0].value is not None)]
    rows = [[columns[name](point) for name in headings] for point in shown]
    print_table(console, headings, rows, text=(), lean=True)


@contextmanager
def watched(
    console: Console, title: str, iterations: int, tolerance: float = 0.0, quantity: str = "exploitability"
) -> Iterator[dict[str, Any]]:
    """Show a bar while a solver runs; gives the arguments ``report`` and ``watch`` of ``solve``.

    ``quantity``: what decides, ``exploitability`` (or the distance from a regularised target) or ``duality_gap``.
    """
    latest: Checkpoint | None = None
    first = math.nan
    with progress_bar(console, title, 1.0, transient=True) as bar:
        bar.update(0.0, "loading (compiling, the first time)")

        def decides(point: Checkpoint) -> float:
            return point.duality_gap if quantity == "duality_gap" else point.reached

        def report(point: Checkpoint) -> None:
            nonlocal latest, first
            latest = point
            first = decides(point) if math.isnan(first) else first

        def watch(done: int) -> None:
            reached = math.nan if latest is None else decides(latest)
            words = "" if latest is None else f", {measured(latest, quantity)}"
            bar.update(share_done(done, iterations, reached, first, tolerance), f"iteration {done:,}{words}")

        yield {"report": report, "watch": watch}


def measured(point: Checkpoint, quantity: str = "exploitability") -> str:
    """Return in words what a checkpoint has measured."""
    parts = []
    if math.isfinite(found := float(getattr(point, quantity))):
        parts.append(f"{'gap' if quantity == 'duality_gap' else quantity} {found:.2e}")
    if point.distance is not None:
        parts.append(f"distance {point.distance:.2e}")
    if point.infosets is not None:
        parts.append(f"{sum(point.infosets):,} infosets met")
    return ", ".join(parts)


def print_evaluation(console: Console, solution: EvaluatedSolution) -> None:
    """Print what a policy is worth, how far it is from equilibrium, and what that took."""
    first, second = solution.evaluation.best_response_values
    line(console, f"value {solution.value:.9g} to player 0; best responses get {first:.9g} and {second:.9g}")
    each = f", {duration(solution.seconds / solution.iterations)} each" if solution.iterations else ""
    line(
        console,
        f"exploitability {number(solution.exploitability)}, NashConv {number(solution.nash_conv)}; "
        f"{solution.iterations:,} iterations, {solution.seconds:.3f} s{each}",
    )


def print_result(console: Console, solution: Solution, quantity: str) -> None:
    """Print how a solve ended, and what to do if it did not converge; ``quantity`` is what the tolerance is of."""
    if solution.result is Result.ITERATION_LIMIT and not solution.tolerance:
        line(console, f"{solution.result}; no --tolerance was asked for")
        return
    good = solution.result is Result.CONVERGED
    console.print(str(solution.result), style="bold green" if good else "bold red", end="", highlight=False)
    line(console, f" ({quantity} at most {allowed(solution)})" if good else f": {solution.remedy}")


def allowed(solution: Solution) -> str:
    """Return in words what the tolerance allows: a part of the payoff range, where that is not 1."""
    of = "" if solution.payoff_range == 1.0 else f" of the payoff range {solution.payoff_range:.6g}"
    return f"{solution.tolerance:g}{of}"


def tell_written(console: Console, paths: Sequence[Path | None]) -> None:
    """Print which files were written."""
    names = [str(path) for path in paths if path is not None]
    if names:
        line(console, f"Written: {', '.join(names)}")
