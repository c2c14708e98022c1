"""Which names belong to the kernels of the phantom games, and not to OpenSpiel."""

from __future__ import annotations

from games.phantom.game import PhantomGame, game_names, phantom_game


def game_of_kernels(name: str) -> PhantomGame | None:
    """Return the game that goes to the kernels: one on 3×3 cells, or called by its name here, not by OpenSpiel's.

    OpenSpiel's small boards can be compiled, and are then the games that it says they are, leak included
    (``games.phantom.bridges``).
    """
    try:
        game = phantom_game(name)
    except ValueError:
        return None
    return game if name in game_names() or game.cells == 9 else None
