"""Agents that misbehave in every way that a test could think of: what they return, raise, and do to their process."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

import numpy as np

if os.environ.get("TAMAYA_TEST_IMPORT") == "exit":
    os._exit(0)


class Odd:
    """An object whose every method fails or lies."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        raise RuntimeError("no hash")

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __str__(self) -> str:
        raise SystemExit("no str")

    def __index__(self) -> int:
        raise KeyboardInterrupt


class Equal(int):
    """A number that equals all others."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __int__(self) -> int:
        raise SystemExit

    def __index__(self) -> int:
        return 99


class Mute(Exception):
    """An exception that cannot be told."""

    def __str__(self) -> str:
        raise SystemExit("no words")


RETURNS: dict[str, Any] = {
    "none": None,
    "float": 0.0,
    "nan": float("nan"),
    "text": "\ud800 fold",
    "huge": 10**6000,
    "negative": -1,
    "array": np.zeros(3, int),
    "float32": np.float32(0),
    "empty": np.zeros(0),
    "list": [0],
    "odd": Odd(),
    "equal": Equal(99),
    "class": Odd,
    "complex": 0j,
}


def fail(how: str) -> None:
    """Do one of the things that an agent should not do."""
    if how == "error":
        raise RuntimeError(f"broken {object()}\nsecond line")
    if how == "surrogate":
        raise ValueError("lone \udcff surrogate \x1b[31m")
    if how == "mute":
        raise Mute
    if how == "base":
        raise BaseException("all the way")
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "sys.exit":
        sys.exit(0)
    if how == "generator exit":
        raise GeneratorExit
    if how == "recursion":
        fail(how)
    if how == "memory":
        raise MemoryError
    if how == "_exit 0":
        os._exit(0)
    if how == "_exit 7":
        os._exit(7)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "abort":
        os.abort()
    if how == "segmentation fault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "close files":
        os.closerange(3, 256)
    if how == "hang":
        while True:
            try:
                time.sleep(0.01)
            except BaseException:
                continue


class Hostile:
    """Does it at the start or when it is to act."""

    sees = "actions"

    def __init__(self, how: str, at: str = "act", after: int = 0) -> None:
        self.how, self.at, self.after = how, at, after
        if at == "made":
            fail(how)

    def start(self, seating: Any) -> None:
        if self.at == "start":
            fail(self.how)

    def act(self, view: Any) -> Any:
        if self.at == "act":
            fail(self.how)
        return view.legal_actions[0]


class Returns:
    """Returns one of the things that are no action."""

    sees = "actions"

    def __init__(self, what: str) -> None:
        self.what = what

    def act(self, view: Any) -> Any:
        return RETURNS[self.what]


class Later:
    """Ends the process a little later, from a thread of its own."""

    sees = "actions"

    def act(self, view: Any) -> int:
        threading.Timer(0.02, os._exit, (9,)).start()
        time.sleep(0.5)
        return int(view.legal_actions[0])


class Told:
    """Given the state; misbehaves when it is told of what others do."""

    sees = "actions"

    def __init__(self, how: str) -> None:
        self.how = how

    def start(self, seating: Any) -> None:
        pass

    def act(self, view: Any) -> int:
        return int(view.legal_actions[0])

    def act_at(self, state: Any) -> int:
        return int(state.legal_actions()[0])

    def inform(self, state: Any, player: int, action: int) -> None:
        if player >= 0:
            fail(self.how)


class HanabiHostile:
    """Misbehaves at Hanabi when it is to act, or when it is shown a move."""

    def __init__(self, how: str, at: str = "act") -> None:
        self.how, self.at = how, at

    def start(self, seating: Any) -> None:
        self.game = seating.game

    def act(self, view: Any) -> int:
        if self.at == "act":
            fail(self.how)
        return int(self.game.cards_in_hand) if view[2] == self.game.information_tokens else 0

    def observe(self, before: Any, after: Any) -> None:
        if self.at == "observe":
            fail(self.how)
