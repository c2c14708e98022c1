"""What a tournament shows: ``report.html``, one file that needs no network, and the same as tables in the terminal.

Both are made from the content of ``results.json`` (``agents.tournament.statistics.summarise``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from agents.tournament.html import Whisker, heat_map, histogram, number, page, paragraph, section, table, whisker_plot
from agents.tournament.tables import (
    belief_table,
    digits_of,
    facts_text,
    given_state_text,
    interval_text,
    matrix_caption,
    matrix_cells,
    place_table,
    ranked,
    rate_text,
    rating_table,
    seconds_text,
    terminal_tables,
)
from games._base.files import write_whole

__all__ = ["report_html", "terminal_tables", "write_report"]

Results = Mapping[str, Any]


def write_report(
    path: Path,
    results: Results,
    times: Sequence[Mapping[str, Any]] | None = None,
    replays: Sequence[Mapping[str, Any]] | None = None,
    played: Sequence[str] = (),
) -> None:
    """Write ``report.html``.

    ``times``: from ``tournament_times.time_per_move``. ``replays``: ``what`` and ``href`` (relative to the page), and
    maybe ``seats``, ``returns`` and ``moves``, as ``tournament_times.notable_games`` gives them; without ``href`` there
    is no link. ``results`` may have ``command`` and ``seed``, which are shown. ``played``: what else is known of how it
    was played, when, with which versions and how long. Raises ``OSError`` as the disk does.
    """
    write_whole(path, report_html(results, times, replays, played))


def report_html(
    results: Results,
    times: Sequence[Mapping[str, Any]] | None = None,
    replays: Sequence[Mapping[str, Any]] | None = None,
    played: Sequence[str] = (),
) -> str:
    """Return the page as text."""
    head, rows = rating_table(results)
    labels, cells = matrix_cells(results)
    corner = "row with column" if results["cooperative"] else "row against column"
    body = [
        f"<h1>Tournament: {escape(results['game'])}</h1>",
        paragraph(f"{len(results['agents'])} agents, {facts_text(results)}", "soft"),
        *(f"<p class=warning role=note>{escape(warning)}</p>" for warning in results["warnings"]),
        section(
            "Ratings",
            _rating_plot(results),
            table(head, rows, _rating_caption(results)),
            _places(results),
            paragraph(given_state_text(results), "soft"),
        ),
        section("Matrix", heat_map(labels, cells, _matrix_caption(results), corner), _cyclic(results)),
        section("Perfect games", _perfect(results)) if results["cooperative"] else "",
        section("Seats", _seats(results), _seats_by_agent(results)),
        section("Game lengths", _lengths(results)),
        section("Time per move", _times(times)),
        section("Forfeits", _forfeits(results), _without_forfeits(results)),
        section("Beliefs of searches", _beliefs(results)),
        section("Games worth a look", _replays(replays)),
        _footer(results, played),
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


def _places(results: Results) -> str:
    if results["cooperative"] or len(results["agents"]) < 2:
        return ""
    head, rows = place_table(results)
    caption = (
        f"Places that the differences of Elo allow at {100 * results['confidence']:g} %, each pair by itself, and the "
        "difference to the next agent ± one standard error."
    )
    return table(head, rows, caption)


def _matrix_caption(results: Results) -> str:
    caption = matrix_caption(results)
    if results["cooperative"]:
        return caption
    return f"{caption} Below: groups won – drawn – lost, and the likelihood of superiority."


def _without_forfeits(results: Results) -> str:
    found = results.get("without_forfeits")
    if not found:
        return ""
    name, digits = ("cross_play", 2) if results["cooperative"] else ("advantage", digits_of(results))
    before = {line["agent"]: line for line in results["ratings"]}
    rows = [
        [line["agent"], *(interval_text(part[name], digits, True, True) for part in (before[line["agent"]], line))]
        for line in found["ratings"]
    ]
    what = "cross-play" if results["cooperative"] else "advantage over the field"
    caption = (
        f"{found['games']:,} of {results['games']:,} games are left without the deals in which somebody forfeited. Who "
        "forfeits loses its bad games there, so that this is no fairer; it says how much forfeits decide."
    )
    return table(["agent", what, "without forfeits"], rows, caption)


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
            rate_text(line["perfect_rate"], *line["perfect_interval"]),
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
    return table(head, rows, "Mean return of each agent in each seat ± one standard error, over games.")


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
        [
            line["agent"],
            f"{line['moves']:,}",
            *(seconds_text(line[name]) for name in ("mean", "median", "p95", "longest")),
        ]
        for line in times
    ]
    return table(head, rows, "Seconds a move; of games, their own means. Not part of results.json: times vary.")


def _forfeits(results: Results) -> str:
    rows = [[line["agent"], line["reason"], f"{line['games']:,}"] for line in results["forfeits"]["reasons"]]
    return table(["agent", "reason", "games"], rows, text_columns=2) if rows else ""


def _beliefs(results: Results) -> str:
    head, rows = belief_table(results)
    caption = (
        "Where no belief could be built, or it did not explain what was seen even when it was built anew, the "
        "blueprint was played without search."
    )
    return table(head, rows, caption) if rows else ""


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


def _footer(results: Results, played: Sequence[str]) -> str:
    parts = [f"Tamaya {results['version']}"]
    if results.get("seed") is not None:
        parts.append(f"seed {results['seed']}")
    parts += played
    command = f"<br><code>{escape(str(results['command']))}</code>" if results.get("command") else ""
    return f"<footer><p class=soft>{escape(', '.join(parts))}{command}</p></footer>"
