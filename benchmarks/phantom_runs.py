"""Runs of ``python -m solvers.phantom``, read from their folders: a table and a plot of exploitability."""

from __future__ import annotations

import json
from math import ceil, floor
from pathlib import Path
from typing import Any

from games._base.figures import new_figure, save_figure
from solvers.phantom.iterate import ALIASES

_COLUMNS = (10, 29, 64, 140, 308)  # iterations that are measured
_TITLES = {"cfr+": "CFR+", "pcfr+": "PCFR+", "mmd-annealed": "MMD, annealed", "mmd-moving": "MMD, moving magnet"}
_COLOURS = {"cfr+": "tab:blue", "pcfr+": "tab:red", "mmd-annealed": "tab:green", "mmd-moving": "tab:orange"}


def read_runs(folder: Path, games: list[str]) -> list[dict[str, Any]]:
    """Return the contents of all ``solution.json`` in the subfolders, by game, then by exploitability."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/solution.json"))]
    for run in found:
        run["algorithm"] = ALIASES.get(run["algorithm"], run["algorithm"])
    runs = [run for run in found if run["game"] in games]
    return sorted(runs, key=lambda run: (games.index(run["game"]), run["exploitability"]))


def runs_table(runs: list[dict[str, Any]]) -> str:
    """Return exploitability by iteration as Markdown, a line for each run."""
    head = ["game", "algorithm", *(f"at {count}" for count in _COLUMNS), "at the end", "iterations", "processor s each"]
    lines = ["| " + " | ".join([*head, "value"]) + " |", "|---" * (len(head) + 1) + "|"]
    for run in runs:
        at = {int(line["iteration"]): _number(line["exploitability"]) for line in run["history"]}
        settings = ", ".join(f"{key} {run[key]:g}" for key in ("eta", "alpha", "magnet_step") if key in run)
        cells = [run["game"], _TITLES[run["algorithm"]] + (f" ({settings})" if settings else "")]
        cells += [at.get(count, "") for count in _COLUMNS]
        cells += [f"**{_number(run['exploitability'])}**", f"{run['iterations']:,}"]
        cells += [f"{run['processor_seconds'] / run['iterations']:.2f}", f"{run['value']:.5f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _number(exploitability: float) -> str:
    return f"{exploitability:.2g}" if exploitability >= 1e-3 else f"{exploitability:.1e}"


def plot_runs(runs: list[dict[str, Any]], path: Path) -> None:
    """Draw exploitability against iterations (above) and processor seconds (below), a column for each game."""
    from matplotlib.ticker import NullFormatter

    games = list(dict.fromkeys(run["game"] for run in runs))
    figure = new_figure(3.6 * len(games), 6.4)
    panels = figure.subplots(2, len(games), sharey=True, squeeze=False)
    for column, game in enumerate(games):
        shown = [run for name in _TITLES for run in runs if (run["game"], run["algorithm"]) == (game, name)]
        for axes, key in zip(panels[:, column], ("iteration", "processor_seconds"), strict=True):
            for run in shown:
                points = [(line[key], line["exploitability"]) for line in run["history"]]
                name = run["algorithm"]
                axes.loglog(*zip(*points, strict=True), ".-", color=_COLOURS[name], label=_TITLES[name], markersize=4)
            axes.set_xlabel("iterations" if key == "iteration" else key.replace("_", " "))
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.grid(alpha=0.25, which="both", linewidth=0.5)
            axes.spines[["top", "right"]].set_visible(False)
        panels[0, column].set_title(game, loc="left")
        panels[0, column].legend(fontsize=8, frameon=False)
    for axes in panels[:, 0]:
        axes.set_ylabel("exploitability (units of utility)")
    save_figure(figure, path, dpi=90)


def shipped_table(games: list[str]) -> str:
    """Return what comes with the package as Markdown; best responses bound the value of the game."""
    from solvers.phantom import shipped_facts

    lines = [
        "| game | exploitability | the game's value lies in | bytes | information states | made by |",
        "|---" * 6 + "|",
    ]
    for game in games:
        facts = shipped_facts(game)
        run = facts["run"]
        states = " + ".join(f"{count:,}" for count in facts["information_states"])
        spent = f"{run['iterations']:,} iterations, {run['processor_seconds']:,.0f} processor s"
        high, low = facts["best_response_values"][0], -facts["best_response_values"][1]
        bounds = f"[{floor(round(low * 1e6, 3)) / 1e6:.6f}, {ceil(round(high * 1e6, 3)) / 1e6:.6f}]"
        cells = [game, f"{facts['exploitability']:.2e}", bounds, f"{facts['bytes']:,}", states]
        lines.append("| " + " | ".join([*cells, f"{_TITLES[run['algorithm']]}, {spent}"]) + " |")
    return "\n".join(lines)
