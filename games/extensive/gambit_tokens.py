"""The words of Gambit's files, of game trees (``.efg``) and of tables (``.nfg``) alike: labels, braces, exact numbers.

Labels stand in quotation marks, ``\\"`` inside them is one. Commas are spaces. Numbers are whole, rational (``1/3``) or
decimal (``.5``, ``1e-3``), and kept exact. What is wrong is said with line and column.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, NoReturn

from games.extensive.game import GameError

_TOKEN = re.compile(r'"(.*?)(?<!\\)"|([{}])|([^\s{},"]+)|(")', re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d+/\d+|(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?)", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_LONGEST, _LARGEST = 400, 1e300  # characters of a number, and its size
TEXT, BRACE, WORD, END = "text", "brace", "word", "end"


class Token(NamedTuple):
    """A word, what kind it is, and where it begins."""

    kind: str
    text: str
    at: int


def file_text(path: str | Path) -> str:
    """Return the text of a file; raises ``GameError`` with its name if it is none."""
    path = Path(path)
    if not path.is_file():
        raise GameError(f"there is no file {path}")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise GameError(f"{path} is not a text file in UTF-8") from None
    except OSError as error:
        raise GameError(f"{path} cannot be read: {error.strerror}") from None
    if "\0" in text:
        raise GameError(f"{path} is not a text file")
    return text


def quoted(label: str) -> str:
    """Return a label as it stands in a file; a last backslash, which the format cannot end on, gets a space."""
    escaped = label.replace('"', '\\"')
    return f'"{escaped} "' if escaped.endswith("\\") else f'"{escaped}"'


class Tokens:
    """A text, word by word; a byte-order mark at its beginning is left out."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text.removeprefix("\ufeff"), name
        self.position = 0
        self.token = self._following()
        self.numbers: dict[str, Fraction] = {}

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        """Raise ``GameError`` with a place: that of the present token, unless another is given."""
        at = self.token.at if at is None else at
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        raise GameError(f"{self.name}, line {line}, column {column}: {message}") from None

    def _following(self) -> Token:
        found = _TOKEN.search(self.text, self.position)
        if found is None:
            self.position = len(self.text)
            return Token(END, "", len(self.text))
        self.position = found.end()
        label, brace, word, unclosed = found.groups()
        if unclosed is not None:
            self.fail("the quotation mark is never closed", found.start())
        if label is not None:
            return Token(TEXT, label.replace('\\"', '"'), found.start())
        return Token(BRACE, brace, found.start()) if brace else Token(WORD, word, found.start())

    def take(self) -> Token:
        """Return the present token and go on to the next."""
        token = self.token
        if token.kind != END:
            self.token = self._following()
        return token

    def expect(self, kind: str, what: str, text: str | None = None) -> str:
        """Take a token of a kind, or with that text, and return its text; ``what`` is said where another stands."""
        if self.token.kind != kind or (text is not None and self.token.text != text):
            found = "the file ends" if self.token.kind == END else f"{self.token.text[:40]!r} stands"
            self.fail(f"{found} where {what} must be")
        return self.take().text

    def number(self, what: str) -> Fraction:
        """Take a number, exactly as it is written."""
        at = self.token.at
        text = self.expect(WORD, what)
        if (known := self.numbers.get(text)) is not None:
            return known
        match = _NUMBER.fullmatch(text)
        if match is None:
            self.fail(f"{text[:40]!r} is not a number: {what} must be one", at)
        if len(text) > _LONGEST or abs(int(match[1] or 0)) > _LONGEST:
            self.fail(f"{text[:40]}... is longer than a number may be", at)
        try:
            value = Fraction(text)
        except ZeroDivisionError:
            self.fail(f"{text[:40]} is divided by zero", at)
        if abs(value) > _LARGEST:
            self.fail(f"{text[:40]} is larger than {_LARGEST:g}", at)
        self.numbers[text] = value
        return value

    def whole(self, what: str) -> int:
        """Take a whole number."""
        at = self.token.at
        text = self.expect(WORD, what)
        if not _WHOLE.fullmatch(text) or len(text) > 18:
            self.fail(f"{text[:40]!r} is not a whole number: {what} must be one", at)
        return int(text)

    def listed(self, item: Callable[[], None], what: str) -> None:
        """Take a list in braces, one ``item`` after the other."""
        self.expect(BRACE, f"the {{ before {what}", "{")
        while self.token.text != "}" or self.token.kind != BRACE:
            item()
        self.take()

    def prologue(self, word: str, version: str, what: str) -> tuple[str, list[str]]:
        """Take what a file of either format begins with, and return its title and the names of its players."""
        beginning = f"{word} {version} R, as a Gambit file of {what} begins,"
        self.expect(WORD, beginning, word)
        self.expect(WORD, beginning, version)
        if self.expect(WORD, beginning) not in ("R", "D"):
            self.fail(f"{beginning} is expected", 0)
        title = self.expect(TEXT, "the title in quotation marks")
        players: list[str] = []
        self.listed(lambda: players.append(self.expect(TEXT, "the name of a player")), "the names of the players")
        if not players:
            self.fail("the game has no players", 0)
        return title, players
