"""The commands and snippets of a page, as printed: what a reader would type, taken out mechanically.

A block is fenced, or indented by four spaces after an empty line. It is *Python* if it is marked so, or begins with an
import; it is *commands* if it has no language (or a shell's) and its first line begins with a program; in a block that
shows what a command prints, only lines after ``$`` are typed. Everything else must say what it is (``text``, ``json``),
and is not run.

Comments of HTML right before a block say what is done otherwise with it:

``<!-- run: "--games 1000" as "--games 4"; "x.csv" as "y.csv" -->``
    The first texts are replaced by the second; each of them must be there.
``<!-- not run: why -->``, ``<!-- not run "make": why -->``
    The block is left out, or those of its lines that begin with these words.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("$", "python", "python3", "tamaya", "make", "pip", "git", "timeout")
LANGUAGES = {"": "commands", "sh": "commands", "bash": "commands", "console": "commands", "python": "python"}
NOT_TYPED = ("text", "json", "bibtex", "csv", "toml", "yaml", "html")
_MARK = re.compile(r'<!-- (run|not run)(?: "([^"]+)")?: (.+?) -->\s*$')
_PAIR = re.compile(r'"([^"]*)" as "([^"]*)"')


class BadPage(ValueError):
    """A page has a block of which nobody can say whether it is run, or a mark that fits nothing."""


@dataclass(frozen=True)
class Block:
    """Lines of a page that are typed: ``kind`` is ``python`` or ``commands``; ``line`` is that of its first line."""

    page: Path
    line: int
    kind: str
    text: str

    def commands(self) -> list[list[str]]:
        """Return the words of each command."""
        typed = self.text.replace("\\\n", " ").splitlines()
        if any(line.startswith("$ ") for line in typed):
            typed = [line[2:] for line in typed if line.startswith("$ ")]
        return [words for line in typed if (words := shlex.split(line, comments=True))]


def blocks_of(page: Path) -> list[Block]:
    """Return what is typed on a page, from top to bottom; raises ``BadPage``."""
    lines, found, marks = page.read_text(encoding="utf-8").splitlines(), list[Block](), list[str]()
    at = 0
    while at < len(lines):
        line = lines[at]
        first, empty_before = at + 1, at == 0 or not lines[at - 1].strip()
        if line.lstrip().startswith("```"):
            end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == "```")
            text, language, at = textwrap.dedent("\n".join(lines[at + 1 : end])), line.strip()[3:].split(" ")[0], end
            kind, first = _kind(page, first, language, text), first + 1
        elif line.startswith("    ") and empty_before and (kind := _kind_of_indented(line)):
            end = next((i for i in range(at, len(lines)) if lines[i].strip() and lines[i][:4].strip()), len(lines))
            text, at = textwrap.dedent("\n".join(lines[at:end])), end - 1
        else:
            marks = [*marks, line] if _MARK.match(line) else marks if not line.strip() else []
            at += 1
            continue
        if kind and (marked := _marked(page, first, text, marks)):
            found.append(Block(page, first, kind, marked))
        marks, at = [], at + 1
    return found


def _kind(page: Path, line: int, language: str, text: str) -> str | None:
    if language in NOT_TYPED:
        return None
    kind = LANGUAGES.get(language)
    if kind is None or (kind == "commands" and text.split(" ")[0] not in PROGRAMS):
        raise BadPage(f"{page}:{line}: a block that is neither Python nor commands says so (```text)")
    return kind


def _kind_of_indented(line: str) -> str | None:
    word = line.split()[0]
    return "python" if word in ("import", "from") else "commands" if word in PROGRAMS else None


def _marked(page: Path, line: int, text: str, marks: list[str]) -> str | None:
    """Return the text as it is run, or ``None``."""
    for mark in (found for one in marks if (found := _MARK.match(one))):
        verb, start, words = mark.groups()
        if verb == "run":
            for printed, shorter in _PAIR.findall(words):
                if printed not in text:
                    raise BadPage(f"{page}:{line}: {printed!r} is not in the block that is to be run without it")
                text = text.replace(printed, shorter)
        elif start is None:
            return None
        else:
            kept = [one for one in text.splitlines() if not one.startswith(start)]
            if len(kept) == len(text.splitlines()):
                raise BadPage(f"{page}:{line}: no line begins with {start!r}")
            text = "\n".join(kept)
    return text
