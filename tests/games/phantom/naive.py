"""Slow definitions for phantom games: the rules once more, on dictionaries, and a walk through all joint histories."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from games.phantom.game import PhantomGame

Attempts = tuple[tuple[int, bool], ...]


class Position(NamedTuple):
    """What both players attempted, in order; who is to move, and the first player's return once the game is over."""

    attempts: tuple[Attempts, Attempts]
    player: int
    utility: float | None


def start() -> Position:
    return Position(((), ()), 0, None)


def stones(attempts: Attempts) -> frozenset[int]:
    return frozenset(cell for cell, refused in attempts if not refused)


@cache
def wins(game: PhantomGame, player: int, cells: frozenset[int]) -> bool:
    """By trying all paths or lines."""
    if not game.hex:
        lines = [
            {(r + i * down, c + i * right) for i in range(3)}
            for r in range(game.rows)
            for c in range(game.columns)
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
        ]
        return any(line <= {divmod(cell, game.columns) for cell in cells} for line in lines)
    places = {divmod(cell, game.columns) for cell in cells}
    side, last = (0, game.rows - 1) if player == 0 else (1, game.columns - 1)
    reached = {place for place in places if place[side] == 0}
    for _ in cells:
        reached |= {
            (r, c)
            for r, c in places
            if {(r, c - 1), (r, c + 1), (r - 1, c), (r + 1, c), (r - 1, c + 1), (r + 1, c - 1)} & reached
        }
    return any(place[side] == last for place in reached)


def legal(game: PhantomGame, position: Position) -> list[int]:
    tried = {cell for cell, _ in position.attempts[position.player]}
    return [cell for cell in range(game.cells) if cell not in tried]


def attempt(game: PhantomGame, position: Position, cell: int) -> Position:
    player = position.player
    refused = cell in stones(position.attempts[1 - player])
    mine = (*position.attempts[player], (cell, refused))
    attempts = (mine, position.attempts[1]) if player == 0 else (position.attempts[0], mine)
    if not refused and wins(game, player, stones(mine)):
        return Position(attempts, player, 1.0 - 2.0 * player)
    if len(stones(attempts[0])) + len(stones(attempts[1])) == game.cells:
        return Position(attempts, player, 0.0)
    return Position(attempts, player if refused and not game.abrupt else 1 - player, None)


def positions(game: PhantomGame, position: Position | None = None) -> Iterator[Position]:
    """Every history of the game."""
    position = position or start()
    yield position
    if position.utility is None:
        for cell in legal(game, position):
            yield from positions(game, attempt(game, position, cell))
