"""Games as nested lists of positions: values by recursion, equilibria by the matrix of all pure strategies, files.

Nothing here knows a label: a child is what stands at a position.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog

CHANCE = -1
ODD = ('a "quoted" word', "", "a", "a", "0", "{", "naïve, ☃", "1/2", "p", "back\\slash", "two\nlines", " ")
"""Labels that people write, or forget."""

Key = tuple[int, int]
"""A player and the number of an information set."""
Policy = dict[Key, list[Fraction]]


@dataclass
class Node:
    """A node: what everybody gets there, and for an inner one who moves where, with which chances, to what."""

    payoff: tuple[Fraction, ...]
    key: Key | None = None
    children: list[Node] = field(default_factory=list)
    chances: list[Fraction] = field(default_factory=list)


def random_game(source: random.Random, depth: int, constant: Fraction | None, players: int = 2) -> Node:
    """A tree with perfect recall; with a ``constant`` the utilities of two players sum to it at every end."""
    numbers: dict[tuple[int, str], int] = {}
    widths: dict[Key, int] = {}

    def payoff(zero_sum: bool, total: Fraction) -> tuple[Fraction, ...]:
        drawn = [Fraction(source.randint(-9, 9), source.choice((1, 1, 2, 3))) for _ in range(players)]
        return (drawn[0], total - drawn[0]) if zero_sum else tuple(drawn)

    def grow(left: int, past: tuple[str, ...]) -> Node:
        kind = source.randrange(6)
        if left == 0 or (kind == 0 and left < depth):
            return Node(payoff(constant is not None, constant or Fraction(0)))
        inner = payoff(constant is not None, Fraction(0)) if source.random() < 0.3 else (Fraction(0),) * players
        if kind == 1:
            parts = [source.randint(0 if k else 1, 4) for k in range(source.randint(1, 3))]
            chances = [Fraction(part, sum(parts)) for part in parts]
            number = numbers.setdefault((CHANCE, str(len(numbers))), 3 * len(numbers) + 1)
            return Node(inner, (CHANCE, number), [grow(left - 1, past) for _ in parts], chances)
        player = source.randrange(players)
        signal = f"{past[player]}|{source.randrange(2)}"
        number = numbers.setdefault((player, signal), 2 * len(numbers) + source.randrange(2))
        width = widths.setdefault((player, number), source.choice((1, 2, 2, 3)))
        children = []
        for position in range(width):
            known = list(past)
            known[player] = f"{signal}{position}"
            children.append(grow(left - 1, tuple(known)))
        return Node(inner, (player, number), children)

    return grow(depth, ("",) * players)


def nodes(root: Node) -> Iterator[Node]:
    """Every node, a parent before its children."""
    yield root
    for child in root.children:
        yield from nodes(child)


def widths(root: Node, player: int) -> dict[Key, int]:
    """The number of actions at each information set of a player."""
    return {node.key: len(node.children) for node in nodes(root) if node.key is not None and node.key[0] == player}


def uniform(root: Node) -> Policy:
    """Every action with the same probability."""
    return {
        node.key: [Fraction(1, len(node.children))] * len(node.children)
        for node in nodes(root)
        if node.key is not None and node.key[0] != CHANCE
    }


def values(node: Node, policy: Policy) -> list[Fraction]:
    """What each player expects from a node on, its own payoff included."""
    total = list(node.payoff)
    if node.key is not None:
        weights = node.chances if node.key[0] == CHANCE else policy[node.key]
        for weight, child in zip(weights, node.children, strict=True):
            total = [sum_ + weight * value for sum_, value in zip(total, values(child, policy), strict=True)]
    return total


def pure_strategies(root: Node, player: int) -> list[Policy]:
    """Every choice of one action at each information set of a player."""
    sizes = widths(root, player)
    return [
        {key: [Fraction(a == chosen) for a in range(sizes[key])] for key, chosen in zip(sizes, choice, strict=True)}
        for choice in itertools.product(*(range(width) for width in sizes.values()))
    ]


def best_response_value(root: Node, policy: Policy, player: int) -> Fraction:
    """The most that a player gets with any pure strategy against the policy of the others."""
    return max(values(root, policy | pure)[player] for pure in pure_strategies(root, player))


def game_value(root: Node) -> float:
    """Player 0's value in equilibrium, from the matrix of all pure strategies (utilities with a constant sum)."""
    rows, columns = pure_strategies(root, 0), pure_strategies(root, 1)
    payoffs = np.array([[float(values(root, row | column)[0]) for column in columns] for row in rows])
    count = len(rows)
    found = linprog(
        [0.0] * count + [-1.0],
        A_ub=np.hstack([-payoffs.T, np.ones((len(columns), 1))]),
        b_ub=np.zeros(len(columns)),
        A_eq=[[1.0] * count + [0.0]],
        b_eq=[1.0],
        bounds=[(0.0, None)] * count + [(None, None)],
    )
    return float(-found.fun)


def gambit_text(root: Node, source: random.Random, players: int = 2) -> str:
    """The game as a Gambit file: labels at random, what may be left out left out at random."""
    described: set[Key] = set()
    labels: dict[Key, list[str]] = {}
    outcomes: dict[tuple[Fraction, ...], int] = {}
    lines = [f"EFG 2 {source.choice('RD')} {quoted(source)} {{ {' '.join(quoted(source) for _ in range(players))} }}"]
    if source.random() < 0.5:
        lines.append(quoted(source))

    def outcome(node: Node) -> str:
        if not any(node.payoff) and source.random() < 0.5:
            return "0"
        number, known = outcomes.setdefault(node.payoff, 2 * len(outcomes) + 1), node.payoff in outcomes
        if known and len(outcomes) != number // 2 + 1 and source.random() < 0.7:
            return f"{number}"
        separator = source.choice((", ", " ", ","))
        return f"{number} {quoted(source)} {{ {separator.join(written(p, source) for p in node.payoff)} }}"

    for node in nodes(root):
        start = {None: "t", CHANCE: "c"}.get(node.key and node.key[0], "p")
        parts = [start, quoted(source)]
        if node.key is not None:
            parts += [str(node.key[0] + 1)] if start == "p" else []
            parts.append(str(node.key[1]))
            if node.key not in described or source.random() < 0.4:
                names = labels.setdefault(node.key, [quoted(source) for _ in node.children])
                chances = node.chances or [None] * len(names)
                actions = (n if c is None else f"{n} {written(c, source)}" for n, c in zip(names, chances, strict=True))
                parts += [quoted(source), "{", *actions, "}"]
                described.add(node.key)
        lines.append(" ".join([*parts, outcome(node)]))
    return source.choice(("", "\ufeff")) + source.choice(("\n", "\r\n", " ")).join(lines)


def quoted(source: random.Random) -> str:
    """A label as it stands in a file."""
    label = source.choice(ODD).replace('"', '\\"')
    return f'"{label}"'


def written(number: Fraction, source: random.Random) -> str:
    """A number as it stands in a file: whole, rational, or decimal where that is exact."""
    if number.denominator in (1, 2, 4) and source.random() < 0.3:
        return f"{float(number):.2f}"
    if number.denominator == 1 and source.random() < 0.5:
        return str(number.numerator)
    return f"{number.numerator}/{number.denominator}"
