"""Schedules: how a step size or a temperature changes with the iteration ``t = 1, 2, ...``.

A schedule is an object that gives the values of a range of iterations as an array, so that compiled loops read numbers
and never call back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Schedule(Protocol):
    """The values of iterations ``first .. first + count - 1``, float64 [count]."""

    def values(self, first: int, count: int) -> NDArray[np.float64]: ...


def _iterations(first: int, count: int) -> NDArray[np.float64]:
    return np.arange(first, first + count, dtype=np.float64)


def _check_positive(name: str, value: float) -> None:
    if not (value > 0.0 and math.isfinite(value)):
        raise ValueError(f"{name} must be positive and finite, not {value}")


@dataclass(frozen=True)
class Constant:
    """``value`` at every iteration."""

    value: float

    def __post_init__(self) -> None:
        if not (self.value >= 0.0 and math.isfinite(self.value)):
            raise ValueError(f"a constant schedule needs a finite value of at least 0, not {self.value}")

    def values(self, first: int, count: int) -> NDArray[np.float64]:
        return np.full(count, self.value)

    def __str__(self) -> str:
        return f"{self.value:.6g}"


@dataclass(frozen=True)
class Power:
    """``scale / t^exponent``; exponent 1/2 is the schedule of annealing and of averaged methods."""

    scale: float
    exponent: float = 0.5

    def __post_init__(self) -> None:
        _check_positive("the scale of a schedule", self.scale)
        _check_positive("the exponent of a schedule", self.exponent)

    def values(self, first: int, count: int) -> NDArray[np.float64]:
        return self.scale / _iterations(first, count) ** self.exponent

    def __str__(self) -> str:
        return f"{self.scale:.6g} / sqrt(t)" if self.exponent == 0.5 else f"{self.scale:.6g} / t^{self.exponent:.6g}"


@dataclass(frozen=True)
class Harmonic:
    """``2 / (beta (t + 2))``, ``t`` from 0: the decreasing steps of Nash-MD (Munos et al. 2023, Theorem 2)."""

    beta: float

    def __post_init__(self) -> None:
        _check_positive("beta of the schedule 2 / (beta (t + 2))", self.beta)

    def values(self, first: int, count: int) -> NDArray[np.float64]:
        return 2.0 / (self.beta * (_iterations(first, count) + 1.0))

    def __str__(self) -> str:
        return f"2 / ({self.beta:.6g} (t + 2))"


@dataclass(frozen=True)
class Custom:
    """``function(t)`` for every iteration ``t = 1, 2, ...``; it must be finite and not negative."""

    function: Callable[[int], float]

    def values(self, first: int, count: int) -> NDArray[np.float64]:
        numbers = np.array([self.function(t) for t in range(first, first + count)], dtype=np.float64)
        if not (np.isfinite(numbers).all() and (numbers >= 0.0).all()):
            raise ValueError(
                f"the custom schedule is negative or not finite between iterations {first} and {first + count}"
            )
        return numbers

    def __str__(self) -> str:
        return "custom"


def parse_schedule(text: str) -> Schedule:
    """Return the schedule that a command line names: ``0.5``, ``0.5/sqrt(t)``, ``0.5/t``, ``0.5/t^0.25``."""
    head, slash, tail = text.replace(" ", "").partition("/")
    try:
        scale = float(head)
        if not slash:
            return Constant(scale)
        if tail == "sqrt(t)":
            return Power(scale)
        if tail == "t":
            return Power(scale, 1.0)
        if tail.startswith("t^"):
            return Power(scale, float(tail[2:]))
    except ValueError as error:
        if "schedule" in str(error):
            raise
    raise ValueError(f"{text!r} is not a schedule: write a number, or NUMBER/sqrt(t), NUMBER/t or NUMBER/t^POWER")
