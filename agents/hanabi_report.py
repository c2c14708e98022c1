"""What a Hanabi search run shows: the summary, the table at the end, the picture, and a game told move by move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.hanabi_job import HanabiJob
from agents.hanabi_table import Narrator, Seat
from agents.statistics import mean, wilson_interval
from games.hanabi.moves import move_text
from games.hanabi.state import HanabiState
from games.version import __version__
from search.hanabi.seat import SearchSeat
from search.planner import Decision


def _finite(value: float) -> float | None:
    """JSON has no NaN: a standard error that does not exist is null."""
    return None if math.isnan(value) else value


def summarise(job: HanabiJob, lines: Sequence[dict[str, Any]], command: str) -> dict[str, Any]:
    """Return the content of ``summary.json`` for the finished games ``lines`` (at least one)."""
    scores = np.array([line["score"] for line in lines], dtype=np.float64)
    blueprint_scores = np.array([line["blueprint_score"] for line in lines], dtype=np.float64)
    score, blueprint, gain = mean(scores), mean(blueprint_scores), mean(scores - blueprint_scores)
    perfect = int((scores == job.game.types).sum())

    def total(key: str) -> float:
        return sum(line.get(key, 0) for line in lines)

    decisions = total("decisions")
    sampled = total("sampled")
    return {
        "players": job.game.players,
        "games": len(lines),
        "blueprint": job.blueprint,
        "search": job.search,
        "rollouts": job.rollouts,
        "seed": job.seed,
        "mean": score.value,
        "standard_error": _finite(score.standard_error),
        "perfect_rate": perfect / len(lines),
        "perfect_interval": wilson_interval(perfect, len(lines)),
        "zero_rate": float((scores == 0).mean()),
        "blueprint_mean": blueprint.value,
        "blueprint_standard_error": _finite(blueprint.standard_error),
        "blueprint_perfect_rate": float((blueprint_scores == job.game.types).mean()),
        "blueprint_zero_rate": float((blueprint_scores == 0).mean()),
        "gain": gain.value,
        "gain_standard_error": _finite(gain.standard_error),
        "seconds_per_decision": total("decision_seconds") / decisions if decisions else 0.0,
        "rollouts_per_decision": total("rollouts") / decisions if decisions else 0.0,
        "decisions": int(decisions),
        "deviations": int(total("deviations")),
        "fallbacks": int(total("fallbacks")),
        "exact_beliefs": int(total("exact")),
        "mean_effective_sample_size": total("effective_sample_size") / sampled if sampled else None,
        "seats": job.seats,
        "eta": job.eta,
        "allocation": job.allocation,
        "softening": job.softening,
        "version": __version__,
        "command": command,
    }


def print_summary(console: Console, summary: dict[str, Any]) -> None:
    """Print the table at the end of a run."""
    games, best = summary["games"], summary["games"] and summary["perfect_rate"]
    table = Table(title=f"Hanabi, {summary['players']} players, {games} games, seed {summary['seed']}")
    for heading in ("policy", "mean score", "perfect games", "games lost"):
        table.add_column(heading, justify="left" if heading == "policy" else "right")
    table.add_row(
        f"blueprint {summary['blueprint']}",
        _pm(summary["blueprint_mean"], summary["blueprint_standard_error"]),
        f"{summary['blueprint_perfect_rate']:.1%}",
        f"{summary['blueprint_zero_rate']:.1%}",
    )
    if summary["search"] != "none":
        table.add_row(
            f"with {summary['search']} search",
            _pm(summary["mean"], summary["standard_error"]),
            f"{best:.1%}",
            f"{summary['zero_rate']:.1%}",
        )
        table.add_section()
        table.add_row("gain, same decks", _pm(summary["gain"], summary["gain_standard_error"], "+"), "", "")
    console.print(table)
    if not summary["decisions"]:
        return
    share = summary["deviations"] / summary["decisions"]
    console.print(
        f"{summary['decisions']:,} decisions, {share:.1%} other than the blueprint's; "
        f"{summary['rollouts_per_decision']:,.0f} rollouts and {summary['seconds_per_decision']:.3f} s a decision; "
        f"{summary['fallbacks']} without a usable belief"
    )


def _pm(value: float, error: float | None, sign: str = "") -> str:
    return f"{value:{sign}.3f}" + ("" if error is None else f" ± {error:.3f}")


def plot_scores(path: Path, summary: dict[str, Any], lines: Sequence[dict[str, Any]], best: int) -> None:
    """Draw the distributions of scores with and without search, and of the gain on each deck, to a PNG file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    scores = np.array([line["score"] for line in lines])
    blueprint_scores = np.array([line["blueprint_score"] for line in lines])
    low = int(min(scores[scores > 0].min(initial=best), blueprint_scores[blueprint_scores > 0].min(initial=best)))
    ticks = [0, *range(max(1, low), best + 1)]
    position = {value: index for index, value in enumerate(ticks)}
    for values, offset, colour, label in (
        (blueprint_scores, -0.21, "#9aa5b1", f"{summary['blueprint']} alone"),
        (scores, 0.21, "#c8553d", f"with {summary['search']}"),
    ):
        heights = np.bincount([position[int(v)] for v in values], minlength=len(ticks)) / len(values)
        left.bar(np.arange(len(ticks)) + offset, heights, width=0.42, color=colour, label=label)
    left.set_xticks(range(len(ticks)), [str(tick) for tick in ticks])
    left.set_xlabel("score")
    left.set_ylabel("share of games")
    left.legend(frameon=False)
    gains = scores - blueprint_scores
    values, counts = np.unique(gains, return_counts=True)
    right.bar(values, counts / len(gains), color=np.where(values < 0, "#9aa5b1", "#c8553d"), width=0.8)
    right.axvline(gains.mean(), color="black", linewidth=1)
    right.set_xlabel(f"gain on the same deck (mean {_pm(summary['gain'], summary['gain_standard_error'], '+')})")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"Hanabi, {summary['players']} players, {len(lines)} decks, seed {summary['seed']}", fontsize=11)
    temporary = path.with_name(path.name + ".part")
    figure.savefig(temporary, format="png", dpi=150)
    temporary.replace(path)


def narrator(console: Console) -> Narrator:
    """Return a narrator that tells a game move by move: both choices, and what the planner thinks of each move."""

    def tell(state: HanabiState, move: int, seats: Sequence[Seat]) -> None:
        player = state.current_player
        console.rule(f"turn {state.turn + 1}: player {player}", align="left")
        console.print(state.text(player), highlight=False, markup=False)
        seat = seats[player]
        decision = seat.last_decision if isinstance(seat, SearchSeat) else None
        if decision is None:
            console.print(f"→ {move_text(state.game, move)}  (blueprint)", style="bold")
            return
        _tell_decision(console, state, decision)

    return tell


def _tell_decision(console: Console, state: HanabiState, decision: Decision) -> None:
    if decision.outcome == "searched":
        table = Table(box=None, padding=(0, 2, 0, 0))
        for heading in ("move", "value", "± s.e.", "policy"):
            table.add_column(heading, justify="left" if heading == "move" else "right")
        for index in np.argsort(-np.nan_to_num(decision.q, nan=-1.0), kind="stable")[:6]:
            probability = math.exp(decision.log_policy[index])
            table.add_row(
                move_text(state.game, int(decision.actions[index])),
                f"{decision.q[index]:.3f}",
                f"{decision.standard_error[index]:.3f}",
                f"{probability:.3f}",
            )
        console.print(table)
    reasons = {
        "forced": "the only legal move",
        "maximal": f"already worth the maximum in all {decision.samples} worlds tried",
        "fallback": "no usable belief: the blueprint's move",
        "searched": f"{decision.rollouts} rollouts",
    }
    chosen = move_text(state.game, decision.action)
    style = "bold red" if decision.deviates else "bold"
    instead = f", the blueprint would {move_text(state.game, decision.blueprint_action)}" if decision.deviates else ""
    console.print(f"→ {chosen}  ({reasons[decision.outcome]}{instead})", style=style, highlight=False)
