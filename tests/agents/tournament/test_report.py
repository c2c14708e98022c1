"""The report: one file that is whole, safe and needs no network, in a browser too, and the terminal's tables."""

from __future__ import annotations

import io
import itertools
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.tournament.html import Whisker, histogram, number, whisker_plot
from agents.tournament.report import report_html, terminal_tables, write_report
from agents.tournament.statistics import summarise
from agents.tournament.tables import place_table
from agents.tournament.times import notable_games, time_per_move
from tests.agents.statistics.test_tournament import TEAMS, Lines, by_strength, rock_paper_scissors, teams, tournament

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EMPTY = {"meta", "br"}  # elements of the page without an end

AGENTS = {"<script>alert(1)</script>": 0.8, "mmds(blueprint=uniform, rollouts=1000)": 0.3, "uniform & co": 0.0}


class Parsed(HTMLParser):
    """Elements, attributes and text of a page; raises if an element is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def competitive() -> tuple[Lines, dict[str, Any]]:
    lines = tournament(list(AGENTS), 25, by_strength(AGENTS))
    lines[7]["forfeit"] = {"seat": 1, "reason": "took 12 s > 10 s & was stopped"}
    results = summarise(lines, list(AGENTS), (-9.0, 9.0), "leduc_poker")
    return lines, results | {"seed": 3, "command": "python -m agents.tournament --agents '<script>'"}


def cooperative() -> tuple[Lines, dict[str, Any]]:
    lines = teams(TEAMS, 20)
    return lines, summarise(lines, ["a", "b", "c"], (0.0, 25.0), "hanabi", cooperative=True)


@pytest.mark.parametrize("make", [competitive, cooperative])
def test_the_page_is_whole_and_asks_for_nothing_from_outside(make: Any, tmp_path: Path) -> None:
    lines, results = make()
    played: Counter[tuple[int, int]] = Counter()
    timings = []
    for line in lines:
        group, seats = (line["unit"], line["deal"]), len(line["seats"])
        seconds, moves = [0.2, *[1e-6] * (seats - 1)], [2, *[3] * (seats - 1)]
        timings.append({"unit": group[0], "deal": group[1], "game": played[group], "seconds": seconds, "moves": moves})
        played[group] += 1
    replays = [game | {"href": f"replays/{place}.json"} for place, game in enumerate(notable_games(lines))]
    write_report(tmp_path / "report.html", results, time_per_move(lines, timings, results["agents"]), replays)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    parsed = Parsed(text)
    assert parsed.open == []
    names = {name for name, _ in parsed.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not re.search(r"https?:|url\(|@import|<[^>]*\son[a-z]+\s*=", text)
    assert all(attributes.get("aria-label") for attributes in parsed.all("svg")) and len(parsed.all("svg")) >= 2
    assert [link["href"] for link in parsed.all("a")] == [replay["href"] for replay in replays]
    for agent in results["agents"]:
        assert agent in parsed.text
    for warning in results["warnings"]:
        assert warning in parsed.text
    assert "200 ms" not in parsed.text and "100 ms" in parsed.text
    assert len(parsed.all("h1")) == 1 and parsed.all("html") == [{"lang": "en"}]


def test_names_and_reasons_are_text_and_never_markup() -> None:
    _, results = competitive()
    text = report_html(results)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "took 12 s &gt; 10 s &amp; was stopped" in text


def test_every_cell_of_the_matrix_is_in_the_heat_map_best_first() -> None:
    _, results = competitive()
    rows = re.findall(r"<tr><th scope=row>(\d) .*?</th>(.*?)</tr>", report_html(results))
    order = sorted(range(3), key=lambda agent: -results["ratings"][agent]["elo"])
    assert [int(place) for place, _ in rows] == [1, 2, 3]
    for (_, cells), row in zip(rows, order, strict=True):
        values = re.findall(r">([+−]?\d+\.\d+)<small>|<td>(–)</td>", cells)
        expected = [results["matrix"]["payoff"][row][column] for column in order]
        shown = [number(value, 2, signed=True) if value is not None else "–" for value in expected]
        assert [first or second for first, second in values] == shown


def test_a_cyclic_field_says_so_on_the_page_and_in_the_terminal() -> None:
    agents = ["rock", "paper", "scissors"]
    results = summarise(tournament(agents, 30, rock_paper_scissors), agents, (-1.0, 1.0), "rps")
    assert "The field is cyclic" in Parsed(report_html(results)).text
    stream = io.StringIO()
    terminal_tables(results, Console(file=stream, width=150))
    shown = stream.getvalue()
    assert "Warning: The field is cyclic" in shown
    assert shown.count("0.333") == 6  # Nash averaging and alpha-rank
    assert "+1.000" in shown


def test_what_stands_after_a_plus_or_minus_is_one_standard_error() -> None:
    results = competitive()[1]
    stream = io.StringIO()
    terminal_tables(results, Console(file=stream, width=200))
    shown = re.findall(r"± ?([0-9.,]+)", stream.getvalue())
    matrix = results["matrix"]["payoff_standard_error"]
    expected = [number(line["standard_error"], 0) for line in results["ratings"]]
    expected += [number(line["advantage"]["standard_error"], 2) for line in results["ratings"]]
    expected += [number(error, 2) for row in matrix for error in row if error is not None]
    assert Counter(shown) == Counter(expected)
    assert stream.getvalue().count("one standard error") == 2


@pytest.mark.parametrize("width", [80, 150])
def test_the_terminal_shows_wins_draws_and_losses(width: int) -> None:
    results, stream = competitive()[1], io.StringIO()
    terminal_tables(results, Console(file=stream, width=width))
    shown = stream.getvalue()
    assert max(map(len, shown.splitlines())) <= width
    between = " – " if width > 100 else "–"
    for line in results["ratings"]:
        assert between.join(f"{line[name]:,}" for name in ("wins", "draws", "losses")) in shown
    matrix = results["matrix"]
    for row, column in itertools.permutations(range(len(results["agents"])), 2):
        if matrix["groups"][row][column]:
            assert "–".join(f"{matrix[name][row][column]:,}" for name in ("wins", "draws", "losses")) in shown
    assert "Elo in points" in shown


def test_the_terminal_shows_teams_and_times() -> None:
    _, results = cooperative()
    stream = io.StringIO()
    times = [{"agent": "a", "mean": 0.0031}, {"agent": "b", "mean": None}, {"agent": "c", "mean": 4e-7}]
    terminal_tables(results, Console(file=stream, width=150), times)
    shown = stream.getvalue()
    assert "self-play" in shown and "a 3.1 ms, b –, c 400 ns a move" in shown
    best = results["matrix"]["mean"][0][0]
    assert number(best) in shown


def test_numbers_are_written_as_people_read_them() -> None:
    assert number(-1234.5, 1) == "−1,234.5"
    assert number(0.25, 2, signed=True) == "+0.25"
    assert number(-0.001, 2, signed=True) == "0.00"
    assert number(None) == "–"


def test_dots_and_bars_stand_where_their_numbers_are() -> None:
    plot = whisker_plot([_whisker("x", 0.0), _whisker("y", 10.0), _whisker("z", 5.0)], "label", "axis")
    places = [float(place) for place in re.findall(r'<circle [^>]*cx="([\d.]+)%"', plot)]
    assert places[2] == pytest.approx((places[0] + places[1]) / 2, abs=0.11)
    assert places[0] < places[1]
    bars = histogram([0, 1, 2, 3], [1, 4, 0], "label", "axis")
    heights = [float(height) for height in re.findall(r'<rect [^>]*height="([\d.]+)"', bars)]
    assert heights == pytest.approx([heights[1] / 4, heights[1], 0.0])
    assert whisker_plot([_whisker("alone", 3.0)], "label", "axis").count("<circle") == 1


def _whisker(label: str, value: float) -> Any:
    from agents.tournament.html import Whisker

    return Whisker(label, [(value, None, None)])


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine to open the report in")
def test_a_browser_lays_the_page_out(tmp_path: Path) -> None:
    assert BROWSER is not None
    _, results = competitive()
    write_report(tmp_path / "report.html", results)
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    page = (tmp_path / "report.html").as_uri()
    picture = tmp_path / "report.png"
    command = [BROWSER, *options, "--window-size=1000,1400", f"--screenshot={picture}", page]
    subprocess.run(command, capture_output=True, timeout=300, check=True)
    from matplotlib.image import imread

    pixels = imread(picture)
    assert pixels.shape[:2] == (1400, 1000)
    colours = {tuple(colour) for colour in (pixels[::4, ::4, :3].reshape(-1, 3) * 255).round().astype(int).tolist()}
    assert len(colours) > 20 and (47, 109, 181) in colours  # the dots of the ratings


def test_one_agent_that_fails_does_not_stretch_the_axis_of_the_others() -> None:
    rows = [_whisker(f"agent {place}", 10.0 * place) for place in range(8)]
    plot = whisker_plot([*rows, _whisker("broken", -2000.0)], "label", "axis")
    places = [float(place) for place in re.findall(r'<circle [^>]*cx="([\d.]+)%"', plot)]
    assert places[7] - places[0] > 20.0
    assert places[8] == 2.0 and "broken (−2,000.00, off the axis)" in plot
    assert "off the axis" not in whisker_plot(rows, "label", "axis")
    wide = [Whisker("x", [(0.0, -1000.0, 1000.0)]), Whisker("y", [(1.0, -1.0, 3.0)]), Whisker("z", [(2.0, 0.0, 4.0)])]
    assert all(0.0 <= float(end) <= 100.0 for end in re.findall(r'x[12]="([\d.-]+)%"', whisker_plot(wide, "l", "a")))


def test_places_are_what_the_differences_allow() -> None:
    agents = {"strong": 3.0, "even": 0.0, "equal": 0.0, "weak": -3.0}
    results = summarise(tournament(list(agents), 60, by_strength(agents)), list(agents), (-9.0, 9.0), "game")
    head, rows = place_table(results)
    assert head[1] == "places"
    assert [row[1] for row in rows] == ["1", "2 to 3", "2 to 3", "4"]
    assert (rows[0][0], rows[3][0]) == ("strong", "weak")
    order = [results["agents"].index(row[0]) for row in rows]
    gap = results["rating_differences"]["difference"][order[0]][order[1]]
    assert rows[0][2].startswith(f"{number(gap, 0, True)} ± ") and rows[0][3] == "1.000" and rows[3][2:] == ["–", "–"]


def test_the_matrix_tells_what_was_won_and_how_likely_who_is_better() -> None:
    _, results = competitive()
    text, matrix = report_html(results), results["matrix"]
    for row, column in ((0, 1), (1, 0), (2, 1)):
        won, drawn, lost = (matrix[name][row][column] for name in ("wins", "draws", "losses"))
        assert f"<small>{won}–{drawn}–{lost} · {matrix['superiority'][row][column]:.2f}</small>" in text


def test_the_page_says_when_and_with_what_and_what_is_left_without_forfeits() -> None:
    lines, results = competitive()
    spoilt = (lines[7]["unit"], lines[7]["deal"])
    kept = [line for line in lines if (line["unit"], line["deal"]) != spoilt]
    bare = summarise(kept, list(AGENTS), (-9.0, 9.0), "leduc_poker")
    page = report_html(
        results | {"without_forfeits": {"games": bare["games"], "ratings": bare["ratings"]}}, played=["2026-01-02"]
    )
    assert ", seed 3, 2026-01-02" in page
    assert f"{len(kept)} of {len(lines)} games are left" in page
    assert "<th scope=col>without forfeits</th>" in page
    assert "without forfeits" not in report_html(results)
