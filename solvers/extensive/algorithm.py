"""What an extensive-form algorithm is: a compiled step, the numbers of its iterations, and what it converges to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from games.extensive.game import ExtensiveGame
from solvers.algorithm import Named, Settings, as_schedule
from solvers.schedules import Schedule

__all__ = ["Algorithm", "Numbers", "Settings", "Target"]

Target = Literal["nash", "quantal-response", "agent-quantal-response"]
"""What it converges to: a Nash equilibrium, the quantal response equilibrium of the reduced normal form (dilated
entropy), or the agent quantal response equilibrium (entropy at every infoset)."""


FIRST_AVERAGING = {
    "cfr": 0.0,
    "cfr+": 1.0,
    "lcfr": 1.0,
    "dcfr": 2.0,
    "pcfr+": 2.0,
    "dcfr+": 4.0,
    "pdcfr+": 5.0,
    "sapcfr+": 2.0,
}
"""The powers of the iteration's number in averages before there was a choice: states of such runs do not name them."""

Numbers = Callable[[Settings, int, int], NDArray[np.float64]]
"""(settings, first iteration, count) -> the algorithm's own numbers, [count, :]."""

HORIZON = "horizon"
"""The parameter of algorithms that are told how many iterations there will be."""


def power_weights(settings: Settings, first: int, count: int) -> NDArray[np.float64]:
    """Return the power ``averaging`` of the numbers of iterations, [count]; 1 where there is no such parameter."""
    power: float = settings.parameters.get("averaging", 0.0)
    return np.arange(first, first + count, dtype=np.float64) ** power


@dataclass(frozen=True, kw_only=True)
class Algorithm(Named):
    """A solver of extensive-form games.

    ``step`` has type ``STEP_TYPE``; ``memory`` rows of state are its own. ``numbers`` gives what it reads from
    ``PARAMETER`` on, ``weights`` those of the average, [count]. ``alternating``: by default player 1 answers player 0's
    new policy. ``step_size`` and ``temperature`` are the defaults for utilities in ``[-1, 1]``; ``None``: it
    has none. ``logarithmic``: it keeps policies of full support, and needs such magnets and initial policies.
    ``reach``: the driver writes the reach of every infoset to row ``MEMORY`` (``games.extensive.reach``).
    ``temperature_of`` and ``step_size_of`` give the defaults where they depend on the game, ``log_magnet`` the
    log-probabilities [S] of the default magnet where that is not uniform. ``largest_step(game, alpha)`` is the step
    size up to which a theorem promises the rate ``(1 + eta alpha)^-t`` (``None``: no such theorem).
    """

    step: Any
    numbers: Numbers
    memory: int = 0
    target: Target = "nash"
    returns: Literal["last", "average"] = "average"
    alternating: bool = True
    weights: Numbers = power_weights
    step_size: Schedule | None = None
    temperature: Schedule | None = None
    logarithmic: bool = False
    reach: bool = False
    temperature_of: Callable[[ExtensiveGame], Schedule] | None = None
    step_size_of: Callable[[ExtensiveGame, Settings], Schedule] | None = None
    log_magnet: Callable[[ExtensiveGame], tuple[NDArray[np.float64], NDArray[np.float64]]] | None = None
    largest_step: Callable[[ExtensiveGame, float], float] | None = None

    def settings(
        self,
        step_size: Schedule | float | None = None,
        temperature: Schedule | float | None = None,
        parameters: Mapping[str, float] | None = None,
    ) -> Settings:
        """Return the settings of a solve; raises ``ValueError`` for what this algorithm does not have."""
        own = self.with_defaults(parameters)
        for name, given, default in (
            ("step size", step_size, self.step_size),
            ("alpha", temperature, self.temperature),
        ):
            if given is not None and default is None:
                raise ValueError(f"{self.name} has no {name}: leave it out")
        return Settings(_schedule(step_size, self.step_size), _schedule(temperature, self.temperature), own)

    def planned(self, parameters: Mapping[str, float] | None, iterations: int) -> Mapping[str, float] | None:
        """Return the parameters of a solve of so many iterations, which are its horizon where it has one and none is
        given."""
        if HORIZON not in self.parameters or HORIZON in (parameters or {}):
            return parameters
        return {**(parameters or {}), HORIZON: float(max(iterations, 1))}

    def told(self, settings: Settings) -> dict[str, Any]:
        """Return by which settings a run is known: without the power of the average where files never had it."""
        own = dict(settings.parameters)
        if own.get("averaging") == FIRST_AVERAGING.get(self.name):
            own.pop("averaging", None)
        horizon = own.pop(HORIZON, None)
        return {
            "--algorithm": self.name,
            "--step-size": repr(settings.step_size),
            "--alpha": repr(settings.temperature),
            "--parameters": own,
            **({} if horizon is None else {"horizon, which --iterations is by default": horizon}),
        }

    def iteration_numbers(self, settings: Settings, first: int, count: int, average: bool) -> NDArray[np.float64]:
        """Return the numbers of iterations ``first .. first + count - 1``, [count, PARAMETER + own]."""
        iterations = np.arange(first, first + count, dtype=np.float64)
        weights = self.weights(settings, first, count) if average else np.zeros(count)
        return np.ascontiguousarray(np.column_stack([iterations, weights, self.numbers(settings, first, count)]))


def _schedule(given: Schedule | float | None, default: Schedule | None) -> Schedule:
    chosen = default if given is None else given
    return as_schedule(0.0 if chosen is None else chosen)
