"""Tables of payoffs in Gambit's files (``.nfg``), read and written: games in which everybody moves once, unseen.

The format (https://gambitproject.readthedocs.io/en/latest/formats.nfg.html): ``NFG 1 R "title" { "player" ... }``, then
how many strategies each has, ``{ 2 3 }``, or their names, ``{ { "a" "b" } { "x" "y" "z" } }``, a comment if wanted, and

- the payoffs of every profile, all players' one after the other; or
- a list of outcomes, ``{ { "name" payoff ... } ... }``, and for every profile the number of its outcome, 0 for none.

Profiles are in the order in which the first player's strategy changes fastest. Labels are names only, may be empty and
may repeat. Numbers are kept exact.

A table is also a game tree, in which the players move one after the other without seeing what was played; so whatever
takes a tree takes it, for any number of players and any utilities.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from pathlib import Path

from games._base.files import write_whole
from games.extensive.gambit_tokens import BRACE, END, TEXT, Tokens, file_text, quoted
from games.extensive.game import GameError
from games.extensive.game_tree import Exact, GameTree, TreeInfoset

LARGEST_TABLE = 5_000_000
"""Profiles up to which a table is read."""


@dataclass(frozen=True)
class NormalForm:
    """A table of exact payoffs; ``payoffs`` has one entry a profile, the first player's strategy fastest."""

    name: str
    title: str
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    payoffs: tuple[Exact, ...]

    def tree(self) -> GameTree:
        """Return the game tree in which the players move one after the other and see nothing."""
        tree = GameTree(self.name, self.title, self.players)
        nothing: Exact = (Fraction(0),) * len(self.players)
        for player, labels in enumerate(self.strategies):
            tree.infosets.append(TreeInfoset(player, f"{player}-{player}-1-", labels, (), 1))
        strides = [prod(len(labels) for labels in self.strategies[:player]) for player in range(len(self.players))]
        stack = [(-1, 0, 0)]
        while stack:
            parent, player, profile = stack.pop()
            node = tree.histories
            if player == len(self.players):
                tree.add(parent, -1, self.payoffs[profile])
                continue
            tree.add(parent, player, nothing)
            choices = reversed(range(len(self.strategies[player])))
            stack += [(node, player + 1, profile + strides[player] * choice) for choice in choices]
        return tree

    def two_player_payoffs(self) -> list[list[list[float]]]:
        """Return both players' payoffs as matrices [2, rows, columns]; raises ``GameError`` for another number."""
        if len(self.players) != 2:
            raise GameError(f"{self.name} has {len(self.players)} players, and a matrix game has two")
        rows, columns = map(len, self.strategies)
        return [
            [[float(self.payoffs[row + rows * column][player]) for column in range(columns)] for row in range(rows)]
            for player in (0, 1)
        ]

    def constant_sum(self) -> Fraction | None:
        """Return what all payoffs of a profile sum to, if that is the same for every profile."""
        sums = {sum(payoff) for payoff in self.payoffs}
        return Fraction(sums.pop()) if len(sums) == 1 else None


def read_nfg(path: str | Path) -> NormalForm:
    """Return the table of a Gambit file (``.nfg``); raises ``GameError`` with file, line and column."""
    return parse_nfg(file_text(path), str(path))


def parse_nfg(text: str, name: str) -> NormalForm:
    """Return the table of a text in the format of ``.nfg``; ``name`` is what it is called, also in errors."""
    return _Reader(text, name).game()


class _Reader(Tokens):
    def game(self) -> NormalForm:
        title, players = self.prologue("NFG", "1", "a table")
        at = self.token.at
        strategies = self._strategies()
        if len(strategies) != len(players):
            self.fail(f"there are strategies of {len(strategies)} players, and {len(players)} players", at)
        if (profiles := prod(map(len, strategies))) > LARGEST_TABLE:
            self.fail(f"the table has {profiles:,} profiles, more than the limit of {LARGEST_TABLE:,}", at)
        if self.token.kind == TEXT:
            self.take()  # a comment
        outcomes = self.token.kind == BRACE
        payoffs = tuple((self._by_outcomes if outcomes else self._payoffs)(len(players), profiles))
        if self.token.kind != END:
            self.fail(f"the table is complete, and here follows {self.token.text[:40]!r}")
        return NormalForm(self.name, title, tuple(players), strategies, payoffs)

    def _strategies(self) -> tuple[tuple[str, ...], ...]:
        found: list[tuple[str, ...]] = []

        def item() -> None:
            at = self.token.at
            if self.token.kind == BRACE:
                labels: list[str] = []
                self.listed(lambda: labels.append(self.expect(TEXT, "the name of a strategy")), "the strategies")
                found.append(tuple(labels))
            else:
                count = self.whole("the number of strategies of a player")
                if count > LARGEST_TABLE:
                    self.fail(f"{count:,} strategies are more than a table may have", at)
                found.append(tuple(str(number) for number in range(1, count + 1)))
            if not found[-1]:
                self.fail("a player has at least one strategy", at)

        self.listed(item, "the strategies")
        return tuple(found)

    def _payoffs(self, players: int, profiles: int) -> Iterator[Exact]:
        for _ in range(profiles):
            yield tuple(self.number(f"one of the {players * profiles:,} payoffs") for _ in range(players))

    def _by_outcomes(self, players: int, profiles: int) -> Iterator[Exact]:
        outcomes: list[Exact] = [(Fraction(0),) * players]

        def item() -> None:
            here, payoffs = self.token.at, list[Fraction]()
            self.expect(BRACE, "the { before an outcome", "{")
            if self.token.kind == TEXT:
                self.take()  # its name
            while self.token.kind != BRACE:
                payoffs.append(self.number("a payoff"))
            self.expect(BRACE, "the } after an outcome", "}")
            if len(payoffs) != players:
                self.fail(f"there are {len(payoffs)} payoffs for {players} players", here)
            outcomes.append(tuple(payoffs))

        self.listed(item, "the outcomes")
        for _ in range(profiles):
            at, number = self.token.at, self.whole(f"one of the {profiles:,} numbers of outcomes")
            if not 0 <= number < len(outcomes):
                self.fail(f"there is no outcome {number}: there are {len(outcomes) - 1}", at)
            yield outcomes[number]


def nfg_lines(
    title: str, players: Sequence[str], strategies: Sequence[Sequence[str]], payoffs: Sequence[Exact]
) -> Iterator[str]:
    """Give the lines of a table's file; ``payoffs`` as in ``NormalForm``."""
    yield f"NFG 1 R {quoted(title)} {{ {' '.join(map(quoted, players))} }}"
    yield ""
    yield "{ " + " ".join("{ " + " ".join(map(quoted, labels)) + " }" for labels in strategies) + " }"
    yield '""'
    yield ""
    for payoff in payoffs:
        yield " ".join(map(str, payoff))


def write_nfg(path: Path, game: NormalForm) -> None:
    """Write a table to a file, ``*.nfg``."""
    write_whole(path, "\n".join(nfg_lines(game.title, game.players, game.strategies, game.payoffs)) + "\n")
