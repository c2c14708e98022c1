"""What every update of a search must satisfy: checks for one that you wrote.

``check(update)`` raises ``NonConformance`` with one sentence for the first of these that does not hold, on drawn
policies and action values:

- the result is a log-policy: its exponentials sum to 1, and what the policy forbids stays forbidden;
- ``handicap`` says which action is best, ``argmax q + handicap``, which is what racing goes by;
- a constant added to all values changes nothing.
"""

from __future__ import annotations

import numpy as np

from search.planner import Update

_ROUNDING = 1e-9


class NonConformance(AssertionError):
    """A rule that every update keeps is broken; the sentence says which one."""


def check(update: Update, cases: int = 200) -> None:
    """Check all rules.

    Parameters
    ----------
    update : what a ``Planner`` or ``SearchOptions`` takes.
    cases : drawn policies of 2 to 6 actions, one of them forbidden in every third case.

    Raises
    ------
    NonConformance
        An ``AssertionError`` with one sentence for the first rule that is broken.

    Examples
    --------
    >>> from search import conformance
    >>> from search.planner import MirrorDescent
    >>> conformance.check(MirrorDescent(eta=5.0))
    """
    generator = np.random.default_rng(0)
    for case in range(cases):
        size = int(generator.integers(2, 7))
        policy, q = generator.dirichlet(np.ones(size)), generator.normal(size=size)
        if case % 3 == 0 and size > 2:
            policy[int(generator.integers(size))] = 0.0
        with np.errstate(divide="ignore"):
            log_policy = np.log(policy / policy.sum())
        found = np.asarray(update(log_policy.copy(), q.copy()))
        if found.shape != (size,) or np.isnan(found).any() or abs(float(np.exp(found).sum()) - 1.0) > _ROUNDING:
            raise NonConformance(f"of {size} actions the update makes {found}, which is no log-policy")
        if not np.isneginf(found[np.isneginf(log_policy)]).all():
            raise NonConformance("the update plays an action that the policy forbids")
        best = int(np.argmax(q + update.handicap(log_policy)))
        if found[best] < found.max() - _ROUNDING:
            raise NonConformance(f"the best action is {int(np.argmax(found))}, and by the handicap it is {best}")
        shifted = np.exp(np.asarray(update(log_policy.copy(), q + 3.0)))
        if not np.allclose(shifted, np.exp(found), atol=1e-7):
            raise NonConformance("a constant added to all values changes the policy")
