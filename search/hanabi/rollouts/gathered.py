"""Rollouts of several games in one batch: each game thinks in a thread of its own, and their requests are gathered.

A decision asks for its rollouts in rounds of some hundreds, which is little for a large network and next to nothing for
a card. Games that are played side by side ask at about the same time. So a game that needs rollouts waits here until
every other game does, too, or has ended; then one call plays the rollouts of all. Planner, allocation and belief know
nothing of it: a seat is given a ``Member`` in place of its own rollouts.

The worlds that a game asks for do not depend on its neighbours, nor do their random numbers. The arithmetic may: torch
rounds sums otherwise in batches of other sizes, so that a near tie can be broken otherwise than for a game by itself.

Games compute in turns, ``at_once`` of them at a time, and never while a batch is played. A second of the clock is
divided evenly among the games that are in play (``Member.seconds``): what a game's decisions take by that clock adds up
over the games to what they took together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from games.hanabi.game import HanabiGame
from search.hanabi.rollouts.requests import Request, Rollouts

Answer = list[NDArray[np.float64]]

_PATIENCE = 1.0  # seconds; where a lock cannot be interrupted, Ctrl-C is noticed after so long


class GatheringStopped(Exception):
    """Raised in the games of a gathering that was stopped: their rollouts will never be played."""


class _Asked(NamedTuple):
    requests: Sequence[Request]
    answer: Future[Answer]


class Gathering:
    """Several games whose rollouts are played in one batch.

    The thread that made it lets games join, calls ``serve`` until none is left, and in the end ``stop``; batches are
    played in that thread. A game joins before its thread starts, computes inside ``with member``, and leaves at its
    end, however it ends.

    rollouts : plays the batches.
    at_once : games that compute at the same time at most.
    """

    def __init__(self, rollouts: Rollouts, at_once: int = 1) -> None:
        self.game: HanabiGame = rollouts.game
        self._rollouts = rollouts
        self._turns = threading.Semaphore(at_once)
        self._changed = threading.Condition()
        self._members: set[Member] = set()
        self._asked: dict[Member, _Asked] = {}
        self._playing: list[_Asked] = []
        self._joined = 0
        self._left = self._stopped = False
        self._seconds, self._then = 0.0, time.perf_counter()

    def __len__(self) -> int:
        """Return the number of games that have joined and not left."""
        return len(self._members)

    def join(self) -> Member:
        """Let one more game take part."""
        with self._changed:
            self._tick()
            member = Member(self, self._joined)
            self._joined += 1
            self._members.add(member)
        return member

    def serve(self) -> None:
        """Wait until every game waits, then play what they ask for; return early when a game has left."""
        with self._changed:
            while not self._left and len(self._asked) < len(self._members):
                self._changed.wait(_PATIENCE)
            if self._left:
                self._left = False
                return
            self._playing = [self._asked[member] for member in sorted(self._asked, key=lambda member: member.number)]
            self._asked = {}
        if not self._playing:
            return
        answers = iter(self._rollouts.roll_out([request for asked in self._playing for request in asked.requests]))
        for asked in self._playing:
            asked.answer.set_result([next(answers) for _ in asked.requests])

    def stop(self) -> None:
        """Raise ``GatheringStopped`` in games that wait, and in the others as soon as they ask for rollouts."""
        with self._changed:
            self._stopped = True
            for asked in [*self._asked.values(), *self._playing]:
                if not asked.answer.done():
                    asked.answer.set_exception(GatheringStopped())
            self._asked, self._playing = {}, []

    def _tick(self) -> float:
        """Bring the shared clock up to date and return it; the caller holds the lock."""
        now = time.perf_counter()
        self._seconds += (now - self._then) / max(1, len(self._members))
        self._then = now
        return self._seconds


class Member:
    """One game of a gathering: its ``Rollouts``, its clock, and as a context manager its turn to compute.

    number : games are numbered as they join; batches are in that order.
    """

    def __init__(self, gathering: Gathering, number: int) -> None:
        self._gathering, self.number = gathering, number
        self.game = gathering.game

    def __enter__(self) -> Self:
        self._gathering._turns.acquire()
        if self._gathering._stopped:
            self._gathering._turns.release()
            raise GatheringStopped
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._gathering._turns.release()

    def roll_out(self, requests: Sequence[Request]) -> Answer:
        """Return the scores of several requests when every game has asked: [stop - start, moves] each.

        Raises ``GatheringStopped`` if they will not be played.
        """
        gathering, answer = self._gathering, Future[Answer]()
        with gathering._changed:
            if gathering._stopped:
                raise GatheringStopped
            gathering._asked[self] = _Asked(requests, answer)
            gathering._changed.notify()
        gathering._turns.release()
        try:
            return answer.result()
        finally:
            gathering._turns.acquire()

    def seconds(self) -> float:
        """Return the time by a clock that runs at the speed of one over the number of games."""
        with self._gathering._changed:
            return self._gathering._tick()

    def leave(self) -> None:
        """Take no further part."""
        gathering = self._gathering
        with gathering._changed:
            gathering._tick()
            gathering._members.discard(self)
            gathering._left = True
            gathering._changed.notify()
