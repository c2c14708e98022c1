"""Entropic updates: mirror descent, plain, magnetic and optimistic, on log-probabilities.

``log_policy[a] = -inf`` where action ``a`` is illegal; there ``q`` is never read, so it may hold anything, NaN
included. All vectors have the same length ``[actions]``; results go to ``out``, which may be the array ``log_policy``
itself. Values enter only through differences to their maximum, so any step size in ``[0, 1e300]`` is safe: what
underflows becomes probability 0, never NaN. A value of ``-inf`` rules an action out (unless all legal actions have it,
or the step size is 0).
"""

from __future__ import annotations

import numpy as np

from games._base.jit import SUMS, jitable, kernel
from solvers.exponential import exponentials


@jitable
def normalise_log_policy(out):
    """Subtract ``log sum exp`` in place, so that ``exp(out)`` sums to 1; ``-inf`` entries stay ``-inf``."""
    top = -np.inf
    for a in range(out.shape[0]):
        top = max(top, out[a])
    total = 0.0
    for a in range(out.shape[0]):
        if out[a] > -np.inf:
            total += np.exp(out[a] - top)
    shift = top + np.log(total)
    for a in range(out.shape[0]):
        if out[a] > -np.inf:
            out[a] -= shift


@jitable(fastmath=SUMS)
def _sum(values):
    total = 0.0
    for a in range(values.shape[0]):
        total += values[a]
    return total


@jitable
def normalise_policy(log_policy, probability):
    """As ``normalise_log_policy``, and write the exponentials: those of ``solvers.exponential``, far faster."""
    # Any shift near the largest will do: the first one, unless that overflows or is -inf.
    top = log_policy[0]
    exponentials(log_policy, top, probability)
    total = _sum(probability)
    if not (top > -np.inf and total < np.inf):
        for a in range(log_policy.shape[0]):
            top = max(top, log_policy[a])
        exponentials(log_policy, top, probability)
        total = _sum(probability)
    shift = top + np.log(total)
    scale = 1.0 / total
    for a in range(log_policy.shape[0]):
        log_policy[a] -= shift
        probability[a] *= scale


@jitable
def _largest_legal_value(log_policy, q):
    top = -np.inf
    for a in range(q.shape[0]):
        if log_policy[a] > -np.inf:
            top = max(top, q[a])
    return top


@jitable
def tilt(log_policy, q, top, step, log_magnet, pull, out):
    r"""Write the unnormalised ``(1 - pull) log pi + pull log rho + step (q - top)``; ``-inf`` where ``pi`` has it.

    Every entropic update is this line: ``pull = 0`` is mirror descent, ``pull = eta beta`` its regularised form,
    ``pull = alpha eta / (1 + alpha eta)`` with ``step = eta / (1 + alpha eta)`` magnetic mirror descent. With ``pull``
    0 the magnet is not read. ``top`` is any number near the largest ``q``.
    """
    keep = 1.0 - pull
    for a in range(log_policy.shape[0]):
        logit = log_policy[a]
        value = keep * logit + step * (q[a] - top)
        if pull > 0.0:
            value += pull * log_magnet[a]
        out[a] = value if logit > -np.inf else -np.inf


@jitable
def mirror_descent_update(log_policy, q, eta, out):
    r"""Write the mirror-descent (MD) update with the negative entropy as mirror map.

    .. math:: \pi' = \arg\max_p \langle q, p\rangle - \tfrac1\eta KL(p\,\|\,\pi)
              \quad\Longleftrightarrow\quad \pi'(a) \propto \pi(a) \exp(\eta\, q(a))

    (Beck and Teboulle 2003; multiplicative weights; Theorem 1 of Sokota et al. 2024: in a common-payoff game, applied
    at all decision points with exact values, it does not lower the expected return for small enough ``eta``.)
    """
    tilt(log_policy, q, _largest_legal_value(log_policy, q), eta, log_policy, 0.0, out)
    normalise_log_policy(out)


@jitable
def magnetic_mirror_descent_update(log_policy, q, log_magnet, eta, alpha, out):
    r"""Write the magnetic mirror-descent (MMD) update towards ``q`` and the magnet ``rho``.

    .. math:: \pi' = \arg\max_p \langle q, p\rangle - \alpha KL(p\,\|\,\rho) - \tfrac1\eta KL(p\,\|\,\pi)
              \quad\Longleftrightarrow\quad
              \pi'(a) \propto \bigl[\pi(a)\, e^{\eta q(a)} \rho(a)^{\alpha\eta}\bigr]^{1/(1+\alpha\eta)}

    (Sokota et al., "A Unified Approach to Reinforcement Learning, Quantal Response Equilibria, and Two-Player Zero-Sum
    Games", ICLR 2023, eq. 4.) ``alpha = 0`` is MD; ``rho = pi`` is MD with step ``eta / (1 + alpha eta)``. The magnet
    must be positive wherever the policy is.
    """
    top = _largest_legal_value(log_policy, q)
    # Products with the scale are formed first: they stay finite for any step size.
    scale = 1.0 / (1.0 + alpha * eta)
    tilt(log_policy, q, top, eta * scale, log_magnet, (alpha * eta) * scale, out)
    normalise_log_policy(out)


@jitable
def optimistic_mirror_descent_update(log_anchor, q, prediction, eta, out):
    r"""Write the optimistic mirror-descent update, from an anchor that follows the values and is changed in place.

    .. math:: \hat\pi \leftarrow \hat\pi\, e^{\eta q}, \qquad \pi' \propto \hat\pi\, e^{\eta m}

    with the prediction ``m`` of the values to come, mostly ``q`` itself (Rakhlin and Sridharan, "Online learning with
    predictable sequences", COLT 2013; Syrgkanis et al., NeurIPS 2015). ``out`` is another array than ``log_anchor``.
    """
    mirror_descent_update(log_anchor, q, eta, log_anchor)
    mirror_descent_update(log_anchor, prediction, eta, out)


@kernel
def mirror_descent(log_policy, q, eta):
    """Return the MD update of a log-policy (see ``mirror_descent_update``)."""
    out = np.empty_like(log_policy)
    mirror_descent_update(log_policy, q, eta, out)
    return out


@kernel
def magnetic_mirror_descent(log_policy, q, log_magnet, eta, alpha):
    """Return the MMD update of a log-policy (see ``magnetic_mirror_descent_update``)."""
    out = np.empty_like(log_policy)
    magnetic_mirror_descent_update(log_policy, q, log_magnet, eta, alpha, out)
    return out
