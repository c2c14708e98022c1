"""What a Hanabi search run shows: the summary, the table at the end, the picture, and a game told move by move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from agents.hanabi.job import HanabiJob, SeatNarrator
from agents.own.names import short_name
from agents.statistics import Mean, mean, wilson_interval
from games._base.figures import new_figure, save_figure
from games.hanabi.game import standard
from games.hanabi.moves import card_text, move_text
from games.hanabi.state import HanabiState
from games.hanabi.suits import PLAIN
from games.hanabi.text import position_text
from games.version import __version__
from search.hanabi.seat import FollowSeat, SearchSeat
from search.planner import Decision

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_BLUEPRINT, _SEARCH, _LOSS, _EQUAL = "#9aa5b1", "#c8553d", "#4f5d6b", "#d9dde2"
_ROWS = 6  # moves shown of a decision
_LIKELY = 3  # types shown of a card


def _finite(value: float) -> float | None:
    """JSON has no NaN: a standard error that does not exist is null."""
    return None if math.isnan(value) else value


def summarise(job: HanabiJob, lines: Sequence[dict[str, Any]], command: str) -> dict[str, Any]:
    """Return the content of ``summary.json`` for the finished games ``lines`` (at least one)."""
    scores = np.array([line["score"] for line in lines], dtype=np.float64)
    blueprint_scores = np.array([line["blueprint_score"] for line in lines], dtype=np.float64)
    gains = scores - blueprint_scores
    score, blueprint, gain = mean(scores), mean(blueprint_scores), mean(gains)
    advantage = _mean_advantage(lines)
    perfect = int((scores == job.game.types).sum())
    blueprint_perfect = int((blueprint_scores == job.game.types).sum())

    def total(key: str) -> float:
        return float(sum(line.get(key, 0) for line in lines))

    decisions, sampled = total("decisions"), total("sampled")
    searched = decisions - total("forced") - total("fallbacks") - total("maximal")
    return {
        "players": job.game.players,
        "games": len(lines),
        "blueprint": job.blueprint,
        "weights": job.weights,
        "search": job.search,
        "rollouts": job.rollouts,
        "rollouts_end": job.rollouts_end,
        "seconds": job.seconds,
        "seed": job.seed,
        "first_game": int(lines[0]["game"]),
        "mean": score.value,
        "standard_error": _finite(score.standard_error),
        "perfect_rate": perfect / len(lines),
        "perfect_interval": wilson_interval(perfect, len(lines)),
        "zero_rate": float((scores == 0).mean()),
        "blueprint_mean": blueprint.value,
        "blueprint_standard_error": _finite(blueprint.standard_error),
        "blueprint_perfect_rate": blueprint_perfect / len(lines),
        "blueprint_perfect_interval": wilson_interval(blueprint_perfect, len(lines)),
        "blueprint_zero_rate": float((blueprint_scores == 0).mean()),
        "gain": gain.value,
        "gain_standard_error": _finite(gain.standard_error),
        "advantage": None if advantage is None else advantage.value,
        "advantage_standard_error": None if advantage is None else _finite(advantage.standard_error),
        "games_better": int((gains > 0).sum()),
        "games_worse": int((gains < 0).sum()),
        "seconds_per_decision": total("decision_seconds") / decisions if decisions else 0.0,
        "rollouts_per_decision": total("rollouts") / decisions if decisions else 0.0,
        "decisions": int(decisions),
        "deviations": int(total("deviations")),
        "fallbacks": int(total("fallbacks")),
        "widened_beliefs": int(total("widenings")),
        "unexplained_beliefs": int(total("unexplained")),
        "exact_beliefs": int(total("exact")),
        "mean_effective_sample_size": total("effective_sample_size") / sampled if sampled else None,
        "worlds_per_search": total("worlds") / searched if searched else None,
        "effective_worlds_per_search": total("effective_worlds") / searched if searched else None,
        "configuration": asdict(job.game),
        "seats": job.seats,
        "eta": job.eta,
        "allocation": job.allocation,
        "reinvest": job.reinvest,
        "caution": job.caution,
        "threshold": job.threshold,
        "partners": job.partners,
        "softening": job.softening,
        "particles": job.particles,
        "belief": job.belief,
        "version": __version__,
        "command": command,
    }


def _mean_advantage(lines: Sequence[dict[str, Any]]) -> Mean | None:
    """Return the mean gain by advantages; ``None`` without search, or if earlier games did not record them."""
    known = [line["advantage"] for line in lines if "advantage" in line]
    return mean(known) if len(known) == len(lines) else None


def plus_minus(value: float, error: float | None, sign: str = "", digits: int = 3) -> str:
    """Return ``value ± standard error``, or the value alone where there is no error (one game)."""
    known = error is not None and not math.isnan(error)
    return f"{value:{sign}.{digits}f}" + (f" ± {error:.{digits}f}" if known else "")


def _title(summary: dict[str, Any]) -> str:
    configuration = summary["configuration"]
    games = f"{summary['games']} game{'s' if summary['games'] > 1 else ''}"
    usual = asdict(standard(summary["players"]))
    differences = [
        f"{configuration[key]} {noun}"
        for key, noun in (
            ("colours", "colours"),
            ("ranks", "ranks"),
            ("hand_size", "cards in hand"),
            ("information_tokens", "hints"),
            ("life_tokens", "lives" if configuration["life_tokens"] > 1 else "life"),
        )
        if configuration[key] != usual[key]
    ]
    differences += [f"with {suit}" for suit in configuration.get("suits", ()) if suit not in PLAIN]
    variant = f" ({', '.join(differences)})" if differences else ""
    return f"Hanabi, {summary['players']} players{variant}, {games}, seed {summary['seed']}"


def print_summary(console: Console, summary: dict[str, Any]) -> None:
    """Print the table at the end of a run."""
    table = Table(caption="±: one standard error; in brackets: 95 % interval")
    table.add_column("policy")
    for heading in ("mean score", "perfect games", "lost all points"):
        table.add_column(heading, justify="right")
    name = short_name(summary["blueprint"])
    _add_policy(table, f"{name} alone", summary, "blueprint_mean", "blueprint_")
    if summary["search"] != "none":
        _add_policy(table, f"{name} + {summary['search']}", summary, "mean", "")
        table.add_section()
        gain = plus_minus(summary["gain"], summary["gain_standard_error"], "+")
        table.add_row("gain, same decks", gain, "", "")
        if summary["advantage"] is not None:
            gain = plus_minus(summary["advantage"], summary["advantage_standard_error"], "+")
            table.add_row("gain, by advantages", gain, "", "", style="bold")
    console.print(_title(summary), style="bold", highlight=False)
    console.print(table)
    if summary["search"] == "none":
        return
    better, worse = summary["games_better"], summary["games_worse"]
    console.print(f"Games with search: {better} better, {worse} worse, {summary['games'] - better - worse} equal.")
    if not summary["decisions"]:
        return
    share = summary["deviations"] / summary["decisions"]
    console.print(
        f"{summary['decisions']:,} decisions, {share:.1%} of them not the blueprint's; "
        f"{summary['rollouts_per_decision']:,.0f} rollouts and {summary['seconds_per_decision']:.3f} s each."
    )
    if summary["effective_worlds_per_search"]:
        console.print(
            f"A search looked at {summary['worlds_per_search']:,.0f} worlds, which tell as much as "
            f"{summary['effective_worlds_per_search']:,.0f} independent ones."
        )
    if summary["fallbacks"]:
        console.print(f"{summary['fallbacks']:,} of them fell back on the blueprint, because the belief had collapsed.")
    if summary["widened_beliefs"]:
        lost = f"{summary['unexplained_beliefs']:,}" if summary["unexplained_beliefs"] else "none"
        console.print(
            f"Warning: {summary['widened_beliefs']:,} beliefs explained too little of what was seen and were built "
            f"anew from wider proposals; {lost} of them still explained nothing, so that the blueprint was played."
        )


def _add_policy(table: Table, name: str, summary: dict[str, Any], mean_key: str, prefix: str) -> None:
    low, high = summary[f"{prefix}perfect_interval"]
    table.add_row(
        name,
        plus_minus(summary[mean_key], summary[f"{prefix}standard_error"]),
        f"{summary[f'{prefix}perfect_rate']:.1%} ({low:.0%} to {high:.0%})",
        f"{summary[f'{prefix}zero_rate']:.1%}",
    )


def plot_scores(path: Path, summary: dict[str, Any], lines: Sequence[dict[str, Any]]) -> None:
    """Draw the distributions of scores with and without search, and of the gain on each deck, to a PNG file."""
    figure = new_figure(10, 4)
    scores = np.array([line["score"] for line in lines])
    blueprint_scores = np.array([line["blueprint_score"] for line in lines])
    alone = (
        blueprint_scores,
        f"{short_name(summary['blueprint'])} alone",
        "blueprint_mean",
        "blueprint_standard_error",
        _BLUEPRINT,
    )
    if summary["search"] == "none":
        _draw_scores(figure.subplots(), summary, [alone])
    else:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        searched = (scores, f"with {summary['search']} search", "mean", "standard_error", _SEARCH)
        _draw_scores(left, summary, [alone, searched])
        _draw_gains(right, summary, scores - blueprint_scores)
    save_figure(figure, path, _title(summary))


def _draw_scores(axes: Axes, summary: dict[str, Any], policies: Sequence[tuple[Any, str, str, str, str]]) -> None:
    """Draw one bar a policy at each score, from the lowest score above 0; what lies at 0 stands apart."""
    best = summary["configuration"]["colours"] * summary["configuration"]["ranks"]
    everything = np.concatenate([values for values, *_ in policies])
    low = int(everything[everything > 0].min(initial=best))
    ticks = [*([0] if (everything == 0).any() else []), *range(low, best + 1)]
    position = {value: index for index, value in enumerate(ticks)}
    width = 0.84 / len(policies)
    for index, (values, label, mean_key, error_key, colour) in enumerate(policies):
        heights = np.bincount([position[int(v)] for v in values], minlength=len(ticks)) / len(values)
        centres = np.arange(len(ticks)) + (index - (len(policies) - 1) / 2) * width
        text = f"{label}: {plus_minus(summary[mean_key], summary[error_key], digits=2)}"
        axes.bar(centres, heights, width=width, color=colour, label=text)
    if ticks[0] == 0 and low > 1:
        axes.axvline(0.5, color=_EQUAL, linestyle=":")
    axes.set_xticks(range(len(ticks)), [str(tick) for tick in ticks])
    axes.set_xlabel("score")
    axes.set_ylabel("games")
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(policies))
    _plain_axes(axes)


def _draw_gains(axes: Axes, summary: dict[str, Any], gains: NDArray[np.int64]) -> None:
    from matplotlib.ticker import MaxNLocator

    values, counts = np.unique(gains, return_counts=True)
    colours = np.where(values < 0, _LOSS, np.where(values > 0, _SEARCH, _EQUAL))
    axes.bar(values, counts / len(gains), color=colours, width=0.84)
    axes.axvline(gains.mean(), color="black", linewidth=1)
    axes.set_title(f"gain {plus_minus(summary['gain'], summary['gain_standard_error'], '+', 2)}", fontsize=10)
    axes.set_xlabel("points gained on the same deck")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _plain_axes(axes)


def _plain_axes(axes: Axes) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.spines[["top", "right"]].set_visible(False)


def narrator(console: Console, turns: range | None = None, only_deviations: bool = False) -> SeatNarrator:
    """Return a narrator that tells a game move by move: what is believed, both choices, what each move is worth.

    turns : those that are told (``None``: all). only_deviations : tell no turn in which the blueprint's move is made.
    """

    def tell(state: HanabiState, move: int, seats: Sequence[FollowSeat | SearchSeat]) -> None:
        player = state.current_player
        seat = seats[player]
        decision = seat.last_decision if isinstance(seat, SearchSeat) else None
        if (turns is not None and state.turn not in turns) or (
            only_deviations and (decision is None or not decision.deviates)
        ):
            return
        console.rule(f"turn {state.turn}: player {player}", align="left")
        _, _, position = position_text(state, player).partition("\n")
        console.print(position, highlight=False, markup=False)
        if isinstance(seat, SearchSeat) and decision is not None and decision.outcome in ("searched", "maximal"):
            console.print(_believed(state, seat), highlight=False, markup=False)
        if decision is None:
            console.print(f"→ {move_text(state.game, move)}  (the blueprint, without search)", style="bold")
        else:
            _tell_decision(console, state, decision)
        console.print()

    return tell


def _believed(state: HanabiState, seat: SearchSeat) -> str:
    """Return the likeliest types of each own card."""
    game, belief = state.game, seat.belief
    words = []
    for card in range(belief.hands.shape[1]):
        chances = np.bincount(belief.hands[:, card], belief.probabilities, game.types)
        likely = [kind for kind in np.argsort(-chances, kind="stable")[:_LIKELY] if chances[kind] >= 0.005]
        words.append(" ".join(f"{card_text(game, int(kind))} {chances[kind]:.0%}" for kind in likely))
    return "believes   " + "  |  ".join(words)


def legend(job: HanabiJob) -> str:
    """Return what the columns of a told game mean, and how its search chooses."""
    how = {
        "mds": f"policy ~ prior x exp({job.eta:g} value), the prior being the blueprint's policy, softened",
        "sparta": f"the best value, if it beats the blueprint's move by more than {job.threshold:g}",
        "monte-carlo": "the best value",
    }[job.search]
    cautious = (
        f"caution: before that, values are lowered by {job.caution:g} standard errors of the difference to the "
        "blueprint's move,\nwhich is left for evidence and not for noise\n"
    )
    return (
        "believes: the likeliest types of each own card, oldest first, with their probabilities\n"
        "value ± s.e.: expected final score, everybody playing the blueprint afterwards; nan: not rolled out\n"
        f"policy: what the move chosen is the likeliest of; {how}\n"
        "prior: the blueprint's probabilities before the search, softened so that no move is impossible\n"
        f"{cautious if job.caution else ''}"
        "dropped: fell so far behind that rolling out went on without it; its value rests on few rollouts"
    )


def _tell_decision(console: Console, state: HanabiState, decision: Decision) -> None:
    if decision.outcome == "searched":
        console.print(_action_values(state, decision))
    reasons = {
        "forced": "the only legal move",
        "maximal": f"the blueprint's move, already worth the maximum in all {decision.samples} worlds tried",
        "fallback": "the blueprint's move, for want of a usable belief",
        "searched": f"{decision.rollouts:,} rollouts, {decision.samples:,} worlds worth {decision.effective:,.0f}",
    }
    reason = reasons[decision.outcome]
    if decision.outcome == "searched":
        blueprint = move_text(state.game, decision.blueprint_action)
        reason += f"; the blueprint would {blueprint}" if decision.deviates else "; the blueprint's move, too"
    style = "bold red" if decision.deviates else "bold"
    console.print(f"→ {move_text(state.game, decision.action)}  ({reason})", style=style, highlight=False)


def _dropped(decision: Decision, index: int) -> str:
    return "dropped" if decision.dropped is not None and decision.dropped[index] else ""


def _action_values(state: HanabiState, decision: Decision) -> Table:
    """Return the values of the best moves, the blueprint's and the chosen one always among them."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("move", "value", "± s.e.", "policy", "prior", ""):
        table.add_column(heading, justify="left" if heading in ("move", "") else "right")
    order = np.argsort(-np.nan_to_num(decision.q, nan=-1.0), kind="stable")
    marks = {decision.blueprint_action: "blueprint", decision.action: "planner"}
    if not decision.deviates:
        marks = {decision.action: "blueprint and planner"}
    prior = np.full(len(order), np.nan) if decision.prior is None else np.exp(decision.prior)
    for rank, index in enumerate(order):
        action = int(decision.actions[index])
        if rank >= _ROWS and action not in marks:
            continue
        table.add_row(
            move_text(state.game, action),
            f"{decision.q[index]:.3f}",
            f"{decision.standard_error[index]:.3f}",
            f"{math.exp(decision.log_policy[index]):.3f}",
            f"{prior[index]:.3f}",
            ", ".join(filter(None, (f"← {marks[action]}" if action in marks else "", _dropped(decision, index)))),
        )
    return table
