"""EGPO's tabular protocol with every solver in it: ten games, three temperatures, gap against preference queries.

    python -m benchmarks.preference_protocol --figure docs/egpo_protocol.png

The protocol is that of Zhou et al. 2025 (arXiv:2503.08942): ten alternatives, the lower triangle of the preference
matrix uniform on [0, 1], reference logits standard normal, every solver starts at the reference.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from matplotlib.axes import Axes

from games._base.figures import new_figure, save_figure
from games.preference import PreferenceBatch
from games.preference.generators import egpo_protocol
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.solving import solve

GAMES = 10
BETAS = (0.001, 0.01, 0.1)
FLOOR = 1e-16
_STYLES = ("-", "--", ":")
_COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#8e5572", "#b8860b", "#4f5d6b", "#17a2a2", "#a0522d")


def _draw(axes: Axes, batch: PreferenceBatch, names: list[str], beta: float, iterations: int) -> None:
    for place, name in enumerate(names):
        solution = solve(batch, name, beta=beta, iterations=iterations, tolerance=1e-13)
        # Queries of one game: every game of the batch makes the same ones as long as it is not solved.
        per_iteration = algorithm(name).products * batch.matrices.shape[1] ** 2
        queries = [max(point.iteration, 0.5) * per_iteration for point in solution.history]
        gaps = [max(point.duality_gap, FLOOR) for point in solution.history]
        style, colour = _STYLES[place // len(_COLOURS)], _COLOURS[place % len(_COLOURS)]
        axes.loglog(queries, gaps, style, color=colour, linewidth=1.4, label=name)
    axes.set_xlabel("preference queries a game")
    axes.set_ylim(1e-13, 2.0)
    axes.grid(alpha=0.25, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)


def draw_protocol(path: Path, iterations: int) -> None:
    """Write the figure: one panel a temperature with the regularised solvers, and one for the unregularised game."""
    batch = PreferenceBatch.from_games([egpo_protocol(seed) for seed in range(GAMES)])
    regularised = [name for name in algorithm_names() if algorithm(name).target == "regularised"]
    others = [name for name in algorithm_names() if name not in regularised]
    figure = new_figure(15, 9)
    panels = figure.subplots(2, 2, sharey=True).ravel()
    for axes, beta in zip(panels, BETAS, strict=False):
        _draw(axes, batch, regularised, beta, iterations)
        axes.set_title(f"beta = {beta:g}", loc="left")
    _draw(panels[3], batch, others, 0.0, iterations)
    panels[3].set_title("the game itself (beta = 0)", loc="left")
    for axes in panels[::2]:
        axes.set_ylabel("duality gap, the worst of ten games")
    for axes in (panels[1], panels[3]):
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    save_figure(figure, path, dpi=110)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--figure", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--iterations", type=int, default=100_000)
    options = parser.parse_args(arguments)
    draw_protocol(options.figure, options.iterations)
    return 0


if __name__ == "__main__":
    sys.exit(main())
