"""Counterfactual regret minimisation as the papers write it: dictionaries, recursion, one rule an algorithm."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from games.extensive import Chance, Decision, Terminal
from games.extensive.tree import Node
from tests.solvers.extensive import naive as naive

Vector = list[float]
Rule = Callable[[int, Vector, Vector], tuple[Vector, Vector]]
"""(iteration, regrets R before it, instantaneous regrets r) → (R after it, what the next policy is proportional to)."""


def _plus(vector: Vector) -> Vector:
    return [max(x, 0.0) for x in vector]


def _sum(a: Vector, b: Vector) -> Vector:
    return [x + y for x, y in zip(a, b, strict=True)]


def _times(factor: float, vector: Vector) -> Vector:
    return [factor * x for x in vector]


def cfr(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    after = _sum(R, r)
    return after, after


def cfr_plus(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    after = _plus(_sum(R, r))
    return after, after


def linear_cfr(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    """Iteration t has the weight t."""
    after = _sum(R, _times(t, r))
    return after, after


def discounted_cfr(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    """Discounted at the end of the iteration."""
    discount = t**1.5 / (t**1.5 + 1)
    after = [x * (discount if x > 0 else 0.5) for x in _sum(R, r)]
    return after, after


def predictive_cfr_plus(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    after = _plus(_sum(R, r))
    return after, _plus(_sum(after, r))


def discounted_cfr_plus(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    discount = (t - 1) ** 1.5 / ((t - 1) ** 1.5 + 1.5)
    after = _plus(_sum(_times(discount, R), r))
    return after, after


def predictive_discounted_cfr_plus(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    now, then = (u**2.3 / (u**2.3 + 1) for u in (t - 1, t))
    after = _plus(_sum(_times(now, R), r))
    return after, _plus(_sum(_times(then, after), r))


def simple_asymmetric_predictive_cfr_plus(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    after = _plus(_sum(R, r))
    return after, _plus(_sum(after, _times(1 / (1 + 2), r)))


HORIZON = 25  # of the schedules: fewer iterations than the tests have


def scheduled_discounted_cfr(t: int, R: Vector, r: Vector) -> tuple[Vector, Vector]:
    """Discounted at the end of the iteration, by exponents that move until the horizon."""
    share = min(t, HORIZON) / HORIZON
    alpha, beta = 1 + 3 * share, -1 - 2 * share
    after = [x * (t**alpha / (t**alpha + 1) if x > 0 else t**beta / (t**beta + 1)) for x in _sum(R, r)]
    return after, after


def scheduled(u: int) -> float:
    """gamma_0 - 5 u / n, which stays what it is at the horizon n."""
    return 30 - 5 * min(u, HORIZON) / HORIZON


RULES: dict[str, tuple[Rule, int | Callable[[int], float]]] = {
    "cfr": (cfr, 0),
    "cfr+": (cfr_plus, 1),
    "lcfr": (linear_cfr, 1),
    "dcfr": (discounted_cfr, 2),
    "pcfr+": (predictive_cfr_plus, 5),
    "dcfr+": (discounted_cfr_plus, 4),
    "pdcfr+": (predictive_discounted_cfr_plus, 5),
    "sapcfr+": (simple_asymmetric_predictive_cfr_plus, 5),
    "hs-dcfr": (scheduled_discounted_cfr, scheduled),
    "hs-pcfr+": (predictive_cfr_plus, scheduled),
    "hs-pdcfr+": (predictive_discounted_cfr_plus, scheduled),
}
"""Name → (rule, exponent w of the average, or w(t-1): at iteration t what was summed counts ((t-1)/t)^w times)."""


class Solver:
    """One of ``RULES`` on a tree; ``current`` and ``average()`` are tables as in ``naive_extensive``."""

    def __init__(self, root: Node, name: str) -> None:
        self.root = root
        self.rule, self.exponent = RULES[name]
        self.iteration = 0
        infosets = {(d.player, d.information_state): len(d.actions) for d in naive.decisions(root)}
        self.current: naive.Table = {key: [1 / width] * width for key, width in infosets.items()}
        self.regrets = {key: [0.0] * width for key, width in infosets.items()}
        self.sums = {key: [0.0] * width for key, width in infosets.items()}

    def iterate(self, alternating: bool) -> None:
        self.iteration += 1
        played = dict(self.current)
        for player in (0, 1):
            against = self.current if alternating else played
            values = naive.counterfactual_values(self.root, against, player)
            reach = own_reach(self.root, played, player)
            for (owner, state), policy in played.items():
                if owner == player:
                    self._update(owner, state, policy, [values[state, a] for a in range(len(policy))], reach[state])

    def _update(self, player: int, state: str, policy: Vector, values: Vector, reach: float) -> None:
        key, t = (player, state), self.iteration
        mean = sum(p * v for p, v in zip(policy, values, strict=True))
        self.regrets[key], basis = self.rule(t, self.regrets[key], [v - mean for v in values])
        exponent = self.exponent(t - 1) if callable(self.exponent) else self.exponent
        self.sums[key] = _sum(_times(((t - 1) / t) ** exponent, self.sums[key]), _times(reach, policy))
        total = sum(_plus(basis))
        self.current[key] = [x / total if total > 0 else 1 / len(policy) for x in _plus(basis)]

    def average(self) -> naive.Table:
        return {
            key: [x / sum(vector) if sum(vector) > 0 else 1 / len(vector) for x in vector]
            for key, vector in self.sums.items()
        }


def own_reach(root: Node, table: naive.Table, player: int) -> dict[str, float]:
    """Information state → the product of the player's own probabilities on the way to it."""
    found: dict[str, float] = {}

    def visit(node: Node, reach: float) -> None:
        if isinstance(node, Chance):
            for _, child in node.outcomes:
                visit(child, reach)
        elif isinstance(node, Decision):
            if node.player == player:
                found[node.information_state] = reach
            for a, child in enumerate(node.actions.values()):
                own = table[player, node.information_state][a] if node.player == player else 1.0
                visit(child, reach * own)

    visit(root, 1.0)
    return found


def tree_of(state: Any) -> Node:
    """The tree below a ``pyspiel`` state."""
    if state.is_terminal():
        return Terminal(state.returns()[0])
    if state.is_chance_node():
        return Chance([(probability, tree_of(state.child(action))) for action, probability in state.chance_outcomes()])
    player = state.current_player()
    children = {
        state.action_to_string(player, action): tree_of(state.child(action)) for action in state.legal_actions()
    }
    return Decision(player, state.information_state_string(), children)


def perturbed(node: Node, source: random.Random) -> Node:
    """The tree with a little noise on every utility: without ties, which rounding would break here and not there."""
    if isinstance(node, Terminal):
        return Terminal(node.utility + source.gauss(0.0, 0.05))
    if isinstance(node, Chance):
        return Chance([(probability, perturbed(child, source)) for probability, child in node.outcomes])
    return Decision(node.player, node.information_state, {a: perturbed(c, source) for a, c in node.actions.items()})
