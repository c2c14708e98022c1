"""The learning curve of a training run: score against decisions, with exploration and greedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.figures import new_figure, save_figure

_POINTS = 150  # of the curve of self-play
_SAMPLED, _GREEDY, _TEACHER = "#9aa5b1", "#c8553d", "#4f5d6b"


def plot_learning_curve(
    path: Path, lines: Sequence[Mapping[str, Any]], title: str, teacher: tuple[str, float] | None = None
) -> None:
    """Draw the lines of a log (``agents.training.log``) to a PNG file; nothing is drawn before the first line.

    ``teacher`` is the name and the mean score of the rule-based blueprint, drawn as a dotted line.
    """
    from matplotlib.ticker import EngFormatter

    sampled = [line for line in lines if "score" in line]
    greedy = [line for line in lines if "greedy_score" in line]
    if not sampled and not greedy:
        return
    figure = new_figure(7, 4)
    axes = figure.subplots()
    if sampled:
        axes.plot(*_averaged(sampled), color=_SAMPLED, lw=1)
        axes.plot([], [], color=_SAMPLED, label="self-play, with exploration")
    if greedy:
        means = [line["greedy_score"] for line in greedy]
        errors = 1.96 * np.array([line["greedy_standard_error"] or 0.0 for line in greedy])
        label = f"greedy, averaged weights: {means[-1]:.2f} at the end"
        steps = [line["steps"] for line in greedy]
        axes.errorbar(steps, means, errors, color=_GREEDY, marker=".", capsize=2, label=label)
    if teacher is not None:
        axes.axhline(teacher[1], color=_TEACHER, linestyle=":", label=f"{teacher[0]} blueprint: {teacher[1]:.2f}")
    _focus(axes, list(_averaged(sampled)[1]) + [line["greedy_score"] for line in greedy])
    axes.set(xlabel="decisions", ylabel="mean score", title=title)
    axes.xaxis.set_major_formatter(EngFormatter(sep=" "))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize="small")
    save_figure(figure, path)


def _averaged(lines: Sequence[Mapping[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean steps and mean scores of ``_POINTS`` equal stretches; a line counts by the decisions it stands for.

    Lines are written by the clock, so that slow hours would otherwise look like noise.
    """
    steps = np.array([line["steps"] for line in lines], np.float64)
    if len(steps) == 0:
        return steps, steps
    scores = np.array([line["score"] for line in lines], np.float64)
    weights = np.maximum(np.diff(steps, prepend=0.0), 1.0)
    stretch = np.minimum((steps / max(steps[-1], 1.0) * _POINTS).astype(np.int64), _POINTS - 1)
    total = np.bincount(stretch, weights, _POINTS)
    used = total > 0.0
    sums = [np.bincount(stretch, weights * values, _POINTS)[used] / total[used] for values in (steps, scores)]
    return sums[0], sums[1]


def _focus(axes: Any, scores: Sequence[float]) -> None:
    """Leave the first scores out of view if they are far below the rest."""
    low, high = np.quantile(scores, 0.05), max(scores)
    margin = max(0.05 * (high - low), 0.1)
    axes.set_ylim(bottom=max(min(scores), low - 4.0 * margin) - margin, top=high + 3.0 * margin)
