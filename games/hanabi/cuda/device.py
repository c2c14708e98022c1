"""The CUDA side of numba: the decorator of kernels, streams, and whether there is a card at all.

Kernels take their decorator from here; ``games._base.jit``, the place that configures numba, knows nothing of CUDA.
With ``NUMBA_ENABLE_CUDASIM=1`` in the environment before numba is imported, kernels run in numba's simulator instead,
one Python thread a CUDA thread: the same results, thousands of times slower, no card.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba import cuda

SIMULATED: bool = bool(numba.config.ENABLE_CUDASIM)  # type: ignore[attr-defined]

NO_CARD = "there is no CUDA card that numba can use: it needs an NVIDIA driver and the package numba-cuda (extra gpu)"


class NoCardError(RuntimeError):
    """There is no card, or numba cannot use it; the message is one sentence."""


def kernel(function: Callable[..., Any]) -> Any:
    """Mark a function as a CUDA kernel, compiled for the types of its first call."""
    return cuda.jit(function)


def require_card() -> None:
    """Raise ``NoCardError`` unless there is a card or the simulator."""
    if SIMULATED:
        return
    try:
        available = cuda.is_available()
    except Exception as error:  # a broken driver raises many kinds
        raise NoCardError(f"{NO_CARD} ({error})") from None
    if not available:
        raise NoCardError(NO_CARD)


def card_name() -> str:
    """Return the name of the current card; raises ``NoCardError`` without one."""
    require_card()
    if SIMULATED:
        return "numba's CUDA simulator"
    name = cuda.get_current_device().name
    return name.decode() if isinstance(name, bytes) else str(name)


def stream_of(handle: int) -> Any:
    """Return numba's stream for a ``cudaStream_t`` (``torch.cuda.current_stream().cuda_stream``); 0 is the default."""
    return cuda.external_stream(handle) if handle and not SIMULATED else 0


def synchronise() -> None:
    """Wait until the card has done all that it was given."""
    cuda.synchronize()
