"""The part of a batched policy that is the same for all that read nothing of the public past but what views show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class NoPublicPast:
    """``begin``, ``repeated`` and ``read`` of ``search.hanabi.policy.batched.BatchedPolicy``: rows of no columns."""

    def begin(self) -> NDArray[np.float64]:
        return np.zeros((1, 0))

    def repeated(self, recollections: Sequence[Any], counts: Sequence[int]) -> NDArray[np.float64]:
        return np.zeros((sum(counts), 0))

    def read(self, views: NDArray[np.int32], recollection: Any) -> tuple[Any, Any]:
        return recollection, recollection
