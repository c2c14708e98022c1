"""Fitting a model of partners who search (``search.hanabi.searchers``) to moves of recorded games, by likelihood.

A row is a decision: the blueprint's probabilities in the true world, as the mover saw it, and the move that was made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from search.hanabi.policy.follower import BARELY
from search.hanabi.searchers import KINDS, PHASES, PLAY, Searchers

Floats = NDArray[np.float64]

_PENALTY = 0.5  # half the inverse variance of a normal prior of the utility of a kind, about nothing
_LIKELIEST, _KINDS = len(PHASES) + 1, len(KINDS) - 1  # numbers that are fitted: plays have the utility 0


class Rows(NamedTuple):
    """Decisions: chances [n, moves], ``nan`` where a move is illegal; kinds [n, moves]; phases [n]; made [n]."""

    chances: Floats
    kinds: NDArray[np.int64]
    phases: NDArray[np.int64]
    made: NDArray[np.int64]

    @property
    def unexplained(self) -> float:
        """The share of moves that the blueprint makes with less than the uniform probability."""
        legal = np.isfinite(self.chances).sum(axis=1)
        return float((self.of_made(self.chances) * legal < BARELY).mean())

    @property
    def deviations(self) -> float:
        """The share of moves that are not the blueprint's likeliest."""
        return float((np.nanargmax(self.chances, axis=1) != self.made).mean())

    def of_made(self, values: Floats) -> Floats:
        """Return the entries of ``values`` [n, moves] of the moves that were made, [n]."""
        found: Floats = values[np.arange(len(self.made)), self.made]
        return found

    def log_likelihood(self, model: Searchers) -> Floats:
        """Return the log-likelihood of each move, [n]."""
        legal = np.isfinite(self.chances)
        count = legal.sum(axis=1)
        raised = (1.0 - model.floor) * self.chances + model.floor / count[:, None]
        utility = model.slope * np.log(np.maximum(raised, 1e-300)) + np.array(model.kinds)[self.kinds]
        best = np.nanargmax(self.chances, axis=1)
        utility[np.arange(len(best)), best] += np.array(model.likeliest)[self.phases]
        utility = np.where(legal, utility, -np.inf)
        weights = np.exp(utility - utility.max(axis=1, keepdims=True))
        chance = self.of_made(weights) / weights.sum(axis=1)
        logs: Floats = np.log((1.0 - model.softening) * chance + model.softening / count)
        return logs


def _squashed(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-x)))


def _softened(x: Floats) -> Searchers:
    return Searchers(_squashed(x[0]))


def _tempered(x: Floats) -> Searchers:
    return Searchers(_squashed(x[0]), slope=float(np.exp(x[1])))


def _likeliest(x: Floats) -> Searchers:
    return _tempered(x)._replace(floor=_squashed(x[2]), likeliest=(float(x[3]),) * _LIKELIEST)


def _by_kind(x: Floats) -> Searchers:
    likeliest, kinds = x[3 : 3 + _LIKELIEST].tolist(), x[3 + _LIKELIEST :].tolist()
    kinds.insert(PLAY, 0.0)
    return _tempered(x)._replace(floor=_squashed(x[2]), likeliest=tuple(likeliest), kinds=tuple(kinds))


FAMILIES: dict[str, tuple[Callable[[Floats], Searchers], int]] = {
    "uniform, fitted softening": (_softened, 1),
    "tempered": (_tempered, 2),
    "tempered, and the likeliest move": (_likeliest, 4),
    "by phase and kind": (_by_kind, 3 + _LIKELIEST + _KINDS),
}
"""What is fitted: a model from unconstrained numbers, and how many there are."""

_BOUNDS = [(-7.0, 12.0), (-4.0, 3.0), (-25.0, 0.0), *[(-20.0, 20.0)] * (_LIKELIEST + _KINDS)]
_STARTS = ((-3.0, 0.0, -4.0, 0.0), (-4.0, -1.5, -12.0, 3.0), (-4.0, 1.0, -4.0, 0.0))  # the likelihood has several peaks


def fitted(rows: Rows, family: str) -> Searchers:
    """Return the model of a family under which the moves are likeliest, rounded to four digits."""
    make, size = FAMILIES[family]

    def loss(x: Floats) -> float:
        return float(-rows.log_likelihood(make(x)).sum() + _PENALTY * np.square(x[3 + _LIKELIEST :]).sum())

    def from_start(numbers: tuple[float, ...]) -> Any:
        start = np.zeros(3 + _LIKELIEST + _KINDS)
        start[:3], start[3 : 3 + _LIKELIEST] = numbers[:3], numbers[3]
        return minimize(loss, start[:size], method="L-BFGS-B", bounds=_BOUNDS[:size])

    found = make(min(map(from_start, _STARTS), key=lambda result: float(result.fun)).x)
    numbers = {name: float(f"{getattr(found, name):.4g}") for name in ("softening", "slope", "floor")}
    utilities = {name: tuple(round(number, 3) for number in getattr(found, name)) for name in ("likeliest", "kinds")}
    return Searchers(unexplained=round(rows.unexplained, 4), **numbers, **utilities)  # type: ignore[arg-type]
