"""Compiled games in files: one ``.npz`` each, whole or not at all; and the folder where large ones are kept."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from games._base.files import whole_file
from games._base.run_folder import DAMAGED as DAMAGED
from games.arrays import load_arrays
from games.extensive.assemble import check_player, from_arrays
from games.extensive.game import ExtensiveGame, GameError, Names, Payoffs, Statistics, Texts, Treeplex

_MAKERS = (
    *("assemble.py", "compile.py", "gambit.py", "gambit_tokens.py", "game.py", "game_text.py", "game_tree.py"),
    *("nfg.py", "store.py"),
)
_ARRAYS = ("parents0", "parents1", "action_counts0", "action_counts1", "rows", "columns", "values")
_TEXTS = ("information_states", "action_texts")
_COMPILED = (
    "header",
    *(f"{field}{player}" for player in (0, 1) for part in (Treeplex, Payoffs) for field in part._fields),
    *(f"{name}{player}" for player in (0, 1) for name in ("actions", "action_text")),
    *(f"{name}_{end}{player}" for player in (0, 1) for name in _TEXTS for end in ("data", "stop")),
)
_CHANCES = tuple(f"chance_{field}" for field in Payoffs._fields)


def cache_file(identity: str) -> Path:
    """Return where a game is kept that ``identity`` decides: under ``$TAMAYA_CACHE_DIR`` or ``~/.cache/tamaya``.

    The name depends on the source of what compiles games, too: another version of it never reads the file.
    """
    base = os.environ.get("TAMAYA_CACHE_DIR")
    root = Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tamaya"
    digest = hashlib.sha256(identity.encode())
    for maker in _MAKERS:
        digest.update(Path(__file__).with_name(maker).read_bytes())
    return root / "games" / f"{digest.hexdigest()[:24]}.npz"


def write_game(path: Path, game: ExtensiveGame) -> None:
    """Write a compiled game; raises ``OSError`` as the disk does."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for player in (0, 1):
        names = game.names[player]
        for group in (game.treeplexes[player], game.payoffs[player]):
            arrays |= {f"{field}{player}": array for field, array in group._asdict().items()}
        arrays[f"actions{player}"] = names.actions
        arrays[f"action_text{player}"] = names.action_text
        for field, texts in (("information_states", names.information_states), ("action_texts", names.action_texts)):
            arrays[f"{field}_data{player}"] = texts.data
            arrays[f"{field}_stop{player}"] = texts.stop
    if game.chances is not None:
        arrays |= {f"chance_{field}": array for field, array in game.chances._asdict().items()}
    header = json.dumps({"name": game.name, "statistics": asdict(game.statistics)})
    arrays["header"] = np.frombuffer(header.encode(), np.uint8)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_game(path: Path) -> ExtensiveGame | None:
    """Return the game that ``write_game`` wrote, or None if there is no such file or it is damaged."""
    try:
        return _compiled(load_arrays(path, {*_COMPILED, *_CHANCES}, _COMPILED, copies=1))
    except DAMAGED:
        return None


def _compiled(arrays: dict[str, npt.NDArray[Any]]) -> ExtensiveGame:
    """Return the game of a file's arrays; raises something of ``DAMAGED`` if they do not fit together."""
    header = json.loads(arrays["header"].tobytes())
    parts = [_player(arrays, player) for player in (0, 1)]
    treeplexes, payoffs, names = zip(*parts, strict=True)
    sizes = [len(tree.owner) for tree in treeplexes]
    for player, (tree, own, called) in enumerate(parts):
        check_player(tree, own, called, sizes[1 - player])
    chances = Payoffs(*(arrays[name] for name in _CHANCES)) if _CHANCES[0] in arrays else None
    if chances is not None:
        check_player(treeplexes[0], chances, names[0], sizes[1])
    return ExtensiveGame(str(header["name"]), treeplexes, payoffs, names, Statistics(**header["statistics"]), chances)


def _player(arrays: dict[str, npt.NDArray[Any]], player: int) -> tuple[Treeplex, Payoffs, Names]:
    tree = Treeplex(*(arrays[f"{field}{player}"] for field in Treeplex._fields))
    payoffs = Payoffs(*(arrays[f"{field}{player}"] for field in Payoffs._fields))
    states, texts = (Texts(arrays[f"{name}_data{player}"], arrays[f"{name}_stop{player}"]) for name in _TEXTS)
    return tree, payoffs, Names(states, arrays[f"actions{player}"], texts, arrays[f"action_text{player}"])


def game_from_file(path: Path) -> ExtensiveGame:
    """Return the game of an ``.npz`` file: one of ``write_game``, or sequence-form arrays as ``from_arrays`` has them.

    These are ``parents0``, ``parents1``, ``action_counts0``, ``action_counts1``, ``rows``, ``columns``, ``values``, and
    ``chances`` if they are known. Raises ``GameError`` with one sentence for anything else.
    """
    if not path.is_file():
        raise GameError(f"there is no file {path}")
    try:
        arrays = load_arrays(path, {*_COMPILED, *_CHANCES, *_ARRAYS, "chances"}, copies=1)
    except OSError as error:
        raise GameError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise GameError(f"{path} is not a game: it {str(error).removeprefix(f'{path} ')}") from None
    try:
        if "header" in arrays:
            return _compiled(arrays)
        parts = [arrays[name] for name in _ARRAYS]
    except DAMAGED:
        raise GameError(f"{path} is not a game: it must be a compiled game, or have {', '.join(_ARRAYS)}") from None
    return from_arrays(
        (parts[0], parts[1]),
        (parts[2], parts[3]),
        (parts[4], parts[5], parts[6]),
        name=path.name,
        chances=arrays.get("chances"),
    )
