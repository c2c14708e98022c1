"""What an algorithm is: a compiled step, its defaults with the theorem they come from, and what it converges to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.algorithm import Named, Settings, as_schedule
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import ITERATION, PARAMETER, STEP, TEMPERATURE, WEIGHT
from solvers.schedules import Constant, Schedule
from solvers.solution import Bound

__all__ = [
    "Algorithm",
    "Entropic",
    "Settings",
    "Target",
    "explicit",
    "implicit",
    "linear_rate",
    "linear_weights",
    "of_range",
    "per_range",
    "uniform_weights",
]

Target = Literal["regularised", "equilibrium"]


def uniform_weights(first: int, count: int) -> NDArray[np.float64]:
    """Every iteration counts the same in the average."""
    return np.ones(count)


def linear_weights(first: int, count: int) -> NDArray[np.float64]:
    """Iteration ``t`` counts ``t`` times in the average."""
    return np.arange(first, first + count, dtype=np.float64)


Default = Callable[[Problem], Schedule]
Sizes = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Step and pull of each iteration (``solvers.normal_form.many_games``)."""
Promise = Callable[[Problem, Settings, int], Bound | None]


class Entropic(NamedTuple):
    """That a step only takes entropic steps towards the reference, and their ``sizes`` in each iteration.

    It names the ``step`` that it is about: an algorithm made of another one with a step of its own is not meant.
    """

    step: Any
    sizes: Callable[[NDArray[np.float64]], Sizes]


def explicit(numbers: NDArray[np.float64]) -> Sizes:
    """Return ``eta`` and ``eta beta`` of each iteration."""
    eta, beta = numbers[:, STEP], numbers[:, TEMPERATURE]
    return eta, eta * beta


def implicit(numbers: NDArray[np.float64]) -> Sizes:
    """Return ``eta / (1 + eta beta)`` and ``eta beta / (1 + eta beta)`` of each iteration."""
    eta, beta = numbers[:, STEP], numbers[:, TEMPERATURE]
    scale = 1.0 / (1.0 + eta * beta)
    return eta * scale, eta * beta * scale


def per_range(factor: float, schedule: Callable[[float], Schedule] = Constant) -> Default:
    """Return the default step ``factor / L``, ``L`` being half the range of the payoffs."""
    return lambda problem: schedule(factor / problem.half_range)


def of_range(factor: float, schedule: Callable[[float], Schedule] = Constant) -> Default:
    """Return the default temperature ``factor * L``."""
    return lambda problem: schedule(factor * problem.half_range)


def linear_rate(largest_step: Callable[[Problem], float], rate: Callable[[float, int], float], theorem: str) -> Promise:
    """Return the promise ``KL(pi* || pi_t) <= rate(eta beta, t) KL(pi* || pi_0)`` of a constant step in the theorem."""

    def bound(problem: Problem, settings: Settings, iterations: int) -> Bound | None:
        step = settings.step_size
        if problem.beta == 0.0 or not isinstance(step, Constant):
            return None
        if not 0.0 < step.value <= largest_step(problem) * (1.0 + 1e-12):
            return None
        value = rate(step.value * problem.beta, iterations) * problem.initial_divergence()
        return Bound("KL(equilibrium || policy)", value, theorem)

    return bound


@dataclass(frozen=True, kw_only=True)
class Algorithm(Named):
    """A solver of normal-form games.

    ``step`` has type ``STEP_TYPE`` and ``products`` asks an iteration; ``memory`` rows of state are its own, zero at
    the start. ``target``: the equilibrium of the game regularised by beta, or of the game itself (beta is then 0).
    ``returns``: the last iterate or the average. ``largest_step`` is what the theorem allows (``None``: no such
    limit), ``default_step`` what is taken if nothing is asked. ``bound`` gives the theorem's promise after ``t``
    iterations with the default settings, or ``None`` where there is none. ``log_space`` is False where only
    ``PROBABILITY`` is kept. ``entropic``: of those whose batches ``many_games`` iterates. ``needs_beta``: whether there
    is no such algorithm without regularisation; any other answers ``settings`` at ``beta`` 0.
    """

    step: Any
    default_step: Default
    target: Target = "regularised"
    returns: Literal["last", "average"] = "last"
    products: int = 1
    memory: int = 0
    largest_step: Callable[[Problem], float] | None = None
    bound: Promise | None = None
    default_temperature: Default | None = None
    weights: Callable[[int, int], NDArray[np.float64]] = uniform_weights
    log_space: bool = True
    entropic: Entropic | None = None
    needs_beta: bool = False

    def settings(
        self,
        problem: Problem,
        step_size: Schedule | float | None = None,
        temperature: Schedule | float | None = None,
        parameters: Mapping[str, float] | None = None,
    ) -> Settings:
        """Return the settings of a solve; raises ``ValueError`` for what this algorithm does not have."""
        own = self.with_defaults(parameters)
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
        return Settings(as_schedule(step_size), as_schedule(temperature), own)

    def numbers(self, settings: Settings, first: int, count: int, average: bool) -> NDArray[np.float64]:
        """Return the numbers of iterations ``first .. first + count - 1``, [count, PARAMETER + parameters]."""
        numbers = np.empty((count, PARAMETER + len(self.parameters)))
        numbers[:, ITERATION] = np.arange(first, first + count)
        numbers[:, STEP] = settings.step_size.values(first, count)
        numbers[:, TEMPERATURE] = settings.temperature.values(first, count)
        numbers[:, WEIGHT] = self.weights(first, count) if average else 0.0
        for column, name in enumerate(self.parameters, start=PARAMETER):
            numbers[:, column] = settings.parameters[name]
        return numbers
