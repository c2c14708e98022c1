"""Classes and an object that are no agents, or cannot be made: ``tests.bad_input.custom_agents:Raises``."""

from __future__ import annotations

from typing import Any

number = 3


class Empty:
    """Has no ``act``."""


class Acts:
    """Plays the first action."""

    def act(self, view: Any) -> int:
        return 0


class Needs(Acts):
    """Cannot be made without an argument."""

    def __init__(self, depth: int) -> None:
        self.depth = depth


class Raises(Acts):
    """Raises an error of two lines."""

    def __init__(self) -> None:
        raise RuntimeError("two lines\nof trouble")


class Leaves(Acts):
    """Ends the process."""

    def __init__(self) -> None:
        raise SystemExit(3)
