"""What a tournament shows: ``report.html``, one file that needs no network, and the same as tables in the terminal.

Both are made from the content of ``results.json`` (``agents.tournament_statistics.summarise``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.tournament_html import (
    HeatCell,
    Whisker,
    heat_map,
    histogram,
    number,
    page,
    paragraph,
    section,
    table,
    whisker_plot,
)
from games.files import write_whole

Results = Mapping[str, Any]

_SEVERAL = 12  # agents up to which the terminal shows the matrix


def digits_of(results: Results) -> int:
    """Return how many decimals payoffs are shown with: more for small ranges."""
    low, high = results["utility_range"]
    return 2 if high - low > 8 else 3


def interval_text(interval: Mapping[str, Any] | None, digits: int, signed: bool = False) -> str:
    """Return ``value (low to high)``, or what of it there is."""
    if interval is None or interval["value"] is None:
        return "–"
    value = number(interval["value"], digits, signed)
    if interval["low"] is None:
        return value
    return f"{value} ({number(interval['low'], digits, signed)} to {number(interval['high'], digits, signed)})"


def ranked(results: Results) -> list[int]:
    """Return the agents' positions, best first: by Elo, cooperative ones by cross-play, else self-play."""

    def key(agent: int) -> tuple[float, int]:
        line = results["ratings"][agent]
        if not results["cooperative"]:
            return -line["elo"], agent
        found = line["cross_play"] or line["self_play"]
        return -found["value"] if found else float("inf"), agent

    return sorted(range(len(results["agents"])), key=key)


def rating_table(results: Results) -> tuple[list[str], list[list[str]]]:
    """Return head and rows, best agent first, of the table that both terminal and page show."""
    digits = digits_of(results)
    order = ranked(results)
    if results["cooperative"]:
        head = ["agent", "cross-play", "self-play", "difference", "perfect in self-play"]
        rows = []
        for agent in order:
            line = results["ratings"][agent]
            perfect = line.get("self_play_perfect")
            rows.append(
                [
                    line["agent"],
                    *(interval_text(line[name], 2) for name in ("cross_play", "self_play")),
                    interval_text(line["gap"], 2, signed=True),
                    _rate_text(perfect["perfect_rate"], *perfect["perfect_interval"]) if perfect else "–",
                ]
            )
        return head, rows
    head = ["agent", "Elo", "advantage over the field", "won – drawn – lost", "Nash share", "alpha-rank"]
    rows = []
    for agent in order:
        line = results["ratings"][agent]
        elo = {"value": line["elo"], "low": line["low"], "high": line["high"]}
        rows.append(
            [
                line["agent"],
                interval_text(elo, 0, signed=True),
                interval_text(line["advantage"], digits, signed=True),
                f"{line['wins']:,} – {line['draws']:,} – {line['losses']:,}",
                number(results["nash"]["policy"][agent], 3) if results["nash"] else "–",
                number(results["alpha_rank"][agent], 3) if results["alpha_rank"] else "–",
            ]
        )
    return head, rows


def _rate_text(rate: float, low: float, high: float) -> str:
    return f"{100 * rate:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _matrix_cells(results: Results) -> tuple[list[str], list[list[HeatCell | None]]]:
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
    sure = at("advantage_low") is not None and not at("advantage_low") <= 0.0 <= at("advantage_high")
    half = None if at("payoff_low") is None else (at("payoff_high") - at("payoff_low")) / 2
    names = f"{results['agents'][row]} against {results['agents'][column]}"
    interval = f"{number(at('payoff_low'), digits, True)} to {number(at('payoff_high'), digits, True)}"
    tip = (
        f"{names}: {interval}; {at('groups'):,} groups, {at('games'):,} games; "
        f"won {at('wins'):,}, drew {at('draws'):,}, lost {at('losses'):,}; "
        f"likelihood of superiority {at('superiority'):.3f}"
    )
    return HeatCell(
        number(at("payoff"), digits, signed=True),
        f"±{number(half, digits)}" if half is not None else "",
        at("advantage") / scale,
        sure,
        tip,
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
    perfect = _rate_text(at("perfect_rate"), at("perfect_low"), at("perfect_high"))
    error = number(at("standard_error"), 2)
    tip = f"{names}: {number(at('mean'), 3)} ± {error} (s.e.), {at('games'):,} games, perfect {perfect}"
    strength = 0.1 + 0.9 * (at("mean") - low) / (high - low) if high > low else 0.5
    return HeatCell(number(at("mean"), 2), f"±{error}", strength, row == column, tip)


def terminal_tables(
    results: Results, console: Console, times: Sequence[Mapping[str, Any]] | None = None, matrix: bool = True
) -> None:
    """Print ratings, the matrix (of fields small enough for it) and warnings; ``times`` from ``time_per_move``."""
    head, rows = rating_table(results)
    ratings = Table(*head)
    for column in ratings.columns[1:]:
        column.justify = "right"
    for row in rows:
        ratings.add_row(*row)
    console.print(ratings)
    if matrix and 1 < len(results["agents"]) <= _SEVERAL:
        labels, cells = _matrix_cells(results)
        shown = Table("", *(str(place + 1) for place in range(len(labels))))
        for place, (label, line) in enumerate(zip(labels, cells, strict=True)):
            texts = [_cell_text(cell) for cell in line]
            shown.add_row(f"{place + 1} {label}", *texts)
        for column in shown.columns[1:]:
            column.justify = "right"
        shown.caption = _matrix_caption(results)
        console.print(shown)
    if times:
        console.print(", ".join(f"{line['agent']} {_seconds(line['mean'])}" for line in times) + " a move")
    console.print(_facts(results), highlight=False)
    for warning in results["warnings"]:
        console.print(f"Warning: {warning}", style="yellow", highlight=False, markup=False)


def _cell_text(cell: HeatCell | None) -> Text:
    if cell is None:
        return Text("–")
    return Text(f"{cell.text} {cell.below}".strip(), style="bold" if cell.sure else "")


def _matrix_caption(results: Results) -> str:
    if results["cooperative"]:
        return "Mean score of row and column together, ± standard error; the diagonal is self-play."
    level = f"{100 * results['confidence']:g} %"
    return f"Payoff of the row against the column, ± half of the {level} interval; bold: the interval excludes a tie."


def _facts(results: Results) -> str:
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


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1.0:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def write_report(
    path: Path,
    results: Results,
    times: Sequence[Mapping[str, Any]] | None = None,
    replays: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Write ``report.html``.

    ``times``: from ``tournament_times.time_per_move``. ``replays``: ``what`` and ``href`` (relative to the page), and
    maybe ``seats``, ``returns`` and ``moves``, as ``tournament_times.notable_games`` gives them; without ``href`` there
    is no link. ``results`` may have ``command`` and ``seed``, which are shown. Raises ``OSError`` as the disk does.
    """
    write_whole(path, report_html(results, times, replays))


def report_html(
    results: Results,
    times: Sequence[Mapping[str, Any]] | None = None,
    replays: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """Return the page as text."""
    head, rows = rating_table(results)
    labels, cells = _matrix_cells(results)
    corner = "row with column" if results["cooperative"] else "row against column"
    body = [
        f"<h1>Tournament: {escape(results['game'])}</h1>",
        paragraph(f"{len(results['agents'])} agents, {_facts(results)}", "soft"),
        *(f"<p class=warning role=note>{escape(warning)}</p>" for warning in results["warnings"]),
        section("Ratings", _rating_plot(results), table(head, rows, _rating_caption(results))),
        section("Matrix", heat_map(labels, cells, _matrix_caption(results), corner), _cyclic(results)),
        section("Perfect games", _perfect(results)) if results["cooperative"] else "",
        section("Seats", _seats(results), _seats_by_agent(results)),
        section("Game lengths", _lengths(results)),
        section("Time per move", _times(times)),
        section("Forfeits", _forfeits(results)),
        section("Games worth a look", _replays(replays)),
        _footer(results),
    ]
    return page(f"Tournament: {results['game']}", "\n".join(part for part in body if part))


def _rating_caption(results: Results) -> str:
    level = f"{100 * results['confidence']:g} %"
    if results["cooperative"]:
        return (
            f"Mean scores with {level} intervals, clustered by deal. Cross-play: all cells of the agent's row of the "
            "matrix but self-play, each cell counting the same."
        )
    return (
        f"{level} intervals. Elo: Bradley–Terry on won, drawn and lost groups, with {results['virtual_draws']:g} "
        "virtual draws an agent; relative to the field's mean. Advantage: payoff above that of the opponent, halved, "
        "averaged over the field. Nash share: probability in the equilibrium of maximum entropy."
    )


def _rating_plot(results: Results) -> str:
    rows = []
    for agent in ranked(results):
        line = results["ratings"][agent]
        if results["cooperative"]:
            found = [line[name] for name in ("cross_play", "self_play")]
            marks = [(part["value"], part["low"], part["high"]) for part in found if part]
        else:
            marks = [(line["elo"], line["low"], line["high"])]
        if marks:
            rows.append(Whisker(line["agent"], marks))
    if not rows:
        return ""
    axis = "mean score: cross-play filled, self-play hollow" if results["cooperative"] else "Elo"
    return whisker_plot(rows, f"Ratings of {len(rows)} agents with intervals", axis)


def _cyclic(results: Results) -> str:
    found = results["cyclicity"]
    if not found or len(results["agents"]) < 3:
        return ""
    text = (
        f"Ratings leave {100 * found['share']:.1f} % of the log-odds unexplained (cyclic share of the Hodge "
        f"decomposition; p = {found['p_value']:.2g} for a field that has ratings)."
    )
    cycles = [" beats ".join([*cycle, cycle[0]]) for cycle in found["cycles"]]
    listed = "".join(f"<li>{escape(cycle)}</li>" for cycle in cycles)
    return paragraph(text) + (f"<ul>{listed}</ul>" if listed else "")


def _perfect(results: Results) -> str:
    head = ["seats", "games", "mean ± s.e.", "perfect games"]
    rows = [
        [
            ", ".join(line["seats"]),
            f"{line['games']:,}",
            f"{number(line['mean'])} ± {number(line['standard_error'], 3)}",
            _rate_text(line["perfect_rate"], *line["perfect_interval"]),
        ]
        for line in sorted(results["teams"], key=lambda line: -line["mean"])
    ]
    whole = table(head, rows, "Every seating that was played, best first; Wilson intervals.")
    return whole if len(rows) <= 30 else f"<details><summary>{len(rows)} seatings</summary>{whole}</details>"


def _seats(results: Results) -> str:
    seats, digits = results["seat_effects"]["seats"], digits_of(results)
    if not seats:
        return ""
    rows = [
        Whisker(f"seat {line['seat']}", [tuple(line["effect"][name] for name in ("value", "low", "high"))])
        for line in seats
    ]
    head = ["seat", "mean payoff", "above the mean of all seats"]
    texts = [
        [
            str(line["seat"]),
            interval_text(line["payoff"], digits, signed=True),
            interval_text(line["effect"], digits, signed=True),
        ]
        for line in seats
    ]
    plot = whisker_plot(rows, "Effect of each seat", "payoff above the mean of all seats")
    return plot + table(head, texts)


def _seats_by_agent(results: Results) -> str:
    lines, digits = results["seat_effects"]["by_agent"], digits_of(results)
    head = ["agent", *(f"in seat {seat}" for seat in range(results["players"]))]
    rows = [
        [
            line["agent"],
            *(
                f"{number(seat['value'], digits)} ± {number(seat['standard_error'], digits)}" if seat else "–"
                for seat in line["seats"]
            ),
        ]
        for line in lines
    ]
    return table(head, rows, "Mean return of each agent in each seat ± standard error over games.")


def _lengths(results: Results) -> str:
    found = results["lengths"]
    quantiles, bars = found["quantiles"], found["histogram"]
    text = (
        f"{number(found['mean'], 1)} moves on average, {quantiles['0']:g} to {quantiles['100']:g}; half of the games "
        f"have at most {quantiles['50']:g}."
    )
    return histogram(bars["edges"], bars["counts"], "Histogram of moves per game", "moves in a game", text)


def _times(times: Sequence[Mapping[str, Any]] | None) -> str:
    if not times:
        return ""
    head = ["agent", "moves", "mean", "median game", "95 % of games below", "slowest game"]
    rows = [
        [line["agent"], f"{line['moves']:,}", *(_seconds(line[name]) for name in ("mean", "median", "p95", "longest"))]
        for line in times
    ]
    return table(head, rows, "Seconds a move; of games, their own means. Not part of results.json: times vary.")


def _forfeits(results: Results) -> str:
    rows = [[line["agent"], line["reason"], f"{line['games']:,}"] for line in results["forfeits"]["reasons"]]
    return table(["agent", "reason", "games"], rows, text_columns=2) if rows else ""


def _replays(replays: Sequence[Mapping[str, Any]] | None) -> str:
    items = []
    for game in replays or ():
        what = escape(str(game["what"]))
        if game.get("href"):
            what = f'<a href="{escape(str(game["href"]))}">{what}</a>'
        details = []
        if "seats" in game:
            details.append(" – ".join(game["seats"]))
        if "returns" in game:
            details.append("returns " + ", ".join(f"{value:g}" for value in game["returns"]))
        if "moves" in game:
            details.append(f"{game['moves']} moves")
        items.append(f"<li>{what}{': ' if details else ''}{escape('; '.join(details))}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _footer(results: Results) -> str:
    parts = [f"Tamaya {results['version']}"]
    if results.get("seed") is not None:
        parts.append(f"seed {results['seed']}")
    command = f"<br><code>{escape(str(results['command']))}</code>" if results.get("command") else ""
    return f"<footer><p class=soft>{escape(', '.join(parts))}{command}</p></footer>"
