r"""Asymmetric REINFORCE (AsymRE): off-policy policy gradients with a baseline, and where they end.

Samples come from a behaviour policy ``mu``, rewards ``r`` are compared with a baseline ``V``, and the logits of the
policy follow the expected gradient

.. math:: \dot\ell = \mu\,(r - V) - (V^\mu - V)\, \pi, \qquad V^\mu = \langle \mu, r\rangle

(Arnal, Narozniak et al. 2025, arXiv:2506.20520). For ``V < V^mu`` the flow goes to the unique policy

.. math:: \pi = \frac{[\mu (r - V) - \tau]^+}{V^\mu - V}, \qquad \textstyle\sum \pi = 1:

water filling, which is the Euclidean projection of ``mu (r - V) / (V^mu - V)`` onto the simplex. If every reward is
above ``V`` nothing is cut off, and the policy gains ``Var_mu(r) / (V^mu - V)`` over ``mu``: the nearer the baseline to
``V^mu``, the more. From ``V = V^mu`` on the flow feeds on itself and ends at a single action – which need not be the
best one; a baseline just below the behaviour's value is the safe side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp
from scipy.special import log_softmax, softmax

from solvers.updates import project_onto_simplex

FloatArray = NDArray[np.float64]

_CERTAIN = 1.0 - 1e-9


def asymmetric_reinforce_flow(
    logits: FloatArray, rewards: FloatArray, behaviour: FloatArray, baseline: float
) -> FloatArray:
    """Return the derivative of the logits [actions] by time."""
    difference = float(behaviour @ rewards) - baseline
    return np.asarray(behaviour * (rewards - baseline) - difference * softmax(logits))


def asymmetric_reinforce(rewards: ArrayLike, behaviour: ArrayLike, baseline: float) -> FloatArray:
    """Return the policy [actions] at which the flow of AsymRE ends that starts from the behaviour policy.

    Parameters
    ----------
    rewards : [actions]. behaviour : ``mu``, probabilities [actions], all positive. baseline : ``V``.

    Raises
    ------
    ValueError
        If the shapes differ, ``behaviour`` is no policy of full support, or a number is not finite.

    Examples
    --------
    >>> asymmetric_reinforce([1.0, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3], -1.0) * 9
    array([4., 3., 2.])
    """
    r, mu = np.asarray(rewards, np.float64), np.asarray(behaviour, np.float64)
    if r.ndim != 1 or r.shape != mu.shape or not (np.isfinite(r).all() and np.isfinite(baseline)):
        raise ValueError("rewards and behaviour must be vectors of the same length, rewards and baseline finite")
    if not ((mu > 0.0).all() and abs(mu.sum() - 1.0) < 1e-9):
        raise ValueError("the behaviour policy must have positive probabilities that sum to 1")
    difference = float(mu @ r) - baseline
    if difference > 0.0:
        policy = mu * (r - baseline) / difference
        project_onto_simplex(policy)
        return np.asarray(policy)
    return _collapse(r, mu, baseline)


def _collapse(r: FloatArray, mu: FloatArray, baseline: float) -> FloatArray:
    """Follow the flow in time until one action is all but certain; actions that stay equal share it."""

    def certain(time: float, logits: FloatArray) -> float:
        top = softmax(logits)
        leaders = np.isclose(logits, logits.max(), rtol=0, atol=1e-9)
        return float(top[leaders].sum() - _CERTAIN)

    certain.terminal, certain.direction = True, 1.0  # type: ignore[attr-defined]
    scale = max(float(np.abs(mu * (r - baseline)).max()), 1e-300)
    end = solve_ivp(
        lambda time, logits: asymmetric_reinforce_flow(logits, r, mu, baseline) / scale,
        (0.0, 1e12),
        log_softmax(np.log(mu)),
        method="LSODA",
        events=certain,
        rtol=1e-10,
        atol=1e-12,
    ).y[:, -1]
    leaders = np.isclose(end, end.max(), rtol=0, atol=1e-6)
    return np.asarray(leaders / leaders.sum())
