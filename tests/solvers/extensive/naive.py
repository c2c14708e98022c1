"""Slow definitions for games in extensive form: values by recursion, best responses by trying every pure strategy."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from games.extensive import Chance, Decision, ExtensiveGame, Policy, Terminal
from games.extensive.tree import Node

Table = dict[tuple[int, str], list[float]]
"""(player, information state) → probabilities in the order of the actions."""


def random_tree(source: random.Random, depth: int, widest: int = 3) -> Node:
    """A tree with perfect recall: what a player knows is the own past infosets and actions, and a random signal."""
    widths: dict[tuple[int, str], int] = {}

    def grow(left: int, past: tuple[str, str]) -> Node:
        kind = source.randrange(5)
        if left == 0 or kind == 0:
            return Terminal(float(source.randint(-3, 3)))
        if kind == 1:
            parts = [source.randint(1, 4) for _ in range(source.randint(1, widest))]
            return Chance([(part / sum(parts), grow(left - 1, past)) for part in parts])
        player = source.randrange(2)
        state = f"{past[player]}|{source.randrange(2)}"
        width = widths.setdefault((player, state), source.randint(1, widest))
        children: dict[str, Node] = {}
        for action in "abc"[:width]:
            known = state + action
            children[action] = grow(left - 1, (known, past[1]) if player == 0 else (past[0], known))
        return Decision(player, state, children)

    return grow(depth, ("", ""))


def decisions(node: Node) -> Iterator[Decision]:
    """Every decision node of a tree."""
    if isinstance(node, Decision):
        yield node
        for child in node.actions.values():
            yield from decisions(child)
    elif isinstance(node, Chance):
        for _, child in node.outcomes:
            yield from decisions(child)


def count(node: Node) -> tuple[int, int, int]:
    """(all, chance, terminal) nodes of a tree."""
    if isinstance(node, Terminal):
        return 1, 0, 1
    children = node.actions.values() if isinstance(node, Decision) else [child for _, child in node.outcomes]
    below = [count(child) for child in children]
    return (
        1 + sum(part[0] for part in below),
        isinstance(node, Chance) + sum(part[1] for part in below),
        sum(part[2] for part in below),
    )


def widths(node: Node, player: int) -> dict[str, int]:
    """The number of actions at each infoset of a player."""
    return {d.information_state: len(d.actions) for d in decisions(node) if d.player == player}


def table_of(game: ExtensiveGame, policy: Policy) -> Table:
    """A policy of the compiled game as a table."""
    table: Table = {}
    for player, tree in enumerate(game.treeplexes):
        for i, text in enumerate(game.names[player].information_states):
            table[player, text] = policy[player][tree.first[i] : tree.first[i + 1]].tolist()
    return table


def value(node: Node, table: Table) -> float:
    """Expected utility of player 0."""
    if isinstance(node, Terminal):
        return node.utility
    if isinstance(node, Chance):
        return sum(probability * value(child, table) for probability, child in node.outcomes)
    probabilities = table[node.player, node.information_state]
    return sum(p * value(child, table) for p, child in zip(probabilities, node.actions.values(), strict=True))


def best_response_value(node: Node, table: Table, player: int) -> float:
    """The most that a player gets with any pure strategy against the table's policy of the other."""
    sign = 1 - 2 * player
    infosets = widths(node, player)
    best = -float("inf")
    for choice in itertools.product(*(range(width) for width in infosets.values())):
        pure = {
            (player, state): [float(a == chosen) for a in range(infosets[state])]
            for state, chosen in zip(infosets, choice, strict=True)
        }
        best = max(best, sign * value(node, table | pure))
    return best


def counterfactual_values(root: Node, table: Table, player: int) -> dict[tuple[str, int], float]:
    """(information state, action) → sum over its histories of chance × opponent's reach × utility of going on."""
    sign = 1 - 2 * player
    found: dict[tuple[str, int], float] = {}

    def visit(node: Node, reach: float) -> None:
        if isinstance(node, Chance):
            for probability, child in node.outcomes:
                visit(child, reach * probability)
        elif isinstance(node, Decision):
            for a, child in enumerate(node.actions.values()):
                if node.player == player:
                    key = (node.information_state, a)
                    found[key] = found.get(key, 0.0) + reach * sign * value(child, table)
                    visit(child, reach)
                else:
                    visit(child, reach * table[node.player, node.information_state][a])

    visit(root, 1.0)
    return found
