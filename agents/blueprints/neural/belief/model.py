"""A learned belief as the planner uses it (``search.hanabi.beliefs.hand_model.HandModel``), and its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.blueprints.neural.belief.drawing import draw_hands, encode_view
from agents.blueprints.neural.belief.evidence import COLUMNS, evidence_of
from agents.blueprints.neural.belief.network import Shape, new_network, shape_of, views
from agents.blueprints.neural.belief.position import NO_CONVENTION, Position, new_position, shape_for
from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.tensors import damage_named, read_tensors
from games._base.files import whole_file
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER
from search.hanabi.history import SeatHistory

FORMAT = "tamaya-hanabi-belief"
VERSION = 1

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class BeliefModel:
    """A model of the own hand under one blueprint in one game.

    Attributes
    ----------
    game : the configuration (its bomb rule does not matter).
    blueprint : the blueprint on whose self-play it was trained, as ``identity`` tells it from others.
    beliefs_at : column of that blueprint's memory rows where the possible types of all cards begin, or
        ``position.NO_CONVENTION``.
    public_memory : the blueprint's memory rows of all seats always agree, so that partners' memories do not depend on
        the own hand.
    parameters : see ``network``.
    card : how it was trained, what it measured (plain values, for people).
    """

    game: HanabiGame
    blueprint: str
    beliefs_at: int
    public_memory: bool
    parameters: Floats
    card: dict[str, Any]

    def _encode(self, history: SeatHistory, memory: NDArray[np.int64]) -> tuple[Position, Floats, int]:
        game = history.game
        if self.game.difference(game):
            raise ValueError(f"the belief was trained for {_words(self.game)}, not for {_words(game)}")
        if history.present[CURRENT_PLAYER] != history.seat:
            raise ValueError("a learned belief is that of the player to move")
        evidence = np.zeros((game.players, game.cards_in_hand, COLUMNS), np.int64)
        evidence_of(game.rules, history.views, evidence)
        position = new_position(game)
        contexts = np.zeros((game.cards_in_hand, Shape(*shape_of(self.parameters)).depth), np.float32)
        first_own = feature_count(game)
        cards = encode_view(
            game.rules,
            history.present,
            memory,
            self.beliefs_at,
            evidence,
            first_own,
            self.parameters,
            position,
            contexts,
        )
        return position, contexts, cards

    def draw(
        self, history: SeatHistory, memory: NDArray[np.int64], count: int, key: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        position, contexts, cards = self._encode(history, memory)
        hands, logs = np.zeros((count, cards), np.int32), np.zeros(count)
        draw_hands(self.parameters, position, contexts, cards, np.uint64(key), True, hands, logs)
        return hands, logs

    def log_density(
        self, history: SeatHistory, memory: NDArray[np.int64], hands: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        position, contexts, cards = self._encode(history, memory)
        logs = np.zeros(len(hands))
        draw_hands(self.parameters, position, contexts, cards, np.uint64(0), False, hands, logs)
        return logs


def _words(game: HanabiGame) -> str:
    return (
        f"{game.players} players with {game.cards_in_hand} cards each, {game.colours} colours, {game.ranks} ranks, "
        f"{game.information_tokens} hint tokens and {game.life_tokens} lives"
    )


def untrained(
    game: HanabiGame, blueprint: str, beliefs_at: int, public_memory: bool, shape: Shape, seed: int = 0
) -> BeliefModel:
    """Return a model that is the exact prior given hints and counts."""
    return BeliefModel(game, blueprint, beliefs_at, public_memory, new_network(shape, seed), {})


def save(model: BeliefModel, path: Path) -> None:
    """Write a model as safetensors: the parts of the network in half precision, everything else as metadata.

    Raises ``OSError`` as the disk does.
    """
    from safetensors.numpy import save as encoded

    description = {
        "version": VERSION,
        "game": asdict(model.game),
        "blueprint": model.blueprint,
        "beliefs_at": model.beliefs_at,
        "public_memory": model.public_memory,
        "shape": Shape(*(int(n) for n in shape_of(model.parameters)))._asdict(),
        "card": model.card,
    }
    parts = {name: part.astype(np.float16) for name, part in views(model.parameters).items()}
    with whole_file(path) as temporary:
        temporary.write_bytes(encoded(parts, {"format": FORMAT, "description": json.dumps(description)}))


def load(path: Path) -> BeliefModel:
    """Read a model; raises ``ValueError`` with one sentence that names the file if it is none."""
    metadata, parts = read_tensors(path)
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path} is not a learned belief of Hanabi")
    with damage_named(path):
        return _described(json.loads(metadata["description"]), parts)


def _described(description: Any, parts: Mapping[str, NDArray[Any]]) -> BeliefModel:
    """Return the model of a file; raises ``KeyError``, ``TypeError`` or ``ValueError`` if something is wrong."""
    if description["version"] != VERSION:
        raise ValueError(f"its format is {description['version']}, and this program reads {VERSION}")
    game, shape = HanabiGame(**description["game"]), Shape(**description["shape"])
    if shape != shape_for(game, shape.hidden_1, shape.hidden_2, shape.depth):
        raise ValueError("it reads other features than this program writes: train it again")
    for name, kind in (("blueprint", str), ("beliefs_at", int), ("public_memory", bool), ("card", dict)):
        if not isinstance(description[name], kind):
            raise ValueError(f"{name} must be of type {kind.__name__}, not {description[name]!r}")
    parameters = new_network(shape, 0)
    for name, part in views(parameters).items():
        if parts[name].shape != part.shape or parts[name].dtype != np.float16:
            raise ValueError(f"{name} must be float16 {part.shape}, not {parts[name].dtype} {parts[name].shape}")
        part[:] = parts[name]
    if not np.isfinite(parameters).all():
        raise ValueError("some of its numbers are not finite")
    return BeliefModel(
        game,
        description["blueprint"],
        description["beliefs_at"],
        description["public_memory"],
        parameters,
        description["card"],
    )


def rounded(parameters: Floats) -> Floats:
    """Return the parameters as a file keeps them: infinite beyond what half precision can hold."""
    with np.errstate(over="ignore"):
        kept = parameters.astype(np.float16).astype(np.float32)
    kept[: len(Shape._fields)] = parameters[: len(Shape._fields)]
    return kept


def identity(game: HanabiGame, blueprint: Blueprint) -> str:
    """Return the name of a rule-based blueprint, ``network DIGEST`` of a trained one."""
    weights = blueprint.weights(game)
    return blueprint.name if weights is None else f"network {weights}"


def file_name(game: HanabiGame, blueprint: str) -> str:
    """Return the name of the file of the shipped model for a blueprint in a game."""
    return f"{blueprint}-{game.players}-players-{game.cards_in_hand}-cards.safetensors"


@cache
def _loaded(path: Path, digest: str) -> BeliefModel:
    return load(path)


def shipped(game: HanabiGame, blueprint: str) -> Path | None:
    """Return the file of the model that comes with the package, if there is one for that game."""
    path = Path(str(resources.files("agents.blueprints.neural.belief") / file_name(game, blueprint)))
    return path if path.exists() else None


def find(game: HanabiGame, policy: Blueprint, path: Path | str | None = None) -> BeliefModel:
    """Return the model for a blueprint in a game, from a file or (``None``) from the package.

    Raises ``ValueError`` with one sentence if there is none or it is for something else.
    """
    blueprint = identity(game, policy)
    place = shipped(game, blueprint) if path is None else Path(path)
    if place is None:
        raise ValueError(
            f"no learned belief is shipped for {blueprint} and {_words(game)}: train one "
            "(python -m agents.train_belief), or use the exact belief"
        )
    try:
        digest = hashlib.sha256(place.read_bytes()).hexdigest()
    except OSError:
        raise ValueError(f"there is no file {place}") from None
    model = _loaded(place, digest)
    if model.blueprint != blueprint:
        raise ValueError(f"{place} is a belief about {model.blueprint}, not about {blueprint}")
    if model.game.difference(game):
        raise ValueError(f"{place} is for {_words(model.game)}, not for {_words(game)}")
    cards = game.players * game.cards_in_hand
    if model.beliefs_at != NO_CONVENTION and not 0 <= model.beliefs_at <= policy.memory_size(game) - cards:
        raise ValueError(f"{place} is damaged: the memories of {blueprint} hold no beliefs at {model.beliefs_at}")
    return model
