"""Pieces of a web page that needs nothing else: tables with coloured cells, plots as inline SVG, one style sheet.

Colours are laid over the page's own background, so one set serves light and dark; every plot has a text alternative and
every number in a plot is in a table, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

STYLE = """
:root {
  color-scheme: light dark;
  --page: #fcfcfb; --ink: #22262b; --soft: #646c75; --line: #d9dcdf;
  --note: #fff6e0; --edge: #b7791f; --blue: #2f6db5; --orange: #c8553d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16191d; --ink: #e4e6e8; --soft: #9aa3ac; --line: #353b42;
    --note: #2c2616; --edge: #d9a441; --blue: #6fa8e6; --orange: #e58a70;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 1.5rem 1rem 4rem;
  background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .4rem; }
p, ul { margin: .4rem 0; max-width: 46rem; }
figure { margin: .6rem 0; }
figcaption { font-size: .88rem; max-width: 46rem; }
.soft, figcaption, small { color: var(--soft); }
.scroll { overflow-x: auto; }
a { color: var(--blue); }
code { font-size: .88em; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--soft); }
.warning { background: var(--note); border-left: 4px solid var(--edge); padding: .55rem .9rem; margin: .7rem 0; }

table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .28rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
thead th { vertical-align: bottom; }
th[scope=row], td.text, th.text { text-align: left; white-space: normal; overflow-wrap: break-word; }
th[scope=row] { max-width: 24rem; position: sticky; left: 0; background: var(--page); z-index: 1; }
@media (max-width: 40rem) {
  th[scope=row] { max-width: 8.5rem; }
}
.heat td { text-align: center; border: 1px solid var(--page); padding: .35rem .6rem; line-height: 1.25; }
.heat td small { display: block; color: inherit; opacity: .85; }
.heat td.sure { font-weight: 700; }
.heat td.sure small { font-weight: 400; }

svg { width: 100%; max-width: 54rem; display: block; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .soft { fill: var(--soft); font-size: 12px; }
svg .rule { stroke: var(--line); }
svg .first { fill: var(--blue); stroke: var(--blue); }
svg .second { fill: var(--page); stroke: var(--orange); }
"""


def page(title: str, body: str) -> str:
    """Return a whole HTML document; ``body`` is markup, ``title`` text."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n"
        "</html>\n"
    )


def section(title: str, *parts: str) -> str:
    """Return a section under a heading; nothing if all parts are empty."""
    content = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}\n</section>" if content else ""


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f"<p{f' class={kind}' if kind else ''}>{escape(text)}</p>" if text else ""


def number(value: float | None, digits: int = 2, signed: bool = False) -> str:
    """Return a number as people read it: a true minus sign, thousands separated, a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", "−")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "", text_columns: int = 1) -> str:
    """Return a table of plain texts; the first column is the head of its row, ``text_columns`` are aligned left."""
    kinds = [" class=text" if column < text_columns else "" for column in range(len(head))]
    top = "".join(f"<th scope=col{kind}>{escape(text)}</th>" for text, kind in zip(head, kinds, strict=True))
    lines = [
        f"<tr><th scope=row>{escape(row[0])}</th>"
        + "".join(f"<td{kind}>{escape(text)}</td>" for text, kind in zip(row[1:], kinds[1:], strict=True))
        + "</tr>"
        for row in rows
    ]
    return _captioned(f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table>", caption)


def _captioned(content: str, caption: str) -> str:
    """Return a figure whose content scrolls sideways on small screens, with its caption below."""
    note = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure><div class=scroll tabindex=0>{content}</div>{note}</figure>"


class HeatCell(NamedTuple):
    """``strength`` in [−1, 1]: blue above 0, orange below; ``sure`` cells are bold; ``tip`` appears under the mouse;
    ``more`` is a second line below.
    """

    text: str
    below: str = ""
    strength: float = 0.0
    sure: bool = False
    tip: str = ""
    more: str = ""


def heat_map(labels: Sequence[str], cells: Sequence[Sequence[HeatCell | None]], caption: str, corner: str) -> str:
    """Return a square table of coloured cells, headed by the labels, columns of long ones by numbers."""
    long = max(len(label) for label in labels) > 16
    heads = [str(place) for place in range(1, len(labels) + 1)] if long else labels
    top = "".join(
        f'<th scope=col title="{escape(label)}">{escape(head)}</th>' for head, label in zip(heads, labels, strict=True)
    )
    rows = []
    for place, (label, row) in enumerate(zip(labels, cells, strict=True), start=1):
        name = f"{place} {shortened(label)}" if long else label
        rows.append(f"<tr><th scope=row>{escape(name)}</th>{''.join(_heat_cell(cell) for cell in row)}</tr>")
    head = f"<thead><tr><th class=text scope=col><small>{escape(corner)}</small></th>{top}</tr></thead>"
    return _captioned(f"<table class=heat>{head}<tbody>{''.join(rows)}</tbody></table>", caption)


def _heat_cell(cell: HeatCell | None) -> str:
    if cell is None:
        return "<td>–</td>"
    colour = "47,109,181" if cell.strength > 0 else "200,85,61"
    opacity = 0.55 * min(1.0, abs(cell.strength))
    below = "".join(f"<small>{escape(line)}</small>" for line in (cell.below, cell.more) if line)
    kind = " class=sure" if cell.sure else ""
    return (
        f'<td{kind} style="background:rgba({colour},{opacity:.2f})" title="{escape(cell.tip)}">'
        f"{escape(cell.text)}{below}</td>"
    )


class Whisker(NamedTuple):
    """One row of a plot: a label and one or two (value, low, high); limits may be ``None``."""

    label: str
    marks: Sequence[tuple[float, float | None, float | None]]


def _ticks(low: float, high: float, count: int = 6) -> list[float]:
    span = high - low
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(low / step)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def _tick_text(value: float, step: float) -> str:
    return number(value, max(0, -math.floor(math.log10(step))) if step < 1 else 0)


def _axis(rows: Sequence[Whisker]) -> tuple[float, float]:
    """Return the ends of an axis on which the bulk of the rows can be told apart.

    One row far from all others – an agent that fails, an interval from two deals – does not press the others together:
    the axis ends four times the spread of the middle half beyond it, what is outside is named at the edge.
    """
    values = sorted(mark[0] for row in rows for mark in row.marks)
    limits = [value for row in rows for mark in row.marks for value in mark if value is not None]
    widths = sorted(high - low for row in rows for _, low, high in row.marks if low is not None and high is not None)
    first, third = values[len(values) // 4], values[-1 - len(values) // 4]
    spread = max(third - first, widths[len(widths) // 2] if widths and first == third else 0.0)
    low, high = min(limits), max(limits)
    if spread > 0.0:
        low, high = max(low, first - 4.0 * spread), min(high, third + 4.0 * spread)
    room = 0.04 * (high - low) or max(1.0, abs(high)) * 0.05
    return low - room, high + room


def whisker_plot(rows: Sequence[Whisker], label: str, axis: str) -> str:
    """Return dots with intervals, one row each under its name, as SVG as wide as its place.

    ``label``: the text alternative; ``axis``: what is measured.
    """
    low, high = _axis(rows)
    line, bottom = 42, 42 * len(rows) + 6

    def place(value: float) -> str:
        return f"{2.0 + 96.0 * (min(max(value, low), high) - low) / (high - low):.2f}%"

    ticks = _ticks(low, high, 5)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    parts = [
        f'<line class=rule x1="{place(tick)}" x2="{place(tick)}" y1="2" y2="{bottom}"/>'
        f'<text class=soft x="{place(tick)}" y="{bottom + 16}" text-anchor="middle">{_tick_text(tick, step)}</text>'
        for tick in ticks
    ]
    for index, row in enumerate(rows):
        outside = [number(mark[0]) for mark in row.marks if not low <= mark[0] <= high]
        name = shortened(row.label, 44) + (f" ({', '.join(outside)}, off the axis)" if outside else "")
        parts.append(f'<text x="0" y="{line * index + 15}">{escape(name)}</text>')
        for kind, (value, below, above) in zip(("first", "second"), row.marks, strict=False):
            y = line * index + (29 if len(row.marks) == 1 else 25 if kind == "first" else 35)
            tip = escape(f"{row.label}: {number(value)}")
            if below is not None and above is not None:
                parts.append(
                    f'<line class={kind} x1="{place(below)}" x2="{place(above)}" y1="{y}" y2="{y}" stroke-width="2"/>'
                )
                tip += escape(f" ({number(below)} to {number(above)})")
            dot = f'<circle class={kind} cx="{place(value)}" cy="{y}" r="4.5" stroke-width="2">'
            parts.append(f"{dot}<title>{tip}</title></circle>")
    parts.append(f'<text class=soft x="50%" y="{bottom + 36}" text-anchor="middle">{escape(axis)}</text>')
    return _svg(bottom + 44, label, parts)


def histogram(edges: Sequence[float], counts: Sequence[int], label: str, axis: str, caption: str = "") -> str:
    """Return a histogram as SVG: counts [n] between edges [n + 1]."""
    height, left = 190, 2.0
    top = max(counts) or 1
    size = 96.0 / len(counts)
    parts = [f'<line class=rule x1="2%" x2="98%" y1="{height}" y2="{height}"/>']
    every = max(1, math.ceil(len(counts) / 6))
    for index, count in enumerate(counts):
        tall = (height - 22) * count / top
        x = left + index * size
        whole = edges[index + 1] - edges[index] == 1
        name = f"{edges[index]:g}" if whole else f"{edges[index]:g}–{edges[index + 1] - 1:g}"
        parts.append(
            f'<rect class=first stroke="none" x="{x + 0.1 * size:.2f}%" width="{0.8 * size:.2f}%" '
            f'y="{height - tall:.1f}" height="{tall:.1f}"><title>{name}: {count:,}</title></rect>'
        )
        if index % every == 0:
            parts.append(
                f'<text class=soft x="{x + size / 2:.2f}%" y="{height + 16}" text-anchor="middle">{name}</text>'
            )
    parts.append(f'<text class=soft x="2%" y="14">{top:,} games</text>')
    parts.append(f'<text class=soft x="50%" y="{height + 36}" text-anchor="middle">{escape(axis)}</text>')
    return _svg(height + 44, label, parts, caption)


def shortened(label: str, length: int = 52) -> str:
    """Return a label cut in the middle to what a plot has room for."""
    if len(label) <= length:
        return label
    return f"{label[: length // 2]}…{label[-(length // 2 - 1) :]}"


def _svg(height: int, label: str, parts: Sequence[str], caption: str = "") -> str:
    svg = (
        f'<svg width="100%" height="{height}" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>{''.join(parts)}</svg>"
    )
    return _captioned(svg, caption)
