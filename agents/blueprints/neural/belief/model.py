"""A learned belief as the planner uses it (``search.hanabi.hand_model.HandModel``), and its file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.blueprints.neural.belief.drawing import draw_hands, encode_view
from agents.blueprints.neural.belief.evidence import COLUMNS, evidence_of
from agents.blueprints.neural.belief.network import Shape, new_network, offsets, shape_of, views
from agents.blueprints.neural.belief.position import Position, new_position, shape_for
from agents.blueprints.neural.features import feature_count
from games.files import whole_file
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
        if _key(game) != _key(self.game):
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


def _key(game: HanabiGame) -> tuple[int, ...]:
    """Return what a belief depends on: everything but the bomb rule."""
    return (
        game.players,
        game.colours,
        game.ranks,
        game.cards_in_hand,
        game.information_tokens,
        game.life_tokens,
    )


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
    """Write a model as safetensors: the parts of the network in half precision, everything else as metadata."""
    from safetensors.numpy import save_file

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
        save_file(parts, temporary, metadata={"format": FORMAT, "description": json.dumps(description)})


def load(path: Path) -> BeliefModel:
    """Read a model; raises ``ValueError`` with one sentence if the file is not one, ``OSError`` as the disk does."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise ValueError(f"{path} is not a learned belief of Hanabi")
            description = json.loads(metadata["description"])
            if description["version"] != VERSION:
                raise ValueError(f"{path} has format version {description['version']}; this program reads {VERSION}")
            game, shape = HanabiGame(**description["game"]), Shape(**description["shape"])
            if shape != shape_for(game, shape.hidden_1, shape.hidden_2, shape.depth):
                raise ValueError(f"{path} is a belief over other features than this program's: train it again")
            parameters = np.zeros(offsets(*shape)[-1], np.float32)
            parameters[: len(shape)] = shape
            for name, part in views(parameters).items():
                part[:] = file.get_tensor(name)
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is damaged or not a learned belief of Hanabi ({error})") from None
    return BeliefModel(
        game,
        description["blueprint"],
        description["beliefs_at"],
        description["public_memory"],
        parameters,
        description["card"],
    )


def rounded(parameters: Floats) -> Floats:
    """Return the parameters as a file keeps them."""
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


_loaded = cache(load)


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
    model = _loaded(place)
    if model.blueprint != blueprint:
        raise ValueError(f"{place} is a belief about {model.blueprint}, not about {blueprint}")
    if _key(model.game) != _key(game):
        raise ValueError(f"{place} is for {_words(model.game)}, not for {_words(game)}")
    return model
