r"""Stackelberg learning from preferences (SLHF): a leader commits to a policy, a follower answers each of its choices.

The follower sees the alternative ``y`` that the leader drew and answers with what beats it; both stay near the
reference ``mu``:

.. math:: \max_\pi \mathbb{E}_{y \sim \pi} \min_{\omega(\cdot|y)} \bigl[ P(y > \omega) + \tau_F\,
          \mathrm{KL}(\omega \| \mu) \bigr] - \tau_L\, \mathrm{KL}(\pi \| \mu)

A zero-sum game of perfect information with entropies has a solution in closed form:

.. math:: \omega(y'|y) \propto \mu(y')\, e^{P(y' > y)/\tau_F}, \qquad
          \pi(y) \propto \mu(y) \Bigl[\sum_{y'} \mu(y')\, e^{P(y' > y)/\tau_F}\Bigr]^{-\tau_F/\tau_L}

(Pásztor et al. 2025, arXiv:2512.16626, who fine-tune the two; both pulls are towards the reference here.) It is no
equilibrium of the preference game: with ``tau_F`` to 0 the leader goes by ``max_y' P(y' > y)`` and plays the *minimax
winner*, where a Nash policy would mix. What it is good for: sampled once from the leader and refined by the follower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from games.preference import PreferenceGame

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StackelbergPolicies:
    """``leader`` [n]; ``follower`` [n, n], row ``y`` the answer to ``y``; ``values`` [n]: ``min_omega P(y > omega) +
    tau_F KL``, what each choice of the leader is worth; ``value``: of the leader's policy, its own entropy included.
    """

    labels: tuple[str, ...]
    leader: FloatArray
    follower: FloatArray
    values: FloatArray
    value: float


def stackelberg(game: PreferenceGame, leader_temperature: float, follower_temperature: float) -> StackelbergPolicies:
    """Return the leader's policy and the follower's answers of a preference game.

    Parameters
    ----------
    game : its reference is ``mu``. leader_temperature, follower_temperature : ``tau_L`` and ``tau_F``, above 0, in
        units of probability.

    Raises
    ------
    ValueError
        If a temperature is not a positive number.

    Examples
    --------
    >>> from games.preference import comal_cycle
    >>> stackelberg(comal_cycle(), 0.1, 0.01).leader.round(3)
    array([0.212, 0.576, 0.212])
    """
    for name, tau in (("leader", leader_temperature), ("follower", follower_temperature)):
        if not (np.isfinite(tau) and tau > 0.0):
            raise ValueError(f"the {name}'s temperature must be above 0 and finite, not {tau}")
    with np.errstate(divide="ignore"):
        log_reference = np.log(game.reference)
    answers = game.matrix.T / follower_temperature + log_reference  # [y, y']
    values = 1.0 - follower_temperature * logsumexp(answers, axis=1)
    logits = log_reference + values / leader_temperature
    value = leader_temperature * float(logsumexp(logits))
    return StackelbergPolicies(game.labels, softmax(logits), softmax(answers, axis=1), values, value)
