"""CUDA graphs: work on fixed memory, recorded once and then launched as a whole.

A rollout is thousands of small kernels, and launching each from Python takes longer than running it. The first calls of
a ``Recorded`` run as they are (they are real work, and allocate what optimisers and libraries need); the next is
recorded. What cannot be recorded goes on running as it is, after one line that says why.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache

import torch

_WARM_UP = 3  # calls


@lru_cache(maxsize=4)
def _side_stream(device: torch.device) -> torch.cuda.Stream:
    """Return the one stream on which functions warm up and are recorded: gradients must not change streams."""
    return torch.cuda.Stream(device)


class Recorded:
    """A function without arguments or result that only reads and writes memory that stays where it is.

    generators : random generators that the function draws from, on the card.
    wanted : whether to record at all; on a CPU nothing is.
    """

    def __init__(
        self,
        function: Callable[[], None],
        device: torch.device,
        generators: tuple[torch.Generator, ...] = (),
        *,
        wanted: bool = True,
    ) -> None:
        self._function, self._generators = function, generators
        self._graph: torch.cuda.CUDAGraph | None = None
        self._left = _WARM_UP if wanted and device.type == "cuda" else -1
        self._side = _side_stream(device) if self._left >= 0 else None

    @property
    def recorded(self) -> bool:
        """Whether calls launch a graph."""
        return self._graph is not None

    def __call__(self) -> None:
        if self._graph is None and self._left == 0:
            self._record()
        if self._graph is not None:
            self._graph.replay()
        elif self._side is not None and self._left > 0:
            self._left -= 1
            self._side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self._side):
                self._function()
            torch.cuda.current_stream().wait_stream(self._side)
        else:
            self._function()

    def _record(self) -> None:
        self._left = -1
        try:
            graph = torch.cuda.CUDAGraph()
            for generator in self._generators:
                graph.register_generator_state(generator)
            with torch.cuda.graph(graph, stream=self._side):
                self._function()
        except RuntimeError as error:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            reason = str(error).partition("\n")[0]
            warnings.warn(f"no CUDA graph ({reason}): kernels are launched one by one", stacklevel=3)
            return
        self._graph = graph
