"""A torch network that plays on a CUDA card, beside the games there: what ``search.hanabi.rollouts.cuda`` asks for.

Observations are in the card's memory already, moves stay there, and the turns between two looks of the host are one
CUDA graph. Products are bfloat16, as in training (``agents.training.vector``), so a near tie may be broken otherwise
than by the same network in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from agents.blueprints.neural.graphs import Recorded
from agents.blueprints.neural.network import REWARD_SCALE
from agents.blueprints.neural.torch_networks import Output, PolicyNetwork, batch_of

if TYPE_CHECKING:
    from games.hanabi.cuda.batch import CudaHanabi


def plays_on_card(network: PolicyNetwork, base: str) -> bool:
    """Return whether the rollouts of a network can be on the card: dense observations, no memory, no base."""
    return not network.recurrent and network.inputs != "features" and base == "none"


class TorchCardPolicy:
    """A ``search.hanabi.policy.batched.CardPolicy`` of a network that is on the card (on the CPU: in the simulator)."""

    def __init__(self, network: PolicyNetwork) -> None:
        self._network = network
        self._device = next(network.parameters()).device

    @property
    def version(self) -> Literal["canonical", "v0"]:
        return "v0" if self._network.inputs == "v0" else "canonical"

    @property
    def encoding(self) -> Literal["float32", "bfloat16"]:
        return "bfloat16" if self._device.type == "cuda" else "float32"

    def _precision(self) -> AbstractContextManager[object]:
        if self._device.type == "cuda":
            return torch.autocast("cuda", torch.bfloat16, cache_enabled=False)
        return nullcontext()

    def _output(self, batch: CudaHanabi) -> Callable[[], Output]:
        """Return a function that evaluates the network in every slot."""
        from games.hanabi.cuda.tensors import tensor_of

        observations = tensor_of(batch.observations)
        if batch.encoding == "bfloat16":
            observations = observations.view(torch.bfloat16)
        read = batch_of(observations, tensor_of(batch.legal))
        context = torch.zeros((batch.size, 0), device=self._device)

        def output() -> Output:
            with self._precision():
                found: Output = self._network(read, context)
            return found

        return output

    def values(self, batch: CudaHanabi) -> Callable[[], Tensor]:
        output = self._output(batch)

        @torch.no_grad()
        def values() -> Tensor:
            return (output().values.float() / REWARD_SCALE).contiguous()

        return values

    def player(self, batch: CudaHanabi, turns: int) -> Callable[[], None]:
        from games.hanabi.cuda.tensors import tensor_of

        output, moves = self._output(batch), tensor_of(batch.moves)

        @torch.no_grad()
        def play() -> None:
            stream = torch.cuda.current_stream().cuda_stream if self._device.type == "cuda" else 0
            for _ in range(turns):
                torch.argmax(output().logits, dim=-1, out=moves)
                batch.step(stream)

        return Recorded(play, self._device)
