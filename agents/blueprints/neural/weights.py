"""Networks as files: safetensors with named parts, and beside it a model card that says how they were trained.

The header of the file (its ``__metadata__``) holds, as JSON, everything that a name and an array do not say:
``configuration`` (the game), ``base`` (the rule-based blueprint below the network, or ``none``), ``shape``,
``calibration`` (of the value, see ``calibration``; none by default), ``history`` (how many earlier moves it reads, see
``history``; without it none) and ``training`` (any record of how the weights came about: steps, seconds, hardware,
command, score). The parts are those of ``network.views``, float32.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as encoded

from agents.blueprints.neural.calibration import Calibration, calibration_of, write_calibration
from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.history import MOST
from agents.blueprints.neural.network import BASE, HISTORY, LANES, Floats, Shape, offsets, shape_of, views
from agents.blueprints.neural.tensors import damage_named, read_tensors
from games._base.files import whole_file
from games.hanabi.game import HanabiGame

BASES: Final = ("none", "smart", "information")  # the place of a name is its number in a network's header
_FORMAT: Final = "tamaya hanabi network 1"


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network and what it was trained for.

    Attributes
    ----------
    game : the configuration it plays (``bomb`` may differ).
    base : name of the rule-based blueprint whose beliefs and advice it reads, or ``none``.
    parameters : flat float32 vector as in ``network``; a copy, with the base in its header.
    training : what is known of its training, for the model card.

    Raises ``ValueError`` with one sentence if these do not fit together.
    """

    game: HanabiGame
    base: str
    parameters: Floats
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.base not in BASES:
            raise ValueError(f"the base of a network must be one of {', '.join(BASES)}, not {self.base!r}")
        parameters = np.array(self.parameters, dtype=np.float32, order="C")
        if parameters.ndim != 1 or len(parameters) < offsets(*(1,) * 4)[0] or not np.isfinite(parameters).all():
            raise ValueError("the parameters of a network must be a vector of finite numbers that begins with a header")
        parameters[BASE] = BASES.index(self.base)
        object.__setattr__(self, "parameters", parameters)
        if parameters[HISTORY] not in range(MOST + 1):
            raise ValueError(f"a network reads 0 to {MOST} earlier moves, not {parameters[HISTORY]:g}")
        shape, features = self.shape, feature_count(self.game, self.history)
        if (shape.features, shape.moves) != (features, self.game.moves):
            earlier = f" with {self.history} earlier moves" if self.history else ""
            raise ValueError(
                f"a network for this game{earlier} reads {features} features and has {self.game.moves} moves, "
                f"not {shape.features} and {shape.moves}"
            )
        if min(shape) < 1 or shape.hidden_1 % LANES or shape.hidden_2 % LANES:
            raise ValueError(f"hidden layers must have a positive multiple of {LANES} units, not {shape[1:3]}")
        if len(parameters) != offsets(*shape)[-1]:
            raise ValueError(f"a network of this shape has {offsets(*shape)[-1]} parameters, not {len(parameters)}")

    @property
    def shape(self) -> Shape:
        """Sizes of the layers."""
        return Shape(*(int(size) for size in shape_of(self.parameters)))

    @property
    def history(self) -> int:
        """How many moves before the last one it reads."""
        return int(self.parameters[HISTORY])

    def check_plays(self, game: HanabiGame) -> None:
        """Raise ``ValueError`` with one sentence if the network is for another game."""
        if difference := self.game.difference(game):
            raise ValueError(f"the network plays Hanabi with {difference}")


def save(path: Path, network: Network, card: str | None = None) -> None:
    """Write a network to ``path`` (``.safetensors``) and its model card beside it (``.md``), each whole or not at all.

    ``card`` is the text of the card, by default ``model_card``. Raises ``OSError`` as the disk does.
    """
    metadata = {
        "format": _FORMAT,
        "configuration": json.dumps(asdict(network.game)),
        "base": network.base,
        "shape": json.dumps(network.shape._asdict()),
        "calibration": json.dumps(calibration_of(network.parameters)._asdict()),
        "training": json.dumps(dict(network.training)),
    }
    if network.history:
        metadata["history"] = json.dumps(network.history)
    parts = {name: np.ascontiguousarray(part) for name, part in views(network.parameters).items()}
    with whole_file(path) as temporary:
        temporary.write_bytes(encoded(parts, metadata))
    with whole_file(path.with_suffix(".md")) as temporary:
        temporary.write_text(model_card(path.stem, network) if card is None else card, encoding="utf-8")


def needs_torch(path: Path) -> bool:
    """Return whether a file holds a network of this project that only torch can compute."""
    try:
        with safe_open(path, framework="numpy") as stream:
            metadata = stream.metadata() or {}
    except (OSError, SafetensorError, ValueError):
        return False
    return "format" not in metadata and {"training", "configuration"} <= set(metadata)


def load(path: Path) -> Network:
    """Return the network of a file; raises ``ValueError`` with one sentence that names the file if there is none."""
    metadata, parts = read_tensors(path)
    if metadata.get("format") != _FORMAT:
        if needs_torch(path):
            raise ValueError(f"{path} holds a torch network, which only python -m agents.hanabi_search can play")
        raise ValueError(f"{path} does not hold a network of this project ({_FORMAT!r})")
    with damage_named(path):
        game = HanabiGame(**json.loads(metadata["configuration"]))
        shape = Shape(**json.loads(metadata["shape"]))
        training = dict(json.loads(metadata["training"]))
        parameters = _assembled(shape, parts)
        parameters[HISTORY] = int(json.loads(metadata.get("history", "0")))
        write_calibration(parameters, Calibration(**json.loads(metadata.get("calibration", "{}"))))
        return Network(game, metadata["base"], parameters, training)


def _assembled(shape: Shape, parts: Mapping[str, Any]) -> Floats:
    """Return the flat vector of the parts; raises ``ValueError`` or ``KeyError`` if they are not all there."""
    length = offsets(*shape)[-1]
    if min(shape) < 1 or length != sum(part.size for part in parts.values()) + offsets(*shape)[0]:
        raise ValueError(
            f"its arrays do not make a network with {', '.join(f'{v} {k}' for k, v in shape._asdict().items())}"
        )
    parameters = np.zeros(length, np.float32)
    parameters[: len(shape)] = shape
    for name, view in views(parameters).items():
        if parts[name].shape != view.shape or parts[name].dtype != np.float32:
            raise ValueError(
                f"{name} must be float32 {list(view.shape)}, not {parts[name].dtype} {list(parts[name].shape)}"
            )
        view[:] = parts[name]
    return parameters


def model_card(title: str, network: Network) -> str:
    """Return the model card of a network as Markdown."""
    game, shape = network.game, network.shape
    earlier = f" (those of {network.history} moves before the last one among them)" if network.history else ""
    base = "no rule-based blueprint" if network.base == "none" else f"the {network.base} blueprint"
    lines = [
        f"# {title}",
        "",
        f"A Hanabi blueprint for {game.players} players ({game.colours} colours, {game.ranks} ranks, "
        f"{game.cards_in_hand} cards in hand, {game.information_tokens} information tokens, {game.life_tokens} lives): "
        f"a network over {base}.",
        "",
        f"{shape.features} binary features{earlier}, hidden layers of {shape.hidden_1} and {shape.hidden_2} rectified "
        f"units, {shape.moves} moves and a value; {len(network.parameters):,} float32 parameters.",
        "",
        "| training | |",
        "|---|---|",
        *(f"| {key.replace('_', ' ')} | {_cell(value)} |" for key, value in network.training.items()),
        "",
    ]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace("|", r"\|").replace("\n", " ")
