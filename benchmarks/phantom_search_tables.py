"""What ``benchmarks.phantom_search`` measures, and its lines as tables and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from matplotlib.axes import Axes

from games._base.figures import new_figure, save_figure
from search.phantom.sampled import Continuation

Line = dict[str, Any]

ETAS = (2.0, 5.0, 10.0, 20.0, 50.0)
ALPHAS = (0.0, 0.02, 0.05, 0.1)
PARTICLE_STEPS = (2.0, 5.0, 10.0, 20.0, 50.0)
ITERATED = ((2.0, 0.0), (2.0, 0.1), (10.0, 0.05))
DEPTHS = (1, 2, 4, 8)
FRESH: tuple[int, Continuation, tuple[float, ...]] = (10, "independent", (5.0, 10.0, 20.0))
DRAWS = 8
KINDS: dict[Continuation, str] = {
    "independent": "independent returns",
    "outcomes": "returns from one number",
    "rollouts": "rollouts played out",
}
MOST_PLAYED_OUT = 100  # particles; the time of the other kinds hardly depends on how many there are
SPREAD: tuple[Continuation, float, int] = ("independent", 10.0, 5)  # so many tables, which differ by the seed

_SECONDS = "search_processor_seconds"
_COLOURS = {10: "tab:red", 100: "tab:orange", 1000: "tab:blue"}
_STYLES: dict[Continuation, dict[str, Any]] = {
    "independent": {"linestyle": "-", "marker": "."},
    "outcomes": {"linestyle": ":", "marker": "x", "markersize": 4},
}
_GREEDY_AT = 130.0


def is_small(game: str) -> bool:
    """Return whether all is measured: abrupt games have four times as many information states."""
    return not game.startswith("abrupt")


def effective_step(eta: float, alpha: float) -> float:
    """Return the step of MMD from a uniform policy towards a uniform magnet: all that its result depends on."""
    return float(f"{eta / (1.0 + alpha * eta):.6g}")


def exact_steps() -> list[float]:
    """Return the steps that are measured with the exact posterior."""
    return sorted({effective_step(eta, alpha) for eta in ETAS for alpha in ALPHAS} | set(PARTICLE_STEPS))


def sampled_beliefs(game: str, particles: Sequence[int]) -> list[tuple[int, Continuation]]:
    """Return the numbers of particles and kinds of continuations that are measured."""
    played_out = [count for count in particles if count <= MOST_PLAYED_OUT and is_small(game)]
    return [(count, kind) for kind in KINDS for count in (played_out if kind == "rollouts" else particles)]


def tables(game: str, particles: Sequence[int], lines: dict[str, Line]) -> str:
    """Return the tables of a game as Markdown."""
    parts = [_planners(game, particles, lines), _spread(game, particles, lines), _grid(game, lines)]
    return "\n\n".join(part for part in [*parts, _iterated(game, lines)] if part)


def _planners(game: str, particles: Sequence[int], lines: dict[str, Line]) -> str:
    """Return the table of planners: the blueprint, then MMDS with its best step and Monte Carlo search by belief."""
    out = [
        f"**{game}**, one search from the uniform blueprint: MMDS with its best step *s*, and Monte Carlo search.",
        "",
        "| belief | planner | exploitability | with *s* one less, more | best responses | return first, second "
        "| mean of seats | processor |",
        "|---|---|---|---|---|---|---|---|",
        _row("–", "uniform blueprint", "", lines[f"{game} blueprint"]),
    ]
    beliefs: list[tuple[str, str, Sequence[float]]] = [("exact", "exact", exact_steps())]
    beliefs += [
        (f"{count} {kind}", f"{count:,} particles, {KINDS[kind]}", PARTICLE_STEPS)
        for count, kind in sampled_beliefs(game, particles)
    ]
    count, kind, steps = FRESH
    text = f"{count:,} particles, {KINDS[kind]}, new at each decision"
    for key, belief, wanted in [*beliefs, (f"{count} fresh {kind}", text, steps)]:
        found = {step: lines[f"{game} {key} {step:g}"] for step in wanted if f"{game} {key} {step:g}" in lines}
        greedy = lines.get(f"{game} {key} greedy", {})
        if found:
            seconds = greedy.get(_SECONDS)  # with the same values, hence the same for all
            out.append(_best_row(belief, {step: line | {_SECONDS: seconds} for step, line in found.items()}))
        if greedy:
            out.append(_row(belief, "Monte Carlo search", "", greedy))
    return "\n".join(out)


def _best_row(belief: str, found: dict[float, Line]) -> str:
    """Return the row of the best step, which names the exploitability of the steps beside it."""
    steps = list(found)
    losses = [line["exploitability"] for line in found.values()]
    best = losses.index(min(losses))
    near = [f"{losses[at]:.4f} ({steps[at]:.3g})" if 0 <= at < len(steps) else "–" for at in (best - 1, best + 1)]
    return _row(belief, f"MMDS, *s* = {steps[best]:.3g}", ", ".join(near), found[steps[best]])


def _row(belief: str, planner: str, near: str, line: Line) -> str:
    first, second = line["return_first"], line["return_second"]
    best = ", ".join(f"{value:.4f}" for value in line["best_response_values"])
    seconds = _seconds(line.get(_SECONDS))
    return (
        f"| {belief} | {planner} | {line['exploitability']:.4f} | {near} | {best} | {first:+.4f}, {second:+.4f} "
        f"| {round((first + second) / 2, 4) + 0.0:+.4f} | {seconds} |"
    )


def spread_key(game: str, count: int, seed: int) -> str:
    """Return the key of one of the tables that differ by the seed."""
    kind, step, _ = SPREAD
    return f"{game} {count} {kind} {step:g}" + (f" seed {seed}" if seed else "")


def _spread(game: str, particles: Sequence[int], lines: dict[str, Line]) -> str:
    """Return a sentence on tables that differ by the seed, if they have been measured."""
    kind, step, tables = SPREAD
    found = []
    for count in particles:
        keys = [spread_key(game, count, seed) for seed in range(tables)]
        if all(key in lines for key in keys):
            losses = [lines[key]["exploitability"] for key in keys]
            found.append(f"{fmean(losses):.3f} ± {stdev(losses) / tables**0.5:.3f} with {count:,}")
    if not found:
        return ""
    text = f"{KINDS[kind]}, *s* = {step:g}, {tables} tables that differ by the seed"
    return f"**{game}**, {text}: exploitability (mean ± one standard error) {', '.join(found)} particles."


def _seconds(count: float | None) -> str:
    if count is None:
        return ""
    return f"{count:.1f} s" if count < 10.0 else f"{count:.0f} s"


def _grid(game: str, lines: dict[str, Line]) -> str:
    """Return the table over eta and alpha."""
    out = [
        f"**{game}**, exact posterior: exploitability of MMDS with a uniform magnet (α = 0: MDS).",
        "",
        "| η | " + " | ".join(f"α = {alpha:g}" for alpha in ALPHAS) + " |",
        "|---" * (len(ALPHAS) + 1) + "|",
    ]
    for eta in ETAS:
        found = [_exploitability(lines, f"{game} exact {effective_step(eta, alpha):g}") for alpha in ALPHAS]
        out.append(f"| {eta:g} | " + " | ".join(found) + " |")
    return "\n".join(out)


def iterated_key(game: str, eta: float, alpha: float, depth: int) -> str:
    """Return the key of iterated search; a single one is a search from the uniform blueprint."""
    if depth == 1:
        return f"{game} exact {effective_step(eta, alpha):g}"
    return f"{game} iterated {eta:g} {alpha:g} {depth}"


def _iterated(game: str, lines: dict[str, Line]) -> str:
    """Return the table of searches whose blueprint is a search."""
    out = [
        f"**{game}**, exact posterior, search whose blueprint is the search before: exploitability after k of them.",
        "",
        "| η, α | " + " | ".join(f"k = {depth}" for depth in DEPTHS) + " |",
        "|---" * (len(DEPTHS) + 1) + "|",
    ]
    for eta, alpha in ITERATED:
        found = [_exploitability(lines, iterated_key(game, eta, alpha, depth)) for depth in DEPTHS]
        out.append(f"| {eta:g}, {alpha:g} | {' | '.join(found)} |")
    return "\n".join(out)


def _exploitability(lines: dict[str, Line], key: str) -> str:
    return f"{lines[key]['exploitability']:.4f}" if key in lines else "–"


def draw_figure(path: Path, games: Sequence[str], particles: Sequence[int], lines: dict[str, Line]) -> None:
    """Write the figure: exploitability against the step, a panel for each game and a curve for each belief."""
    figure = new_figure(4.2 * len(games), 4.6)
    panels = figure.subplots(1, len(games), sharey=True, squeeze=False)[0]
    for panel, game in zip(panels, games, strict=True):
        _draw_game(panel, game, particles, lines)
    panels[0].set_ylabel("exploitability of the search policy")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    save_figure(figure, path, dpi=100)


def _draw_game(panel: Axes, game: str, particles: Sequence[int], lines: dict[str, Line]) -> None:
    panel.axhline(lines[f"{game} blueprint"]["exploitability"], color="grey", linewidth=1, label="uniform blueprint")
    beliefs: list[tuple[str, str, Sequence[float], dict[str, Any]]] = [
        (f"{game} exact", "exact posterior", exact_steps(), {"color": "black"})
    ]
    for kind, style in _STYLES.items():
        for count in sorted(particles, reverse=True):
            look = {"color": _COLOURS.get(count, "tab:green")} | style
            beliefs.append((f"{game} {count} {kind}", f"{count:,} particles, {KINDS[kind]}", PARTICLE_STEPS, look))
    for place, (key, label, wanted, look) in enumerate(beliefs):
        steps = [step for step in wanted if f"{key} {step:g}" in lines]
        panel.plot(steps, [lines[f"{key} {step:g}"]["exploitability"] for step in steps], label=label, **look)
        if f"{key} greedy" in lines:  # side by side, as many are equal
            at = _GREEDY_AT * 1.07 ** (place - len(beliefs) / 2)
            panel.plot([at], [lines[f"{key} greedy"]["exploitability"]], **look | {"marker": "D", "markersize": 4})
    panel.set_title(game)
    panel.set_xscale("log")
    panel.set_xticks([2, 5, 10, 20, 50, _GREEDY_AT], ["2", "5", "10", "20", "50", "Monte\nCarlo"])
    panel.minorticks_off()
    panel.set_ylim(-0.03, 1.05)
    panel.set_xlabel("step s")
