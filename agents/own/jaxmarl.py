"""Networks that JaxMARL saved, by their names in its safetensors: ``agents.own.jaxmarl:Network(weights=FILE)``.

JaxMARL (Rutherford et al., NeurIPS 2024) writes flax parameters with their path joined by commas
(``jaxmarl.wrappers.baselines.save_params``), kernels as [in, out]. Its Hanabi observations are ``v0`` here, its moves
ours and a no-op behind them. Two of its networks are known, told apart by their names:

- the actor of ``baselines/MAPPO/mappo_rnn_hanabi.py``: dense, GRU, dense, logits;
- ``OBLAgentR2D2`` (``environments/hanabi/pretrained``), the networks of off-belief learning (Hu et al., ICML 2021) as
  JaxMARL converted them: three dense layers of everything seen, times an LSTM of all but the hands of others.

Every seat reads every turn, as there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from games.hanabi.game import HanabiGame
from games.hanabi.observation import observation_sections

_GRU, _OBL = "params,ScannedRNN_0,GRUCell_0", "params,priv_net_dense_0,kernel"
Arrays = dict[str, NDArray[Any]]


class Network(nn.Module):
    """One of the two, with the sizes of its file.

    weights : the file. Raises ``ValueError`` with one sentence for a file that is none of them, or of another game.
    """

    observation = "v0"

    def __init__(self, game: HanabiGame, weights: str) -> None:
        super().__init__()
        arrays = _read(weights)
        try:
            self.inner: _Obl | _Actor = _Obl(game, arrays) if _OBL in arrays else _Actor(arrays)
        except KeyError as error:
            raise ValueError(f"{weights} holds no network of JaxMARL's that is known here: it lacks {error}") from None
        self.state_size = self.inner.state_size
        seen, moves = self.inner.sizes
        if (seen, moves) != (game.observation_size, game.moves + 1):
            raise ValueError(
                f"{weights} is of a game with {seen} numbers to observe and {moves} moves, a no-op among them, "
                f"not {game.observation_size} and {game.moves + 1}"
            )

    def forward(self, observations: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits [n, moves + 1] and the states after the turn."""
        found: tuple[Tensor, Tensor] = self.inner(observations, states)
        return found


def _read(path: str) -> Arrays:
    from safetensors.numpy import load_file

    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}")
    try:
        return load_file(path)
    except Exception as error:
        raise ValueError(f"{path} is not a safetensors file: {error}") from None


def _dense(arrays: Arrays, name: str) -> nn.Linear:
    """Return a flax ``Dense``; one without a bias adds 0."""
    kernel = torch.from_numpy(arrays[f"{name},kernel"]).float()
    layer = nn.Linear(*kernel.shape)
    with torch.no_grad():
        layer.weight.copy_(kernel.T)
        bias = arrays.get(f"{name},bias")
        layer.bias.copy_(torch.zeros(kernel.shape[1]) if bias is None else torch.from_numpy(bias))
    return layer


class _Actor(nn.Module):
    """The MAPPO actor; its state is that of the GRU."""

    def __init__(self, arrays: Arrays) -> None:
        super().__init__()
        self.embed, self.hidden, self.head = (_dense(arrays, f"params,Dense_{k}") for k in range(3))
        self.gates = nn.ModuleDict({name: _dense(arrays, f"{_GRU},{name}") for name in _GRU_PARTS})
        self.state_size = len(arrays[f"{_GRU},hn,kernel"])
        self.sizes = self.embed.in_features, self.head.out_features

    def forward(self, observations: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        inputs, gates = torch.relu(self.embed(observations)), self.gates
        reset = torch.sigmoid(gates["ir"](inputs) + gates["hr"](states))
        update = torch.sigmoid(gates["iz"](inputs) + gates["hz"](states))
        new = torch.tanh(gates["in"](inputs) + reset * gates["hn"](states))
        states = (1 - update) * new + update * states
        return self.head(torch.relu(self.hidden(states))), states


_GRU_PARTS = ("ir", "iz", "in", "hr", "hz", "hn")


class _Obl(nn.Module):
    """``OBLAgentR2D2``; its state is (cell, hidden) of each layer, side by side."""

    def __init__(self, game: HanabiGame, arrays: Arrays) -> None:
        super().__init__()
        self.private = nn.ModuleList([_dense(arrays, f"params,priv_net_dense_{k}") for k in range(3)])
        self.public, self.head = _dense(arrays, "params,publ_net_dense_0"), _dense(arrays, "params,fc_a")
        layers = len([name for name in arrays if name.startswith("params,lstm,l") and name.endswith(",ii,kernel")])
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {f"{of}{gate}": _dense(arrays, f"params,lstm,l{k},{of}{gate}") for of in "ih" for gate in "ifgo"}
            )
            for k in range(layers)
        )
        self.state_size = 2 * layers * self.public.out_features
        self.sizes = len(arrays[_OBL]), self.head.out_features
        self._hands = observation_sections(game)["other hands"].stop

    def forward(self, observations: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        private = observations
        for layer in self.private:
            private = torch.relu(layer(private))
        found, after = torch.relu(self.public(observations[:, self._hands :])), []
        before = states.chunk(2 * len(self.layers), dim=1)
        for layer, cell, hidden in zip(self.layers, before[::2], before[1::2], strict=True):
            gates = cast("nn.ModuleDict", layer)
            taken, kept, new, shown = (gates[f"i{gate}"](found) + gates[f"h{gate}"](hidden) for gate in "ifgo")
            cell = torch.sigmoid(kept) * cell + torch.sigmoid(taken) * torch.tanh(new)
            found = torch.sigmoid(shown) * torch.tanh(cell)
            after += [cell, found]
        return self.head(private * found), torch.cat(after, dim=1)
