"""The updates of a policy at a single decision point: one compiled definition each, for solvers and for search.

A learner improves the policy at an information state from action values ``q``; a decision-time planner plays what that
learner's next iterate would be (Sokota et al., "The Update-Equivalence Framework for Decision-Time Planning", ICLR
2024). Both therefore call the same function from this package:

- ``entropic``: mirror descent, magnetic and optimistic mirror descent, on log-probabilities;
- ``regret``: regret matching, discounted, predictive or neither, on cumulative regrets;
- ``projected``: projected gradient ascent, on probabilities;
- ``greedy``: policy iteration and best responses.

Functions that end in ``_update`` write into arrays, and work in compiled loops and in plain Python; the names without
it are compiled and return a new array.
"""

from __future__ import annotations

from solvers.updates.entropic import (
    magnetic_mirror_descent,
    magnetic_mirror_descent_update,
    mirror_descent,
    mirror_descent_update,
    normalise_log_policy,
    normalise_policy,
    optimistic_mirror_descent_update,
    tilt,
)
from solvers.updates.greedy import best_action, policy_iteration, policy_iteration_update
from solvers.updates.projected import project_onto_simplex, projected_gradient_update
from solvers.updates.regret import (
    PREDICTIVE_REGRET_MATCHING_PLUS,
    REGRET_MATCHING,
    REGRET_MATCHING_PLUS,
    mean_value,
    normalise_weights,
    regret_matching_update,
)

__all__ = [
    "PREDICTIVE_REGRET_MATCHING_PLUS",
    "REGRET_MATCHING",
    "REGRET_MATCHING_PLUS",
    "best_action",
    "magnetic_mirror_descent",
    "magnetic_mirror_descent_update",
    "mean_value",
    "mirror_descent",
    "mirror_descent_update",
    "normalise_log_policy",
    "normalise_policy",
    "normalise_weights",
    "optimistic_mirror_descent_update",
    "policy_iteration",
    "policy_iteration_update",
    "project_onto_simplex",
    "projected_gradient_update",
    "regret_matching_update",
    "tilt",
]
