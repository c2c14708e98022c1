"""PNG pictures of a policy with its gap, of the gaps of many games, and of many algorithms on one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from games._base.figures import new_figure, save_figure
from games.matrix import MatrixBatch, MatrixGame
from solvers.normal_form.leaderboard import most_probable
from solvers.output import short
from solvers.pictures import COLOURS, FAINT, LINE, Curve, Panel, draw, finish, plot_comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
NormalFormSolution = Any
"""``solvers.normal_form.solution.NormalFormSolution``: it draws itself by this module, which so cannot import it."""

Policies = Sequence[tuple[str, Sequence[str], FloatArray, FloatArray]]
"""Heading, labels, probabilities and reference of each player."""

_BAR = "#8fb3d6"


def plot_compared(path: Path, title: str, solutions: Sequence[NormalFormSolution]) -> None:
    """Draw duality gap and KL to the equilibrium against queries; the game itself is dashed, the beta-game solid."""
    cost = _cost(solutions[0])
    gap, limit = "duality gap of the game solved", solutions[0].limit
    panels = [
        Panel("queries", "duality_gap", cost, gap, limit, floor=max(limit / 10.0, Panel.floor)),
        Panel("queries", "divergence", cost, "KL(equilibrium ‖ policy)"),
    ]
    curves = [Curve(one.algorithm, one.history, dashed=one.beta == 0.0) for one in solutions]
    regularised = any(one.beta > 0.0 for one in solutions)
    plot_comparison(path, title, curves, panels, "— beta-game   - - game itself" if regularised else "")


def _cost(solution: NormalFormSolution) -> str:
    """Return what the entries of the game's matrix are called on an axis."""
    return "payoff queries" if isinstance(solution.game, MatrixGame | MatrixBatch) else "preference queries"


def plot_policy(
    path: Path,
    solution: NormalFormSolution,
    policies: Policies,
    title: str,
    intervals: FloatArray | None = None,
) -> None:
    """Draw policies as bars and the gap against queries; ``intervals`` [2, n]: of the first one's probabilities."""
    rows = max(min(len(labels), 20) for _, labels, _, _ in policies)
    panels = len(policies) + (len(solution.history) > 1)
    figure = new_figure(1.0 + 4.6 * panels, max(3.4, 1.4 + 0.26 * rows))
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for place, (heading, labels, probabilities, reference) in enumerate(policies):
        _bars(axes[place], heading, labels, probabilities, reference, intervals if place == 0 else None)
    if len(solution.history) > 1:
        _progress(axes[-1], solution)
    save_figure(figure, path, title)


def _bars(
    axes: Axes,
    heading: str,
    labels: Sequence[str],
    probabilities: FloatArray,
    reference: FloatArray,
    intervals: FloatArray | None,
) -> None:
    from matplotlib.ticker import MaxNLocator

    order = most_probable(probabilities)
    places = np.arange(len(order))
    axes.barh(places, probabilities[order], color=_BAR, height=0.7, label="policy")
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
    axes.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderpad=0.0)


def _progress(axes: Axes, solution: NormalFormSolution) -> None:
    worst = "" if len(solution.duality_gaps) == 1 else ", worst game"
    panel = Panel("queries", "duality_gap", _cost(solution), f"duality gap{worst}", solution.limit)
    draw(axes, solution.history, panel, color=LINE)
    finish(axes, panel)


def plot_path(path: Path, solutions: Sequence[NormalFormSolution], labels: Sequence[str], title: str) -> None:
    """Draw the policy, of the row player in a matrix game, at each temperature, and how exploitable it is there.

    ``labels`` [n]. The temperature falls from left to right; the game itself, beta = 0, is a point at the right edge.
    """
    policies = np.array([one.policies[0, : len(labels)] for one in solutions])
    betas = np.array([one.beta for one in solutions])
    order = np.argsort(-policies.max(axis=0), kind="stable")[: len(COLOURS)]
    order = order[np.argsort(-policies[-1, order], kind="stable")]
    figure = new_figure(12.0, 4.6)
    left, right = figure.subplots(1, 2)
    for place, colour in zip(order, COLOURS, strict=False):
        _along(left, betas, policies[:, place], color=colour, label=short(labels[place], 28))
    _along(right, betas, np.array([one.exploitability for one in solutions]), color=LINE)
    for axes, name in ((left, "probability"), (right, "exploitability in the game itself")):
        if (betas > 0.0).any():
            axes.set_xscale("log")
        axes.invert_xaxis()
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("beta")
        axes.set_ylabel(name)
        axes.grid(True, color=FAINT, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False, fontsize=8)
    save_figure(figure, path, title)


def _along(axes: Axes, betas: FloatArray, values: FloatArray, **style: Any) -> None:
    """Draw values against temperatures; that of beta = 0, which has no place on the axis, beyond the smallest."""
    above = betas > 0.0
    axes.plot(betas[above], values[above], linewidth=1.6, **style)
    edge = betas[above].min(initial=1.0) / 1.5
    axes.plot(np.full((~above).sum(), edge), values[~above], "o", markersize=5, color=style["color"])


def plot_batch(path: Path, solution: NormalFormSolution, title: str) -> None:
    """Draw the share of games solved after so many iterations, and the gap of the worst game."""
    figure = new_figure(10.0, 4.0)
    left, right = figure.subplots(1, 2)
    needed = np.sort(np.maximum(solution.iterations_of_games[solution.solved], 1))
    left.step(needed, np.arange(1, len(needed) + 1) / len(solution.solved), where="post", color=LINE)
    if len(needed) and needed[-1] > 20 * needed[0]:
        left.set_xscale("log")
    left.set_ylim(0.0, 1.02)
    left.set_xlabel("iterations")
    left.set_ylabel("share of games solved")
    left.grid(True, color=FAINT, linewidth=0.6)
    left.spines[["top", "right"]].set_visible(False)
    _progress(right, solution)
    save_figure(figure, path, title)
