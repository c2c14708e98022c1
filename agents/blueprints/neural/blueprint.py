"""Networks as blueprints: from a file, from memory, or the ones that come with the project.

Whatever plays, searches or measures blueprints takes what these functions return; all of
them share the compiled functions of ``playing``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from agents.blueprints.files import SHIPPED, WEIGHTS
from agents.blueprints.neural.network import Floats
from agents.blueprints.neural.playing import chances, decide, observe, probability, read, start, value
from agents.blueprints.neural.weights import Network, load
from agents.blueprints.smart.memory import CONTRADICTIONS, MASKS
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame


def blueprint_over(name: str, find: Callable[[HanabiGame], Network]) -> Blueprint:
    """Return the blueprint that plays a game with the network that ``find`` has for it, the same one in every call.

    ``find`` raises ``ValueError`` with one sentence if it has none.
    """

    def memory_size(game: HanabiGame) -> int:
        cards = 0 if find(game).base == "none" else game.players * game.cards_in_hand
        return MASKS + cards + find(game).history + 1

    def parameters(game: HanabiGame) -> Floats:
        return find(game).parameters

    return Blueprint(
        name,
        start,
        decide,
        observe,
        memory_size,
        read=read,
        contradictions=CONTRADICTIONS,
        parameters=parameters,
        probability=probability,
        value=value,
        chances=chances,
    )


def neural_blueprint(network: Network, name: str = "neural") -> Blueprint:
    """Return the blueprint of a network; for other games its ``memory_size`` raises ``ValueError``."""

    def find(game: HanabiGame) -> Network:
        network.check_plays(game)
        return network

    return blueprint_over(name, find)


def blueprint_of_file(path: Path) -> Blueprint:
    """Return the blueprint of a weights file, by the path as its name; the same object while the file is the same.

    Raises ``ValueError`` with one sentence that names the file if it holds no network.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise ValueError(f"there is no file {path}") from None
    return _of_content(path, digest)


@cache
def _of_content(path: Path, digest: str) -> Blueprint:
    return neural_blueprint(load(path), str(path))


@cache
def _shipped(players: int, suffix: str) -> Network:
    path = SHIPPED / f"{players}_players{suffix}{WEIGHTS}"
    if not path.exists():
        raise ValueError(f"no network for {players} players comes with the project: train one, or name a weights file")
    return load(path)


def _shipped_as(name: str, suffix: str = "") -> Blueprint:
    """Return the blueprint of the networks that come with the project, in files ``<players>_players<suffix>``."""

    def find(game: HanabiGame) -> Network:
        network = _shipped(game.players, suffix)
        network.check_plays(game)
        return network

    return blueprint_over(name, find)


NEURAL = _shipped_as("neural")
NEURAL_WIDE = _shipped_as("neural-wide", "_wide")
