"""The tables of a tournament, as texts and cells: what the terminal shows, and what the page is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.tournament.html import HeatCell, number, shortened

Results = Mapping[str, Any]

_SEVERAL = 12  # agents up to which the terminal shows the matrix
_WIDE = 100  # columns of a terminal from which it shows everything
_PAIRS = (
    "±: one standard error; Elo in points, advantage in payoffs a game; won – drawn – lost: groups of the same deal"
)
_TEAMS = "±: one standard error; scores in points, of at most {best:g}"
_RECORD = "won – drawn – lost"


def digits_of(results: Results) -> int:
    """Return how many decimals payoffs are shown with: more for small ranges."""
    low, high = results["utility_range"]
    return 2 if high - low > 8 else 3


def interval_text(interval: Mapping[str, Any] | None, digits: int, signed: bool = False, short: bool = False) -> str:
    """Return ``value (low to high)``, or what of it there is; ``short``: ``value ± standard error``."""
    if interval is None or interval["value"] is None:
        return "–"
    value = number(interval["value"], digits, signed)
    if interval["low"] is None:
        return value
    if short:
        return f"{value} ± {number(interval['standard_error'], digits)}"
    return f"{value} ({number(interval['low'], digits, signed)} to {number(interval['high'], digits, signed)})"


def given_state_text(results: Results) -> str:
    """Return which agents were given the state of the game, in a sentence; nothing if none was, or nobody knows."""
    given = results.get("run", {}).get("given_state", [])
    if not given:
        return ""
    verb = "is" if len(given) == 1 else "are"
    return (
        f"{', '.join(given)} {verb} given the state of the game, what is hidden included, and trusted not to look at "
        "it; all others see views."
    )


def ranked(results: Results) -> list[int]:
    """Return the agents' positions, best first: by Elo, cooperative ones by cross-play, else self-play."""

    def key(agent: int) -> tuple[float, int]:
        line = results["ratings"][agent]
        if not results["cooperative"]:
            return -line["elo"], agent
        found = line["cross_play"] or line["self_play"]
        return -found["value"] if found else float("inf"), agent

    return sorted(range(len(results["agents"])), key=key)


def rating_table(results: Results, short: bool = False) -> tuple[list[str], list[list[str]]]:
    """Return head and rows, best agent first; ``short``: standard errors instead of intervals."""
    rows = _team_rows if results["cooperative"] else _rating_rows
    field = "advantage" if short else "advantage over the field"
    if results["cooperative"]:
        head = ["agent", "cross-play", "self-play", "difference", "perfect in self-play"]
    else:
        head = ["agent", "Elo", field, _RECORD, "Nash share", "alpha-rank"]
    return head, [rows(results, agent, short) for agent in ranked(results)]


def _team_rows(results: Results, agent: int, short: bool) -> list[str]:
    line = results["ratings"][agent]
    perfect = line.get("self_play_perfect")
    return [
        line["agent"],
        *(interval_text(line[name], 2, short=short) for name in ("cross_play", "self_play")),
        interval_text(line["gap"], 2, signed=True, short=short),
        rate_text(perfect["perfect_rate"], *perfect["perfect_interval"]) if perfect else "–",
    ]


def _rating_rows(results: Results, agent: int, short: bool) -> list[str]:
    line = results["ratings"][agent]
    elo = {"value": line["elo"], **{name: line[name] for name in ("standard_error", "low", "high")}}
    return [
        line["agent"],
        interval_text(elo, 0, signed=True, short=short),
        interval_text(line["advantage"], digits_of(results), signed=True, short=short),
        f"{line['wins']:,} – {line['draws']:,} – {line['losses']:,}",
        number(results["nash"]["policy"][agent], 3) if results["nash"] else "–",
        number(results["alpha_rank"][agent], 3) if results["alpha_rank"] else "–",
    ]


def rank_interval(results: Results, agent: int) -> tuple[int, int]:
    """Return the best and the worst place that an agent may have, by the differences of ratings, pair by pair.

    One agent is above another where the likelihood of that is beyond half of what the confidence leaves.
    """
    above, sure = results["rating_differences"]["superiority"], 0.5 + results["confidence"] / 2
    others = [other for other in range(len(results["agents"])) if other != agent]
    better = sum(above[other][agent] > sure for other in others)
    worse = sum(above[agent][other] > sure for other in others)
    return 1 + better, len(results["agents"]) - worse


def place_table(results: Results) -> tuple[list[str], list[list[str]]]:
    """Return head and rows, best agent first: the places an agent may have, and its difference to the next agent."""
    order, found = ranked(results), results["rating_differences"]
    rows = []
    for place, agent in enumerate(order):
        best, worst = rank_interval(results, agent)
        row = [results["agents"][agent], f"{best} to {worst}" if best < worst else f"{best}", "–", "–"]
        if place + 1 < len(order):
            after = order[place + 1]
            gap, error = found["difference"][agent][after], found["standard_error"][agent][after]
            row[2:] = [f"{number(gap, 0, True)} ± {number(error, 0)}", f"{found['superiority'][agent][after]:.3f}"]
        rows.append(row)
    return ["agent", "places", "Elo above the next agent", "likelihood that it is better"], rows


def belief_table(results: Results) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of how often searches had no usable belief; no rows if nobody searches."""
    rows = [
        [line["agent"], f"{line['decisions']:,}", f"{line['fallbacks']:,}", f"{line['rebuilds']:,}"]
        for line in results["beliefs"]
    ]
    return ["agent", "decisions", "without a belief", "belief built anew"], rows


def rate_text(rate: float, low: float, high: float) -> str:
    """Return a rate and its interval in per cent."""
    return f"{100 * rate:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def matrix_cells(results: Results) -> tuple[list[str], list[list[HeatCell | None]]]:
    """Return labels and cells of the heat map, best agent first."""
    order = ranked(results)
    labels = [results["agents"][agent] for agent in order]
    make = _team_cell if results["cooperative"] else _payoff_cell
    return labels, [[make(results, row, column) for column in order] for row in order]


def _payoff_cell(results: Results, row: int, column: int) -> HeatCell | None:
    matrix, digits = results["matrix"], digits_of(results)

    def at(name: str) -> Any:
        return matrix[name][row][column]

    if at("payoff") is None:
        return None
    scale = max(abs(value) for line in matrix["advantage"] for value in line if value is not None) or 1.0
    decisive = "anytime" if results["sequential"] else "advantage"
    sure = at(f"{decisive}_low") is not None and not at(f"{decisive}_low") <= 0.0 <= at(f"{decisive}_high")
    kind = "anytime" if results["sequential"] else "payoff"
    interval = f"{number(at(f'{kind}_low'), digits, True)} to {number(at(f'{kind}_high'), digits, True)}"
    error = at("payoff_standard_error")
    below = interval if results["sequential"] else f"±{number(error, digits)}" if error is not None else ""
    names = f"{results['agents'][row]} against {results['agents'][column]}"
    tip = (
        f"{names}: {interval}; {at('groups'):,} groups, {at('games'):,} games; "
        f"won {at('wins'):,}, drew {at('draws'):,}, lost {at('losses'):,}; "
        f"likelihood of superiority {at('superiority'):.3f}"
    )
    return HeatCell(
        number(at("payoff"), digits, signed=True),
        below,
        at("advantage") / scale,
        sure,
        tip,
        f"{at('wins'):,}–{at('draws'):,}–{at('losses'):,} · {at('superiority'):.2f}",
    )


def _team_cell(results: Results, row: int, column: int) -> HeatCell | None:
    matrix = results["matrix"]

    def at(name: str) -> Any:
        return matrix[name][row][column]

    if at("mean") is None:
        return None
    known = [value for line in matrix["mean"] for value in line if value is not None]
    low, high = min(known), max(known)
    names = f"{results['agents'][row]} with {results['agents'][column]}"
    perfect = rate_text(at("perfect_rate"), at("perfect_low"), at("perfect_high"))
    error = number(at("standard_error"), 2)
    tip = f"{names}: {number(at('mean'), 3)} ± {error} (s.e.), {at('games'):,} games, perfect {perfect}"
    strength = 0.1 + 0.9 * (at("mean") - low) / (high - low) if high > low else 0.5
    return HeatCell(number(at("mean"), 2), f"±{error}", strength, row == column, tip)


def terminal_tables(
    results: Results, console: Console, times: Sequence[Mapping[str, Any]] | None = None, matrix: bool = True
) -> None:
    """Print ratings, the matrix (of fields small enough for it) and warnings; ``times`` from ``time_per_move``."""
    head, rows = rating_table(results, short=True)
    if console.width < _WIDE and _RECORD in head:  # columns as narrow as their numbers, and one less
        place = head.index(_RECORD)
        head = [*head[:place], "W–D–L", *head[place + 1 : -1]]
        rows = [[*row[:place], row[place].replace(" ", ""), *row[place + 1 : -1]] for row in rows]
    caption = _TEAMS.format(best=results["utility_range"][1]) if results["cooperative"] else _PAIRS
    ratings = Table(*head, caption=caption)
    for column in ratings.columns[1:]:
        column.justify = "right"
    for rank, row in enumerate(rows, start=1):
        ratings.add_row(Text(f"{rank} {row[0]}"), *(Text(cell) for cell in row[1:]))
    ratings.columns[0].overflow = "fold"
    console.print(ratings)
    if matrix and 1 < len(results["agents"]) <= _SEVERAL:
        labels, cells = matrix_cells(results)
        shown = Table("", *(str(place + 1) for place in range(len(labels))))
        for place, (label, line) in enumerate(zip(labels, cells, strict=True)):
            texts = [_cell_text(cell) for cell in line]
            name = f"{place + 1} {shortened(label, 26)}" if console.width >= _WIDE else f"{place + 1}"
            shown.add_row(Text(name), *texts)
        shown.columns[0].overflow = "fold"
        for column in shown.columns[1:]:
            column.justify = "right"
        below = "" if results["cooperative"] else " Below: groups won–drawn–lost."
        shown.caption = f"{matrix_caption(results)}{below}"
        console.print(shown)
    if any(line["fallbacks"] or line["rebuilds"] for line in results["beliefs"]):
        head, rows = belief_table(results)
        beliefs = Table(*head)
        for row in rows:
            beliefs.add_row(*(Text(cell) for cell in row))
        for column in beliefs.columns[1:]:
            column.justify = "right"
        console.print(beliefs)
    if times:
        shown_times = ", ".join(f"{line['agent']} {seconds_text(line['mean'])}" for line in times)
        console.print(f"{shown_times} a move", highlight=False, markup=False)
    console.print(facts_text(results), highlight=False)
    for warning in results["warnings"]:
        console.print(f"Warning: {warning}", style="yellow", highlight=False, markup=False)


def _cell_text(cell: HeatCell | None) -> Text:
    if cell is None:
        return Text("–")
    record = cell.more.partition(" · ")[0]
    return Text(f"{cell.text} {cell.below}\n{record}".strip(), style="bold" if cell.sure else "")


def matrix_caption(results: Results) -> str:
    """Return what the cells of the matrix are."""
    if results["cooperative"]:
        return "Mean score of row and column together, ± one standard error; the diagonal is self-play."
    level = f"{100 * results['confidence']:g} %"
    if results["sequential"]:
        return (
            f"Payoff of the row against the column; the {level} interval of its advantage (half the difference of "
            "payoffs) that is valid at any time; bold: it excludes a tie."
        )
    return f"Payoff of the row against the column, ± one standard error; bold: the {level} interval excludes a tie."


def facts_text(results: Results) -> str:
    """Return how much was played and, where it is known, by what the standard errors shrank."""
    parts = [f"{results['games']:,} games in {results['groups']:,} groups of the same deal"]
    reduction = results["variance_reduction"] or {}
    if reduction.get("pairing") is not None:
        parts.append(f"pairing makes standard errors {reduction['pairing']:.2f} times those of independent games")
    if reduction.get("control_variates") is not None:
        parts.append(f"control variates {reduction['control_variates']:.2f} times those without")
    if results["cooperative"]:
        names = {"self_play": "self-play", "cross_play": "cross-play", "gap": "difference"}
        parts += [f"{name} {interval_text(results[key], 2)}" for key, name in names.items() if results[key]]
    return "; ".join(parts) + "."


def seconds_text(value: float | None) -> str:
    """Return a time with three digits, in the unit that suits it."""
    if value is None:
        return "–"
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1.0:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
