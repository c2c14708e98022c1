"""The figures of the magnetic-mirror-descent paper: quantal response and Nash equilibria as its last iterates.

    python -m benchmarks.mmd_paper --output docs/mmd

Four games and four pictures, after Sokota et al., ICLR 2023 (arXiv:2206.05825): the dilated form goes linearly to the
quantal response equilibrium of the reduced normal form; the behavioural form goes, empirically, to the agent quantal
response equilibrium (eta = alpha / 10, 50,000 iterations); with a temperature that falls like ``1/sqrt(t)``, and with a
magnet that follows the policy, its last iterate goes to a Nash equilibrium.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.axes import Axes

from games._base.figures import new_figure, save_figure
from games.extensive import ExtensiveGame, compile_game
from solvers.extensive.solving import solve
from solvers.schedules import Power
from solvers.solution import Checkpoint

GAMES = {
    "Kuhn poker": "kuhn_poker",
    "2×2 abrupt Dark Hex": "dark_hex(board_size=2,gameversion=adh)",
    "Liar's Dice, 4 sides": "liars_dice(dice_sides=4)",
    "Leduc poker": "leduc_poker",
}
ALPHAS = (0.05, 0.1, 0.2, 0.5)
# (eta, alpha) that are divided by sqrt(t): the paper's settings.
ANNEALING = {
    "Kuhn poker": (1.0, 1.0),
    "2×2 abrupt Dark Hex": (1.0, 1.0),
    "Liar's Dice, 4 sides": (2.0, 1.0),
    "Leduc poker": (1.0, 5.0),
}
FLOOR = 1e-16
_COLOURS = ("#1b6ca8", "#3a7d44", "#b8860b", "#c8553d")

Curve = tuple[str, Sequence[Checkpoint], Callable[[Checkpoint], float]]


def _distance(point: Checkpoint) -> float:
    return point.exploitability if point.distance is None else point.distance


def _exploitability(point: Checkpoint) -> float:
    return point.exploitability


def quantal_response(game: ExtensiveGame, name: str, iterations: int) -> list[Curve]:
    """Dilated MMD at four temperatures: the saddle-point gap of the regularised game."""
    solutions = [(alpha, solve(game, "mmd-dilated", alpha=alpha, iterations=iterations)) for alpha in ALPHAS]
    return [(f"alpha = {alpha:g}", solution.history, _distance) for alpha, solution in solutions]


def agent_quantal_response(game: ExtensiveGame, name: str, iterations: int) -> list[Curve]:
    """Behavioural MMD at four temperatures: the residual of the softmax equation."""
    curves: list[Curve] = []
    for alpha in ALPHAS:
        solution = solve(game, "mmd-behavioural", alpha=alpha, step_size=alpha / 10.0, iterations=iterations)
        curves.append((f"alpha = {alpha:g}", solution.history, _distance))
    return curves


def annealing(game: ExtensiveGame, name: str, iterations: int) -> list[Curve]:
    """Annealed MMD with the paper's settings, and CFR beside it: exploitability."""
    eta, alpha = ANNEALING[name]
    annealed = solve(game, "mmd-annealed", step_size=Power(eta), alpha=Power(alpha), iterations=iterations)
    return [("annealed MMD", annealed.history, _exploitability), _cfr(game, iterations)]


def moving_magnet(game: ExtensiveGame, name: str, iterations: int) -> list[Curve]:
    """MMD with a moving magnet, and CFR beside it: exploitability."""
    moving = solve(game, "mmd-moving", step_size=0.1, alpha=1.0, iterations=iterations)
    return [("moving-magnet MMD", moving.history, _exploitability), _cfr(game, iterations)]


def _cfr(game: ExtensiveGame, iterations: int) -> Curve:
    return "CFR, average", solve(game, "cfr", iterations=iterations).history, _exploitability


FIGURES = {
    "qre": ("Dilated MMD to the quantal response equilibrium", "gap of the regularised game", quantal_response),
    "aqre": ("Behavioural MMD to the agent quantal response equilibrium", "residual", agent_quantal_response),
    "annealed": ("Annealed MMD to a Nash equilibrium, last iterate", "exploitability", annealing),
    "moving": ("Moving-magnet MMD to a Nash equilibrium, last iterate", "exploitability", moving_magnet),
}


def _draw(axes: Axes, title: str, curves: Sequence[Curve]) -> None:
    for (label, history, quantity), colour in zip(curves, _COLOURS, strict=False):
        iterations = [max(point.iteration, 0.5) for point in history]
        axes.loglog(iterations, [max(quantity(point), FLOOR) for point in history], color=colour, label=label)
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel("iterations")
    axes.grid(alpha=0.25, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, frameon=False, loc="lower left")


def draw(name: str, folder: Path, iterations: int) -> list[tuple[str, str, float]]:
    """Write one figure; return (game, curve, last value) of everything in it."""
    title, quantity, curves_of = FIGURES[name]
    figure = new_figure(15, 4)
    ends = []
    for axes, (game_name, game) in zip(figure.subplots(1, len(GAMES)), GAMES.items(), strict=True):
        curves = curves_of(compile_game(game), game_name, iterations)
        _draw(axes, game_name, curves)
        ends += [(game_name, label, measure(history[-1])) for label, history, measure in curves]
        if not ends[len(curves) :]:
            axes.set_ylabel(quantity)
    save_figure(figure, folder / f"mmd_{name}.png", title, dpi=100)
    return ends


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="the folder of the pictures")
    parser.add_argument("--iterations", type=int, default=50_000)
    parser.add_argument("--figures", nargs="+", choices=list(FIGURES), default=list(FIGURES))
    options = parser.parse_args(arguments)
    for name in options.figures:
        for game, label, value in draw(name, options.output, options.iterations):
            print(f"{name:10} {game:22} {label:20} {value:.3g}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
