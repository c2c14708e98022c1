"""PNG pictures: a policy with its gap, and the gaps of many algorithms against queries."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from games._base.files import whole_file
from games.matrix import MatrixBatch, MatrixGame
from solvers.normal_form.command.comparison import Comparison
from solvers.normal_form.command.report import most_probable, short
from solvers.normal_form.problem import Game
from solvers.normal_form.solution import NormalFormSolution
from solvers.solution import Checkpoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]

_COLOURS = (
    "#1f5a92",
    "#c8553d",
    "#4c8c4a",
    "#8a5a9e",
    "#b8860b",
    "#3a9aa8",
    "#8b5a3c",
    "#d0709a",
    "#6b7785",
    "#2b2b2b",
)
_MARKERS = ("", "o", "s", "^")
_BAR, _REFERENCE, _LINE, _FAINT = "#8fb3d6", "#9aa5b1", "#1f5a92", "#d9dde2"
_FLOOR = 1e-16  # of what is drawn on a logarithmic axis: rounding errors and zeros lie below


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Figure, path: Path) -> None:
    with whole_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150)


def _curve(history: Sequence[Checkpoint], quantity: str, floor: float = _FLOOR) -> tuple[FloatArray, FloatArray]:
    """Return queries and the quantity at the checkpoints where both can be drawn on logarithmic axes."""
    points = [(point.queries, getattr(point, quantity)) for point in history if getattr(point, quantity) is not None]
    values = np.array(points, dtype=np.float64).reshape(-1, 2)
    values = values[np.isfinite(values).all(axis=1) & (values[:, 0] > 0)]
    return values[:, 0], np.maximum(values[:, 1], floor)


def _log_axes(axes: Axes, label: str, game: Game, tolerance: float | None = None) -> None:
    if not any(np.size(line.get_xdata()) for line in axes.lines):
        axes.set_xlim(1.0, 10.0)
        axes.set_ylim(0.1, 1.0)
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=_REFERENCE)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("payoff queries" if isinstance(game, MatrixGame | MatrixBatch) else "preference queries")
    axes.set_ylabel(label)
    axes.grid(True, color=_FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if tolerance:
        axes.axhline(tolerance, color=_REFERENCE, linewidth=0.8, linestyle=":")


def _styles(solutions: Sequence[NormalFormSolution]) -> list[dict[str, Any]]:
    """Return a colour and a dash for each: regularised solid, unregularised dashed, markers when colours run out."""
    counters = {True: itertools.count(), False: itertools.count()}
    styles = []
    for solution in solutions:
        dashed = solution.beta == 0.0
        index = next(counters[dashed])
        marker = _MARKERS[index // len(_COLOURS) % len(_MARKERS)]
        if len(solution.history) == 1:  # not iterative: a point
            marker = "D"
        styles.append(
            {
                "color": _COLOURS[index % len(_COLOURS)],
                "linestyle": "--" if dashed else "-",
                "marker": marker,
                "markersize": 3.5,
                "markevery": 8,
                "linewidth": 1.5,
            }
        )
    return styles


def plot_comparison(path: Path, comparison: Comparison, title: str) -> None:
    """Draw duality gap and KL to the equilibrium against queries, one line an algorithm."""
    figure = _figure(12.5, 5.2)
    gap_axes, divergence_axes = figure.subplots(1, 2)
    handles, names = [], []
    drawn = [solution for solution in comparison.solutions if solution.history]
    floor = max(comparison.tolerance / 10.0, _FLOOR)
    for solution, style in zip(drawn, _styles(drawn), strict=True):
        (handle,) = gap_axes.plot(*_curve(solution.history, "duality_gap", floor), **style)
        divergence_axes.plot(*_curve(solution.history, "divergence"), **style)
        handles.append(handle)
        names.append(solution.algorithm)
    _log_axes(gap_axes, "duality gap of the game solved", comparison.game, comparison.tolerance)
    _log_axes(divergence_axes, "KL(equilibrium ‖ policy)", comparison.game)
    if handles:
        kinds = "— beta-game   - - game itself" if comparison.beta > 0.0 else ""
        legend = figure.legend(handles, names, loc="outside right center", frameon=False, fontsize=9, title=kinds)
        legend.get_title().set_fontsize(8)
    figure.suptitle(title, fontsize=12)
    _save(figure, path)


def plot_policy(
    path: Path,
    solution: NormalFormSolution,
    policies: Sequence[tuple[str, Sequence[str], FloatArray, FloatArray | None]],
    title: str,
    intervals: FloatArray | None = None,
) -> None:
    """Draw policies as bars and the gap against queries.

    ``policies``: heading, labels, probabilities and reference of each player. ``intervals`` [2, n]: of the first
    one's probabilities.
    """
    rows = max(min(len(labels), 20) for _, labels, _, _ in policies)
    panels = len(policies) + (len(solution.history) > 1)
    figure = _figure(1.0 + 4.6 * panels, max(3.4, 1.4 + 0.26 * rows))
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for place, (heading, labels, probabilities, reference) in enumerate(policies):
        _bars(axes[place], heading, labels, probabilities, reference, intervals if place == 0 else None)
    if len(solution.history) > 1:
        _progress(axes[-1], solution)
    figure.suptitle(title, fontsize=12)
    _save(figure, path)


def _bars(
    axes: Axes,
    heading: str,
    labels: Sequence[str],
    probabilities: FloatArray,
    reference: FloatArray | None,
    intervals: FloatArray | None,
) -> None:
    from matplotlib.ticker import MaxNLocator

    order = most_probable(probabilities)
    places = np.arange(len(order))
    axes.barh(places, probabilities[order], color=_BAR, height=0.7, label="policy")
    if reference is not None:
        axes.plot(reference[order], places, linestyle="", marker="|", markersize=11, color="black", label="reference")
    if intervals is not None:
        low, high = intervals[:, order]
        axes.hlines(places, low, high, color="#c8553d", linewidth=1.6, label="95 % interval")
    axes.set_yticks(places, [short(labels[index], 28) for index in order])
    axes.invert_yaxis()
    axes.set_xlim(left=0.0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(heading)
    axes.spines[["top", "right"]].set_visible(False)
    if reference is not None or intervals is not None:
        axes.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderpad=0.0)


def _progress(axes: Axes, solution: NormalFormSolution) -> None:
    marker = "D" if len(solution.history) == 1 else ""  # not iterative: a point
    axes.plot(*_curve(solution.history, "duality_gap"), color=_LINE, linewidth=1.5, marker=marker)
    worst = "" if len(solution.duality_gaps) == 1 else ", worst game"
    _log_axes(axes, f"duality gap{worst}", solution.game, solution.tolerance)


def plot_batch(path: Path, solution: NormalFormSolution, title: str) -> None:
    """Draw the share of games solved after so many iterations, and the gap of the worst game."""
    figure = _figure(10.0, 4.0)
    left, right = figure.subplots(1, 2)
    solved = solution.duality_gaps <= solution.tolerance
    needed = np.sort(np.maximum(solution.iterations_of_games[solved], 1))
    left.step(needed, np.arange(1, len(needed) + 1) / len(solved), where="post", color=_LINE)
    if len(needed) and needed[-1] > 20 * needed[0]:
        left.set_xscale("log")
    left.set_ylim(0.0, 1.02)
    left.set_xlabel("iterations")
    left.set_ylabel("share of games solved")
    left.grid(True, color=_FAINT, linewidth=0.6)
    left.spines[["top", "right"]].set_visible(False)
    _progress(right, solution)
    figure.suptitle(title, fontsize=12)
    _save(figure, path)
