r"""Magnetic mirror descent whose last iterate goes to a Nash equilibrium: annealed, moving-magnet and reset-magnet.

All use the update at every infoset of ``solvers.extensive.behavioural_mirror_descent``; the names that end in
``-dilated`` use that of ``solvers.extensive.dilated_mirror_descent`` instead.

- *Annealed* (``mmd-annealed``): ``eta`` and ``alpha`` fall like ``1 / sqrt(t)``, from the ``step_size`` and ``alpha``
  given (1 and 1 by default). Settings of Sokota et al., ICLR 2023 (arXiv:2206.05825) are in ``ANNEALED_SETTINGS``.
- *Moving magnet* (``mmd-moving``): ``rho_{t+1} ~ rho_t^(1-m) pi_{t+1}^m`` with the parameter ``magnet_rate`` ``m =
  0.05``, ``alpha = 1``, ``eta = 0.1`` (same source). A magnet that has caught up with the policy pulls no more.
- *Reset magnet* (``mmd-reset``): ``rho`` becomes the current policy every ``period`` iterations, and stays fixed in
  between: a proximal-point method whose every stage is a regularised game (Perolat et al., "From Poincaré recurrence to
  convergence in imperfect information games", ICML 2021; Abe et al., "Adaptively perturbed mirror descent for learning
  in games", ICML 2024, who call the magnet a slingshot and prove rates for monotone games).

No rate is claimed for these forms in extensive-form games; exploitability, which is exact, says where they got to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.extensive.game import ExtensiveGame
from solvers.extensive import behavioural_mirror_descent, dilated_mirror_descent
from solvers.extensive.algorithm import Algorithm, Settings
from solvers.extensive.dilated_mirror_descent import SOURCE, largest_payoff, magnetic_numbers
from solvers.extensive.quantal_response import log_plan_magnet
from solvers.schedules import Constant, Power, Schedule

ANNEALED_SETTINGS = {
    "kuhn_poker": (1.0, 1.0),
    "dark_hex(board_size=2,gameversion=adh)": (1.0, 1.0),
    "liars_dice(dice_sides=4)": (2.0, 1.0),
    "leduc_poker": (1.0, 5.0),
}
"""(eta, alpha) at iteration 1 in the paper's experiments with behavioural-form annealing."""


def moving_numbers(settings: Settings, first: int, count: int) -> NDArray[np.float64]:
    """Return the numbers of the update, with the parameter ``magnet_rate`` in every iteration."""
    numbers = magnetic_numbers(settings, first, count)
    numbers[:, -1] = settings.parameters["magnet_rate"]
    return numbers


def reset_numbers(settings: Settings, first: int, count: int) -> NDArray[np.float64]:
    """Return the numbers of the update; the magnet becomes the policy at multiples of the parameter ``period``."""
    numbers = magnetic_numbers(settings, first, count)
    iterations = np.arange(first, first + count)
    numbers[:, -1] = iterations % max(1, round(settings.parameters["period"])) == 0
    return numbers


def _step_of(factor: float) -> Callable[[ExtensiveGame, Settings], Schedule]:
    """Return the default step of the dilated form: ``factor / max|A|``, in units that fit the game's gradients."""
    return lambda game, settings: Constant(factor / largest_payoff(game))


def _annealed_step(game: ExtensiveGame, settings: Settings) -> Schedule:
    return Power(1.0 / largest_payoff(game))


def _both_forms(
    name: str,
    title: str,
    numbers: Any,
    *,
    step_size: Schedule,
    dilated_step: Callable[[ExtensiveGame, Settings], Schedule],
    temperature: Schedule,
    parameters: dict[str, float] | None = None,
) -> tuple[Algorithm, Algorithm]:
    common: dict[str, Any] = {
        "source": SOURCE,
        "numbers": numbers,
        "returns": "last",
        "alternating": False,
        "step_size": step_size,
        "temperature": temperature,
        "parameters": parameters or {},
        "logarithmic": True,
    }
    behavioural, dilated = behavioural_mirror_descent, dilated_mirror_descent
    return (
        Algorithm(name=name, title=title, step=behavioural.step, memory=behavioural.ROWS, reach=True, **common),
        Algorithm(
            name=f"{name}-dilated",
            title=f"{title}, dilated entropy",
            step=dilated.step,
            memory=dilated.ROWS,
            step_size_of=dilated_step,
            log_magnet=log_plan_magnet,
            **common,
        ),
    )


ALGORITHMS = (
    *_both_forms(
        "mmd-annealed",
        "magnetic mirror descent, annealed",
        magnetic_numbers,
        step_size=Power(1.0),
        dilated_step=_annealed_step,
        temperature=Power(1.0),
    ),
    *_both_forms(
        "mmd-moving",
        "magnetic mirror descent, moving magnet",
        moving_numbers,
        step_size=Constant(0.1),
        dilated_step=_step_of(0.1),
        temperature=Constant(1.0),
        parameters={"magnet_rate": 0.05},
    ),
    *_both_forms(
        "mmd-reset",
        "magnetic mirror descent, reset magnet",
        reset_numbers,
        step_size=Constant(0.1),
        dilated_step=_step_of(0.1),
        temperature=Constant(0.2),
        parameters={"period": 100.0},
    ),
)
