"""The arrays of a batch on a card as torch tensors, without a copy."""

from __future__ import annotations

from typing import Any

import torch
from numba import cuda
from torch import Tensor

from games.hanabi.cuda.device import SIMULATED


def tensor_of(array: Any) -> Tensor:
    """Return a tensor on the same memory as an array of ``CudaHanabi``; keep the batch for as long as the tensor.

    (In the simulator a card's memory is the host's.)
    """
    if SIMULATED:
        return torch.from_numpy(array._ary)
    return torch.as_tensor(array, device="cuda")


def array_of(tensor: Tensor) -> Any:
    """Return an array that kernels take on the memory of a tensor on the card; keep the tensor for as long."""
    if SIMULATED:
        from numba.cuda.simulator.cudadrv.devicearray import FakeCUDAArray

        return FakeCUDAArray(tensor.numpy())
    return cuda.as_cuda_array(tensor)
