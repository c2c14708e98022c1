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

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from games.extensive.gambit_tokens import BRACE, END, TEXT, WORD, Tokens, file_text
from games.extensive.game_tree import Exact, GameTree, TreeInfoset
from games.extensive.histories import CHANCE

_PROBABILITIES = Fraction(1, 10**5)  # how far decimals may be from summing to 1; they are then divided by the sum


class _Open(NamedTuple):
    """An inner node whose children are being read."""

    node: int
    wanted: int


def read_gambit(path: str | Path) -> GameTree:
    """Return the game of a Gambit file (``.efg``), called by its path.

    Raises ``GameError`` with file, line, column and what is wrong there.
    """
    return parse_gambit(file_text(path), str(path))


def parse_gambit(text: str, name: str) -> GameTree:
    """Return the game of a text in the format of ``.efg``; ``name`` is what it is called, also in errors."""
    return _Reader(text, name).game()


class _Reader(Tokens):
    """One reading of a file, from the first token to the last."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text, name)
        self.tree: GameTree
        self.infosets: dict[tuple[int, int], int] = {}
        self.outcomes: dict[int, Exact] = {}

    def game(self) -> GameTree:
        """Read the prologue and the nodes."""
        title, players = self.prologue("EFG", "2", "an extensive game")
        if self.token.kind == TEXT:
            self.take()  # a comment
        self.tree = GameTree(self.name, title, tuple(players))
        self._nodes()
        if self.token.kind != END:
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
        at, kind = self.token.at, self.expect(WORD, what)
        if kind not in ("c", "p", "t"):
            self.fail(f"{kind[:40]!r} stands where {what} must be", at)
        self.expect(TEXT, "the node's name in quotation marks")
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
        label = self.take().text if self.token.kind == TEXT else ""
        if self.token.text == "{" and self.token.kind == BRACE:
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
            actions.append(self.expect(TEXT, "an action in quotation marks"))
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
        if self.token.kind == TEXT:
            self.take()  # its name
        if self.token.text == "{" and self.token.kind == BRACE:
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
