"""Slow definitions of the single-state updates, straight from their argmax formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import rel_entr


def divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """KL(p || q)."""
    return float(rel_entr(p, q).sum())


def regularised_best_response(
    policy: NDArray[np.float64], q: NDArray[np.float64], magnet: NDArray[np.float64], eta: float, alpha: float
) -> NDArray[np.float64]:
    """Maximise <q, p> - alpha KL(p || magnet) - KL(p || policy) / eta over the simplex with a general solver."""

    def loss(logits: NDArray[np.float64]) -> float:
        p = np.exp(logits - logits.max())
        p /= p.sum()
        return -(float(q @ p) - alpha * divergence(p, magnet) - divergence(p, policy) / eta)

    # Not BFGS, whose first step may end where all but one probability are 0 and no gradient leads back.
    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000}
    result = minimize(loss, np.log(policy), method="L-BFGS-B", bounds=[(-40.0, 40.0)] * len(q), options=options)
    p = np.exp(result.x - result.x.max())
    return np.asarray(p / p.sum())
