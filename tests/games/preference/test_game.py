"""Preference games and batches: what is accepted, how it is made exact, and the sentence for everything else."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from games.preference import TOLERANCE, PreferenceBatch, PreferenceGame, Votes, random_batch, random_game
from games.preference.validation import UNSEEN

CYCLE = np.array([[0.5, 0.9, 0.2], [0.1, 0.5, 0.7], [0.8, 0.3, 0.5]])


def probabilities(n: int) -> st.SearchStrategy[NDArray[np.float64]]:
    return arrays(np.float64, (n, n), elements=st.floats(0.0, 1.0))


def changed(row: int, column: int, value: float) -> NDArray[np.float64]:
    matrix = CYCLE.copy()
    matrix[row, column] = value
    return matrix


def test_defaults() -> None:
    game = PreferenceGame(CYCLE)
    assert game.alternatives == 3
    assert game.labels == ("0", "1", "2")
    assert game.votes is None
    np.testing.assert_array_equal(game.reference, np.full(3, 1 / 3))
    np.testing.assert_allclose(game.matrix, CYCLE, rtol=0, atol=1e-15)
    np.testing.assert_allclose(game.payoffs, CYCLE - 0.5, rtol=0, atol=1e-15)


def test_the_callers_array_is_neither_kept_nor_changed() -> None:
    given_matrix = CYCLE.copy()
    game = PreferenceGame(given_matrix)
    given_matrix[0, 1] = 0.0
    assert game.matrix[0, 1] == pytest.approx(0.9)
    with pytest.raises(ValueError, match="read-only"):
        game.matrix[0, 1] = 0.3


def test_integers_and_lists_are_accepted() -> None:
    np.testing.assert_array_equal(
        PreferenceGame([[0.5, 1], [0, 0.5]]).matrix,  # type: ignore[arg-type]
        [[0.5, 1.0], [0.0, 0.5]],
    )


@settings(derandomize=True, max_examples=100)
@given(st.integers(1, 6).flatmap(probabilities))
def test_symmetrised_is_half_of_p_and_the_complement_of_its_transpose(matrix: NDArray[np.float64]) -> None:
    game = PreferenceGame.symmetrised(matrix)
    expected = (matrix + 1.0 - matrix.T) / 2.0
    np.testing.assert_allclose(game.matrix, expected, rtol=0, atol=1e-15)
    np.testing.assert_allclose(game.matrix + game.matrix.T, 1.0, rtol=0, atol=2**-52)
    np.testing.assert_array_equal(game.matrix.diagonal(), 0.5)


@settings(derandomize=True, max_examples=50)
@given(st.integers(1, 6).flatmap(probabilities), st.floats(-0.9 * TOLERANCE, 0.9 * TOLERANCE))
def test_a_matrix_within_the_tolerance_is_made_exact(matrix: NDArray[np.float64], error: float) -> None:
    exact = PreferenceGame.symmetrised(matrix).matrix
    noisy = exact + np.triu(np.full(exact.shape, error), 1)
    game = PreferenceGame(noisy)
    np.testing.assert_allclose(game.matrix, exact, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(game.matrix + game.matrix.T, 1.0, rtol=0, atol=2**-52)
    assert game.matrix.min() >= 0.0
    assert game.matrix.max() <= 1.0


@pytest.mark.parametrize("n", [512, 513, 700, 1025])
def test_large_matrices_are_checked_by_tiles_as_small_ones_are(n: int) -> None:
    generator = np.random.default_rng(n)
    matrix = generator.random((n, n))
    game = PreferenceGame.symmetrised(matrix)
    np.testing.assert_allclose(game.matrix, (matrix + 1.0 - matrix.T) / 2.0, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(PreferenceGame(game.matrix).matrix, game.matrix)
    wrong = game.matrix.copy()
    wrong[n - 1, 3] += 0.25
    with pytest.raises(ValueError, match=rf"^P\('3' beats '{n - 1}'\) \+ P\('{n - 1}' beats '3'\) = .*, not 1 within"):
        PreferenceGame(np.clip(wrong, 0.0, 1.0))


@settings(derandomize=True, max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_relabelling_permutes_and_does_nothing_else(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    weights = generator.random(n) + 0.1
    game = random_game(n, generator).with_reference(weights / weights.sum())
    order = generator.permutation(n)
    labels = tuple(game.labels[i] for i in order)
    same = PreferenceGame(game.matrix[np.ix_(order, order)], labels, game.reference[order])
    np.testing.assert_array_equal(same.matrix, game.matrix[np.ix_(order, order)])
    by_label = dict(zip(game.labels, game.reference, strict=True))
    np.testing.assert_allclose(same.with_reference(by_label).reference, same.reference, rtol=1e-15)


MATRIX_FAULTS = {
    "not square": (np.zeros((2, 3)), "a preference matrix must be square, not of shape (2, 3)"),
    "a vector": (np.zeros(4), "a preference matrix must be square, not of shape (4,)"),
    "empty": (np.zeros((0, 0)), "a preference matrix needs at least one alternative, and this one is empty"),
    "ragged": ([[0.5, 1.0], [0.0]], "a preference matrix must be a rectangular array of numbers"),
    "words": ([["a", "b"], ["c", "d"]], "a preference matrix must be a rectangular array of numbers"),
    "complex": (CYCLE + 0j, "a preference matrix must be an array of real numbers, not of type complex128"),
    "NaN": (changed(1, 2, np.nan), f"the entry of '1' against '2' is nan, not a number in [0, 1] {UNSEEN}"),
    "infinite": (changed(1, 2, np.inf), "the entry of '1' against '2' is inf, not a number in [0, 1]"),
    "negative": (changed(2, 0, -0.1), "the entry of '2' against '0' is -0.1: a probability lies in [0, 1]"),
    "percentages": (
        100.0 * CYCLE,
        "the entry of '0' against '0' is 50: a probability lies in [0, 1], so divide percentages by 100, "
        "or write them with %",
    ),
    "unpaired": (
        changed(0, 1, 0.8),
        "P('0' beats '1') + P('1' beats '0') = 0.8 + 0.1, not 1 within 1e-06 (symmetrise takes (P + 1 − Pᵀ)/2)",
    ),
    "diagonal": (
        changed(2, 2, 0.0),
        "the diagonal entry of '2' is 0: an alternative beats itself with probability 1/2 "
        "(symmetrise ignores the diagonal)",
    ),
}


@pytest.mark.parametrize("fault", MATRIX_FAULTS)
def test_a_faulty_matrix_gives_one_sentence(fault: str) -> None:
    matrix, sentence = MATRIX_FAULTS[fault]
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        PreferenceGame(matrix)


@pytest.mark.parametrize("fault", ["not square", "NaN", "negative", "percentages"])
def test_symmetrising_forgives_only_the_transpose_and_the_diagonal(fault: str) -> None:
    matrix, _ = MATRIX_FAULTS[fault]
    with pytest.raises(ValueError, match=r"preference matrix|entry"):
        PreferenceGame.symmetrised(matrix)
    np.testing.assert_allclose(PreferenceGame.symmetrised(changed(2, 2, np.nan)).matrix, CYCLE, rtol=0, atol=1e-15)


OTHER_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "labels too few": ({"labels": ("a", "b")}, "there are 2 labels for 3 alternatives: give one each"),
    "labels twice": (
        {"labels": ("a", "b", "a")},
        "the label 'a' occurs twice: the labels of the alternatives must differ",
    ),
    "reference zero": (
        {"reference": np.array([0.5, 0.5, 0.0])},
        "the reference gives 0 to alternative '2': every weight must be finite and above 0",
    ),
    "reference NaN": (
        {"reference": np.array([0.5, np.nan, 0.5])},
        "the reference gives nan to alternative '1': every weight must be finite and above 0",
    ),
    "reference sum": (
        {"reference": np.array([0.5, 0.5, 0.5])},
        "the reference sums to 1.5: its weights must sum to 1",
    ),
    "reference shape": (
        {"reference": np.array([0.5, 0.5])},
        "the reference has shape (2,): it must give one weight to each of 3 alternatives",
    ),
    "votes of another game": (
        {"votes": Votes(np.array([[0.0, 1.0], [0.0, 0.0]]))},
        "the votes are over 2 alternatives, the matrix over 3",
    ),
}


@pytest.mark.parametrize("fault", OTHER_FAULTS)
def test_faulty_labels_references_and_votes_give_one_sentence(fault: str) -> None:
    fields, sentence = OTHER_FAULTS[fault]
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        PreferenceGame(CYCLE, **fields)


def test_a_reference_by_label_is_divided_by_its_sum_and_wants_every_label() -> None:
    game = PreferenceGame(CYCLE, ("rock", "paper", "scissors"))
    reference = game.with_reference({"scissors": 1, "rock": 2, "paper": 5}).reference
    np.testing.assert_allclose(reference, [0.25, 0.625, 0.125])
    np.testing.assert_array_equal(game.with_reference([0.25, 0.5, 0.25]).reference, [0.25, 0.5, 0.25])
    with pytest.raises(ValueError, match=r"^there is no alternative 'scisors': did you mean 'scissors'\?$"):
        game.with_reference({"scisors": 1.0})
    with pytest.raises(ValueError, match=r"^the reference gives 0 to alternative 'paper'"):
        game.with_reference({"scissors": 1, "rock": 2})
    with pytest.raises(ValueError, match=r"^the reference gives 'much' to alternative 'rock': a number is needed$"):
        game.with_reference({"rock": "much"})  # type: ignore[dict-item]


@settings(derandomize=True, max_examples=50)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_a_batch_gives_back_the_games_it_was_made_of(seed: int, sizes: list[int]) -> None:
    generator = np.random.default_rng(seed)
    games = []
    for size in sizes:
        weights = generator.random(size) + 0.1
        games.append(random_game(size, generator).with_reference(weights / weights.sum()))
    batch = PreferenceBatch.from_games(games)
    assert len(batch) == len(games)
    np.testing.assert_array_equal(batch.sizes, sizes)
    assert (batch.matrices[~(batch.mask[:, :, None] & batch.mask[:, None, :])] == 0.5).all()
    assert (batch.references[~batch.mask] == 0.0).all()
    for game, same in zip(games, batch, strict=True):
        np.testing.assert_array_equal(same.matrix, game.matrix)
        np.testing.assert_allclose(same.reference, game.reference, rtol=1e-14)
        assert same.labels == game.labels


def test_slices_and_masks_anywhere() -> None:
    mask = np.array([[True, True, True], [False, True, True]])
    garbage = np.stack([CYCLE, changed(0, 1, np.nan)])
    garbage[1, 2, 0] = 7.0
    batch = PreferenceBatch(garbage, mask, names=("first", "second"))
    np.testing.assert_allclose(batch[1].matrix, CYCLE[1:, 1:], rtol=0, atol=1e-15)
    assert batch[1].labels == ("1", "2")
    np.testing.assert_array_equal(batch.references[1], [0.0, 0.5, 0.5])
    assert batch[1:].names == ("second",)
    assert batch[-1].alternatives == 2


def test_a_large_ragged_game_in_a_batch() -> None:
    matrices = np.full((2, 600, 600), 0.5)
    mask = np.ones((2, 600), dtype=bool)
    mask[1, 550:] = False
    matrices[1, 550:] = np.nan
    assert PreferenceBatch(matrices, mask)[1].alternatives == 550
    matrices[1, 10, 549] = 0.75
    with pytest.raises(ValueError, match=r"^game 1: P\('10' beats '549'\)"):
        PreferenceBatch(matrices, mask)


BATCH = np.stack([CYCLE] * 4)
BATCH_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "shape": ({"matrices": CYCLE}, "a batch must have the shape (games, n, n), not (3, 3)"),
    "empty": (
        {"matrices": np.zeros((0, 3, 3))},
        "a batch needs at least one game of at least one alternative, and this one is empty",
    ),
    "one bad game": (
        {"matrices": np.stack([CYCLE, CYCLE, changed(0, 1, 0.8), changed(0, 1, np.nan)])},
        "game 2: P('0' beats '1') + P('1' beats '0') = 0.8 + 0.1, not 1 within 1e-06 (symmetrise takes (P + 1 − Pᵀ)/2)",
    ),
    "mask shape": (
        {"matrices": BATCH, "mask": np.ones((4, 2), dtype=bool)},
        "the mask has shape (4, 2): for these matrices it must have (4, 3)",
    ),
    "mask values": (
        {"matrices": BATCH, "mask": np.full((4, 3), 2)},
        "the mask of a batch must be true or false (1 or 0) throughout",
    ),
    "mask empty": (
        {"matrices": BATCH, "mask": np.array([[1, 1, 1], [0, 0, 0], [1, 1, 1], [1, 1, 1]])},
        "game 1: the mask leaves it no alternative, and a game needs at least one",
    ),
    "reference zero": (
        {"matrices": BATCH, "references": np.array([[0.2, 0.3, 0.5]] * 3 + [[0.5, 0.0, 0.5]])},
        "game 3: the reference gives 0 to alternative 1: every weight must be finite and above 0",
    ),
    "reference sum": (
        {"matrices": BATCH, "references": np.array([[0.2, 0.3, 0.5]] * 3 + [[0.5, 0.1, 0.5]])},
        "game 3: the reference sums to 1.1: its weights must sum to 1",
    ),
    "reference shape": (
        {"matrices": BATCH, "references": np.array([0.2, 0.3, 0.5])},
        "the references have shape (3,): for these matrices it must be (4, 3)",
    ),
    "labels of three games": (
        {"matrices": BATCH, "labels": (("a", "b", "c"),) * 3},
        "there are labels for 3 games, and 4 games",
    ),
    "labels too few": (
        {"matrices": BATCH, "labels": (("a", "b", "c"),) * 3 + (("a", "b"),)},
        "game 3: there are 2 labels for 3 alternatives: give one each",
    ),
    "names": ({"matrices": BATCH, "names": ("x",)}, "there is 1 label for 4 games: give one each"),
}


@pytest.mark.parametrize("fault", BATCH_FAULTS)
def test_a_faulty_batch_gives_one_sentence(fault: str) -> None:
    fields, sentence = BATCH_FAULTS[fault]
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        PreferenceBatch(**fields)


def test_an_empty_list_of_games_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a batch needs at least one game, and the list is empty$"):
        PreferenceBatch.from_games([])


def test_a_batch_is_symmetrised_game_by_game() -> None:
    generator = np.random.default_rng(3)
    matrices = generator.random((5, 4, 4))
    batch = PreferenceBatch.symmetrised(matrices)
    for game, matrix in zip(batch, matrices, strict=True):
        np.testing.assert_array_equal(game.matrix, PreferenceGame.symmetrised(matrix).matrix)


def test_the_last_of_many_games_is_checked_too() -> None:
    batch = random_batch(20_001, 5, np.random.default_rng(0), smallest=2)
    assert set(batch.sizes.tolist()) == {2, 3, 4, 5}
    matrices = batch.matrices.copy()
    matrices[20_000, 0, 1] = 2.0
    with pytest.raises(ValueError, match=r"^game 20000: the entry of '0' against '1' is 2: a probability lies in"):
        PreferenceBatch(matrices, batch.mask)


def test_importing_the_games_loads_numpy_only() -> None:
    code = (
        "import sys, games.preference, games.matrix; "
        "print([name for name in ('numba', 'torch', 'pyspiel', 'scipy', 'tyro') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
