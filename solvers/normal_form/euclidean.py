r"""Steps in the Euclidean geometry, on probabilities, that several algorithms share.

Mirror descent with half the squared distance as mirror map moves a policy along its action values and projects it back
onto the simplex. A bilinear game over polytopes is *sharp*: its gap grows at least in proportion to the distance from
the equilibria, and a projection reaches the boundary of a simplex in finitely many steps, where a policy in log space
only approaches it. That is why these methods need far fewer products than entropic ones on games whose equilibria
leave most actions out.

Their step sizes are in units of ``1 / L_2``, ``L_2`` the spectral norm of the payoffs: the operator ``F(x, y) = (A y,
-A^T x)`` (in a symmetric game ``x -> S x``) has the Lipschitz constant ``L_2`` in the Euclidean norm.
"""

from __future__ import annotations

import math

from games._base.jit import borrowed, jitable
from solvers.normal_form.algorithm import Default
from solvers.normal_form.problem import Problem
from solvers.normal_form.state import REFERENCE, VALUES
from solvers.schedules import Constant
from solvers.updates import projected_gradient_update


@jitable
def _project_block(state, block, source, eta, target):
    values, reference = state[VALUES, block], state[REFERENCE, block]
    policy, out = state[source, block], state[target, block]
    for a in range(values.shape[0]):
        if not reference[a] > -math.inf:
            values[a] = -math.inf  # what does not exist is never played
    if eta > 0.0:
        projected_gradient_update(policy, values, eta, out)
    else:
        out[:] = policy


@jitable
def ascend(state, first, source, eta, target):
    """Write the projection of ``source + eta VALUES`` to the row ``target``; both are rows of probabilities.

    Values of actions that do not exist become ``-inf``. ``target`` may be ``source``.
    """
    state = borrowed(state)
    _project_block(state, slice(0, first), source, eta, target)
    if first < state.shape[1]:
        _project_block(state, slice(first, state.shape[1]), source, eta, target)


def per_norm(factor: float) -> Default:
    """Return the default step ``factor / L_2``."""
    return lambda problem: Constant(factor / problem.spectral_norm)


def of_norm(factor: float) -> Default:
    """Return the default temperature ``factor * L_2``."""
    return lambda problem: Constant(factor * problem.spectral_norm)


def largest_euclidean_step(problem: Problem) -> float:
    """Return ``1 / L_2``, below which the extragradient method converges (Korpelevich 1976)."""
    return 1.0 / problem.spectral_norm
