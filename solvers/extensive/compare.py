"""Several algorithms on one game: what each reaches, in a table and a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from games._base.files import whole_file
from solvers.extensive.registry import LINEAR_PROGRAM
from solvers.extensive.report import history_lines
from solvers.extensive.solve import ExtensiveSolution
from solvers.normal_form.command.outputs import finite
from solvers.normal_form.command.report import number
from solvers.solution import Checkpoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = (
    "#1f5a92", "#c8553d", "#4c8c4a", "#8a5a9e", "#b8860b", "#3a9aa8", "#8b5a3c", "#d0709a", "#6b7785", "#2b2b2b",
)  # fmt: skip
_DASHES = ("-", "--", ":")
_GRID = "#d9dde2"
_FLOOR = 1e-16  # of what is drawn on a logarithmic axis: rounding errors and zeros lie below


def ranked(solutions: Sequence[ExtensiveSolution]) -> list[ExtensiveSolution]:
    """Return the solutions: those whose exploitability is within the tolerance by seconds, then the others by it."""

    def effort(solution: ExtensiveSolution) -> tuple[bool, float]:
        reached = solution.exploitability if math.isfinite(solution.exploitability) else math.inf
        within = reached <= solution.tolerance
        return not within, solution.seconds if within else reached

    return sorted(solutions, key=effort)


def lines(solutions: Sequence[ExtensiveSolution]) -> list[dict[str, Any]]:
    """Return what ``solution.json`` says of each algorithm of a comparison."""
    return [
        {
            "algorithm": solution.algorithm,
            "value": finite(solution.value),
            "exploitability": finite(solution.exploitability),
            "nash_conv": finite(solution.evaluation.nash_conv),
            "target": solution.target,
            "distance": None if solution.certificate is None else finite(solution.certificate),
            "iterations": solution.iterations,
            "seconds": solution.seconds,
            "step_size": solution.step_size,
            "alpha": solution.temperature,
            "converged": solution.converged,
            "result": str(solution.result),
            "history": history_lines(solution.history),
        }
        for solution in solutions
    ]


def print_comparison(console: Console, solutions: Sequence[ExtensiveSolution]) -> None:
    """Print one line an algorithm, the best first."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title="comparison", title_justify="left")
    table.add_column("algorithm", overflow="fold")
    for heading in ("iterations", "seconds", "µs each", "exploitability", "distance", "value"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("result")
    for solution in ranked(solutions):
        each = "–" if not solution.iterations else f"{1e6 * solution.seconds / solution.iterations:,.3g}"
        table.add_row(
            solution.algorithm,
            f"{solution.iterations:,}",
            f"{solution.seconds:.3f}",
            each,
            number(solution.exploitability),
            "–" if solution.certificate is None else number(solution.certificate),
            f"{solution.value:.6f}",
            str(solution.result),
        )
    console.print(table)


def _curve(history: Sequence[Checkpoint], quantity: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the quantity and the exploitability where both can be drawn on logarithmic axes."""
    points = np.array([(getattr(point, quantity), point.exploitability) for point in history], np.float64)
    points = points[np.isfinite(points).all(axis=1) & (points[:, 0] > 0.0)]
    return points[:, 0], np.maximum(points[:, 1], _FLOOR)


def _style(axes: Axes, quantity: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(quantity)
    axes.grid(True, color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def plot_comparison(path: Path, solutions: Sequence[ExtensiveSolution], title: str) -> None:
    """Draw exploitability against iterations and against seconds, one line an algorithm, the best first.

    The exact linear program is a vertical line at the seconds that it took.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.5, 5.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    handles = []
    order = ranked(solutions)
    for index, solution in enumerate(order):
        style: dict[str, Any] = {
            "color": _COLOURS[index % len(_COLOURS)],
            "linestyle": _DASHES[index // len(_COLOURS) % len(_DASHES)],
            "linewidth": 1.5,
        }
        if solution.algorithm == LINEAR_PROGRAM:
            handles.append(right.axvline(solution.seconds, **style | {"linestyle": (0, (1, 3))}))
            continue
        left.plot(*_curve(solution.history, "iteration"), **style)
        handles += right.plot(*_curve(solution.history, "seconds"), **style)
    _style(left, "iterations")
    _style(right, "seconds (iterations alone)")
    left.set_ylabel("exploitability")
    names = [f"{solution.algorithm}  {number(solution.exploitability)}" for solution in order]
    figure.legend(handles, names, loc="outside right center", frameon=False, fontsize=9)
    figure.suptitle(title, fontsize=12)
    with whole_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150)
