"""Extensive games in Gambit's files (``.efg``), read as the format means them.

The format (https://gambitproject.readthedocs.io/en/latest/formats.efg.html): ``EFG 2 R "title" { "player" ... }``, a
comment if wanted, then the nodes of the tree, a parent before its children::

    c "node" infoset ["name"] [{ "action" probability ... }] outcome ["name"] [{ payoff ... }]
    p "node" player infoset ["name"] [{ "action" ... }] outcome ["name"] [{ payoff ... }]
    t "node" outcome ["name"] [{ payoff ... }]

- Actions and payoffs are *positional*: labels are names, may be empty and may repeat.
- An information set is known by player and number. Its name and its actions stand at its first node, and may be left
  out, or must be repeated, at the others. Numbers may have gaps; those of different players are independent.
- An outcome is known by its number; 0 is none. Its payoffs stand at the first node that has it. An outcome at an inner
  node adds to what comes later.
- Numbers are whole, rational (``1/3``) or decimal (``.5``, ``1e-3``), and kept exact.
- ``\"`` in a label is a quotation mark. Commas are spaces. The file is UTF-8, with or without a byte-order mark.

Nothing here is recursive: a tree may have any depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, NoReturn

from games.extensive.game import GameError
from games.extensive.game_tree import Exact, GameTree, TreeInfoset
from games.extensive.histories import CHANCE

_TOKEN = re.compile(r'"(.*?)(?<!\\)"|([{}])|([^\s{},"]+)|(")', re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d+/\d+|(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?)", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_LONGEST, _LARGEST = 400, 1e300  # characters of a number, and its size
_PROBABILITIES = Fraction(1, 10**5)  # how far decimals may be from summing to 1; they are then divided by the sum
_TEXT, _BRACE, _WORD, _END = "text", "brace", "word", "end"


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class _Open(NamedTuple):
    """An inner node whose children are being read."""

    node: int
    wanted: int


def read_gambit(path: str | Path) -> GameTree:
    """Return the game of a Gambit file (``.efg``), called by its path.

    Raises ``GameError`` with file, line, column and what is wrong there.
    """
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
    return parse_gambit(text, str(path))


def parse_gambit(text: str, name: str) -> GameTree:
    """Return the game of a text in the format of ``.efg``; ``name`` is what it is called, also in errors."""
    return _Reader(text.removeprefix("\ufeff"), name).game()


class _Reader:
    """One reading of a file, from the first token to the last."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.position = 0
        self.token = self._following()
        self.tree: GameTree
        self.infosets: dict[tuple[int, int], int] = {}
        self.outcomes: dict[int, Exact] = {}
        self.numbers: dict[str, Fraction] = {}

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        """Raise ``GameError`` with a place: that of the present token, unless another is given."""
        at = self.token.at if at is None else at
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        raise GameError(f"{self.name}, line {line}, column {column}: {message}") from None

    def _following(self) -> _Token:
        found = _TOKEN.search(self.text, self.position)
        if found is None:
            self.position = len(self.text)
            return _Token(_END, "", len(self.text))
        self.position = found.end()
        label, brace, word, unclosed = found.groups()
        if unclosed is not None:
            self.fail("the quotation mark is never closed", found.start())
        if label is not None:
            return _Token(_TEXT, label.replace('\\"', '"'), found.start())
        return _Token(_BRACE, brace, found.start()) if brace else _Token(_WORD, word, found.start())

    def take(self) -> _Token:
        """Return the present token and go on to the next."""
        token = self.token
        if token.kind != _END:
            self.token = self._following()
        return token

    def expect(self, kind: str, what: str, text: str | None = None) -> str:
        """Take a token of a kind, or with that text, and return its text; ``what`` is said where another stands."""
        if self.token.kind != kind or (text is not None and self.token.text != text):
            found = "the file ends" if self.token.kind == _END else f"{self.token.text[:40]!r} stands"
            self.fail(f"{found} where {what} must be")
        return self.take().text

    def number(self, what: str) -> Fraction:
        """Take a number, exactly as it is written."""
        at = self.token.at
        text = self.expect(_WORD, what)
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
        text = self.expect(_WORD, what)
        if not _WHOLE.fullmatch(text) or len(text) > 18:
            self.fail(f"{text[:40]!r} is not a whole number: {what} must be one", at)
        return int(text)

    def listed(self, item: Callable[[], None], what: str) -> None:
        """Take a list in braces, one ``item`` after the other."""
        self.expect(_BRACE, f"the {{ before {what}", "{")
        while self.token.text != "}" or self.token.kind != _BRACE:
            item()
        self.take()

    def game(self) -> GameTree:
        """Read the prologue and the nodes."""
        beginning = "EFG 2 R, as a Gambit file of an extensive game begins,"
        self.expect(_WORD, beginning, "EFG")
        self.expect(_WORD, beginning, "2")
        if self.expect(_WORD, beginning) not in ("R", "D"):
            self.fail(f"{beginning} is expected", 0)
        title = self.expect(_TEXT, "the title in quotation marks")
        players: list[str] = []
        self.listed(lambda: players.append(self.expect(_TEXT, "the name of a player")), "the names of the players")
        if not players:
            self.fail("the game has no players", 0)
        if self.token.kind == _TEXT:
            self.take()  # a comment
        self.tree = GameTree(self.name, title, tuple(players))
        self._nodes()
        if self.token.kind != _END:
            self.fail(f"the tree is complete, and here follows {self.token.text[:40]!r}")
        return self.tree

    def _nodes(self) -> None:
        tree, unfinished = self.tree, list[_Open]()
        nothing: Exact = (Fraction(0),) * len(tree.players)
        while unfinished or not tree.parent:
            parent = unfinished[-1].node if unfinished else -1
            node = len(tree.parent)
            infoset = self._node()
            got, before = self._outcome(), tree.payoffs[parent] if unfinished else nothing
            if got is None or before is nothing:
                total = before if got is None else got
            else:
                total = tuple(map(Fraction.__add__, before, got))
            tree.add(parent, infoset, total)
            if infoset >= 0:
                unfinished.append(_Open(node, len(tree.infosets[infoset].actions)))
            while unfinished and len(tree.children[unfinished[-1].node]) == unfinished[-1].wanted:
                unfinished.pop()

    def _node(self) -> int:
        """Read a node up to its outcome, and return the index of its infoset, -1 for a terminal node."""
        what = "a node (c, p or t)"
        at, kind = self.token.at, self.expect(_WORD, what)
        if kind not in ("c", "p", "t"):
            self.fail(f"{kind[:40]!r} stands where {what} must be", at)
        self.expect(_TEXT, "the node's name in quotation marks")
        if kind == "t":
            return -1
        player = CHANCE
        if kind == "p":
            at, player = self.token.at, self.whole("the number of a player") - 1
            if not 0 <= player < len(self.tree.players):
                self.fail(f"there is no player {player + 1}: there are {len(self.tree.players)}", at)
        return self._infoset(player)

    def _infoset(self, player: int) -> int:
        at, number = self.token.at, self.whole("the number of an information set")
        known = self.infosets.get((player, number))
        label = self.take().text if self.token.kind == _TEXT else ""
        if self.token.text == "{" and self.token.kind == _BRACE:
            here = self.token.at
            actions, probabilities = self._actions(player)
            if known is None:
                name = f"{player}-{player}-{number}-{label}"  # as OpenSpiel calls it
                self.tree.infosets.append(TreeInfoset(player, name, actions, probabilities, number, label))
                known = self.infosets[player, number] = len(self.tree.infosets) - 1
            first = self.tree.infosets[known]
            if (first.actions, first.probabilities) != (actions, probabilities):
                self.fail(f"the actions of information set {number} differ from those at its first node", here)
        if known is None:
            self.fail(f"information set {number} has no list of actions here, and stands here for the first time", at)
        return known

    def _actions(self, player: int) -> tuple[tuple[str, ...], Exact]:
        """Read a list of actions; those of chance have probabilities."""
        at, actions, probabilities = self.token.at, list[str](), list[Fraction]()

        def item() -> None:
            actions.append(self.expect(_TEXT, "an action in quotation marks"))
            if player == CHANCE:
                here = self.token.at
                probabilities.append(self.number("the probability of a chance action"))
                if probabilities[-1] < 0:
                    self.fail("a probability is at least 0", here)

        self.listed(item, "the actions")
        if not actions:
            self.fail("an information set has at least one action, and this one has none", at)
        if player != CHANCE:
            return tuple(actions), ()
        total = sum(probabilities, Fraction(0))
        if abs(total - 1) > _PROBABILITIES:
            self.fail(f"the probabilities of a chance event sum to {float(total):.10g}, not 1", at)
        return tuple(actions), tuple(p / total for p in probabilities)

    def _outcome(self) -> Exact | None:
        """Read an outcome, and return its payoffs; None for outcome 0."""
        at, number = self.token.at, self.whole("the number of an outcome (0 for none)")
        if self.token.kind == _TEXT:
            self.take()  # its name
        if self.token.text == "{" and self.token.kind == _BRACE:
            here, payoffs = self.token.at, list[Fraction]()
            self.listed(lambda: payoffs.append(self.number("a payoff")), "the payoffs")
            if len(payoffs) != len(self.tree.players):
                self.fail(f"there are {len(payoffs)} payoffs for {len(self.tree.players)} players", here)
            if number == 0:
                self.fail("outcome 0 is none, and has no payoffs: give it another number", at)
            if self.outcomes.setdefault(number, tuple(payoffs)) != tuple(payoffs):
                self.fail(f"outcome {number} has other payoffs than at its first node", here)
        if number and number not in self.outcomes:
            self.fail(f"outcome {number} has no payoffs here, and stands here for the first time", at)
        return self.outcomes.get(number)
