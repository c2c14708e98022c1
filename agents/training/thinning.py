r"""Which decisions an iteration learns from: those that would teach something, and without changing the loss.

Most decisions teach next to nothing, because the policy has no doubt: with ``pi`` the policy that played, ``a`` its
move and ``A`` the advantage, PPO's first gradient with respect to the logits is ``-A (1_a - pi)``, and over the network
that ships half of all decisions have ``1 - pi(a) < 0.0003``. So decision ``i`` is learned from with the chance

.. math:: q_i = \max(\min(1, s_i / c), v), \quad s_i = |A_i| \, \lVert 1_{a_i} - \pi_i \rVert,

and counts ``1 / q_i`` times in every term of the loss, which is then the same in expectation (Horvitz and Thompson
1952; chances in proportion to the norm of the gradient have the least variance: Zhao and Zhang, ICML 2015, section 3).
A share ``S`` of the decisions is shared out evenly: ``c`` is such that the first part has ``S / 2`` on average, and the
least chance is ``v = S / 2``, because the value has something to learn everywhere.

Learning from the decisions with the *largest advantages* alone (Ataraxos, Sokota et al., Nature 2026) is cheaper, too,
but worth less for as many decisions (``benchmarks.hanabi_gradients``; docs/training.md): in Hanabi luck makes
advantages large, and says nothing of whether the policy was in doubt.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def gradient_norms(
    advantages: npt.NDArray[np.float32],
    logits: npt.NDArray[np.float32],
    legal: npt.NDArray[np.bool_],
    moves: npt.NDArray[np.int32],
) -> Floats:
    """Return ``s`` [n] for ``advantages`` and ``moves`` [n], ``logits`` and ``legal`` [n, moves]; a move is legal."""
    shifted = np.where(legal, logits, -np.inf).astype(np.float64)
    policy = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    policy /= policy.sum(axis=1, keepdims=True)
    policy[np.arange(len(moves)), moves] -= 1.0
    norms: Floats = np.abs(advantages) * np.sqrt(np.square(policy).sum(axis=1))
    return norms


def inclusion_chances(norms: Floats, share: float) -> Floats:
    """Return ``q`` [n], of mean ``share`` at most, for ``norms`` [n] that are not negative and a ``share`` in (0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from agents.training.thinning import inclusion_chances
    >>> inclusion_chances(np.array([8.0, 2.0, 1.0, 0.0]), 0.8)
    array([1. , 0.4, 0.4, 0.4])
    """
    if share >= 1.0:
        return np.ones(len(norms))
    half = share / 2.0
    falling = np.sort(norms)[::-1]
    rest = np.cumsum(falling[::-1])[::-1]  # sum from the i-th largest on
    certain = np.arange(len(norms))
    room = half * len(norms) - certain
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = np.where(room > 0.0, rest / room, np.inf)  # c if the first ``certain`` ones are learned from anyway
    possible = falling <= scales
    scale = scales[int(np.argmax(possible))] if possible.any() else np.inf
    if not scale > 0.0:
        return np.full(len(norms), half)
    chances: Floats = np.maximum(np.minimum(1.0, norms / scale), half)
    return chances
