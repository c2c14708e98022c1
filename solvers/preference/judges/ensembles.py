r"""What judges who differ are made into: the game that is solved for all of them.

With the tables :math:`P_k` of K judges, :math:`\bar P` their mean and U one of the tables below, the policy is

.. math:: \max_\pi \min_y \sum_x \pi(x)\, U(x, y),

the first player's equilibrium in the zero-sum game with payoffs U, whose value is the win rate that the policy is
guaranteed – by the measure of U – whatever it is compared with.

- ``mean``: U = :math:`\bar P`. A preference game like any other, whose value is 1/2.
- ``worst``: the opponent chooses the judge, too. U has the columns (k, y) and is :math:`P_k(x, y)` there; the policy is
  :math:`\arg\max_\pi \min_{k, y} P_k(\pi \succ y)`. The opponent's equilibrium says which judges decide.
- ``uncertainty``: U = :math:`\bar P - \lambda \operatorname{Var}_k P_k`, pair by pair (the uncertainty-weighted
  optimisation of Coste et al. 2023, arXiv:2310.02743, with win rates in place of rewards).
- ``entropic``: U = :math:`-\tau \log \frac1K \sum_k e^{-P_k/\tau}`, pair by pair: between the mean
  (:math:`\tau \to \infty`) and the least of all judges (:math:`\tau \to 0`), to the second order
  :math:`\bar P - \operatorname{Var}_k P_k / 2\tau`.

**Which game that is.** But for the mean, :math:`U + U^\top = 1` does not hold: the variance of a pair is the same seen
from both sides, so that both sides lose by it. Making U antisymmetric again, :math:`(U + 1 - U^\top)/2`, would take the
penalty away – of ``uncertainty`` exactly the mean is left. So the game is not symmetric: only our policy is judged with
caution, the opponent has nothing but the choice of y. Its value is at most 1/2, because U on the diagonal is 1/2 and
nowhere above :math:`\bar P`.

**Worst judge and worst entry.** ``worst`` fixes one judge before the policy draws its answer. ``entropic`` near
:math:`\tau = 0` lets every pair have its own worst judge, :math:`\min_k P_k(x, y)`, and so promises no more than that.

At :math:`\beta > 0` both players are regularised,
:math:`\max_\pi \min_\sigma \pi^\top U \sigma - \beta KL(\pi\|\mu) + \beta KL(\sigma\|\nu)`, with :math:`\nu = \mu`, for
``worst`` uniform over the judges times :math:`\mu`. The game then has one equilibrium, and a judge is chosen the more
softly the larger :math:`\beta` is. Judges who are all alike leave the regularised game of their table in every case.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from games.matrix import MatrixGame
from games.preference import PreferenceGame
from games.preference.judges import JudgedGame

FloatArray = NDArray[np.float64]
Ensemble = Literal["mean", "worst", "uncertainty", "entropic"]

LAMBDA, TAU = 1.0, 0.5
"""Weight of the variance, and temperature, if nobody gives another; to the second order they are the same."""


def checked_ensemble(ensemble: str, lambda_: float | None, tau: float | None) -> tuple[float | None, float | None]:
    """Return lambda and tau, as far as the ensemble has them, with their defaults.

    Raises ``ValueError`` for an unknown ensemble, a parameter that it does not have, or one out of its range.
    """
    if ensemble not in (known := get_args(Ensemble)):
        raise ValueError(f"the ensemble must be one of {', '.join(known)}, not {ensemble!r}")
    for name, value, owner in (("lambda", lambda_, "uncertainty"), ("tau", tau, "entropic")):
        if value is not None and ensemble != owner:
            raise ValueError(f"{name} is for the ensemble {owner}, and {ensemble} has none: leave it out")
    if lambda_ is not None and not (np.isfinite(lambda_) and lambda_ >= 0.0):
        raise ValueError(f"lambda must be a finite number of at least 0, not {lambda_}")
    if tau is not None and not (np.isfinite(tau) and tau > 0.0):
        raise ValueError(f"tau must be a finite number above 0, not {tau}")
    own_lambda = LAMBDA if lambda_ is None and ensemble == "uncertainty" else lambda_
    return own_lambda, TAU if tau is None and ensemble == "entropic" else tau


def entropic(tables: FloatArray, tau: float) -> FloatArray:
    """Return ``-tau log mean exp(-P/tau)`` over the first axis, to the rounding of P for every tau above 0. [n, n]

    From the least entry on all exponents are at most 0, and ``expm1`` and ``log1p`` keep what a large tau leaves.
    """
    least = tables.min(axis=0)
    with np.errstate(over="ignore"):
        shares = np.expm1(-(tables - least) / tau).mean(axis=0)
    return np.asarray(least - tau * np.log1p(shares))


def ensemble_game(
    judged: JudgedGame, ensemble: str, lambda_: float | None = None, tau: float | None = None
) -> PreferenceGame | MatrixGame:
    """Return the game of an ensemble: a preference game for the mean, else a matrix game with win rates as payoffs.

    The columns of ``worst`` are those of the first judge, then those of the second, and so on. Raises as
    ``checked_ensemble``.
    """
    lambda_, tau = checked_ensemble(ensemble, lambda_, tau)
    tables, judges = judged.matrices, len(judged)
    columns = judged.reference
    if ensemble == "mean":
        return judged.mean
    if lambda_ is not None:
        payoffs = tables.mean(axis=0) - lambda_ * judged.variance
    elif tau is not None:
        payoffs = entropic(tables, tau)
    else:
        payoffs = np.hstack(list(tables))
        columns = np.tile(judged.reference / judges, judges)
    return MatrixGame(payoffs, judged.labels, row_reference=judged.reference, column_reference=columns)
