"""Networks of SAD, Other-Play and off-belief learning by their weight files: ``agents.own.sad:Network(weights=FILE)``.

The files (``.pthw``) of facebookresearch/hanabi_SAD (Hu and Foerster, ICLR 2020; Hu et al., "Other-Play", ICML 2020)
and facebookresearch/off-belief-learning (Hu et al., ICML 2021) are state dicts of one of three networks, told apart by
their names as ``pyhanabi/r2d2.py`` and ``pyhanabi/net.py`` have them:

- ``R2D2Net``, ``LSTMNet``: dense layers ``net``, an ``lstm``, advantages ``fc_a``. With ``skip`` the LSTM's input is
  added to its output; a file does not say so (of the Other-Play models, those numbered 3 to 5 and 9 to 11).
- ``PublicLSTMNet``: dense layers ``priv_net`` of what the player sees, times an ``lstm`` of what everybody sees.
- ``FFWDNet``: dense layers ``net`` alone.

The width of the first layer says what a network reads: 838 numbers at 2 players are SAD's (the greedy action behind),
783 the environment's (a block of zeros for the own hand before), 658 those without that block. The last of the 21
advantages is the no-op of whoever is not to move. Value and auxiliary heads are not read: with value decomposition the
value is one player's share.

Every seat reads every turn, as there.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from agents.own.network import read_weights
from games.hanabi.game import HanabiGame
from games.hanabi.observation import observation_sections

Weights = dict[str, Tensor]


class Network(nn.Module):
    """One of the three, with the sizes of its file.

    weights : the file. skip : whether the LSTM's input is added to its output. temperature : advantages, in points,
    are divided by it to be logits: the networks play the largest, and beliefs and the search's prior want
    probabilities. Raises ``ValueError`` with one sentence for a file that is none of them, or of another game.
    """

    def __init__(self, game: HanabiGame, weights: str, skip: bool = False, temperature: float = 0.05) -> None:
        super().__init__()
        if not 0 < temperature < float("inf"):
            raise ValueError(f"temperature must be positive and finite, not {temperature}")
        held = {name.removeprefix("online_net."): value for name, value in read_weights(weights).items()}
        public = "priv_net.0.weight" in held
        try:
            self.dense = _dense_layers(held, "priv_net" if public else "net")
            self.public = _dense_layers(held, "publ_net") if public else None
            self.lstm = _lstm(held) if public or "lstm.weight_ih_l0" in held else None
            self.head = _linear(held, "fc_a")
        except KeyError as error:
            raise ValueError(f"{weights} holds no network of SAD or OBL: it lacks {error}") from None
        if skip and (public or self.lstm is None):
            raise ValueError("skip is of a network whose LSTM follows its dense layers")
        self.skip, self.temperature = skip, temperature
        self.state_size = 0 if self.lstm is None else 2 * self.lstm.num_layers * self.lstm.hidden_size
        self._hands = observation_sections(game)["other hands"].stop
        self.observation = self._layout(game, weights)

    def _layout(self, game: HanabiGame, weights: str) -> str:
        """Return the name of what the first layer reads (``agents.own.network``)."""
        sections, seen = observation_sections(game), game.observation_size
        greedy = sections["last outcome"].stop - sections["last mover"].start
        own = game.cards_in_hand * game.types
        layouts = {seen: "v0", own + seen: "obl", own + seen + greedy: "sad"}
        width, moves = self.dense[0].in_features, self.head.out_features
        known = width == seen if self.public is not None else width in layouts
        fits = self.public is None or self.public[0].in_features == seen - self._hands
        if not (known and fits and moves == game.moves + 1):
            sizes = ", ".join(map(str, layouts))
            raise ValueError(
                f"{weights} is of another game: it reads {width} numbers and knows {moves} moves, a no-op among them; "
                f"here these are {sizes}, and {game.moves + 1}"
            )
        return layouts[width]

    def forward(self, observations: Tensor, states: Tensor | None = None) -> Any:
        """Return logits [n, moves + 1] and, with an LSTM, the states after the turn: its h, then its c."""
        found = self.dense(observations)
        if self.lstm is None:
            return self.head(found) / self.temperature
        assert states is not None
        inputs = found if self.public is None else self.public(observations[:, self._hands :])
        shape = len(states), 2 * self.lstm.num_layers, self.lstm.hidden_size
        hidden, cell = states.reshape(shape).transpose(0, 1).contiguous().chunk(2)
        shown, after = self.lstm(inputs[None], (hidden.contiguous(), cell.contiguous()))
        shown = found * shown[0] if self.public is not None else shown[0] + (found if self.skip else 0.0)
        return self.head(shown) / self.temperature, torch.cat(after).transpose(0, 1).reshape(states.shape)


def _linear(held: Weights, name: str) -> nn.Linear:
    weight = held[f"{name}.weight"].float()
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.load_state_dict({"weight": weight, "bias": held[f"{name}.bias"].float()})
    return layer


def _dense_layers(held: Weights, name: str) -> nn.Sequential:
    """Return the dense layers of a name, a ReLU after each: the numbers between are those of the ReLUs."""
    layers: list[nn.Module] = [_linear(held, f"{name}.0"), nn.ReLU()]
    while f"{name}.{len(layers)}.weight" in held:
        layers += [_linear(held, f"{name}.{len(layers)}"), nn.ReLU()]
    return nn.Sequential(*layers)


def _lstm(held: Weights) -> nn.LSTM:
    own = {name.removeprefix("lstm."): value.float() for name, value in held.items() if name.startswith("lstm.")}
    rows, inputs = own["weight_ih_l0"].shape
    lstm = nn.LSTM(inputs, rows // 4, num_layers=sum(name.startswith("weight_ih") for name in own))
    lstm.load_state_dict({name: own[name] for name in lstm.state_dict()})
    return lstm
