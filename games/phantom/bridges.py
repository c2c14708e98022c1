"""Information states of phantom games as OpenSpiel writes them.

OpenSpiel's string is the player's view of the board, then the own attempts. In Dark Hex a line between them gives the
length of the whole history, although the observation is "reveal-nothing": under classical rules that tells a player how
often the opponent was refused. It is no part of what the player observes (neither OpenSpiel's tensor nor its
observation has it), so it is ignored when a string is read, and one information state has several strings there.
"""

from __future__ import annotations

from games._base.numbers import whole
from games.phantom.game import PhantomGame
from games.phantom.information_states import InformationStates
from games.phantom.sequences import Attempts, attempts_of, row_of


def information_state_strings(states: InformationStates, player: int, row: int) -> list[str]:
    """Return the strings that OpenSpiel has for an information state, by length of history: one, but in Dark Hex."""
    game = states.game
    attempts = attempts_of(states, player, row)
    view = _view(game, player, attempts)
    sequence = "".join(f"{player},{cell} " for cell, _ in attempts)
    if not game.hex:
        return [f"{view}\n{sequence}"]
    return [f"{view}\n{length}\n{sequence}" for length in history_lengths(game, player, attempts)]


def history_lengths(game: PhantomGame, player: int, attempts: Attempts) -> range:
    """Return how many attempts of both players there may have been before a decision."""
    if game.abrupt:
        return range(2 * len(attempts) + player, 2 * len(attempts) + player + 1)
    stones = sum(not refused for _, refused in attempts)
    shortest = len(attempts) + stones + player
    return range(shortest, shortest + stones + 1)  # the opponent was refused by none to all of the stones


def row_of_string(states: InformationStates, player: int, text: str) -> int:
    """Return the number of the information state that OpenSpiel's string names.

    Raises ``ValueError`` if the string is none of this player's information states.
    """
    game, player = states.game, whole(player, "player", 0, 1)
    lines = text.split("\n")
    view = "".join(lines[: game.rows])
    try:
        pairs = [item.split(",") for item in lines[-1].split()]
        cells = [int(cell) for owner, cell in pairs if int(owner) == player]
        attempts = tuple((cell, view[cell] == "ox"[player]) for cell in cells)
        if len(cells) == len(pairs) and "\n".join(lines[: game.rows]) == _view(game, player, attempts):
            return row_of(states, player, attempts)
    except (ValueError, IndexError):
        pass
    raise ValueError(f"{text!r} is no information state of player {player} in {game.name}")


def _view(game: PhantomGame, player: int, attempts: Attempts) -> str:
    """Return the board as the player knows it, a line for each row."""
    marks = ["."] * game.cells
    for cell, refused in attempts:
        marks[cell] = "xo"[player ^ refused]
    return "\n".join("".join(marks[row : row + game.columns]) for row in range(0, game.cells, game.columns))
