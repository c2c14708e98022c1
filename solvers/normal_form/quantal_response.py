r"""Regularised equilibria to the last digits, the reference for KL plots: Newton's method on the fixed-point equation.

The equilibrium of the game regularised by beta solves ``log pi = log mu + P pi / beta - c`` with ``c`` such that ``pi``
sums to 1, for each player. From a policy that Nash mirror prox brought near, Newton's method on (log pi, c) doubles the
number of digits with every linear system of size actions + players.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.normal_form.problem import Game, Problem, problem_of
from solvers.normal_form.solving import solve

FloatArray = NDArray[np.float64]

_NEAR = 1e-10
_STEPS = 20


def regularised_equilibrium(game: Game, beta: float, *, iterations: int = 1_000_000) -> FloatArray:
    """Return the equilibrium policies [games, actions] of ``game`` at temperature ``beta`` > 0.

    Log-probabilities are exact to rounding in ``P pi / beta``, about ``1e-16 / beta``. Raises ``ValueError`` if Nash
    mirror prox does not come near within ``iterations``, which a tiny beta may need.
    """
    problem = problem_of(game, beta)
    tolerance = min(_NEAR, 1e-6 * beta / (2.0 * problem.half_range))
    near = solve(game, "nash-mp", beta=beta, iterations=iterations, tolerance=tolerance)
    if not near.converged:
        raise ValueError(f"the gap is still {near.duality_gap:.2g} after {iterations} iterations: allow more of them")
    return np.array([_newton(problem, index, near.policies[index]) for index in range(problem.games)])


def _newton(problem: Problem, index: int, near: FloatArray) -> FloatArray:
    """Return the policies of one game, by Newton steps for as long as they reduce the residual."""
    first, actions = problem.first, problem.actions
    payoffs = np.zeros((actions, actions))
    if problem.symmetric:
        payoffs[:] = problem.row[index]
        members = np.ones((1, actions))
    else:
        payoffs[:first, first:], payoffs[first:, :first] = problem.row[index], problem.column[index]
        members = np.repeat(np.eye(2), (first, actions - first), axis=1)
    exists = np.flatnonzero(near > 0.0)
    scaled, members = payoffs[np.ix_(exists, exists)] / problem.beta, members[:, exists]
    reference = problem.log_reference[index, exists]
    best, smallest = np.log(near[exists]), np.inf
    logs = best
    for _ in range(_STEPS):
        logits = reference + scaled @ np.exp(logs)
        residual = logs - logits + members.T @ _log_totals(logits, members)
        if not np.abs(residual).max() < smallest:
            break
        best, smallest = logs, float(np.abs(residual).max())
        logs = best + _step(scaled, members, np.exp(best), residual)
    policy = np.zeros(actions)
    policy[exists] = np.exp(best)
    return policy


def _log_totals(logits: FloatArray, members: FloatArray) -> FloatArray:
    """Return each player's ``log sum exp``."""
    tops = np.array([logits[block > 0].max() for block in members])
    return np.asarray(tops + np.log(members @ np.exp(logits - members.T @ tops)))


def _step(scaled: FloatArray, members: FloatArray, p: FloatArray, residual: FloatArray) -> FloatArray:
    """Return the change of log pi that solves the linearised equations, of which the sums to 1 are kept exactly."""
    players, size = members.shape
    jacobian = np.block([[np.eye(size) - scaled * p, members.T], [members * p, np.zeros((players, players))]])
    sums = members @ p - 1.0
    return np.asarray(np.linalg.solve(jacobian, -np.append(residual, sums))[:size])
