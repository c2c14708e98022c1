"""Games gathered line by line into groups of one deal, in compact arrays: eight bytes a number."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Line = Mapping[str, Any]


def in_order(lines: Iterable[Line]) -> Iterable[Line]:
    """Return lines so that those of a group stand together: a list is sorted, anything else must be in order."""
    if isinstance(lines, (list, tuple)):
        return sorted(lines, key=lambda line: (int(line["unit"]), int(line["deal"])))
    return lines


class Grouped:
    """``width`` numbers a game, and where the groups begin; lines come in the order of their groups."""

    def __init__(self, width: int) -> None:
        self._width, self._values = width, array("d")
        self._starts, self._deals = array("q"), array("q")
        self._group: tuple[int, int] | None = None

    def add(self, line: Line, *numbers: float) -> None:
        """Add what a game gives."""
        if (group := (line["unit"], line["deal"])) != self._group:
            self._group = group
            self._starts.append(len(self._values) // self._width)
            self._deals.append(group[1])
        self._values.extend(numbers)

    @property
    def games(self) -> FloatArray:
        """Numbers of all games. [games, width]"""
        return np.array(self._values, dtype=np.float64).reshape(-1, self._width)

    @property
    def deals(self) -> NDArray[np.int64]:
        """The deal of each group. [groups]"""
        return np.array(self._deals, dtype=np.int64)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Games of each group. [groups]"""
        ends = np.array([*self._starts[1:], len(self._values) // self._width], dtype=np.int64)
        return ends - np.array(self._starts, dtype=np.int64)

    @property
    def means(self) -> FloatArray:
        """Means over the games of each group. [groups, width]"""
        starts = np.array(self._starts, dtype=np.int64)
        return np.asarray(np.add.reduceat(self.games, starts, axis=0) / self.sizes[:, None])
