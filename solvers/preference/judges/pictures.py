"""A picture of policies for several judges: the policies beside each other, and what each judge thinks of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from games._base.figures import new_figure, save_figure
from games.preference.judges import JudgedGame
from solvers.normal_form.leaderboard import most_probable
from solvers.output import short
from solvers.pictures import COLOURS, FAINT, REFERENCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

_ROWS = 12  # alternatives drawn
_NAMED = 6  # judges up to whom each has a mark of their own
_MARKS = ("o", "s", "^", "v", "P", "X")


def plot_policies(path: Path, judged: JudgedGame, policies: Mapping[str, FloatArray], title: str) -> None:
    """Draw policies [n] by their names: probabilities, and the least win rate of each by every judge and the mean."""
    together = np.sum(list(policies.values()), axis=0)
    order = most_probable(together, _ROWS)
    rows = max(len(order) * (len(policies) + 1) * 0.17, (len(policies) + 1) * 0.5)
    figure = new_figure(11.5, max(3.4, 1.8 + rows))
    left, right = figure.subplots(1, 2)
    _bars(left, judged, policies, order)
    _rates(right, judged, policies)
    save_figure(figure, path, title)


def _bars(axes: Axes, judged: JudgedGame, policies: Mapping[str, FloatArray], order: NDArray[np.intp]) -> None:
    height = 0.8 / len(policies)
    places = np.arange(len(order))
    for number, (name, policy) in enumerate(policies.items()):
        middle = places + (number - (len(policies) - 1) / 2.0) * height
        axes.barh(middle, policy[order], color=COLOURS[number % len(COLOURS)], height=0.9 * height, label=name)
    axes.set_yticks(places, [short(judged.labels[index], 28) for index in order])
    axes.invert_yaxis()
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("probability")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, borderpad=0.0)


def _rates(axes: Axes, judged: JudgedGame, policies: Mapping[str, FloatArray]) -> None:
    mean = judged.mean.matrix
    places = np.arange(len(policies))
    least = np.array([(1.0 - judged.matrices @ policy).min(axis=1) for policy in policies.values()])
    of_mean = np.array([1.0 - (mean @ policy).max() for policy in policies.values()])
    axes.hlines(places, np.minimum(least.min(axis=1), of_mean), np.maximum(least.max(axis=1), of_mean), color=FAINT)
    if len(judged) <= _NAMED:
        for judge, name in enumerate(judged.judges):
            axes.plot(least[:, judge], places, _MARKS[judge], color="black", markersize=7, fillstyle="none", label=name)
    else:
        rows = np.repeat(places, len(judged))
        axes.plot(least.ravel(), rows, "o", color="black", alpha=0.25, markersize=5, label=f"{len(judged)} judges")
    axes.plot(of_mean, places, "D", color=COLOURS[1], markersize=6, label="mean of the judges")
    axes.axvline(0.5, color=REFERENCE, linewidth=0.8, linestyle=":")
    axes.set_yticks(places, list(policies))
    axes.set_ylim(len(policies) - 0.5, -0.5)
    axes.set_xlabel("least win rate, against the judge's best response")
    axes.grid(True, axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, borderpad=0.0)
