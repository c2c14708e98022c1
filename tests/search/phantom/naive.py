"""Posteriors of phantom games under uniform play, by walking every joint history."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from games.phantom.game import PhantomGame
from tests.games.naive_phantom import Attempts, Position, attempt, legal, start


class Hidden(NamedTuple):
    """One history that a player may be in."""

    weight: float
    """The opponent's reach."""
    values: dict[int, float]
    """What each attempt is worth to the player, if all play uniformly afterwards."""


def uniform_posteriors(game: PhantomGame) -> tuple[dict[Attempts, list[Hidden]], dict[Attempts, list[Hidden]]]:
    """Return, for each player and information state, all histories."""
    found: tuple[dict[Attempts, list[Hidden]], dict[Attempts, list[Hidden]]] = (defaultdict(list), defaultdict(list))

    def walk(position: Position, reach: tuple[float, float]) -> float:
        if position.utility is not None:
            return position.utility
        player, cells = position.player, legal(game, position)
        after = [reach[p] / (len(cells) if p == player else 1) for p in range(2)]
        values = {cell: walk(attempt(game, position, cell), (after[0], after[1])) for cell in cells}
        own = {cell: (1 - 2 * player) * value for cell, value in values.items()}
        found[player][position.attempts[player]].append(Hidden(reach[1 - player], own))
        return sum(values.values()) / len(cells)

    walk(start(), (1.0, 1.0))
    return found
