"""Policies that the tests bring along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.blueprints.iggi import _decide as iggi
from agents.blueprints.memoryless import memoryless
from games._base.jit import kernel
from games.hanabi.blueprint import DECIDE_SIGNATURE
from games.hanabi.moves import Move
from games.hanabi.view import HanabiView


@kernel(DECIDE_SIGNATURE)
def _iggi_without_chance(rules, view, memory, key):
    return iggi(rules, view, memory, np.uint64(0))


COMPILED = memoryless("iggi without chance", _iggi_without_chance)


class Iggi:
    """The same, asked from Python."""

    softening = COMPILED.softening

    def act(self, view: HanabiView) -> int:
        return int(COMPILED.decide(view.game.rules, view.array, np.zeros(1, np.int64), np.uint64(7)))


class Scribbler(Iggi):
    """Writes into what it is shown."""

    def act(self, view: HanabiView) -> int:
        move = super().act(view)
        view.array[...] = 3
        return move


class Uniform:
    def probabilities(self, view: HanabiView) -> Mapping[Move, float]:
        return {move: 1 / len(view.legal) for move in view.legal}

    def value(self, view: HanabiView) -> float:
        return 0.5


class Valued(Uniform):
    """Says what it is told to say."""

    def __init__(self, value: Any = None, softening: Any = 0.1) -> None:
        self._value, self.softening = value, softening

    def value(self, view: HanabiView) -> Any:
        return self._value


class Leaves:
    def act(self, view: HanabiView) -> int:
        raise SystemExit(0)


class Partners:
    """Looks at what happened since its last turn."""

    def act(self, view: HanabiView) -> Move:
        events = view.since_my_turn
        assert len(events) == min(view.turn, view.game.players - 1)
        assert [event.player for event in events] == [
            (view.seat - back) % view.game.players for back in range(len(events), 0, -1)
        ]
        return view.legal[-1 - len(events) % 2]


class Wrong:
    """Answers what is given."""

    def __init__(self, answer: Any = None, fails: bool = False) -> None:
        self.answer, self.fails = answer, fails

    def act(self, view: HanabiView) -> Any:
        if self.fails:
            raise KeyError("nothing here")
        return self.answer


class Late:
    """A policy by its word, without an annotation."""

    sees = "hanabi-view"

    def act(self, view):  # type: ignore[no-untyped-def]
        return 1000


class WrongChances:
    def __init__(self, kind: str) -> None:
        self.kind = kind

    def probabilities(self, view: HanabiView) -> Any:
        chances = np.zeros(view.game.moves)
        if self.kind == "illegal":
            chances[0] = 1.0  # a discard with all tokens
        elif self.kind == "short":
            return chances[1:]
        return chances


NOTHING = object()
