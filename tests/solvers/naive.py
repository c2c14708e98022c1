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


def regrets_and_policy(
    regrets: NDArray[np.float64], policy: NDArray[np.float64], q: NDArray[np.float64], rule: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the next cumulative regrets and policy of a rule (d+, d-, least, c, d'), from the formula."""
    positive, negative, least, prediction, following = rule
    instant = q - policy @ q
    after = np.maximum(np.where(regrets > 0.0, positive, negative) * regrets + instant, least)
    weights = np.clip(following * after + prediction * instant, 0.0, None)
    total = weights.sum()
    return after, weights / total if total > 0.0 else np.full(len(q), 1.0 / len(q))


def nearest_policy(point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the point of the simplex nearest to ``point``, by a bisection for what is taken off every entry."""
    low, high = point.max() - 1.0, point.max()
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if np.clip(point - middle, 0.0, None).sum() > 1.0 else (low, middle)
    return np.asarray(np.clip(point - high, 0.0, None))
