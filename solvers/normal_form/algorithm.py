"""What an algorithm is: a compiled step, its defaults with the theorem they come from, and what it converges to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from solvers.normal_form.problem import Problem
from solvers.normal_form.state import ITERATION, PARAMETER, STEP, TEMPERATURE, WEIGHT
from solvers.schedules import Constant, Schedule
from solvers.solution import Bound

Target = Literal["regularised", "equilibrium"]


def _no_weight(first: int, count: int) -> NDArray[np.float64]:
    return np.zeros(count)


def uniform_weights(first: int, count: int) -> NDArray[np.float64]:
    """Every iteration counts the same in the average."""
    return np.ones(count)


def linear_weights(first: int, count: int) -> NDArray[np.float64]:
    """Iteration ``t`` counts ``t`` times in the average."""
    return np.arange(first, first + count, dtype=np.float64)


@dataclass(frozen=True)
class Settings:
    """The numbers of one solve: schedules and the algorithm's own parameters, defaults filled in."""

    step_size: Schedule
    temperature: Schedule
    parameters: Mapping[str, float]


@dataclass(frozen=True)
class Algorithm:
    """A solver of normal-form games.

    ``step`` has type ``STEP_TYPE`` and ``products`` asks an iteration; ``memory`` rows of state are its own, zero at
    the start. ``target``: the equilibrium of the game regularised by beta, or of the game itself (beta is then 0).
    ``returns``: the last iterate or the average. ``largest_step`` is what the theorem allows (``None``: no such
    limit), ``default_step`` what is taken if nothing is asked. ``bound`` gives the theorem's promise after ``t``
    iterations with the default settings, or ``None`` where there is none. ``limits``: smallest and largest values of
    ``parameters``. ``log_space`` is False where only ``PROBABILITY`` is kept.
    """

    name: str
    title: str
    source: str
    step: Any
    default_step: Callable[[Problem], Schedule]
    target: Target = "regularised"
    returns: Literal["last", "average"] = "last"
    products: int = 1
    memory: int = 0
    largest_step: Callable[[Problem], float] | None = None
    bound: Callable[[Problem, Settings, int], Bound | None] | None = None
    default_temperature: Callable[[Problem], Schedule] | None = None
    weights: Callable[[int, int], NDArray[np.float64]] = _no_weight
    parameters: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    log_space: bool = True
    needs_beta: bool = False

    def settings(
        self,
        problem: Problem,
        step_size: Schedule | float | None = None,
        temperature: Schedule | float | None = None,
        parameters: Mapping[str, float] | None = None,
    ) -> Settings:
        """Return the settings of a solve; raises ``ValueError`` for what this algorithm does not have."""
        unknown = set(parameters or {}) - set(self.parameters)
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise ValueError(f"{self.name} has no parameter {sorted(unknown)[0]!r}: its parameters are {known}")
        for name, value in (parameters or {}).items():
            low, high = self.limits.get(name, (-np.inf, np.inf))
            if not low <= value <= high:
                raise ValueError(f"{name} of {self.name} must be between {low:g} and {high:g}, not {value:g}")
        if self.needs_beta and not problem.beta > 0.0:
            raise ValueError(f"{self.name} needs beta above 0: without regularisation it has no meaning")
        if self.target == "equilibrium" and problem.beta > 0.0:
            raise ValueError(
                f"{self.name} solves the game itself, not the one regularised by beta = {problem.beta:g}: "
                "leave out beta, or choose a regularised algorithm such as nash-mp"
            )
        if temperature is None and self.default_temperature is not None:
            temperature = self.default_temperature(problem)
        if temperature is None:
            temperature = problem.beta
        elif self.default_temperature is None:
            raise ValueError(f"{self.name} has no temperature of its own: give beta")
        if step_size is None:
            step_size = self.default_step(problem)
        return Settings(_schedule(step_size), _schedule(temperature), dict(self.parameters) | dict(parameters or {}))

    def numbers(self, settings: Settings, first: int, count: int, average: bool) -> NDArray[np.float64]:
        """Return the numbers of iterations ``first .. first + count - 1``, [count, PARAMETER + parameters]."""
        numbers = np.empty((count, PARAMETER + len(self.parameters)))
        numbers[:, ITERATION] = np.arange(first, first + count)
        numbers[:, STEP] = settings.step_size.values(first, count)
        numbers[:, TEMPERATURE] = settings.temperature.values(first, count)
        numbers[:, WEIGHT] = (self.weights if self.weights is not _no_weight else uniform_weights)(first, count)
        if not average:
            numbers[:, WEIGHT] = 0.0
        for column, name in enumerate(self.parameters, start=PARAMETER):
            numbers[:, column] = settings.parameters[name]
        return numbers


def _schedule(value: Schedule | float) -> Schedule:
    return Constant(float(value)) if isinstance(value, int | float | np.number) else value
