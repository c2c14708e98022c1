r"""Magnetic mirror descent whose last iterate goes to a Nash equilibrium: annealed, moving-magnet and reset-magnet.

All use the update at every infoset of ``solvers.extensive.behavioural_mirror_descent``; the names that end in
``-dilated`` use that of ``solvers.extensive.dilated_mirror_descent`` instead.

- *Annealed* (``mmd-annealed``): ``eta`` and ``alpha`` fall like ``1 / sqrt(t)``. Where the paper has settings for the
  game they are the default (``ANNEALED_SETTINGS``); else ``1 / U`` and ``U``, ``U`` half the range of the utilities.
- *Moving magnet* (``mmd-moving``): ``rho_{t+1} ~ rho_t^(1-m) pi_{t+1}^m`` with the parameter ``magnet_rate`` ``m =
  0.05``, ``alpha = 1``, ``eta = 0.1`` (same source). A magnet that has caught up with the policy pulls no more.
- *Reset magnet* (``mmd-reset``): ``rho`` becomes the current policy every ``period`` = 100 iterations and stays fixed
  in between: a proximal-point method whose every stage is a regularised game (Perolat et al., "From Poincaré recurrence
  to convergence in imperfect information games", ICML 2021; Abe et al., "Adaptively perturbed mirror descent for
  learning in games", ICML 2024, who call the magnet a slingshot and prove rates for monotone games). ``alpha = U / 5``,
  ``eta = 1 / (5 U)``.

The dilated forms have gradients of the size of ``a = max|A|``, and by default temperatures and steps that fit:
``alpha`` is ``a``, ``a`` and ``a / 10``, ``eta`` is ``1 / a``, ``1 / (10 a)`` and ``1 / (10 a)``.

No rate is claimed for these forms in extensive-form games; exploitability, which is exact, says where they got to. Too
long a step circles or diverges: in Leduc poker, with utilities of 13, ``eta`` = 0.1 does with the reset magnet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.extensive.game import ExtensiveGame
from solvers.extensive import behavioural_mirror_descent, dilated_mirror_descent
from solvers.extensive.algorithm import Algorithm, Numbers, Settings
from solvers.extensive.magnetic import SOURCE, half_range, largest_payoff, magnetic_numbers
from solvers.extensive.quantal_response import log_plan_magnet
from solvers.schedules import Constant, Power, Schedule

Of = Callable[[ExtensiveGame], Schedule]

ANNEALED_SETTINGS = {
    "kuhn_poker()": (1.0, 1.0),
    "dark_hex(board_size=2,gameversion=adh)": (1.0, 1.0),
    "liars_dice(dice_sides=4)": (2.0, 1.0),
    "leduc_poker()": (1.0, 5.0),
}
"""(eta, alpha) at iteration 1 in the paper's experiments with annealing, by the name of the compiled game."""


def moving_numbers(settings: Settings, first: int, count: int) -> NDArray[np.float64]:
    """Return the numbers of the update, with the parameter ``magnet_rate`` in every iteration."""
    numbers = magnetic_numbers(settings, first, count)
    rate = settings.parameters["magnet_rate"]
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"magnet_rate must be between 0 and 1, not {rate}")
    numbers[:, -1] = rate
    return numbers


def reset_numbers(settings: Settings, first: int, count: int) -> NDArray[np.float64]:
    """Return the numbers of the update; the magnet becomes the policy at multiples of the parameter ``period``."""
    numbers = magnetic_numbers(settings, first, count)
    period = settings.parameters["period"]
    if not (period >= 1.0 and period % 1.0 == 0.0):
        raise ValueError(f"period must be a whole number of iterations of at least 1, not {period}")
    numbers[:, -1] = np.arange(first, first + count) % int(period) == 0
    return numbers


def _annealed(index: int, otherwise: Callable[[ExtensiveGame], float]) -> Of:
    return lambda game: Power(
        ANNEALED_SETTINGS[game.name][index] if game.name in ANNEALED_SETTINGS else otherwise(game)
    )


def _both_forms(
    name: str,
    title: str,
    numbers: Numbers,
    schedule: Callable[[float], Schedule],
    *,
    behavioural: tuple[Of, Of],
    dilated: tuple[float, float],
    parameters: dict[str, float] | None = None,
    source: str = SOURCE,
) -> tuple[Algorithm, Algorithm]:
    """Return an algorithm in both forms; ``behavioural``: step size and temperature of a game; ``dilated``: the same
    in units of ``1 / max|A|`` and ``max|A|``."""
    common: dict[str, Any] = {
        "source": source,
        "numbers": numbers,
        "returns": "last",
        "alternating": False,
        "step_size": schedule(1.0),
        "temperature": schedule(1.0),
        "parameters": parameters or {},
        "logarithmic": True,
    }
    first, second = behavioural_mirror_descent, dilated_mirror_descent
    return (
        Algorithm(
            name=name,
            title=title,
            step=first.step,
            memory=first.ROWS,
            reach=True,
            step_size_of=lambda game, _: behavioural[0](game),
            temperature_of=behavioural[1],
            **common,
        ),
        Algorithm(
            name=f"{name}-dilated",
            title=f"{title}, dilated entropy",
            step=second.step,
            memory=second.ROWS,
            step_size_of=lambda game, _: schedule(dilated[0] / largest_payoff(game)),
            temperature_of=lambda game: schedule(dilated[1] * largest_payoff(game)),
            log_magnet=log_plan_magnet,
            **common,
        ),
    )


ALGORITHMS = (
    *_both_forms(
        "mmd-annealed",
        "magnetic mirror descent, annealed",
        magnetic_numbers,
        Power,
        behavioural=(_annealed(0, lambda game: 1.0 / half_range(game)), _annealed(1, half_range)),
        dilated=(1.0, 1.0),
    ),
    *_both_forms(
        "mmd-moving",
        "magnetic mirror descent, moving magnet",
        moving_numbers,
        Constant,
        behavioural=(lambda game: Constant(0.1), lambda game: Constant(1.0)),
        dilated=(0.1, 1.0),
        parameters={"magnet_rate": 0.05},
    ),
    *_both_forms(
        "mmd-reset",
        "magnetic mirror descent, reset magnet",
        reset_numbers,
        Constant,
        behavioural=(lambda game: Constant(0.2 / half_range(game)), lambda game: Constant(0.2 * half_range(game))),
        dilated=(0.1, 0.1),
        parameters={"period": 100.0},
        source="Perolat et al., ICML 2021; Abe et al., ICML 2024",
    ),
)
