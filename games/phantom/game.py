"""Which phantom games there are: a board, who wins it, and what a refused attempt costs.

A player attempts to place a stone on a cell. Is the cell empty, the stone lies there and the turn passes. Does the
opponent hold it, the attempt is *refused*: the player learns just that, and either tries again (*classical* rules) or
has lost the turn (*abrupt* rules). Nothing else is ever revealed: not what the opponent attempted, nor whether the
opponent was refused. Player 0 ("x") begins.

Sets of cells are bit masks, cell ``i`` being bit ``i``; cells are numbered row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Masks = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PhantomGame:
    """A phantom game; get one by ``phantom_game(name)``.

    Attributes
    ----------
    name : what it is called here.
    hex : whether the board is that of Hex; otherwise three in a row win.
    rows, columns : of the board.
    abrupt : whether a move on an occupied cell ends the turn.

    ``winning`` [2, 2^cells] uint8 is 1 where a set of stones wins for a player.

    Examples
    --------
    >>> import tamaya
    >>> game = tamaya.phantom_game("abrupt_dark_hex_2x2")
    >>> game.cells, game.abrupt, game.winning.shape
    (4, True, (2, 16))
    """

    name: str
    hex: bool
    rows: int
    columns: int
    abrupt: bool

    @property
    def cells(self) -> int:
        """The number of cells of the board."""
        return self.rows * self.columns

    @property
    def winning(self) -> Masks:
        """Which sets of stones win, uint8 [2, 2^cells]."""
        return _winning(self.hex, self.rows, self.columns)

    @property
    def open_spiel_name(self) -> str | None:
        """The string that loads the game in OpenSpiel; ``None`` if it has no such game."""
        if self.hex:
            version = "adh" if self.abrupt else "cdh"
            return (
                f"dark_hex(gameversion={version},num_cols={self.columns},num_rows={self.rows},obstype=reveal-nothing)"
            )
        if (self.rows, self.columns) != (3, 3):
            return None
        return f"phantom_ttt(gameversion={'abrupt' if self.abrupt else 'classical'},obstype=reveal-nothing)"


_GAMES = {
    game.name: game
    for abrupt in (False, True)
    for game in (
        PhantomGame("abrupt_phantom_ttt" if abrupt else "phantom_ttt", False, 3, 3, abrupt),
        PhantomGame("abrupt_dark_hex" if abrupt else "dark_hex", True, 3, 3, abrupt),
        PhantomGame("abrupt_dark_hex_2x2" if abrupt else "dark_hex_2x2", True, 2, 2, abrupt),
        PhantomGame("abrupt_dark_hex_2x3" if abrupt else "dark_hex_2x3", True, 2, 3, abrupt),
        PhantomGame("abrupt_phantom_ttt_2x3" if abrupt else "phantom_ttt_2x3", False, 2, 3, abrupt),
    )
}


def game_names() -> list[str]:
    """Return the names that ``phantom_game`` knows."""
    return sorted(_GAMES)


def phantom_game(name: str) -> PhantomGame:
    """Return a game by its name or by the string that loads it in OpenSpiel.

    Parameters
    ----------
    name : one of ``game_names()``, or as ``"dark_hex(gameversion=adh,num_cols=3,num_rows=3,obstype=reveal-nothing)"``.

    Returns
    -------
    PhantomGame

    Raises
    ------
    ValueError
        For any other name; the sentence lists those there are.

    Examples
    --------
    >>> import tamaya
    >>> tamaya.phantom_game("dark_hex_2x2").cells
    4
    """
    found = _GAMES.get(name) or _from_open_spiel(name)
    if found is None:
        raise ValueError(f"there is no phantom game {name!r}: choose one of {', '.join(game_names())}")
    return found


def _from_open_spiel(name: str) -> PhantomGame | None:
    """Return the game of an OpenSpiel string, or ``None``: unknown names, sizes, and other observations."""
    short, _, rest = name.replace(" ", "").partition("(")
    if short not in ("phantom_ttt", "dark_hex") or (rest and not rest.endswith(")")):
        return None
    parameters = dict(item.partition("=")[::2] for item in rest[:-1].split(",") if item)
    if parameters.pop("obstype", "reveal-nothing") != "reveal-nothing":
        return None
    hexagonal = short == "dark_hex"
    version = parameters.pop("gameversion", "cdh" if hexagonal else "classical")
    if version not in (("cdh", "adh") if hexagonal else ("classical", "abrupt")):
        return None
    size = parameters.pop("board_size", "3") if hexagonal else "3"
    shape = tuple(parameters.pop(key, size) if hexagonal else "3" for key in ("num_rows", "num_cols"))
    abrupt = version in ("adh", "abrupt")
    games = [g for g in _GAMES.values() if g.hex == hexagonal and g.abrupt == abrupt]
    return next((g for g in games if not parameters and (str(g.rows), str(g.columns)) == shape), None)


@lru_cache(maxsize=16)
def _winning(hexagonal: bool, rows: int, columns: int) -> Masks:
    wins = np.zeros((2, 1 << rows * columns), np.uint8)
    for stones in range(1 << rows * columns):
        for player in range(2):
            test = _connects(stones, player, rows, columns) if hexagonal else _has_line(stones, rows, columns)
            wins[player, stones] = test
    wins.setflags(write=False)
    return wins


def _has_line(stones: int, rows: int, columns: int) -> bool:
    """Return whether three stones lie in a row, a column or a diagonal."""
    for row in range(rows):
        for column in range(columns):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                line = [(row + i * down, column + i * right) for i in range(3)]
                inside = all(0 <= r < rows and 0 <= c < columns for r, c in line)
                if inside and all(stones >> (r * columns + c) & 1 for r, c in line):
                    return True
    return False


def _connects(stones: int, player: int, rows: int, columns: int) -> bool:
    """Return whether a chain joins the first row to the last (player 0), or the first column to the last (player 1)."""

    def holds(row: int, column: int) -> bool:
        return 0 <= row < rows and 0 <= column < columns and bool(stones >> (row * columns + column) & 1)

    edge = [(0, i) for i in range(columns)] if player == 0 else [(i, 0) for i in range(rows)]
    reached = {cell for cell in edge if holds(*cell)}
    waiting = list(reached)
    while waiting:
        row, column = waiting.pop()
        if (row == rows - 1) if player == 0 else (column == columns - 1):
            return True
        for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, -1), (-1, 1)):
            cell = (row + down, column + right)
            if cell not in reached and holds(*cell):
                reached.add(cell)
                waiting.append(cell)
    return False
