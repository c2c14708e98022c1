"""Posteriors of phantom games under uniform play, by walking every joint history."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from itertools import pairwise, product
from math import prod
from typing import NamedTuple

from games.phantom.game import PhantomGame
from tests.games.phantom.naive import Attempts, Position, attempt, legal, start


class Hidden(NamedTuple):
    """One history that a player may be in."""

    weight: float
    """The opponent's reach."""
    chances: dict[int, tuple[float, float]]
    """The probabilities that the player wins and loses after each attempt, if all play uniformly afterwards."""

    def values(self) -> dict[int, float]:
        """Return what each attempt is worth to the player."""
        return {cell: win - loss for cell, (win, loss) in self.chances.items()}


@lru_cache(maxsize=4)
def uniform_posteriors(game: PhantomGame) -> tuple[dict[Attempts, list[Hidden]], dict[Attempts, list[Hidden]]]:
    """Return, for each player and information state, all histories."""
    found: tuple[dict[Attempts, list[Hidden]], dict[Attempts, list[Hidden]]] = (defaultdict(list), defaultdict(list))

    def walk(position: Position, reach: tuple[float, float]) -> tuple[float, float]:
        """Return the probabilities that player 0 and player 1 win."""
        if position.utility is not None:
            return float(position.utility > 0), float(position.utility < 0)
        player, cells = position.player, legal(game, position)
        after = [reach[p] / (len(cells) if p == player else 1) for p in range(2)]
        chances = {cell: walk(attempt(game, position, cell), (after[0], after[1])) for cell in cells}
        own = {cell: (pair[player], pair[1 - player]) for cell, pair in chances.items()}
        found[player][position.attempts[player]].append(Hidden(reach[1 - player], own))
        first, second = zip(*chances.values(), strict=True)
        return sum(first) / len(cells), sum(second) / len(cells)

    walk(start(), (1.0, 1.0))
    return found


def one_number_law(chances: list[tuple[float, float]]) -> dict[tuple[int, ...], float]:
    """Return the law of the returns that one uniform number decides: a win below, a loss above, a draw between."""
    ends = sorted({0.0, 1.0, *(win for win, _ in chances), *(1.0 - loss for _, loss in chances)})
    law: dict[tuple[int, ...], float] = defaultdict(float)
    for low, high in pairwise(ends):
        number = (low + high) / 2
        law[tuple(1 if number < win else -1 if number >= 1.0 - loss else 0 for win, loss in chances)] += high - low
    return law


def independent_law(chances: list[tuple[float, float]]) -> dict[tuple[int, ...], float]:
    """Return the law of independent returns."""
    single = [{1: win, 0: 1.0 - win - loss, -1: loss} for win, loss in chances]
    return {
        returns: prod(of[value] for of, value in zip(single, returns, strict=True))
        for returns in product((-1, 0, 1), repeat=len(chances))
    }
