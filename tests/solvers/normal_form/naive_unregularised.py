"""Plain numpy definitions of the algorithms without regularisation and of MDPO, straight from their formulas.

Each yields the policies that the algorithm returns after 1, 2, ... iterations: the average of those played, or the
last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from tests.solvers.normal_form.naive import (
    Definition,
    Game,
    Numbers,
    Policies,
    Vector,
    magnetic,
    mmd,
    references,
    tilted,
    values,
)

Parameters = Mapping[str, float]


def averages(played: list[Policies], weight: Callable[[int], float]) -> Policies:
    weights = [weight(t) for t in range(1, len(played) + 1)]
    return tuple(np.average([p[k] for p in played], axis=0, weights=weights) for k in range(len(played[0])))


def total(values_of: list[Policies]) -> Policies:
    return tuple(np.sum(block, axis=0) for block in zip(*values_of, strict=True))


def mwu(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    played, seen = [references(game)], [values(game, references(game))]
    while True:
        yield averages(played, lambda t: 1)
        played.append(tilted(references(game), total(seen), eta(len(seen))))
        seen.append(values(game, played[-1]))


def optimistic_mirror_descent(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    anchor, played = references(game), [references(game)]
    while True:
        yield averages(played, lambda t: 1)
        step, seen = eta(len(played)), values(game, played[-1])
        anchor = tilted(anchor, seen, step)
        played.append(tilted(anchor, seen, step))


def optimistic_ftrl(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    played, seen = [references(game)], [values(game, references(game))]
    while True:
        yield averages(played, lambda t: 1)
        played.append(tilted(references(game), total([*seen, seen[-1]]), eta(len(seen))))
        seen.append(values(game, played[-1]))


def optimistic_ftrl_adaptive(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    played, seen = [references(game)], [tuple(np.zeros_like(p) for p in references(game))]
    while True:
        yield averages(played, lambda t: 1)
        t = len(played)
        seen.append(values(game, played[-1]))
        policies = []
        for player, mu in enumerate(references(game)):
            own = [q[player] for q in seen]
            changes = sum((np.ptp(new - old) / 2) ** 2 for old, new in pairwise(own))
            diameter = -np.log(mu.min())
            step = eta(t) / np.sqrt(1 + eta(t) ** 2 * changes / diameter) if diameter > 0 else 0.0
            policies.append(tilted((mu,), (np.sum(own, axis=0) + own[-1],), step)[0])
        played.append(tuple(policies))


def dno(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, policy = 1, references(game)
    while True:
        policy = tilted(policy, values(game, policy), eta(t))
        yield policy
        t += 1


def opmd(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, policy = 1, references(game)
    old = policy
    while True:
        old = policy if (t - 1) % parameters["refresh"] == 0 else old
        policy = tilted(old, values(game, policy), eta(t))
        yield policy
        t += 1


def group_relative(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, theta = 1, tuple(np.log(p) for p in references(game))
    while True:
        policy = tuple(np.exp(logits) / np.exp(logits).sum() for logits in theta)
        gradients = [p * (q - p @ q) for p, q in zip(policy, values(game, policy), strict=True)]
        theta = tuple(logits + eta(t) * g for logits, g in zip(theta, gradients, strict=True))
        yield tuple(np.exp(logits) / np.exp(logits).sum() for logits in theta)
        t += 1


def mdpo_off_policy(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, policy, kappa = 1, references(game), parameters["kappa"]
    critic = values(game, policy)
    while True:
        critic = tuple((1 - kappa) * c + kappa * q for c, q in zip(critic, values(game, policy), strict=True))
        policy = magnetic(policy, critic, references(game), eta(t), beta(t))
        yield policy
        t += 1


def matched(regrets: Vector, reference: Vector) -> Vector:
    positive = np.maximum(regrets, 0)
    return np.asarray(positive / positive.sum() if positive.any() else reference)


def regret_matching_plus(game: Game, weight: Callable[[int], float], predicts: bool) -> Iterator[Policies]:
    played = [references(game)]
    cumulative = tuple(np.zeros_like(p) for p in played[0])
    while True:
        yield averages(played, weight)
        regrets = [q - p @ q for p, q in zip(played[-1], values(game, played[-1]), strict=True)]
        cumulative = tuple(np.maximum(z + r, 0) for z, r in zip(cumulative, regrets, strict=True))
        guess = [z + predicts * r for z, r in zip(cumulative, regrets, strict=True)]
        played.append(tuple(matched(g, p) for g, p in zip(guess, references(game), strict=True)))


def rm_plus(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    return regret_matching_plus(game, lambda t: t, predicts=False)


def prm_plus(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    return regret_matching_plus(game, lambda t: t**2, predicts=True)


def fictitious_play(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    played = [references(game)]
    while True:
        average = averages(played, lambda t: 1)
        yield average
        played.append(tuple(np.eye(len(q))[q.argmax()] for q in values(game, average)))


def projected(policies: Policies, q: Policies, eta: float) -> Policies:
    """The nearest policies to ``policies + eta q``, each threshold found by bisection."""

    def onto_simplex(point: Vector) -> Vector:
        low, high = point.max() - 1.0, point.max()
        for _ in range(200):
            middle = (low + high) / 2.0
            low, high = (middle, high) if np.maximum(point - middle, 0).sum() > 1.0 else (low, middle)
        return np.maximum(point - low, 0)

    return tuple(onto_simplex(p + eta * v) for p, v in zip(policies, q, strict=True))


def pulled(q: Policies, policies: Policies, anchor: Policies, mu: float) -> Policies:
    return tuple(v - mu * (p - a) for v, p, a in zip(q, policies, anchor, strict=True))


def extragradient(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, policy = 1, references(game)
    while True:
        half = projected(policy, values(game, policy), eta(t))
        policy = projected(policy, values(game, half), eta(t))
        yield policy
        t += 1


def optimistic_gradient(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, anchor, policy = 1, references(game), references(game)
    while True:
        seen = values(game, policy)
        anchor = projected(anchor, seen, eta(t))
        policy = projected(anchor, seen, eta(t))
        yield policy
        t += 1


def gap_of(game: Game, policies: Policies) -> float:
    return sum(float(q.max() - p @ q) for p, q in zip(policies, values(game, policies), strict=True))


def restarted_extragradient(game: Game, eta: Numbers, beta: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, policy, average, halves, lengths = 1, references(game), references(game), list[Policies](), list[float]()
    gap, length = gap_of(game, policy), 0.0
    while True:
        length = max(length, eta(t))
        before = values(game, policy)
        half = projected(policy, before, length)
        changed = np.linalg.norm(np.concatenate(before) - np.concatenate(values(game, half)))
        moved = np.linalg.norm(np.concatenate(policy) - np.concatenate(half))
        longest = moved / changed if changed > 0.0 else np.inf
        taken = length == eta(t) or length <= 0.99 * longest
        if taken:
            halves, lengths = [*halves, half], [*lengths, length]
            policy = projected(policy, values(game, half), length)
            average = averages(halves, lambda k, weights=tuple(lengths): weights[k - 1])
            if gap_of(game, average) <= parameters["restart"] * gap:
                policy, halves, lengths, gap = average, [], [], gap_of(game, average)
        length = max(eta(t), min(parameters["growth"] * length, 0.8 * longest))
        yield average
        t += 1


def euclidean_proximal_point(game: Game, eta: Numbers, mu: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, policy, anchor = 1, references(game), references(game)
    while True:
        half = projected(policy, pulled(values(game, policy), policy, anchor, mu(t)), eta(t))
        policy = projected(policy, pulled(values(game, half), half, anchor, mu(t)), eta(t))
        anchor = policy if t % parameters["inner"] == 0 else anchor
        yield policy
        t += 1


def gabp(game: Game, eta: Numbers, mu: Numbers, parameters: Parameters) -> Iterator[Policies]:
    t, policy, anchors = 1, references(game), [references(game)]
    while True:
        k = len(anchors)
        anchor = tuple((k * last + first) / (k + 1) for last, first in zip(anchors[-1], anchors[0], strict=True))
        policy = projected(policy, pulled(values(game, policy), policy, anchor, mu(t)), eta(t))
        anchors += [policy] if t % parameters["period"] == 0 else []
        yield policy
        t += 1


DEFINITIONS: dict[str, Definition] = {
    "mwu": mwu,
    "optimistic-mirror-descent": optimistic_mirror_descent,
    "optimistic-ftrl": optimistic_ftrl,
    "optimistic-ftrl-adaptive": optimistic_ftrl_adaptive,
    "dno": dno,
    "opmd": opmd,
    "group-relative": group_relative,
    "mdpo": mmd,
    "mdpo-off-policy": mdpo_off_policy,
    "rm+": rm_plus,
    "prm+": prm_plus,
    "fictitious-play": fictitious_play,
    "extragradient": extragradient,
    "optimistic-gradient": optimistic_gradient,
    "restarted-extragradient": restarted_extragradient,
    "euclidean-proximal-point": euclidean_proximal_point,
    "gabp": gabp,
}
