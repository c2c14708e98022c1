"""PNG pictures of runs: distances on the way against what they cost, one line an algorithm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from games._base.figures import new_figure, save_figure
from solvers.solution import Checkpoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

LINE, FAINT, REFERENCE = "#1f5a92", "#d9dde2", "#9aa5b1"
COLOURS = (
    LINE, "#c8553d", "#4c8c4a", "#8a5a9e", "#b8860b", "#3a9aa8", "#8b5a3c", "#d0709a", "#6b7785", "#2b2b2b",
)  # fmt: skip
_MARKERS = ("", "o", "s", "^")
FLOOR = 1e-16
"""The least that is drawn on a logarithmic axis: rounding errors and zeros lie below."""


@dataclass(frozen=True)
class Panel:
    """What is drawn against what: attributes of checkpoints, with the names of the axes.

    ``tolerance`` is marked by a line if it is above 0; ``floor``: nothing is drawn below.
    """

    across: str
    upwards: str
    across_name: str
    upwards_name: str
    tolerance: float = 0.0
    floor: float = FLOOR


@dataclass(frozen=True)
class Curve:
    """A run as it is drawn, with its name in the legend; ``dashed`` runs have their own row of colours."""

    name: str
    history: Sequence[Checkpoint]
    dashed: bool = False


def plot_comparison(path: Path, title: str, curves: Sequence[Curve], panels: Sequence[Panel], legend: str = "") -> None:
    """Draw the curves in every panel, beside each other."""
    figure = new_figure(12.5, 5.2)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    styles, handles = _styles(curves), []
    for panel, place in zip(panels, axes, strict=True):
        handles = [draw(place, curve.history, panel, **style) for curve, style in zip(curves, styles, strict=True)]
        finish(place, panel)
    if handles:
        names = [curve.name for curve in curves]
        box = figure.legend(handles, names, loc="outside right center", frameon=False, fontsize=9, title=legend)
        box.get_title().set_fontsize(8)
    save_figure(figure, path, title)


def _styles(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """Return the look of each curve: colours, and markers when colours run out."""
    styles: list[dict[str, Any]] = []
    for place, curve in enumerate(curves):
        index = sum(other.dashed == curve.dashed for other in curves[:place])
        styles.append(
            {
                "color": COLOURS[index % len(COLOURS)],
                "linestyle": "--" if curve.dashed else "-",
                "marker": _MARKERS[index // len(COLOURS) % len(_MARKERS)],
                "markersize": 3.5,
                "markevery": 8,
            }
        )
    return styles


def draw(axes: Axes, history: Sequence[Checkpoint], panel: Panel, **style: Any) -> Any:
    """Draw a run where it can be drawn on logarithmic axes; what is not iterative is a point."""
    pairs = [(getattr(point, panel.across), getattr(point, panel.upwards)) for point in history]
    values = np.array([pair for pair in pairs if None not in pair], np.float64).reshape(-1, 2)
    values = values[np.isfinite(values).all(axis=1) & (values[:, 0] > 0.0)]
    if len(history) == 1:
        style = style | {"marker": "D"}
    (handle,) = axes.plot(values[:, 0], np.maximum(values[:, 1], panel.floor), **{"linewidth": 1.5} | style)
    return handle


def finish(axes: Axes, panel: Panel) -> None:
    """Give a panel its axes and names; say so if there is nothing in it."""
    if not any(np.size(line.get_xdata()) for line in axes.lines):
        axes.set_xlim(1.0, 10.0)
        axes.set_ylim(0.1, 1.0)
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=REFERENCE)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(panel.across_name)
    axes.set_ylabel(panel.upwards_name)
    axes.grid(True, color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if panel.tolerance:
        axes.axhline(panel.tolerance, color=REFERENCE, linewidth=0.8, linestyle=":")
