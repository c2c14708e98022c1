"""A decision-time planner is three parts: a belief, a value estimate, and a learner's update.

The planner of an information state ``h`` (1) samples what is hidden from the *belief*, (2) estimates the action values
``q(a)`` under the blueprint with the *same* samples for every action, and (3) applies the *update* ``U(pi(.|h), q)`` of
a last-iterate learner. With mirror descent it is MDS, with magnetic mirror descent MMDS, with policy iteration Monte
Carlo search, and with a threshold on top SPARTA (Sokota et al., ICLR 2024). This file knows no game: beliefs and values
come in through ``ActionValues``, how samples are spread over actions through ``search.allocation``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from search.allocation import ActionValues, Allocation, Estimate
from search.allowance import Allowance
from solvers.updates import magnetic_mirror_descent, mirror_descent, policy_iteration

FloatArray = NDArray[np.float64]


class Update(Protocol):
    """A single-state policy update, and what it needs for its most probable action to be found by racing."""

    def __call__(self, log_policy: FloatArray, q: FloatArray) -> FloatArray:
        """Return the updated log-policy, [actions]."""
        ...

    def handicap(self, log_policy: FloatArray) -> FloatArray:
        """Return ``b`` [actions], in units of ``q``, such that the update's best action is ``argmax_a q(a) + b(a)``."""
        ...


def _checked_count(count: int) -> int:
    if count < 1:
        raise ValueError(f"an update is repeated at least once, not {count} times")
    return count


@dataclass(frozen=True)
class MirrorDescent:
    """MD: ``pi'(a) ~ pi(a) exp(eta q(a))``; its mode is ``argmax q + log(pi) / eta``. ``eta`` is in 1/units of q."""

    eta: float

    def __post_init__(self) -> None:
        if not 0.0 < self.eta <= 1e300:
            raise ValueError(f"eta must be positive and finite, not {self.eta}")

    def __call__(self, log_policy: FloatArray, q: FloatArray) -> FloatArray:
        return np.asarray(mirror_descent(log_policy, q, self.eta))

    def handicap(self, log_policy: FloatArray) -> FloatArray:
        return log_policy / self.eta

    def repeated(self, count: int) -> MirrorDescent:
        """Return the update that does what ``count`` of these do with the same values: the step is that much longer."""
        return MirrorDescent(self.eta * _checked_count(count))


@dataclass(frozen=True)
class MagneticMirrorDescent:
    """MMD towards a magnet: log-probabilities, ``None`` (uniform over legal actions) or ``"blueprint"``.

    See ``solvers.updates`` for the formula. With the policy that is updated as its own magnet it is MD with the step
    ``eta / (1 + alpha eta)``.
    """

    eta: float
    alpha: float
    log_magnet: FloatArray | Literal["blueprint"] | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.eta <= 1e300:
            raise ValueError(f"eta must be positive and finite, not {self.eta}")
        if not 0.0 <= self.alpha < np.inf:
            raise ValueError(f"alpha must be finite and not negative, not {self.alpha}")

    def _magnet(self, log_policy: FloatArray) -> FloatArray:
        if self.log_magnet is None:
            return np.zeros_like(log_policy)
        if isinstance(self.log_magnet, str):
            return log_policy
        if np.any(np.isneginf(self.log_magnet) & ~np.isneginf(log_policy)):
            raise ValueError("the magnet must be positive on every action that the policy plays")
        return self.log_magnet

    def __call__(self, log_policy: FloatArray, q: FloatArray) -> FloatArray:
        return np.asarray(magnetic_mirror_descent(log_policy, q, self._magnet(log_policy), self.eta, self.alpha))

    def handicap(self, log_policy: FloatArray) -> FloatArray:
        return log_policy / self.eta + self.alpha * self._magnet(log_policy)

    def repeated(self, count: int) -> MagneticMirrorDescent:
        """Return the update that does what ``count`` of these do with the same values and the same magnet.

        Each multiplies the old policy's share of the exponent by ``1 / (1 + alpha eta)``, so that it is one step of
        ``((1 + alpha eta)^count - 1) / alpha``; the limit of many is ``rho exp(q / alpha)``.
        """
        if self.alpha == 0.0:
            return replace(self, eta=self.eta * _checked_count(count))
        eta = np.expm1(_checked_count(count) * np.log1p(self.alpha * self.eta)) / self.alpha
        return replace(self, eta=float(min(eta, 1e300)))


@dataclass(frozen=True)
class PolicyIteration:
    """Play ``argmax q`` if it beats the blueprint's action by more than ``threshold`` (0: Monte Carlo; 0.1: SPARTA)."""

    threshold: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.threshold < np.inf:
            raise ValueError(f"threshold must be finite and not negative, not {self.threshold}")

    def __call__(self, log_policy: FloatArray, q: FloatArray) -> FloatArray:
        return np.asarray(policy_iteration(log_policy, q, self.threshold))

    def handicap(self, log_policy: FloatArray) -> FloatArray:
        handicap = np.zeros_like(log_policy)
        handicap[np.isneginf(log_policy)] = -np.inf
        handicap[int(np.argmax(log_policy))] = self.threshold
        return handicap


@dataclass(frozen=True)
class Decision:
    """What a planner decided at one information state.

    ``actions`` [k] are the legal ones, in increasing order, and the arrays follow it; ``q`` and ``standard_error`` are
    NaN for actions that were never rolled out; the errors include that of the belief. ``samples`` are those of the
    actions that were rolled out longest, worth ``effective`` independent ones. ``outcome`` says how the decision came
    about: ``"searched"``, ``"forced"`` (one legal action), ``"maximal"`` (the blueprint's action already reached the
    maximum in every sample) or ``"fallback"`` (no usable belief; the blueprint was played). ``fault`` says what was
    wrong with the belief then, where that is known; ``rebuilt``: the belief was built anew for this decision.
    """

    action: int
    blueprint_action: int
    actions: NDArray[np.int64]
    log_policy: FloatArray
    q: FloatArray
    standard_error: FloatArray
    rollouts: int
    samples: int
    outcome: str
    fault: str = ""
    rebuilt: bool = False
    effective: float = 0.0

    @property
    def deviates(self) -> bool:
        """True if the planner left its blueprint."""
        return self.action != self.blueprint_action


@dataclass(frozen=True)
class Planner:
    """Belief x value x update at one information state.

    update, allocation : the learner whose next iterate is played, and how samples are spread over actions.
    caution : before the update, each value is lowered by so many standard errors of its paired difference to the
        blueprint's action, so that the planner leaves the blueprint for evidence, not for noise. It vanishes as samples
        grow; 0 is the plain update.
    choose : picks an action from the updated log-policy; by default the most probable.
    """

    update: Update
    allocation: Allocation
    caution: float = 0.0
    choose: Callable[[FloatArray], int] = field(default=lambda log_policy: int(np.argmax(log_policy)))

    def decide(
        self,
        actions: NDArray[np.int64],
        log_policy: FloatArray,
        values: ActionValues | None,
        budget: int | Allowance,
    ) -> Decision:
        """Return the decision at an information state.

        Parameters
        ----------
        actions : the legal actions [k], increasing.
        log_policy : the blueprint's log-probabilities of them [k].
        values : estimator of their values; ``None`` if the belief collapsed, then the blueprint's action is played.
        budget : how many rollouts there may be in all, or another allowance.
        """
        blueprint = int(np.argmax(log_policy))
        nothing = np.full(len(actions), np.nan)
        if len(actions) == 1 or values is None:
            outcome = "forced" if len(actions) == 1 else "fallback"
            action = int(actions[blueprint])
            return Decision(action, action, actions, log_policy, nothing, nothing, 0, 0, outcome)
        estimate = self.allocation.estimate(values, actions, self.update.handicap(log_policy), blueprint, budget)
        return self._apply_update(actions, log_policy, blueprint, estimate)

    def _apply_update(
        self, actions: NDArray[np.int64], log_policy: FloatArray, blueprint: int, estimate: Estimate
    ) -> Decision:
        """Update the policy; actions dropped from the race count as worth minus infinity, the blueprint's too."""
        error = np.where(np.isnan(estimate.difference_error), 0.0, estimate.difference_error)
        lowered = estimate.q - self.caution * error if self.caution else estimate.q
        updated = self.update(log_policy, np.where(estimate.active, lowered, -np.inf))
        return Decision(
            int(actions[self.choose(updated)]),
            int(actions[blueprint]),
            actions,
            updated,
            estimate.q,
            estimate.standard_error,
            estimate.rollouts,
            estimate.samples,
            "maximal" if estimate.maximal else "searched",
            effective=estimate.effective,
        )
