"""Game trees in text files with one line a node (``.game``), as LiteEFG and the programs around it read them.

After lines of comment (``#``), in any order::

    node /                     chance actions 12=0.5 13=0.5
    node /C:12                 player 1 actions check bet
    node /C:12/P1:check        leaf payoffs 1=-1 2=1
    infoset any-name           nodes /C:12 /C:13

A node is called by its path: ``C:`` or ``P`` and a player's number, and the action, for each step from the root ``/``.
Actions keep the order of their node's line. Every node of a player is in one infoset; the nodes of an infoset are one
player's, have the same actions, and the player is told by them, so that two players' infosets may have one name (which
is then preceded by the player's number). Numbers are as in Gambit's files, and kept exact; decimal probabilities may be
1e-5 from summing to 1, and are divided by their sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from games.extensive.gambit_tokens import file_text
from games.extensive.game import GameError
from games.extensive.game_tree import Exact, GameTree, TreeInfoset
from games.extensive.histories import CHANCE, TERMINAL

_NUMBER = re.compile(r"[+-]?(?:\d+/\d+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)", re.ASCII)
_LONGEST, _LARGEST = 400, 1e300
_PROBABILITIES = Fraction(1, 10**5)
_MOST_PLAYERS = 100

Word = tuple[str, int]
"""A word and its column, from 1."""


@dataclass(frozen=True)
class _Node:
    """What a line says of a node; ``values``: of a chance event its probabilities, at a leaf each player's payoff."""

    line: int
    mover: int
    actions: tuple[str, ...] = ()
    values: tuple[Fraction, ...] = ()


def read_game_text(path: str | Path) -> GameTree:
    """Return the game of a text file, called by its path; raises ``GameError`` with file, line and column."""
    return parse_game_text(file_text(path), str(path))


def parse_game_text(text: str, name: str) -> GameTree:
    """Return the game of a text; ``name`` is what it is called, also in errors."""
    return _Reader(name).game(text.removeprefix("\ufeff"))


class _Reader:
    """One reading of a file: the lines into ``nodes`` and ``infosets``, then the tree from the root."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: dict[str, _Node] = {}
        self.infosets: dict[str, tuple[int, int]] = {}
        """Node → number of its infoset, and the line that says so."""
        self.names: list[tuple[int, str]] = []
        """Of the infosets: the player and the name."""
        self.taken: set[tuple[int, str]] = set()
        self.shared: set[str] = set()
        """Names that several players have."""
        self.players = 0
        self.counts: dict[int, int] = {}
        """How many infosets of each player, and chance events, have been met."""
        self.line = 1

    def fail(self, message: str, column: int = 1, line: int | None = None) -> NoReturn:
        """Raise ``GameError`` with a place: in the present line, unless another is given."""
        where = self.line if line is None else line
        raise GameError(f"{self.name}, line {where}, column {column}: {message}") from None

    def game(self, text: str) -> GameTree:
        """Read the lines and return the tree."""
        groups: list[tuple[int, list[Word]]] = []
        for self.line, line in enumerate(text.splitlines(), start=1):
            words = [(found[0], found.start() + 1) for found in re.finditer(r"\S+", line)]
            if not words or words[0][0].startswith("#"):
                continue
            if words[0][0] == "node":
                self._node(words)
            elif words[0][0] == "infoset":
                groups.append((self.line, words))
            else:
                self.fail(f"{words[0][0][:40]!r} stands where node or infoset must be", words[0][1])
        if "/" not in self.nodes:
            self.fail("there is no node /, which is the root")
        for self.line, words in groups:
            self._infoset(words)
        return self._tree()

    def _node(self, words: list[Word]) -> None:
        if len(words) < 5:
            self.fail("a node is written: node PATH chance|player|leaf ...", words[-1][1])
        path, kind = words[1][0], words[2][0]
        if path in self.nodes:
            self.fail(f"the node {path[:80]} is in line {self.nodes[path].line}, too", words[1][1])
        if kind == "player":
            player = self._player(words[3])
            self._keyword(words, 4, "actions")
            self.nodes[path] = _Node(self.line, player, self._labels(words[5:], words[4]))
        elif kind == "chance":
            self._keyword(words, 3, "actions")
            pairs = [self._pair(word) for word in words[4:]]
            labels = self._labels(
                [(label, word[1]) for (label, _), word in zip(pairs, words[4:], strict=True)], words[3]
            )
            self.nodes[path] = _Node(self.line, CHANCE, labels, self._chances([p for _, p in pairs], words[4][1]))
        elif kind == "leaf":
            self._keyword(words, 3, "payoffs")
            self.nodes[path] = _Node(self.line, TERMINAL, (), self._payoffs(words[4:]))
        else:
            self.fail(f"{kind[:40]!r} stands where chance, player or leaf must be", words[2][1])

    def _keyword(self, words: list[Word], place: int, wanted: str) -> None:
        if words[place][0] != wanted:
            self.fail(f"{words[place][0][:40]!r} stands where {wanted} must be", words[place][1])

    def _player(self, word: Word) -> int:
        if not word[0].isascii() or not word[0].isdigit() or not 1 <= int(word[0][:9]) <= _MOST_PLAYERS:
            self.fail(f"{word[0][:40]!r} is not the number of a player: they count from 1", word[1])
        self.players = max(self.players, int(word[0]))
        return int(word[0]) - 1

    def _labels(self, words: list[Word], before: Word) -> tuple[str, ...]:
        labels = tuple(word for word, _ in words)
        if not labels:
            self.fail("a node has at least one action, and this one has none", before[1])
        for place, (label, column) in enumerate(words):
            if label in labels[:place]:
                self.fail(f"two actions are called {label[:40]!r}: a path could not tell them apart", column)
        return labels

    def _pair(self, word: Word) -> tuple[str, Fraction]:
        """Read ``label=number``."""
        label, equals, number = word[0].rpartition("=")
        if not equals or not _NUMBER.fullmatch(number) or len(number) > _LONGEST:
            self.fail(f"{word[0][:40]!r} stands where NAME=NUMBER must be", word[1])
        try:
            value = Fraction(number)
        except ZeroDivisionError:
            self.fail(f"{number[:40]} is divided by zero", word[1])
        if abs(value) > _LARGEST:
            self.fail(f"{number[:40]} is larger than {_LARGEST:g}", word[1])
        return label, value

    def _chances(self, probabilities: list[Fraction], column: int) -> Exact:
        total = sum(probabilities, Fraction(0))
        if min(probabilities) < 0:
            self.fail("a probability is at least 0", column)
        if abs(total - 1) > _PROBABILITIES:
            self.fail(f"the probabilities of a chance event sum to {float(total):.10g}, not 1", column)
        return tuple(p / total for p in probabilities)

    def _payoffs(self, words: list[Word]) -> Exact:
        found: dict[int, Fraction] = {}
        for word in words:
            label, value = self._pair(word)
            player = self._player((label, word[1]))
            if found.setdefault(player, value) != value:
                self.fail(f"player {label} has two payoffs", word[1])
        return tuple(found.get(player, Fraction(0)) for player in range(max(found) + 1))

    def _infoset(self, words: list[Word]) -> None:
        if len(words) < 4:
            self.fail("an infoset is written: infoset NAME nodes PATH ...", words[-1][1])
        self._keyword(words, 2, "nodes")
        number, first = len(self.names), self.nodes.get(words[3][0])
        for path, column in words[3:]:
            node = self.nodes.get(path)
            if node is None or node.mover < 0:
                self.fail(f"{path[:80]} is no node at which a player moves", column)
            assert first is not None
            if (node.mover, node.actions) != (first.mover, first.actions):
                self.fail(f"{path[:80]} has another player or other actions than the first node of its infoset", column)
            if path in self.infosets:
                self.fail(f"{path[:80]} is in the infoset of line {self.infosets[path][1]}, too", column)
            self.infosets[path] = number, self.line
        assert first is not None
        key = first.mover, words[1][0]
        if key in self.taken:
            self.fail(f"player {first.mover + 1} has two infosets called {words[1][0][:80]!r}", words[1][1])
        if any((player, key[1]) in self.taken for player in range(self.players)):
            self.shared.add(key[1])
        self.taken.add(key)
        self.names.append(key)

    def _tree(self) -> GameTree:
        tree = GameTree(self.name, self.name, tuple(f"Player {player}" for player in range(1, self.players + 1)))
        nothing: Exact = (Fraction(0),) * self.players
        numbers: dict[int, int] = {}
        used: set[str] = set()
        stack: list[tuple[str, int]] = [("/", -1)]
        while stack:
            path, parent = stack.pop()
            node = self.nodes[path]
            used.add(path)
            if node.mover == TERMINAL:
                tree.add(parent, -1, node.values + nothing[len(node.values) :])
                continue
            here = tree.histories
            tree.add(parent, self._entered(tree, path, node, numbers), nothing)
            stack += [(child, here) for child in reversed(list(self._children(path, node)))]
        if len(used) < len(self.nodes):
            path, node = next(item for item in self.nodes.items() if item[0] not in used)
            self.fail(f"the node {path[:80]} is reached from nowhere", line=node.line)
        return tree

    def _children(self, path: str, node: _Node) -> Iterator[str]:
        mover = "C" if node.mover == CHANCE else f"P{node.mover + 1}"
        for action in node.actions:
            child = f"{'' if path == '/' else path}/{mover}:{action}"
            if child not in self.nodes:
                self.fail(f"there is no node {child[:80]}, to which the action {action[:40]} leads", line=node.line)
            yield child

    def _entered(self, tree: GameTree, path: str, node: _Node, numbers: dict[int, int]) -> int:
        """Return the index of a node's infoset or chance event, entered when it is met first."""
        if node.mover == CHANCE:
            number = self._count(CHANCE)
            tree.infosets.append(TreeInfoset(CHANCE, str(number), node.actions, node.values, number))
            return len(tree.infosets) - 1
        if path not in self.infosets:
            self.fail(
                f"the node {path[:80]} is in no infoset: add a line 'infoset NAME nodes {path[:80]}'", line=node.line
            )
        number = self.infosets[path][0]
        if number not in numbers:
            player, called = self.names[number]
            name = f"{player + 1}:{called}" if called in self.shared else called
            numbers[number] = len(tree.infosets)
            tree.infosets.append(TreeInfoset(player, name, node.actions, (), self._count(player), name))
        return numbers[number]

    def _count(self, player: int) -> int:
        self.counts[player] = self.counts.get(player, 0) + 1
        return self.counts[player]
