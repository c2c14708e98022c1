"""Which of the solvers' commands a game goes to: what ``tamaya solve GAME`` finds out."""

from __future__ import annotations

import zipfile
from pathlib import Path


def command_of(game: str) -> str:
    """Return the command that solves a game: ``preference``, ``matrix``, ``extensive`` or ``phantom``.

    game : a file of preferences, votes or payoffs, a Gambit file, a compiled game, the name of a phantom game, or
    OpenSpiel's string. What no command takes goes to one whose message says why.
    """
    path = Path(game)
    if path.suffix in (".efg", ".game", ".nfg"):
        return "extensive"
    if path.suffix == ".npz":
        return "preference" if _holds_matrices(path) else "extensive"
    from games.preference.read import SUFFIXES
    from games.preference.sources import suffix_of

    if suffix_of(path) in SUFFIXES:
        return "preference" if not _holds_payoffs(path) else "matrix"
    from solvers.phantom.names import game_of_kernels

    if game_of_kernels(game) is not None:
        return "phantom"
    return "matrix" if _is_one_shot(game) else "extensive"


def _holds_matrices(path: Path) -> bool:
    """Return whether an archive of arrays is a batch of preference games."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "matrices.npy" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _holds_payoffs(path: Path) -> bool:
    """Return whether a table is one of payoffs: no preferences, but a matrix game."""
    from games.matrix import read_matrix_game
    from games.preference import read_preference_game

    for read, answer in ((read_preference_game, False), (read_matrix_game, True)):
        try:
            read(path)
        except (OSError, ValueError):
            continue
        return answer
    return False


def _is_one_shot(game: str) -> bool:
    """Return whether OpenSpiel's game is one in which all move once and at the same time."""
    import pyspiel

    kinds = {kind.short_name: kind for kind in pyspiel.registered_games()}
    kind = kinds.get(game.partition("(")[0].strip())
    return (
        kind is not None
        and kind.dynamics == pyspiel.GameType.Dynamics.SIMULTANEOUS
        and kind.information == pyspiel.GameType.Information.ONE_SHOT
    )
