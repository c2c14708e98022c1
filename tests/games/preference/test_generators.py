"""Generators: the games they promise, with the equilibria that they are known for."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from games.preference import (
    PreferenceGame,
    bradley_terry_game,
    comal_cycle,
    condorcet_mixture,
    cyclic_game,
    egpo_protocol,
    intransitive_mixture,
    random_batch,
    random_game,
    transitive_with_cycle,
)


def exploitability(game: PreferenceGame, policy: np.ndarray) -> float:
    return float((game.matrix @ policy).max() - 0.5)


@pytest.mark.parametrize("n", [3, 4, 5, 8, 11])
@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_a_cycle_is_won_by_nobody(n: int, strength: float) -> None:
    game = cyclic_game(n, strength)
    assert exploitability(game, np.full(n, 1 / n)) == pytest.approx(0.0, abs=1e-15)
    np.testing.assert_allclose((game.matrix > 0.5).sum(axis=1), (n - 1) // 2 if strength else 0)
    assert game.matrix[1, 0] == 0.5 + 0.5 * strength
    rolled = np.roll(np.roll(game.matrix, 1, axis=0), 1, axis=1)
    np.testing.assert_array_equal(rolled, game.matrix)


def test_a_cycle_on_top_of_an_order() -> None:
    game = transitive_with_cycle(6, cycle=3, strength=0.6)
    np.testing.assert_allclose(game.matrix[:3, 3:], 0.8)
    np.testing.assert_allclose(game.matrix[3, 4:], 0.8)
    assert exploitability(game, np.array([1, 1, 1, 0, 0, 0]) / 3) == pytest.approx(0.0, abs=1e-15)
    assert exploitability(game, np.full(6, 1 / 6)) > 0.1


def test_bradley_terry_is_the_sigmoid_of_differences_and_does_not_overflow() -> None:
    rewards = np.array([0.0, 1.0, 3.0])
    expected = 1.0 / (1.0 + np.exp(-(rewards[:, None] - rewards) / 2.0))
    np.testing.assert_allclose(bradley_terry_game(rewards, temperature=2.0).matrix, expected, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(bradley_terry_game([0.0, 1e300]).matrix, [[0.5, 0.0], [1.0, 0.5]])
    shifted = bradley_terry_game(rewards + 7.0, temperature=2.0).matrix
    np.testing.assert_allclose(shifted, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("n", [3, 5])
def test_condorcets_paradox_is_a_cycle_of_transitive_voters(n: int) -> None:
    game = condorcet_mixture(n)
    following = [game.matrix[i, (i + 1) % n] for i in range(n)]
    assert min(following) > 0.5
    assert exploitability(game, np.full(n, 1 / n)) == pytest.approx(0.0, abs=1e-14)


def test_a_mixture_of_one_function_is_bradley_terry() -> None:
    rewards = np.array([[0.3, -1.0, 2.0], [5.0, 5.0, 4.0]])
    np.testing.assert_allclose(
        intransitive_mixture(rewards, weights=[2.0, 0.0]).matrix, bradley_terry_game(rewards[0]).matrix, atol=1e-15
    )


def test_comals_cycle_has_its_published_equilibrium() -> None:
    game = comal_cycle()
    assert game.labels == ("a", "b", "c")
    assert (game.matrix[1, 0], game.matrix[2, 1], game.matrix[0, 2]) == (0.9, 0.9, 0.8)
    assert exploitability(game, np.array([4, 3, 4]) / 11) == pytest.approx(0.0, abs=1e-15)


def test_egpos_protocol_is_a_function_of_the_seed() -> None:
    game, same, other = egpo_protocol(4), egpo_protocol(4), egpo_protocol(5)
    np.testing.assert_array_equal(game.matrix, same.matrix)
    np.testing.assert_array_equal(game.reference, same.reference)
    assert game.alternatives == 10
    assert not np.array_equal(game.matrix, other.matrix)
    many = [egpo_protocol(seed) for seed in range(200)]
    below = np.concatenate([g.matrix[np.tril_indices(10, -1)] for g in many])
    assert below.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * below.size))
    assert below.var() == pytest.approx(1 / 12, rel=0.03)
    centred = np.concatenate([np.log(g.reference) - np.log(g.reference).mean() for g in many])
    assert centred.var() == pytest.approx(0.9, rel=0.1)  # ten N(0, 1) less their mean


def test_random_games_are_uniform_above_the_diagonal_and_batches_alike() -> None:
    batch = random_batch(2000, 5, np.random.default_rng(0))
    above = batch.matrices[:, *np.triu_indices(5, 1)]
    assert above.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * above.size))
    assert above.var() == pytest.approx(1 / 12, rel=0.03)
    single = random_game(5, np.random.default_rng(0))
    np.testing.assert_array_equal(random_batch(1, 5, np.random.default_rng(0))[0].matrix, single.matrix)


FAULTS: dict[str, tuple[Callable[[], object], str]] = {
    "no alternatives": (
        lambda: random_game(0, np.random.default_rng(0)),
        "the number of alternatives must be at least 1, not 0",
    ),
    "no games": (
        lambda: random_batch(0, 3, np.random.default_rng(0)),
        "the number of games must be at least 1, not 0",
    ),
    "smallest": (
        lambda: random_batch(2, 3, np.random.default_rng(0), smallest=4),
        "the smallest game must have between 1 and 3 alternatives, not 4",
    ),
    "cycle of two": (lambda: cyclic_game(2), "the number of alternatives must be at least 3, not 2"),
    "strength": (lambda: cyclic_game(3, 1.5), "the strength of a preference must be between 0 and 1, not 1.5"),
    "cycle longer than the game": (
        lambda: transitive_with_cycle(4, cycle=5),
        "the cycle must have between 3 and 4 alternatives, not 5",
    ),
    "rewards": (
        lambda: bradley_terry_game([[1.0, 2.0]]),
        "a Bradley–Terry game takes one reward for each alternative, not the shape (1, 2)",
    ),
    "mixture": (
        lambda: intransitive_mixture([1.0, 2.0]),
        "rewards must have the shape (samples, alternatives), not (2,)",
    ),
    "weights": (
        lambda: intransitive_mixture([[1.0, 2.0]], weights=[0.0]),
        "the weights of the rewards must be one finite number of at least 0 for each row, not all 0",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_impossible_games_give_one_sentence(fault: str) -> None:
    make, sentence = FAULTS[fault]
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        make()
