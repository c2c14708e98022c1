r"""What a network's value means in points: a calibration that is fitted once and is part of the weights.

A value head is trained on discounted returns, and it errs. Taken for points it is too low early in a game; and where
points scored and points expected come close to the best score that is still possible, ``min(best, points + v)`` is the
cap of a mean, while the mean of capped scores is lower: what goes beyond the cap does not make up for what falls short
of it. With ``m = points + v + a + b t + c t^2`` at turn ``t`` and an error of ``v`` that has a logistic distribution of
scale ``s``, the expected score is

.. math:: E[\min(best, m + error)] = best - s \log(1 + e^{(best - m) / s}).

``s, a, b, c`` are fitted by least squares to the final scores of greedy games (``python -m benchmarks.hanabi_values``)
and stand in the header of the parameters. Where ``s`` is 0 there is no calibration, and ``v`` is taken as it is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.blueprints.neural.network import Floats
from games._base.jit import jitable

CALIBRATION = 5  # in the header: s, a, b, c


class Calibration(NamedTuple):
    """Scale of the value's error in points, and the shift by turn: ``a + b t + c t^2``."""

    spread: float = 0.0
    shift: float = 0.0
    by_turn: float = 0.0
    by_square: float = 0.0


@jitable
def points_to_come(header, turn, left, value):
    """Return the points that a value stands for, ``left`` being the most that are still possible."""
    spread = np.float64(header[CALIBRATION])
    if spread <= 0.0:
        return np.float64(value)
    shift = header[CALIBRATION + 1] + turn * (header[CALIBRATION + 2] + turn * np.float64(header[CALIBRATION + 3]))
    short = left - value - shift
    if short > 30.0 * spread:
        return left - short
    return left - spread * np.log1p(np.exp(short / spread))


def calibration_of(parameters: Floats) -> Calibration:
    """Return the calibration in the header of a network's parameters."""
    return Calibration(*(float(number) for number in parameters[CALIBRATION : CALIBRATION + len(Calibration._fields)]))


def write_calibration(parameters: Floats, calibration: Calibration) -> None:
    """Write a calibration to the header; raises ``ValueError`` if it makes no sense."""
    if not np.isfinite(calibration).all() or calibration.spread < 0.0:
        raise ValueError(f"a calibration has finite numbers and a spread that is not negative, not {calibration}")
    parameters[CALIBRATION : CALIBRATION + len(calibration)] = calibration
