"""What the algorithms of all kinds of games have in common: the settings of a solve, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from solvers.schedules import Constant, Schedule


@dataclass(frozen=True)
class Settings:
    """The numbers of one solve, defaults filled in: schedules in units of the payoffs, and an algorithm's own."""

    step_size: Schedule
    temperature: Schedule
    parameters: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Named:
    """An algorithm as lists show it: its name, its title, where it is from, its own parameters and their limits."""

    name: str
    title: str
    source: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def with_defaults(self, parameters: Mapping[str, float] | None) -> dict[str, float]:
        """Return the parameters of a solve; raises ``ValueError`` for one that is unknown or beyond its limits."""
        given = dict(parameters or {})
        if unknown := sorted(set(given) - set(self.parameters)):
            known = ", ".join(self.parameters) or "none"
            raise ValueError(f"{self.name} has no parameter {unknown[0]!r}: its parameters are {known}")
        for name, value in given.items():
            low, high = self.limits.get(name, (-np.inf, np.inf))
            if not low <= value <= high:
                raise ValueError(f"{name} of {self.name} must be between {low:g} and {high:g}, not {value:g}")
        return dict(self.parameters) | given


def as_schedule(value: Schedule | float) -> Schedule:
    """Return a schedule as it is, a number as a constant one."""
    return Constant(float(value)) if isinstance(value, int | float | np.number) else value
