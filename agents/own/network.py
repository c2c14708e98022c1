"""A PyTorch module as a blueprint: feed-forward over HLE's observation, or with a state that every seat has for itself.

What a module says of itself, as attributes, all of them optional:

observation : ``"canonical"`` (HLE's vector, by default) or ``"v0"`` (``games.hanabi.observation``); ``"obl"`` and
    ``"sad"`` are what networks of those projects read (``wider``), 783 and 838 numbers at 2 players.
state_size : numbers in the state of one seat; 0, by default, for a feed-forward module.
initial_state() : the state at the start of a game, [state_size]; zeros by default.
every_turn : with a state, whether it reads the views of every turn, as R2D2 and SAD do (default), or of own turns only.
has_value : whether it answers what a position is worth, too.

``module(observations)`` returns logits [n, moves]; with a state, ``module(observations, states)`` returns the logits
and the states after the turn. With a value, that comes second: points expected from here on, [n]. Illegal moves are
masked here; a further logit (the no-op move of SAD and its kin) is left out.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from agents.own.keepers import rows_of, states_in
from agents.own.unread import NoPublicPast
from agents.runs.forfeit import in_words
from games._base.errors import UsageError
from games._base.jit import kernel
from games._base.threads import run_ranges
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CURRENT_PLAYER
from games.hanabi.observation import observation_sections, write_observation, write_observation_v0
from games.hanabi.rules import is_legal

Encoding = Literal["canonical", "v0", "obl", "sad"]
ENCODINGS: tuple[Encoding, ...] = ("canonical", "v0", "obl", "sad")


@kernel
def _write(rules, start, stop, version_0, views, seats, observations, legal):
    """Write what the seats observe, and the legal moves."""
    for row in range(start, stop):
        if version_0:
            write_observation_v0(rules, views[row], seats[row], observations[row])
        else:
            write_observation(rules, views[row], seats[row], observations[row])
        for move in range(legal.shape[1]):
            legal[row, move] = is_legal(rules, views[row], move)


class ModulePolicy(NoPublicPast):
    """A ``BatchedPolicy`` and, with a state, a ``PrivateRecurrence`` (``search.hanabi.policy``) of a module.

    module : is moved to ``device`` and only evaluated from now on. workers : threads that write observations.
    Raises ``ValueError`` with one sentence for a module that says something impossible of itself.
    """

    def __init__(
        self, game: HanabiGame, module: nn.Module, name: str, *, device: str = "cpu", workers: int | None = None
    ) -> None:
        self._game, self._name, self._workers = game, name, workers
        self._module = module.to(device).eval()
        self._device = torch.device(device)
        self._encoding: Encoding = getattr(module, "observation", "canonical")
        if self._encoding not in ENCODINGS:
            raise ValueError(f"{name} reads an observation called {self._encoding!r}: there are {', '.join(ENCODINGS)}")
        self.state_size = int(getattr(module, "state_size", 0))
        self.every_turn = bool(getattr(module, "every_turn", True))
        self.has_value = bool(getattr(module, "has_value", False))

    def initial_state(self) -> NDArray[np.float32]:
        """Return the state of a seat at the start of a game."""
        make = getattr(self._module, "initial_state", None)
        state = torch.zeros(self.state_size) if make is None else make()
        if state.numel() != self.state_size:
            raise ValueError(f"{self._name} begins with {state.numel()} numbers, but has state_size {self.state_size}")
        found: NDArray[np.float32] = state.detach().cpu().float().reshape(-1).numpy()
        return found

    def log_probabilities(
        self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any
    ) -> NDArray[np.float64]:
        return self._evaluate(views, views[:, CURRENT_PLAYER].astype(np.int64), memories)[0]

    def values(self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any) -> NDArray[np.float64]:
        _, values, _ = self._evaluate(views, views[:, CURRENT_PLAYER].astype(np.int64), memories)
        found: NDArray[np.float64] = values.double().cpu().numpy().reshape(-1)
        return found

    def step(
        self, views: NDArray[np.int32], seats: NDArray[np.int64], memories: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        logs, _, states = self._evaluate(views, seats, memories)
        return logs, rows_of(states.float().cpu().numpy(), memories.shape[1])

    @torch.inference_mode()
    def _evaluate(
        self, views: NDArray[np.int32], seats: NDArray[np.int64], memories: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], Any, Any]:
        """Return log-probabilities [n, moves], values and states after the turn."""
        observations = np.zeros((len(views), self._game.observation_size), np.float32)
        legal = np.empty((len(views), self._game.moves), np.bool_)

        def run(start: int, stop: int) -> None:
            version_0 = self._encoding != "canonical"
            _write(self._game.rules, start, stop, version_0, views, seats, observations, legal)

        run_ranges(run, len(views), self._workers)
        inputs = [torch.from_numpy(wider(self._game, observations, self._encoding)).to(self._device)]
        if self.state_size:
            inputs.append(torch.from_numpy(states_in(memories, self.state_size)).to(self._device))
        logits, values, states = self._answer(inputs)
        mask = torch.from_numpy(legal | ~legal.any(axis=1, keepdims=True)).to(self._device)
        masked = logits.double()[:, : self._game.moves].masked_fill(~mask, -torch.inf)
        found: NDArray[np.float64] = masked.log_softmax(dim=-1).cpu().numpy()
        return found, values, states

    def _answer(self, inputs: list[Tensor]) -> tuple[Tensor, Any, Any]:
        """Ask the module and look at what it answers: (logits, values or None, states or None)."""
        try:
            answer = self._module(*inputs)
        except Exception as error:
            raise UsageError(
                f"{self._name} fails on observations {list(inputs[0].shape)}: {in_words(error)}"
            ) from error
        parts = list(answer) if isinstance(answer, tuple | list) else [answer]
        wanted = ["logits", *["values"] * self.has_value, *["states"] * (self.state_size > 0)]
        if len(parts) != len(wanted) or not all(isinstance(part, Tensor) for part in parts):
            raise UsageError(f"{self._name} must answer {' and '.join(wanted)}, each a tensor, not {len(parts)} things")
        found = dict(zip(wanted, parts, strict=True))
        rows, moves, logits = len(inputs[0]), self._game.moves, found["logits"]
        if logits.shape not in ((rows, moves), (rows, moves + 1)):
            raise UsageError(f"{self._name} must answer logits [{rows}, {moves}], not {list(logits.shape)}")
        if not bool(logits.isfinite().all()):
            raise UsageError(f"{self._name} answers logits that are not finite")
        if self.state_size and found["states"].shape != (rows, self.state_size):
            shape = list(found["states"].shape)
            raise UsageError(f"{self._name} must answer states [{rows}, {self.state_size}], not {shape}")
        return logits, found.get("values"), found.get("states")


def wider(game: HanabiGame, observations: NDArray[np.float32], encoding: Encoding) -> NDArray[np.float32]:
    """Return observations in the layout of another project.

    ``obl``: a block for the own hand, all 0, before the v0 vector, as ``EncodeHands`` of the environment in
    facebookresearch/off-belief-learning has it (Hu et al., ICML 2021). ``sad``: the same, and after it the section of
    the last move once more, for the move that the player to move before would have made without exploring (Hu and
    Foerster, ICLR 2020): here, where nobody explores, the move that was made.
    """
    if encoding not in ("obl", "sad"):
        return observations
    own = np.zeros((len(observations), game.cards_in_hand * game.types), np.float32)
    sections = observation_sections(game)
    greedy = observations[:, sections["last mover"].start : sections["last outcome"].stop]
    return np.concatenate([own, observations, *([greedy] if encoding == "sad" else [])], axis=1)


def read_weights(path: str) -> dict[str, Any]:
    """Return the state dict in a file: ``.safetensors``, or of torch, which reads it with ``weights_only``.

    Raises ``ValueError`` with one sentence that names the file if it holds none.
    """
    try:
        if path.endswith(".safetensors"):
            from safetensors.torch import load_file

            state: Any = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
        return dict(state.get("state_dict", state))
    except Exception as error:
        raise ValueError(f"the weights {path} cannot be loaded: {in_words(error)}") from None


def load_weights(module: nn.Module, path: str) -> None:
    """Load a state dict (``read_weights``) into a module; raises ``ValueError`` in one sentence if it does not fit."""
    state = read_weights(path)
    try:
        module.load_state_dict(state)
    except Exception as error:
        raise ValueError(f"the weights {path} cannot be loaded: {in_words(error)}") from None


def load_script(path: str) -> nn.Module:
    """Load a TorchScript module; such a file is a program. Raises ``ValueError`` if it holds none."""
    try:
        script: nn.Module = torch.jit.load(path, map_location="cpu")
    except Exception as error:
        raise ValueError(f"{path} holds no TorchScript module: {in_words(error)}") from None
    return script
