"""Slow definitions of the single-state updates, straight from their argmax formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize


def divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """KL(p || q)."""
    return float(np.sum(p * (np.log(p) - np.log(q))))


def regularised_best_response(
    policy: NDArray[np.float64], q: NDArray[np.float64], magnet: NDArray[np.float64], eta: float, alpha: float
) -> NDArray[np.float64]:
    """Maximise <q, p> - alpha KL(p || magnet) - KL(p || policy) / eta over the simplex with a general solver."""

    def loss(logits: NDArray[np.float64]) -> float:
        p = np.exp(logits - logits.max())
        p /= p.sum()
        return -(float(q @ p) - alpha * divergence(p, magnet) - divergence(p, policy) / eta)

    result = minimize(loss, np.log(policy), method="BFGS", options={"gtol": 1e-10})
    p = np.exp(result.x - result.x.max())
    return np.asarray(p / p.sum())
