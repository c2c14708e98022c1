"""What a run plays: matches, deal by deal, in pieces that a schedule asks for with what has been played so far.

A *match* is a set of agents at one table, with all its line-ups, the agents by seat; its number is the ``unit`` of
``games.jsonl``. A *group* is one deal played by every line-up: the unit of observation, because its games share their
chance outcomes.

What a schedule asks for depends on results only, never on which worker finished first: so it is the same for any number
of workers and after any interruption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


@dataclass(frozen=True)
class Match:
    """Agents at one table: ``seatings`` are tuples of the agents' numbers by seat, all played on every deal."""

    unit: int
    agents: tuple[int, ...]
    seatings: tuple[tuple[int, ...], ...]


class Piece(NamedTuple):
    """The deals ``first .. stop-1`` of a match."""

    match: Match
    first: int
    stop: int

    @property
    def keys(self) -> list[tuple[int, int]]:
        """(unit, deal) of its groups."""
        return [(self.match.unit, deal) for deal in range(self.first, self.stop)]


def keys_of(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Return (unit, deal) of all groups of some pieces, in order."""
    return [key for piece in pieces for key in piece.keys]


class Schedule(Protocol):
    """What is to be played."""

    budget: int
    """Groups at most."""

    def next(self, results: Any) -> list[Piece]:
        """Return what to play next, all of which must be finished before the next call; nothing at the end."""
        ...

    def pieces(self) -> list[Piece]:
        """Return everything asked for so far, or everything if that is known."""
        ...


class FixedSchedule:
    """Every match once, with the same deals: ``first .. first+deals-1``."""

    def __init__(self, matches: Sequence[Match], deals: int, first: int = 0) -> None:
        self._pieces = [Piece(match, first, first + deals) for match in matches]
        self._asked = False
        self.budget = len(matches) * deals

    def next(self, results: Any) -> list[Piece]:
        asked, self._asked = self._asked, True
        return [] if asked else self._pieces

    def pieces(self) -> list[Piece]:
        return self._pieces
