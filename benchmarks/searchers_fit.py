"""Fitting a model of partners who search (``search.hanabi.searchers``) to moves of recorded games, by likelihood.

A row is a decision: the blueprint's probabilities in the true world, as the mover saw it, and the move that was made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from search.hanabi.policy.follower import BARELY
from search.hanabi.searchers import KINDS, PHASES, Searchers

Floats = NDArray[np.float64]

_PENALTY = 0.5  # half the inverse variance of a normal prior of every utility, about nothing
_KINDS, _PHASES = len(KINDS), len(PHASES) + 1
_UTILITIES = _KINDS * _PHASES


class Rows(NamedTuple):
    """Decisions: chances [n, moves], ``nan`` where a move is illegal; kinds [moves]; phases [n]; made [n]."""

    chances: Floats
    kinds: NDArray[np.int64]
    phases: NDArray[np.int64]
    made: NDArray[np.int64]

    @property
    def unexplained(self) -> float:
        """The share of moves that the blueprint makes with less than the uniform probability."""
        legal = np.isfinite(self.chances).sum(axis=1)
        return float((self._of_made(self.chances) * legal < BARELY).mean())

    @property
    def deviations(self) -> float:
        """The share of moves that are not the blueprint's likeliest."""
        return float((np.nanargmax(self.chances, axis=1) != self.made).mean())

    def _of_made(self, values: Floats) -> Floats:
        found: Floats = values[np.arange(len(self.made)), self.made]
        return found

    def log_likelihood(self, model: Searchers) -> Floats:
        """Return the log-likelihood of each move, [n]."""
        legal = np.isfinite(self.chances)
        count = legal.sum(axis=1)
        raised = (1.0 - model.floor) * self.chances + model.floor / count[:, None]
        phases = np.array(model.phases)
        utility = model.slope * np.log(np.maximum(raised, 1e-300)) + phases[:, 1:][self.phases][:, self.kinds]
        best = np.nanargmax(self.chances, axis=1)
        utility[np.arange(len(best)), best] += phases[self.phases, 0]
        utility = np.where(legal, utility, -np.inf)
        weights = np.exp(utility - utility.max(axis=1, keepdims=True))
        chance = self._of_made(weights) / weights.sum(axis=1)
        logs: Floats = np.log((1.0 - model.softening) * chance + model.softening / count)
        return logs


def _squashed(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-x)))


def _phases(best: Floats, kinds: Floats) -> tuple[tuple[float, ...], ...]:
    """Return phases from ``best`` [1 or phases] and the kinds [kinds - 1] or [phases, kinds - 1]; plays have 0."""
    best, kinds = np.broadcast_to(best, _PHASES), np.broadcast_to(kinds, (_PHASES, _KINDS - 1))
    return tuple((float(b), float(k[0]), 0.0, float(k[1]), float(k[2])) for b, k in zip(best, kinds, strict=True))


def _softened(x: Floats) -> Searchers:
    return Searchers(_squashed(x[0]))


def _tempered(x: Floats) -> Searchers:
    return Searchers(_squashed(x[0]), slope=float(np.exp(x[1])))


def _likeliest(x: Floats) -> Searchers:
    model = _tempered(x)
    return model._replace(floor=_squashed(x[2]), phases=_phases(x[3:4], np.zeros(3)))


def _by_kind(x: Floats) -> Searchers:
    model = _tempered(x)
    best, kinds = x[3 : 3 + _PHASES], x[3 + _PHASES :].reshape(_PHASES, _KINDS - 1)
    return model._replace(floor=_squashed(x[2]), phases=_phases(best, kinds))


FAMILIES: dict[str, tuple[Callable[[Floats], Searchers], int]] = {
    "uniform, fitted softening": (_softened, 1),
    "tempered": (_tempered, 2),
    "tempered, and the likeliest move": (_likeliest, 4),
    "by kind and phase": (_by_kind, 3 + _UTILITIES),
}
"""What is fitted: a model from unconstrained numbers, and how many there are."""


def fitted(rows: Rows, family: str) -> Searchers:
    """Return the model of a family under which the moves are likeliest, rounded to four digits."""
    make, size = FAMILIES[family]

    def loss(x: Floats) -> float:
        return float(-rows.log_likelihood(make(x)).sum() + _PENALTY * np.square(x[3:]).sum())

    start = np.zeros(size)
    start[0] = -3.0
    if size > 2:
        start[2] = -4.0
    bounds = [(-12.0, 12.0), (-3.0, 3.0), (-12.0, 12.0), *[(-20.0, 20.0)] * _UTILITIES]
    found = make(minimize(loss, start, method="L-BFGS-B", bounds=bounds[:size]).x)
    phases = tuple(tuple(round(number, 3) for number in phase) for phase in found.phases)
    numbers = {name: float(f"{getattr(found, name):.4g}") for name in ("softening", "slope", "floor")}
    return Searchers(**numbers, unexplained=round(rows.unexplained, 4), phases=phases)  # type: ignore[arg-type]
