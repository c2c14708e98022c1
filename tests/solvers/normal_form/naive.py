"""Plain numpy definitions of the algorithms and certificates, one line each where the formula is one line.

A policy is a tuple of probability vectors: one in a preference game, the row and the column player's in a matrix game.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, rel_entr

from games.matrix import MatrixGame
from games.preference import PreferenceGame

Vector = NDArray[np.float64]
Policies = tuple[Vector, ...]
Game = PreferenceGame | MatrixGame
Numbers = Callable[[int], float]  # of iteration t = 1, 2, ...
Definition = Callable[[Game, Numbers, Numbers, Mapping[str, float]], Iterator[Policies]]


def references(game: Game) -> Policies:
    """The reference policy of each player."""
    if isinstance(game, PreferenceGame):
        return (game.reference,)
    return game.row_reference, game.column_reference


def values(game: Game, opponent: Policies) -> Policies:
    """Each player's action values."""
    if isinstance(game, PreferenceGame):
        return (game.matrix @ opponent[0] - 0.5,)
    return game.payoffs @ opponent[1], -game.payoffs.T @ opponent[0]


def normalised(weights: Vector) -> Vector:
    return np.asarray(weights / weights.sum())


def mixture(policies: Policies, magnets: Policies, pull: float) -> Policies:
    """Geometric mixture."""
    return tuple(normalised(p ** (1 - pull) * m**pull) for p, m in zip(policies, magnets, strict=True))


def tilted(policies: Policies, q: Policies, eta: float) -> Policies:
    return tuple(normalised(p * np.exp(eta * v)) for p, v in zip(policies, q, strict=True))


def magnetic(policies: Policies, q: Policies, magnets: Policies, eta: float, alpha: float) -> Policies:
    return tuple(
        normalised((p * m ** (alpha * eta) * np.exp(eta * v)) ** (1 / (1 + alpha * eta)))
        for p, v, m in zip(policies, q, magnets, strict=True)
    )


def nash_md(game: Game, eta: Numbers, beta: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, policy = 1, references(game)
    while True:
        mixed = mixture(policy, references(game), eta(t) * beta(t))
        policy = tilted(mixed, values(game, mixed), eta(t))
        yield policy
        t += 1


def nash_ema(game: Game, eta: Numbers, beta: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, policy = 1, references(game)
    past = policy
    while True:
        past = mixture(policy, past, parameters["decay"])
        policy = tilted(mixture(policy, references(game), eta(t) * beta(t)), values(game, past), eta(t))
        yield policy
        t += 1


def nash_mp(game: Game, eta: Numbers, beta: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, policy = 1, references(game)
    while True:
        half = magnetic(policy, values(game, policy), references(game), eta(t), beta(t))
        policy = magnetic(policy, values(game, half), references(game), eta(t), beta(t))
        yield policy
        t += 1


def egpo(game: Game, eta: Numbers, beta: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, theta = 1, tuple(np.log(reference) for reference in references(game))
    start = theta
    while True:
        e, b = eta(t), beta(t)
        policy = tuple(normalised(np.exp(logits)) for logits in theta)
        half = tuple(
            (1 - e * b) * logits + e * b * (reference + q / b)
            for logits, reference, q in zip(theta, start, values(game, policy), strict=True)
        )
        policy = tuple(normalised(np.exp(logits)) for logits in half)
        theta = tuple(
            (1 - e * b) * logits + e * b * (reference + q / b)
            for logits, reference, q in zip(theta, start, values(game, policy), strict=True)
        )
        yield tuple(normalised(np.exp(logits)) for logits in theta)
        t += 1


def omd(game: Game, eta: Numbers, beta: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, policy = 1, references(game)
    while True:
        policy = tilted(mixture(policy, references(game), eta(t) * beta(t)), values(game, policy), eta(t))
        yield policy
        t += 1


def mmd(game: Game, eta: Numbers, alpha: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, policy = 1, references(game)
    while True:
        policy = magnetic(policy, values(game, policy), references(game), eta(t), alpha(t))
        yield policy
        t += 1


def moving(game: Game, eta: Numbers, alpha: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, policy = 1, references(game)
    magnet = policy
    while True:
        policy = magnetic(policy, values(game, policy), magnet, eta(t), alpha(t))
        magnet = mixture(magnet, policy, parameters["magnet_rate"])
        yield policy
        t += 1


def mpo(game: Game, eta: Numbers, alpha: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, policy = 1, references(game)
    magnet = policy
    while True:
        policy = magnetic(policy, values(game, policy), magnet, eta(t), alpha(t))
        magnet = policy if t % parameters["period"] == 0 else magnet
        yield policy
        t += 1


def comal(game: Game, eta: Numbers, tau: Numbers, parameters: Mapping[str, float]) -> Iterator[Policies]:
    t, policy = 1, references(game)
    magnet = policy
    while True:
        half = magnetic(policy, values(game, policy), magnet, eta(t), tau(t))
        new = magnetic(policy, values(game, half), magnet, eta(t), tau(t))
        step, way = (sum(np.abs(n - o).sum() for n, o in zip(new, old, strict=True)) for old in (policy, magnet))
        policy, magnet = new, new if step <= parameters["tolerance"] * way else magnet
        yield policy
        t += 1


DEFINITIONS: dict[str, Definition] = {
    "nash-md": nash_md,
    "nash-md-constant": nash_md,
    "nash-ema": nash_ema,
    "nash-mp": nash_mp,
    "egpo": egpo,
    "omd": omd,
    "mmd-constant": mmd,
    "mmd-annealed": mmd,
    "mmd-moving": moving,
    "mpo": mpo,
    "comal": comal,
}


def divergence(p: Policies, q: Policies) -> float:
    """KL(p || q), summed over the players."""
    return float(sum(np.sum(a * (np.log(a) - np.log(b))) for a, b in zip(p, q, strict=True)))


def duality_gap(game: Game, policies: Policies, beta: float) -> float:
    """What best responses gain in the regularised game, both players together."""
    gap = 0.0
    for p, q, mu in zip(policies, values(game, policies), references(game), strict=True):
        best = beta * logsumexp(np.log(mu) + q / beta) if beta > 0 else q.max()
        own = p @ q - beta * np.sum(rel_entr(p, mu))
        gap += float(best - own)
    return 2 * gap if isinstance(game, PreferenceGame) else gap


def regularised_equilibrium(game: Game, beta: float) -> Policies:
    """The regularised equilibrium to about 1e-14, proved by ``duality_gap`` and not by how it was found."""
    spread = 1.0 if isinstance(game, PreferenceGame) else float(np.ptp(game.payoffs))
    policies = nash_mp(game, lambda t: 2.0 / spread, lambda t: beta, {})
    old = references(game)
    for new in islice(policies, 20_000):
        if max(np.abs(a - b).max() for a, b in zip(new, old, strict=True)) < 1e-15:
            break
        old = new
    assert duality_gap(game, new, beta) < 1e-13 * spread
    return new
