"""Agents that tests name by module and class: good ones, and ones that misbehave."""

from __future__ import annotations

import time
from typing import Any

import pyspiel

from agents.agent import OpenSpielView, Seating
from agents.runs.random_stream import RandomStream


class First:
    """Plays the first legal action; the least that an agent can be."""

    def act(self, view: Any) -> int:
        return int(view.legal_actions[0])


class Last:
    """Plays the last legal action, or the one before it with some probability, drawn from its seed."""

    sees = "actions"

    def __init__(self, slip: float = 0.0, pause: float = 0.0) -> None:
        self.slip, self.pause = slip, pause

    def start(self, seating: Seating) -> None:
        self.stream = RandomStream(seating.seed)

    def act(self, view: OpenSpielView) -> int:
        time.sleep(self.pause)
        slips = len(view.legal_actions) > 1 and self.stream.uniform() < self.slip
        return view.legal_actions[-2 if slips else -1]


class Crashes:
    """Crashes at its first move, in one of several ways."""

    sees = "actions"

    def __init__(self, how: str = "error", at: str = "act") -> None:
        self.how, self.at = how, at

    def start(self, seating: Seating) -> None:
        if self.at == "start":
            self.fail()

    def act(self, view: Any) -> int:
        self.fail()
        return 0

    def fail(self) -> None:
        if self.how == "exit":
            raise SystemExit(3)
        raise RuntimeError(f"broken {object()}")


class Illegal:
    """Makes moves that are not legal: another number, or no number."""

    sees = "actions"

    def __init__(self, what: str = "number") -> None:
        self.what = what

    def act(self, view: Any) -> Any:
        return {"number": 17, "none": None, "text": "fold"}[self.what]


class Slow:
    """Takes its time."""

    sees = "actions"

    def __init__(self, seconds: float = 5.0, stubborn: bool = False) -> None:
        self.seconds, self.stubborn = seconds, stubborn

    def act(self, view: OpenSpielView) -> int:
        end = time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            try:
                time.sleep(0.002)
            except Exception:
                if not self.stubborn:
                    raise
        return view.legal_actions[0]


class Recorder:
    """Plays the first action and keeps the views that it was shown."""

    views: list[Any] = []  # noqa: RUF012  (shared on purpose: the test reads it)

    def __init__(self, sees: str = "information-state") -> None:
        self.sees = sees

    def act(self, view: OpenSpielView) -> int:
        self.views.append(view)
        return view.legal_actions[0]


class Bot(pyspiel.Bot):  # type: ignore[misc]
    """A Python bot of OpenSpiel that counts what it is told."""

    def __init__(self, player_id: int, rng: Any, action: int = 0) -> None:
        pyspiel.Bot.__init__(self)
        self.player, self.generator, self.action = player_id, rng, action
        self.told: list[tuple[int, int]] = []

    def restart_at(self, state: Any) -> None:
        self.told = []

    def inform_action(self, state: Any, player_id: int, action: int) -> None:
        self.told.append((player_id, action))

    def step(self, state: Any) -> int:
        history = [(step.player, step.action) for step in state.full_history()]
        assert self.told == [step for step in history if step[0] != self.player]
        legal = state.legal_actions()
        return int(self.generator.choice(legal)) if self.action < 0 else legal[self.action]


class HanabiFirst:
    """Plays the first legal move of Hanabi, as a view tells it: discards if it may, otherwise plays card 0."""

    def start(self, seating: Seating) -> None:
        self.game = seating.game

    def act(self, view: Any) -> int:
        full = view[2] == self.game.information_tokens
        return self.game.cards_in_hand if full else 0


class HanabiIllegal:
    """Makes an illegal move of Hanabi."""

    def act(self, view: Any) -> int:
        return 999


NOT_AN_AGENT = 3


class Needy:
    """Cannot be made without an option."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def act(self, view: Any) -> int:
        return int(view.legal_actions[0])
