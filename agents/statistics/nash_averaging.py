r"""Nash averaging and alpha-rank: what cyclic fields have instead of one rating.

A tournament is a preference game: the agents are the alternatives, their advantages over each other the payoffs
:math:`A = -A^\top`. Its equilibria are the mixtures that no agent beats; **Nash averaging** takes the one of maximum
entropy, which is unique, and rates every agent by its payoff against it, :math:`(A p)_i \le 0` (Balduzzi, Tuyls,
Perolat and Graepel, "Re-evaluating evaluation", NeurIPS 2018). Copies of an agent share its probability and change no
rating.

It is computed in three steps, of which the first and the last are this project's solvers of preference games:

1. linear programming gives an equilibrium (``solvers.normal_form``, algorithm ``"lp"``);
2. with the largest support S of any equilibrium (one more linear program), equilibria are exactly the p ≥ 0 on S that
   sum to 1 with :math:`A_{SS}\,p = 0` and :math:`A_{\bar S S}\,p \le 0`; of these the one with the largest entropy is
   :math:`p \propto \exp(-B^\top \lambda)`, where the rows of B are these constraints and :math:`\lambda` minimises the
   convex dual :math:`\ln \sum \exp(-B^\top \lambda)`, :math:`\lambda \ge 0` for inequalities;
3. the solvers' certificate measures its duality gap.

It is also the limit of the regularised equilibria of ``solve(game, "nash-mp", beta)`` as beta goes to 0, by which the
tests check it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Shares = Callable[[FloatArray], tuple[float, FloatArray]]

_ZERO = 1e-9  # scaled payoffs and probabilities below are 0


@dataclass(frozen=True)
class NashAverage:
    """``policy`` [n]: the equilibrium of maximum entropy; ``ratings`` [n]: payoffs against it, 0 for agents it holds;
    ``duality_gap``: the solvers' certificate, in units of the payoffs; ``entropy``: in nats.
    """

    policy: FloatArray
    ratings: FloatArray
    duality_gap: float
    entropy: float


def _antisymmetric(payoffs: ArrayLike) -> FloatArray:
    table = np.asarray(payoffs, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or len(table) == 0:
        raise ValueError(f"payoffs must be a square table of agents against agents, not of shape {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError("a payoff is missing or not finite: Nash averaging needs every pair to have met")
    if np.abs(table + table.T).max() > _ZERO * max(1.0, float(np.abs(table).max())):
        raise ValueError("payoffs must be antisymmetric: what i wins from j, j loses to i")
    return (table - table.T) / 2


def nash_average(payoffs: ArrayLike) -> NashAverage:
    """Return the maximum-entropy equilibrium of an antisymmetric table of advantages, and the ratings. [n, n]

    Raises ``ValueError`` if the table is not antisymmetric and finite.
    """
    from games.preference import PreferenceGame
    from solvers.normal_form import measure, solve
    from solvers.normal_form.problem import problem_of

    table = _antisymmetric(payoffs)
    largest = float(np.abs(table).max())
    scaled = table / largest if largest > 0 else table
    game = PreferenceGame(0.5 + scaled / 2)
    some = solve(game, "lp").policies[0]
    policy = _maximum_entropy(scaled, some)
    with np.errstate(divide="ignore"):
        certificate = measure(problem_of(game, 0.0), np.log(policy)[None], policy[None], 0.0)
    positive = policy[policy > 0]
    return NashAverage(
        policy=policy,
        ratings=table @ policy,
        duality_gap=float(certificate[0, 0]) * 2 * largest,
        entropy=float(-(positive * np.log(positive)).sum()),
    )


def _maximum_entropy(table: FloatArray, some: FloatArray) -> FloatArray:
    support = _largest_support(table) | (some > _ZERO)
    if support.sum() == 1:
        return support.astype(np.float64)
    equal, most = table[np.ix_(support, support)], table[np.ix_(~support, support)]
    found = _dual(np.vstack([equal, most]), len(equal))
    policy = np.zeros(len(table))
    policy[support] = found
    # The convex program is solved to rounding in all but ill-conditioned tables, where a vertex may be nearer to 0.
    return policy if (table @ policy).max() <= max(1e-6, (table @ some).max()) else some


def _largest_support(table: FloatArray) -> NDArray[np.bool_]:
    """Return which agents some equilibrium holds: maximise the sum of t, where t ≤ 1, t ≤ p, p ≥ 0 and A p ≤ 0."""
    from scipy.optimize import linprog

    n = len(table)
    bounds = [(0.0, None)] * n + [(0.0, 1.0)] * n
    rows = np.block([[table, np.zeros((n, n))], [-np.eye(n), np.eye(n)]])
    found = linprog(np.append(np.zeros(n), -np.ones(n)), A_ub=rows, b_ub=np.zeros(2 * n), bounds=bounds)
    if not found.success:
        raise ValueError(f"HiGHS could not solve the linear program of {n} agents: {found.message}")
    return np.asarray(found.x[n:] > 0.5)


def _dual(rows: FloatArray, equalities: int) -> FloatArray:
    """Return p > 0 of the largest entropy with sum 1, ``rows @ p = 0`` in the first rows and ``≤ 0`` in the others."""
    from scipy.optimize import minimize

    def shares(multipliers: FloatArray) -> tuple[float, FloatArray]:
        exponents = -(rows.T @ multipliers)
        top = float(exponents.max())
        weights = np.exp(exponents - top)
        return top + float(np.log(weights.sum())), weights / weights.sum()

    def objective(multipliers: FloatArray) -> tuple[float, FloatArray]:
        value, policy = shares(multipliers)
        return value, -(rows @ policy)

    bounds = [(None, None)] * equalities + [(0.0, None)] * (len(rows) - equalities)
    options = {"maxiter": 20_000, "maxfun": 40_000, "ftol": 0.0, "gtol": 1e-12, "maxcor": 50}
    found = minimize(objective, np.zeros(len(rows)), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return shares(_newton(rows, found.x, equalities, shares))[1]


def _newton(rows: FloatArray, multipliers: FloatArray, equalities: int, shares: Shares) -> FloatArray:
    """Polish the multipliers that are free by Newton's method, as long as that brings the constraints nearer to 0."""
    bounded = np.arange(len(rows)) >= equalities
    free = ~bounded | (multipliers > 1e-8)
    active = rows[free]
    for _ in range(20):
        policy = shares(multipliers)[1]
        residual = active @ policy
        hessian = (active * policy) @ active.T - np.outer(residual, residual)
        trial = multipliers.copy()
        trial[free] += np.linalg.lstsq(hessian, residual, rcond=1e-12)[0]
        left = np.abs(active @ shares(trial)[1]).max()
        if not left < np.abs(residual).max() or (trial[bounded] < 0).any():
            break
        multipliers = trial
    return multipliers


def alpha_rank(payoffs: ArrayLike) -> FloatArray:
    """Return alpha-rank's stationary distribution over agents, through OpenSpiel. [n]

    One population, an infinite ranking intensity and a small mutation rate (Omidshafiei et al., "α-Rank: Multi-agent
    evaluation by evolution", Scientific Reports 2019): where the population ends up if whoever beats the resident takes
    its place. Only the signs of ``payoffs`` matter, the antisymmetric table of advantages [n, n].
    """
    alpharank = import_module("open_spiel.python.egt.alpharank")
    table = _antisymmetric(payoffs)
    if len(table) == 1:
        return np.ones(1)
    stationary = alpharank.compute([table], use_inf_alpha=True, inf_alpha_eps=1e-4)[2]
    return np.asarray(np.real(stationary), dtype=np.float64)
