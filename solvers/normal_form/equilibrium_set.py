r"""All equilibria of a zero-sum game: whether there are many, the one of maximum entropy, and how far each goes.

The equilibria of a zero-sum game are a polytope, often more than a point where pairs of alternatives never met or are
level. Linear programming returns any of its vertices, another one when rows are exchanged. Of all equilibria the one of
maximum entropy treats alike what the table treats alike and does not depend on any order: the usual choice among
maximal lotteries (Fishburn 1984; for language models arXiv:2501.19266), and that of Nash averaging (Balduzzi et al.
2018).

1. ``central_path`` finds an equilibrium with the largest support S, and every other action worse than the value by some
   slack: the polytope is then all z >= 0 on S with :math:`K_{SS} z = c` and :math:`K_{\bar S S} z \le c`, and
   its affine hull the null space of :math:`[K_{SS}, -1; 1^\top, 0]`. If that is a point, the equilibrium is unique.
2. ``face`` finds the largest entropy in it, and for each probability its least and its most (two linear programs each).

All is to the rounding of payoffs divided by their largest, about 1e-12: what ``selection`` makes sure of where payoffs
are uneven.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from games._base.threads import run_ranges
from solvers.normal_form.central_path import central_path
from solvers.normal_form.face import minimise
from solvers.normal_form.problem import Problem

FloatArray = NDArray[np.float64]

_RANK = 1e-10  # singular values below, relative to the largest, are 0
RANGE_WORK = 2e10
"""Multiplications that the ranges may take, some ten seconds; above, they are not computed."""
_LP_STEPS = 25


@dataclass(frozen=True)
class EquilibriumSet:
    """The equilibria of one game, over the actions that exist, the row player's first.

    ``policy`` [n]: of maximum entropy, each player's. ``support`` [n]: which actions some equilibrium holds.
    ``dimension`` of the polytope; 0: the equilibrium is unique. ``margin``: the least of the probabilities, the slacks
    of what no equilibrium holds, in units of the largest payoff, and what tells the rank of the equations.
    """

    policy: FloatArray
    support: NDArray[np.bool_]
    base: FloatArray
    slopes: FloatArray
    margin: float

    @property
    def dimension(self) -> int:
        return int(self.slopes.shape[1])

    @property
    def unique(self) -> bool:
        return self.dimension == 0

    @cached_property
    def policy_range(self) -> FloatArray | None:
        """The least and the most of each probability over all equilibria [2, n]; ``None`` above ``RANGE_WORK``."""
        out = np.stack([self.policy, self.policy])
        if self.unique:
            return out
        held, rows = int(self.support.sum()), len(self.base)
        if 2.0 * held * _LP_STEPS * self.dimension**2 * (rows + self.dimension / 3.0) > RANGE_WORK:
            return None
        costs = np.concatenate([self.slopes[:held], -self.slopes[:held]])
        found = np.empty((2 * held, rows))
        run_ranges(lambda start, stop: minimise(self.base, self.slopes, held, 0.0, costs, found, start, stop), 2 * held)
        low, high = np.clip(np.stack([found[:held].diagonal(), found[held:].diagonal()]), 0.0, 1.0)
        own = self.policy[self.support]
        out[:, self.support] = np.minimum(low, own), np.maximum(high, own)
        return out


def _antisymmetric(problem: Problem, game: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return the payoffs of all actions that exist as an antisymmetric matrix of entries up to 1, and where each
    player's actions end.
    """
    exists = np.flatnonzero(np.isfinite(problem.log_reference[game]))
    row = problem.row[game]
    if problem.symmetric:
        payoffs, ends = row[np.ix_(exists, exists)], np.array([len(exists)])
        payoffs = (payoffs - payoffs.T) / 2.0
    else:
        rows, columns = row.shape
        centred = row - (row.min() + row.max()) / 2.0
        payoffs, ends = np.zeros((rows + columns, rows + columns)), np.array([rows, rows + columns])
        payoffs[:rows, rows:], payoffs[rows:, :rows] = centred, -centred.T
    largest = float(np.abs(payoffs).max())
    return np.ascontiguousarray(payoffs / largest if largest > 0.0 else payoffs), ends


def equilibrium_set(problem: Problem, game: int = 0) -> EquilibriumSet:
    """Return the equilibria of a game of a problem."""
    payoffs, ends = _antisymmetric(problem, game)
    n, blocks = len(payoffs), len(ends)
    block = np.searchsorted(ends, np.arange(n), side="right")
    policy, slack, constant = np.empty(n), np.empty(n), np.empty(blocks)
    with suppress(np.linalg.LinAlgError):  # the path ends where rounding makes its system singular
        central_path(payoffs, block, ends, policy, slack, constant)
    support = policy > slack
    member = np.eye(blocks)[block]
    inner, base, slopes, margin = _hull(payoffs, member, support, policy, constant)
    policy = np.zeros(n)
    policy[support] = inner
    if slopes.shape[1]:
        values = np.empty((1, len(base)))
        minimise(base, slopes, len(inner), 1.0, np.zeros((1, slopes.shape[1])), values, 0, 1)
        policy[support] = values[0, : len(inner)]
    sums = (policy[:, None] * member).sum(axis=0)
    return EquilibriumSet(policy / (member @ sums), support, base, slopes, margin)


def _hull(
    payoffs: FloatArray,
    member: FloatArray,
    support: NDArray[np.bool_],
    policy: FloatArray,
    constant: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return a policy on the support [S] made exact, rows and slopes of the polytope (``face``), and the ``margin``.

    ``member`` [n, blocks]: whose action it is.
    """
    inside, own = payoffs[np.ix_(support, support)], member[support]
    size, blocks = own.shape
    system = np.block([[inside, -own], [own.T, np.zeros((blocks, blocks))]])
    left, singular, right = np.linalg.svd(system)
    rank = int((singular > _RANK * singular[0]).sum())
    start = np.concatenate([policy[support], constant])
    goal = np.concatenate([np.zeros(size), np.ones(blocks)])
    fault = left[:, :rank].T @ (goal - system @ start)
    exact = start + right[:rank].T @ (fault / singular[:rank])
    inner, values = exact[:size], exact[size:]
    slopes = np.ascontiguousarray(right[rank:, :size].T)
    outside = payoffs[np.ix_(~support, support)]
    short = member[~support] @ values - outside @ inner
    base = np.concatenate([inner, short])
    floor = np.concatenate([policy[support], np.full(len(short), 1e-12)])
    base = np.where(base > 0.0, base, floor)
    margin = min(float(base.min()), float(singular[rank - 1] / singular[0]))
    return base[:size], base, np.ascontiguousarray(np.vstack([slopes, -outside @ slopes])), margin
