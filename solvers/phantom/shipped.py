"""The policies that come with the package: the best found so far for the games on 3×3 cells.

``policies/GAME.npz`` is a compact file (``games.phantom.compact``); ``policies/GAME.json`` says how it was made and
what its exploitability is, measured after rounding. ``python -m solvers.phantom.compact`` writes both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from games.phantom.game import PhantomGame, phantom_game
from games.phantom.policies import Policies, load_policies

_FOLDER = Path(__file__).with_name("policies")


def shipped_path(game: str | PhantomGame) -> Path:
    """Return the file of a game's policies, which ``python -m solvers.exploitability`` reads, too.

    Raises ``ValueError`` if none come with the package.
    """
    name = phantom_game(game).name if isinstance(game, str) else game.name
    path = _FOLDER / f"{name}.npz"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.npz")))
        raise ValueError(f"no policies of {name} come with the package, only those of {names}")
    return path


def shipped_policies(game: str | PhantomGame) -> Policies:
    """Return a pair of policies [rows, cells] close to equilibrium."""
    return load_policies(shipped_path(game), game)[1]


def shipped_facts(game: str | PhantomGame) -> dict[str, Any]:
    """Return what is known of the policies: value, exploitability, the run and the rounding that made them."""
    facts: dict[str, Any] = json.loads(shipped_path(game).with_suffix(".json").read_text(encoding="utf-8"))
    return facts
