"""What ``--help`` prints: the options in groups, basic ones first, wrapped between words, and examples at the end.

The options and their words come from the parser, which draws them in a box; a dataclass of options says with
``help_groups`` and ``help_examples`` how they are shown. Without these the box is shown as it is.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

WIDTH = 80
"""The widest line of a help page, however wide the terminal is."""
_COLUMN = 24  # where the words of an option begin
_ENTRY = re.compile(r"(-h, --help|--\S+(?: \S+)*|\S+(?: \S+)*?)(?: {2,}(.*))?$")


class Entry(NamedTuple):
    """An option or argument: its name (``--games``), how it is typed (``--games INT``), and what it is."""

    name: str
    typed: str
    words: str


def entries_of(box: str) -> tuple[list[str], list[Entry], list[Entry]]:
    """Return what stands before the boxes of the parser's help, its positional arguments, and its options."""
    head, found = list[str](), list[Entry]()
    for line in re.sub(r"\x1b\[[0-9;]*m", "", box).splitlines():
        if line.startswith("│"):
            row = line.strip("│")[1:].rstrip()
            if row[:1].strip():
                typed, words = _ENTRY.match(row).groups()  # type: ignore[union-attr]
                name = typed.split()[1 if typed.startswith("-h,") else 0]
                found.append(Entry(name, typed, words or ""))
            elif found and row.strip():
                found[-1] = found[-1]._replace(words=f"{found[-1].words} {row.strip()}".strip())
        elif not found and not line.startswith("╭"):
            head.append(line)
    return head, [one for one in found if one.name[:1] != "-"], [one for one in found if one.name[:1] == "-"]


def grouped(options: Sequence[Entry], groups: Mapping[str, str]) -> dict[str, list[Entry]]:
    """Return the options of each group, in the order of the groups; what none names comes last (*further options*)."""
    known = {one.name.lstrip("-"): one for one in options}
    found = {title: [known.pop(name) for name in names.split()] for title, names in groups.items()}
    return found | ({"further options": list(known.values())} if known else {})


def help_page(box: str, groups: Mapping[str, str], examples: Sequence[str]) -> str:
    """Return the page of a command from the parser's help.

    groups : title → names of options, without their dashes. examples : commands, as they are typed.
    """
    head, arguments, options = entries_of(box)
    lines = [part for line in head for part in (textwrap.wrap(line, WIDTH, break_on_hyphens=False) or [""])]
    sections = ({"arguments": arguments} if arguments else {}) | grouped(options, groups)
    for title, entries in sections.items():
        lines += [*([""] if lines[-1] else []), f"{title}:", *(line for one in entries for line in _entry(one))]
    lines += ["", "examples:", *(line for example in examples for line in _example(example))]
    return "\n".join(lines) + "\n"


def _entry(one: Entry) -> list[str]:
    """Return the lines of an option: its words beside it, or below where it is long."""
    wrapped = textwrap.wrap(one.words, WIDTH - _COLUMN, break_on_hyphens=False, break_long_words=False) or [""]
    lines = [" " * _COLUMN + line for line in wrapped]
    if len(one.typed) + 3 > _COLUMN:
        return [f"  {one.typed}", *lines]
    return [f"  {one.typed}".ljust(_COLUMN) + wrapped[0], *lines[1:]]


def _example(command: str) -> list[str]:
    """Return a command in lines that a shell takes as one."""
    lines = ["  "]
    for part in re.split(r" (?=--)", command):
        if len(lines[-1]) + len(part) > WIDTH - 4 and lines[-1].strip():
            lines.append("    ")
        lines[-1] += f"{part} "
    return [*(f"{line}\\" for line in lines[:-1]), lines[-1].rstrip()]
