"""Preference games drawn at random or of known solution, on which solvers are tested and compared.

A random game is easy for a mirror-descent solver; a cycle is where last iterates go round; a transitive game with a
cycle on top has an equilibrium that most alternatives are no part of.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.preference.game import PreferenceBatch, PreferenceGame
from games.preference.rewards import reward_preferences


def random_game(alternatives: int, generator: np.random.Generator) -> PreferenceGame:
    """Return a game whose entries above the diagonal are uniform on [0, 1] and independent."""
    return PreferenceGame(_random_matrices(_count(alternatives, 1, "alternatives"), 1, generator)[0])


def random_batch(
    games: int, alternatives: int, generator: np.random.Generator, smallest: int | None = None
) -> PreferenceBatch:
    """Return games drawn as by ``random_game``; with ``smallest``, sizes are uniform from it to ``alternatives``."""
    matrices = _random_matrices(_count(alternatives, 1, "alternatives"), _count(games, 1, "games"), generator)
    if smallest is None:
        return PreferenceBatch(matrices)
    if not 1 <= smallest <= alternatives:
        raise ValueError(f"the smallest game must have between 1 and {alternatives} alternatives, not {smallest}")
    sizes = generator.integers(smallest, alternatives, size=games, endpoint=True)
    return PreferenceBatch(matrices, np.arange(alternatives) < sizes[:, None])


def cyclic_game(alternatives: int, strength: float = 0.8) -> PreferenceGame:
    """Return rock-paper-scissors of n ≥ 3 alternatives.

    Each beats the ⌊(n − 1)/2⌋ before it, going round, with probability (1 + ``strength``)/2, and loses to as many after
    it; for even n it ties with the one opposite. The uniform policy is an equilibrium, the only one if n is odd and the
    strength above 0 (Fisher and Ryan 1992, *Optimal strategies for a generalized "scissors, paper, and stone" game*).
    """
    n = _count(alternatives, 3, "alternatives")
    return PreferenceGame(0.5 + 0.5 * _strength(strength) * _cycle(n))


def transitive_with_cycle(alternatives: int, cycle: int = 3, strength: float = 0.8) -> PreferenceGame:
    """Return a game whose first ``cycle`` alternatives form a cycle (``cyclic_game``) and beat all others.

    The others are in order, each beating those after it. Every preference that is not a tie has probability
    (1 + ``strength``)/2. The equilibrium is uniform on the cycle, if its length is odd and the strength above 0.
    """
    if not 3 <= cycle <= alternatives:
        raise ValueError(f"the cycle must have between 3 and {alternatives} alternatives, not {cycle}")
    signs = np.triu(np.ones((alternatives, alternatives)), 1)
    signs -= signs.T
    signs[:cycle, :cycle] = _cycle(cycle)
    return PreferenceGame(0.5 + 0.5 * _strength(strength) * signs)


def bradley_terry_game(rewards: ArrayLike, temperature: float = 1.0) -> PreferenceGame:
    """Return P[i, j] = sigmoid((r_i − r_j)/temperature), transitive; ``rewards`` has shape [n].

    Bradley and Terry 1952. The alternative of highest reward is the equilibrium.
    """
    scores = np.asarray(rewards, dtype=np.float64)
    if scores.ndim != 1:
        raise ValueError(f"a Bradley–Terry game takes one reward for each alternative, not the shape {scores.shape}")
    return PreferenceGame(reward_preferences(scores[None], temperature=temperature))


def intransitive_mixture(
    rewards: ArrayLike, weights: ArrayLike | None = None, temperature: float = 1.0
) -> PreferenceGame:
    """Return the mixture of Bradley–Terry games of several reward functions, of shape [functions, n].

    P[i, j] = Σ_k w_k sigmoid((r_ki − r_kj)/temperature), the preferences of a population; in general no single reward
    function explains them, and they may go round in a cycle (``condorcet_mixture``).
    """
    return PreferenceGame(reward_preferences(rewards, weights, temperature))


def condorcet_mixture(alternatives: int, temperature: float = 0.25) -> PreferenceGame:
    """Return Condorcet's paradox: n ≥ 3 reward functions in equal parts, each the last shifted by one place.

    Function k gives alternative i the reward −((i − k) mod n). Each function is transitive; the majority is a cycle, in
    which i beats i + 1. The uniform policy is an equilibrium, by symmetry.
    """
    n = _count(alternatives, 3, "alternatives")
    places = (np.arange(n)[None, :] - np.arange(n)[:, None]) % n
    return intransitive_mixture(-places.astype(np.float64), temperature=temperature)


def egpo_protocol(seed: int, alternatives: int = 10) -> PreferenceGame:
    """Return one game of EGPO's tabular experiment: P uniform below the diagonal, reference logits normal.

    The reference is the softmax of n independent N(0, 1) logits (Zhou et al. 2025, arXiv:2503.08942). The draws are
    those of ``numpy.random.default_rng(seed)``, entries row by row, then logits.
    """
    n = _count(alternatives, 1, "alternatives")
    generator = np.random.default_rng(seed)
    matrix = np.full((n, n), 0.5)
    below = np.tril_indices(n, -1)
    matrix[below] = generator.random(len(below[0]))
    matrix.T[below] = 1.0 - matrix[below]
    weights = np.exp(generator.standard_normal(n))
    return PreferenceGame(matrix, reference=weights / weights.sum())


def comal_cycle() -> PreferenceGame:
    """Return COMAL's 3-cycle: P(b beats a) = P(c beats b) = .9, P(a beats c) = .8; its equilibrium is (4, 3, 4)/11.

    The last iterate of multiplicative weights diverges on it (Liu et al. 2024, arXiv:2410.23223).
    """
    return PreferenceGame(np.array([[0.5, 0.1, 0.8], [0.9, 0.5, 0.1], [0.2, 0.9, 0.5]]), ("a", "b", "c"))


def _random_matrices(n: int, games: int, generator: np.random.Generator) -> NDArray[np.float64]:
    matrices = np.full((games, n, n), 0.5)
    rows, columns = np.triu_indices(n, 1)
    above = generator.random((games, len(rows)))
    matrices[:, rows, columns] = above
    matrices[:, columns, rows] = 1.0 - above
    return matrices


def _cycle(n: int) -> NDArray[np.float64]:
    """Return +1 where i beats j on a circle of n, −1 where it loses, 0 where it ties. [n, n]"""
    ahead = (np.arange(n)[:, None] - np.arange(n)[None, :]) % n
    return np.asarray(np.where(ahead == 0, 0.0, np.sign(n - 2.0 * ahead)))


def _count(value: int, least: int, what: str) -> int:
    if value < least:
        raise ValueError(f"the number of {what} must be at least {least}, not {value}")
    return value


def _strength(value: float) -> float:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"the strength of a preference must be between 0 and 1, not {value}")
    return value
