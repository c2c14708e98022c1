"""Exact policy improvement in common-payoff games, on trees small enough to walk: the oracle for Theorem 1.

A game is given as its root nodes with probabilities; a node is anything with the five members of ``Node``. Information
states are keyed by what the acting player knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from solvers.updates import mirror_descent

Vector = NDArray[np.float64]
Policy = dict[Hashable, Vector]


class Node(Protocol):
    """A position: terminal (``children`` empty), chance (``key`` None, with ``probabilities``), or a decision."""

    payoff: float
    key: Hashable | None
    children: Sequence[Node]
    probabilities: Sequence[float]


def action_values(root: Node, policy: Policy) -> tuple[float, dict[Hashable, Vector]]:
    """Return the expected payoff and ``q(h, a)``, the mean over histories of ``h`` weighted by the others' reach.

    With perfect recall a player's own reach is the same in all histories of an information state, so weights by the
    full reach give the posterior.
    """
    weighted: dict[Hashable, Vector] = {}
    reach_of: dict[Hashable, float] = defaultdict(float)

    def walk(node: Node, reach: float) -> float:
        if not node.children:
            return node.payoff
        if node.key is None:
            return sum(p * walk(child, reach * p) for child, p in zip(node.children, node.probabilities, strict=True))
        pi = policy.setdefault(node.key, np.full(len(node.children), 1 / len(node.children)))
        values = np.array([walk(child, reach * p) for child, p in zip(node.children, pi, strict=True)])
        weighted[node.key] = weighted.get(node.key, 0.0) + reach * values
        reach_of[node.key] += reach
        return float(pi @ values)

    value = walk(root, 1.0)
    q = {key: total / reach_of[key] if reach_of[key] > 0 else total for key, total in weighted.items()}
    return value, q


def improve(policy: Policy, q: dict[Hashable, Vector], eta: float) -> Policy:
    """Apply mirror descent at every decision point."""
    return {
        key: np.exp(mirror_descent(np.log(policy[key]), np.ascontiguousarray(values), eta)) for key, values in q.items()
    }


def random_policy(root: Node, seed: int) -> Policy:
    """Return a policy with full support, drawn at every information state of the tree."""
    generator = np.random.default_rng(seed)
    policy: Policy = {}

    def visit(node: Node) -> None:
        if node.key is not None and node.children and node.key not in policy:
            policy[node.key] = generator.dirichlet(np.ones(len(node.children))) * 0.98 + 0.02 / len(node.children)
        for child in node.children:
            visit(child)

    visit(root)
    return policy


def build(state: object, expand: Callable[[object], tuple[float, Hashable | None, list[object], list[float]]]) -> Node:
    """Build a tree of nodes from a state and a function that returns (payoff, key, children, probabilities)."""

    class Built:
        def __init__(self, source: object) -> None:
            self.payoff, self.key, children, self.probabilities = expand(source)
            self.children = [Built(child) for child in children]

    return Built(state)
