"""Zero-sum matrix games: against OpenSpiel's own payoffs, tables in every form, and the sentence for what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from games.matrix import (
    MatrixBatch,
    MatrixGame,
    biased_rock_paper_scissors,
    from_openspiel,
    random_matrix_batch,
    random_matrix_game,
    read_matrix_game,
)
from games.preference import random_game

ZERO_SUM = ("matrix_rps", "matrix_brps", "matrix_rpsw", "matrix_mp")
GENERAL_SUM = ("matrix_pd", "matrix_bos", "matrix_cd", "matrix_sh", "matrix_shapleys_game", "matrix_coordination")


@pytest.mark.parametrize("name", ZERO_SUM)
def test_openspiels_matrix_games_have_its_payoffs_and_names(name: str) -> None:
    reference = pyspiel.load_game(name)
    for game in (from_openspiel(name), from_openspiel(reference)):
        assert game.shape == (reference.num_rows(), reference.num_cols())
        for i, row in enumerate(game.row_labels):
            for j, column in enumerate(game.column_labels):
                state = reference.new_initial_state()
                assert (state.action_to_string(0, i), state.action_to_string(1, j)) == (row, column)
                state.apply_actions([i, j])
                assert state.returns() == [game.payoffs[i, j], -game.payoffs[i, j]]


def test_openspiels_one_shot_games_become_matrices() -> None:
    name = "blotto(coins=4,fields=3)"
    game, reference = from_openspiel(name), pyspiel.load_game(name)
    assert game.row_labels[0] == "[0,0,4]"
    generator = np.random.default_rng(0)
    for i, j in generator.integers(0, game.shape[0], size=(40, 2)):
        state = reference.new_initial_state()
        state.apply_actions([int(i), int(j)])
        assert state.returns()[0] == game.payoffs[i, j]
        assert state.action_to_string(0, int(i)) in game.row_labels[i]


@pytest.mark.parametrize("name", GENERAL_SUM)
def test_general_sum_games_are_refused(name: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^'{name}' is a general-sum game: what one player wins the other must lose$"
    ):
        from_openspiel(name)


def test_other_openspiel_games_are_refused() -> None:
    for name in ("kuhn_poker", "oshi_zumo", "matching_pennies_3p"):
        with pytest.raises(ValueError, match=rf"^'{name}.*' is not a matrix game: two players must move once"):
            from_openspiel(name)
    with pytest.raises(ValueError, match=r"^OpenSpiel has no game 'matrix_rpz': did you mean matrix_rps\?$"):
        from_openspiel("matrix_rpz")
    with pytest.raises(ValueError, match=r"^OpenSpiel cannot load matrix_rps\(x=1\): Unknown parameter 'x'"):
        from_openspiel("matrix_rps(x=1)")


def test_the_biased_game_and_its_preference_form() -> None:
    game = biased_rock_paper_scissors()
    np.testing.assert_array_equal(game.payoffs, [[0, -3, 3], [3, 0, -1], [-3, 1, 0]])
    np.testing.assert_allclose(game.payoffs @ (np.array([1, 3, 3]) / 7), 0.0, atol=1e-15)
    scaled = game.preference_game()
    np.testing.assert_allclose(scaled.matrix, (game.payoffs + 3) / 6, rtol=0, atol=1e-15)
    assert scaled.labels == ("rock", "paper", "scissors")


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_a_preference_game_is_an_antisymmetric_matrix_game_and_back(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    weights = generator.random(n) + 0.1
    preferences = random_game(n, generator).with_reference(weights / weights.sum())
    game = MatrixGame.from_preference_game(preferences)
    np.testing.assert_array_equal(game.payoffs, -game.payoffs.T)
    np.testing.assert_allclose(game.row_reference, preferences.reference, rtol=1e-15)
    np.testing.assert_allclose(game.column_reference, preferences.reference, rtol=1e-15)
    largest = np.abs(game.payoffs).max() or 0.5
    back = game.preference_game()
    np.testing.assert_allclose(back.matrix, 0.5 + preferences.payoffs / (2 * largest), rtol=0, atol=1e-15)


def test_only_antisymmetric_games_are_preference_games() -> None:
    for payoffs in (np.ones((2, 3)), np.eye(2)):
        with pytest.raises(ValueError, match=r"^only a game with A = −Aᵀ is a preference game"):
            MatrixGame(payoffs).preference_game()
    np.testing.assert_array_equal(MatrixGame(np.zeros((2, 2))).preference_game().matrix, 0.5)


@settings(derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    shape=st.tuples(st.integers(1, 5), st.integers(2, 5)),
    top=st.booleans(),
    left=st.booleans(),
    suffix=st.sampled_from([".csv", ".tsv"]),
)
def test_a_table_written_is_the_game_read(
    tmp_path: Path, seed: int, shape: tuple[int, int], top: bool, left: bool, suffix: str
) -> None:
    game = random_matrix_game(*shape, np.random.default_rng(seed))
    rows = [[repr(float(value)) for value in row] for row in game.payoffs]
    if left:
        rows = [[f"r{i}", *row] for i, row in enumerate(rows)]
    if top:
        rows.insert(0, [""] * left + [f"c{j}" for j in range(shape[1])])
    path = tmp_path / f"a{suffix}"
    path.write_text("\n".join(("," if suffix == ".csv" else "\t").join(row) for row in rows), encoding="utf-8")
    same = read_matrix_game(path)
    np.testing.assert_array_equal(same.payoffs, game.payoffs)
    assert same.row_labels == (tuple(f"r{i}" for i in range(shape[0])) if left else game.row_labels)
    assert same.column_labels == (tuple(f"c{j}" for j in range(shape[1])) if top else game.column_labels)


def test_an_array_file(tmp_path: Path) -> None:
    payoffs = np.arange(6, dtype=np.int16).reshape(2, 3)
    np.save(tmp_path / "a.npy", payoffs)
    np.testing.assert_array_equal(read_matrix_game(tmp_path / "a.npy").payoffs, payoffs)


FILE_FAULTS = {
    "empty": ("a.csv", "", " is empty"),
    "short row": ("a.csv", "1,2,3\n1,2\n1,2,3\n", ", line 2: 2 cells, and line 1 has 3"),
    "word": ("a.csv", ",a,b\nx,1,2\ny,3,four\n", ", line 3, column 3: 'four' is not a number"),
    "empty cell": ("a.csv", "1,2\n,3\n", ", line 2, column 1: the cell is empty"),
    "infinite": ("a.csv", "1,2\ninf,3\n", ": the payoff at (1, 0) is inf, not a finite number"),
    "suffix": ("a.txt", "1,2\n", ": the suffix must be .csv, .tsv, .npy or .nfg, not '.txt'"),
    "not an array": ("a.npy", "abc", " is not a NumPy array file of numbers (.npy), or is cut short"),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_faulty_file_gives_one_sentence(tmp_path: Path, fault: str) -> None:
    name, text, sentence = FILE_FAULTS[fault]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{re.escape(str(path) + sentence)}$"):
        read_matrix_game(path)


def test_a_file_of_20_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(20 << 30)
    with pytest.raises(ValueError, match=r"holds 20\.0 GiB, more than the limit of 8 GiB$"):
        read_matrix_game(path)


GAME_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "vector": (
        {"payoffs": np.zeros(3)},
        "payoffs must have the shape (rows, columns) and not be empty, and these have (3,)",
    ),
    "empty": (
        {"payoffs": np.zeros((0, 3))},
        "payoffs must have the shape (rows, columns) and not be empty, and these have (0, 3)",
    ),
    "NaN": ({"payoffs": np.array([[0.0, np.nan]])}, "the payoff at (0, 1) is nan, not a finite number"),
    "rows": (
        {"payoffs": np.zeros((2, 3)), "row_labels": ("a", "b", "c")},
        "there are 3 labels for 2 rows: give one each",
    ),
    "columns": (
        {"payoffs": np.zeros((2, 2)), "column_labels": ("a", "a")},
        "the label 'a' occurs twice: the labels of the columns must differ",
    ),
    "reference": (
        {"payoffs": np.zeros((2, 2)), "column_reference": np.array([1.0, 0.0])},
        "the reference gives 0 to column '1': every weight must be finite and above 0",
    ),
    "reference by label": (
        {"payoffs": np.zeros((2, 2)), "row_labels": ("up", "down"), "row_reference": {"upp": 1.0}},
        "there is no row 'upp': did you mean 'up'?",
    ),
}


@pytest.mark.parametrize("fault", GAME_FAULTS)
def test_a_faulty_game_gives_one_sentence(fault: str) -> None:
    fields, sentence = GAME_FAULTS[fault]
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        MatrixGame(**fields)


def test_batches() -> None:
    batch = random_matrix_batch(5, 2, 3, np.random.default_rng(0))
    assert len(batch) == 5
    np.testing.assert_array_equal(batch[3].payoffs, batch.payoffs[3])
    with pytest.raises(ValueError, match=r"^payoffs must have the shape \(games, rows, columns\)"):
        MatrixBatch(np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"^the payoff at \(1, 0, 1\) is inf, not a finite number$"):
        MatrixBatch(np.array([[[0.0, 0.0]], [[0.0, np.inf]]]))
    with pytest.raises(ValueError, match=r"^games, rows and columns must be at least 1"):
        random_matrix_batch(0, 2, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^a matrix game needs at least one row and one column"):
        random_matrix_game(0, 3, np.random.default_rng(0))
