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

    def loss(p: NDArray[np.float64]) -> float:
        return -(float(q @ p) - alpha * divergence(p, magnet) - divergence(p, policy) / eta)

    def slope(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return -(q - alpha * (np.log(p / magnet) + 1.0) - (np.log(p / policy) + 1.0) / eta)

    result = minimize(
        loss,
        policy,
        jac=slope,
        method="SLSQP",
        bounds=[(1e-12, 1.0)] * len(q),
        constraints=[{"type": "eq", "fun": lambda p: p.sum() - 1.0, "jac": lambda p: np.ones((1, len(p)))}],
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    p = result.x
    return np.asarray(p / p.sum())
