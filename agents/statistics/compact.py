"""Games of a tournament in compact arrays: read once from their lines, gone through as often as one likes.

A line of ``games.jsonl`` takes 1.8 kB as a Python object, and some microseconds to read; here a game of two takes
about 60 bytes, and is put together again when it is asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from agents.statistics.grouped import Line


class CompactLines:
    """Lines with ``unit``, ``deal``, ``seats``, ``returns``, ``moves``; maybe ``forfeit``, ``adjustment``, ``beliefs``.

    They come in the order in which they were given; what else they had is left out.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._units, self._deals, self._moves = array("q"), array("q"), array("d")
        self._ends = array("q", [0])  # of the returns of each game
        self._returns, self._adjustments = array("d"), array("d")
        self._adjusted = bytearray()
        self._seatings: dict[tuple[str, ...], int] = {}
        self._seating = array("q")
        self._forfeits: dict[int, Any] = {}
        self._beliefs: dict[int, Any] = {}  # of games in which somebody searches, which are few
        for line in lines:
            self._add(line)
        self._names = [list(seats) for seats in self._seatings]

    def _add(self, line: Line) -> None:
        if line.get("forfeit"):
            self._forfeits[len(self._units)] = line["forfeit"]
        if line.get("beliefs"):
            self._beliefs[len(self._units)] = line["beliefs"]
        self._units.append(line["unit"])
        self._deals.append(line["deal"])
        self._moves.append(line["moves"])
        self._seating.append(self._seatings.setdefault(tuple(line["seats"]), len(self._seatings)))
        self._returns.extend(line["returns"])
        self._ends.append(len(self._returns))
        adjustment = line.get("adjustment")
        self._adjusted.append(adjustment is not None)
        if adjustment is not None:
            if len(adjustment) != len(line["returns"]):
                raise ValueError(f"a game of unit {line['unit']} has an adjustment for other seats than it has returns")
            self._adjustments.extend(adjustment)

    def __len__(self) -> int:
        return len(self._units)

    def __iter__(self) -> Iterator[Line]:
        """Yield the games; what they share (names, forfeits) is not to be changed."""
        corrected = 0
        places = enumerate(zip(self._units, self._deals, self._seating, self._moves, pairwise(self._ends), strict=True))
        for number, (unit, deal, seating, moves, (start, stop)) in places:
            line: dict[str, Any] = {
                "unit": unit,
                "deal": deal,
                "seats": self._names[seating],
                "returns": self._returns[start:stop],
                "moves": moves,
                "forfeit": self._forfeits.get(number),
            }
            if self._adjusted[number]:
                line["adjustment"] = self._adjustments[corrected : corrected + stop - start]
                corrected += stop - start
            if number in self._beliefs:
                line["beliefs"] = self._beliefs[number]
            yield line
