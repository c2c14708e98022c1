"""Tables and columns with an index, as pandas makes them, are lined up by their labels; pandas itself is not needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from games.matrix import MatrixGame
from games.preference import PreferenceBatch, PreferenceGame, Votes, reward_preferences

LABELS = ("ant", "bee", "cat")
MATRIX = np.array([[0.5, 0.9, 0.25], [0.1, 0.5, 0.75], [0.75, 0.25, 0.5]])
WINS = np.array([[0.0, 7.0, 3.0], [1.0, 0.0, 5.0], [6.0, 2.0, 0.0]])


class Column:
    """What is asked of a ``pandas.Series``."""

    def __init__(self, values: Any, index: Sequence[Any] | None = None) -> None:
        self._values = np.asarray(values)
        self.index = list(range(len(self._values)) if index is None else index)

    def to_numpy(self) -> np.ndarray[Any, Any]:
        return self._values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return self._values.astype(dtype)


class Frame(Column):
    """What is asked of a ``pandas.DataFrame``."""

    def __init__(self, values: Any, index: Sequence[Any] | None = None, columns: Sequence[Any] | None = None) -> None:
        super().__init__(values, index)
        self.columns = list(range(self._values.shape[1]) if columns is None else columns)


def shuffled(values: np.ndarray[Any, Any], rows: Sequence[int], columns: Sequence[int]) -> Frame:
    """The table with its rows and columns in another order, each with its labels."""
    return Frame(values[np.ix_(rows, columns)], [LABELS[i] for i in rows], [LABELS[i] for i in columns])


@pytest.mark.parametrize(("rows", "columns"), [([0, 1, 2], [2, 0, 1]), ([2, 1, 0], [0, 1, 2]), ([1, 2, 0], [2, 1, 0])])
def test_a_preference_table_is_lined_up_by_its_labels(rows: list[int], columns: list[int]) -> None:
    table = shuffled(MATRIX, rows, columns)
    game = PreferenceGame(table)  # type: ignore[arg-type]
    assert game.labels == tuple(LABELS[i] for i in rows)
    np.testing.assert_allclose(game.matrix, MATRIX[np.ix_(rows, rows)], atol=1e-15)
    for made in (PreferenceGame(table, LABELS), PreferenceGame.symmetrised(table, LABELS)):  # type: ignore[arg-type]
        assert made.labels == LABELS
        np.testing.assert_allclose(made.matrix, MATRIX, atol=1e-15)


def test_a_table_with_names_on_one_side_and_a_table_without() -> None:
    assert PreferenceGame(Frame(MATRIX, columns=LABELS)).labels == LABELS  # type: ignore[arg-type]
    assert PreferenceGame(Frame(MATRIX, LABELS)).labels == LABELS  # type: ignore[arg-type]
    bare = PreferenceGame(Frame(MATRIX))  # type: ignore[arg-type]
    assert bare.labels == ("0", "1", "2")
    np.testing.assert_allclose(bare.matrix, MATRIX, atol=1e-15)
    moved = Frame(MATRIX[np.ix_([2, 0, 1], [2, 0, 1])], [2, 0, 1], [2, 0, 1])
    np.testing.assert_allclose(PreferenceGame(moved, ("0", "1", "2")).matrix, MATRIX, atol=1e-15)  # type: ignore[arg-type]


def test_a_column_is_a_reference_by_label() -> None:
    weights = Column([0.2, 0.5, 0.3], ["cat", "ant", "bee"])
    right = [0.5, 0.3, 0.2]
    game = PreferenceGame(MATRIX, LABELS, weights)  # type: ignore[arg-type]
    np.testing.assert_allclose(game.reference, right)
    np.testing.assert_allclose(PreferenceGame(MATRIX, LABELS).with_reference(weights).reference, right)
    np.testing.assert_allclose(game.with_reference(Column([0.2, 0.5, 0.3])).reference, [0.2, 0.5, 0.3])
    with pytest.raises(ValueError, match="there is no alternative 'cow': did you mean 'cat'"):
        game.with_reference(Column([0.5, 0.3, 0.2], ["ant", "bee", "cow"]))
    with pytest.raises(ValueError, match="gives 0 to alternative 'cat'"):
        game.with_reference(Column([0.5, 0.5], ["ant", "bee"]))


def test_votes_are_counted_by_label() -> None:
    ties = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    votes = Votes(shuffled(WINS, [2, 0, 1], [0, 1, 2]), shuffled(ties, [1, 0, 2], [2, 1, 0]), LABELS)  # type: ignore[arg-type]
    np.testing.assert_array_equal(votes.wins, WINS)
    np.testing.assert_array_equal(votes.ties, ties)
    assert Votes(shuffled(WINS, [2, 0, 1], [0, 1, 2])).labels == ("cat", "ant", "bee")  # type: ignore[arg-type]
    # Voter x ranks bee, ant, cat and counts twice; voter y ranks cat, ant, bee.
    ranks = Frame([[0, 1, 2], [2, 1, 0]], ["x", "y"], ["bee", "ant", "cat"])
    ballots = Votes.from_ballots(ranks, Column([1.0, 2.0], ["y", "x"]))  # type: ignore[arg-type]
    assert ballots.labels == ("bee", "ant", "cat")
    np.testing.assert_array_equal(ballots.wins, [[0, 2, 2], [1, 0, 2], [1, 1, 0]])
    in_order = Votes.from_ballots(ranks, labels=LABELS)  # type: ignore[arg-type]
    np.testing.assert_array_equal(in_order.wins, [[0, 1, 1], [1, 0, 1], [1, 1, 0]])


def test_a_matrix_game_is_lined_up_by_both_kinds_of_labels() -> None:
    payoffs = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    table = Frame(payoffs, ["up", "down"], ["left", "middle", "right"])
    game = MatrixGame(table, row_reference=Column([0.9, 0.1], ["down", "up"]))  # type: ignore[arg-type]
    assert (game.row_labels, game.column_labels) == (("up", "down"), ("left", "middle", "right"))
    np.testing.assert_allclose(game.row_reference, [0.1, 0.9])
    other = MatrixGame(table, ("down", "up"), ("right", "left", "middle"))  # type: ignore[arg-type]
    np.testing.assert_array_equal(other.payoffs, [[6.0, 4.0, 5.0], [3.0, 1.0, 2.0]])
    with pytest.raises(ValueError, match="the columns of the payoffs lacks the label 'centre'"):
        MatrixGame(table, column_labels=("left", "centre", "right"))  # type: ignore[arg-type]


def test_a_batch_keeps_the_labels_of_its_tables() -> None:
    tables = [shuffled(MATRIX, [0, 1, 2], [2, 1, 0]), shuffled(MATRIX, [2, 0, 1], [0, 1, 2])]
    batch = PreferenceBatch(tables)  # type: ignore[arg-type]
    assert batch.labels == (LABELS, ("cat", "ant", "bee"))
    np.testing.assert_allclose(batch.matrices[1], MATRIX[np.ix_([2, 0, 1], [2, 0, 1])], atol=1e-15)
    aligned = PreferenceBatch(tables, labels=(LABELS, LABELS))  # type: ignore[arg-type]
    np.testing.assert_allclose(aligned.matrices, [MATRIX, MATRIX], atol=1e-15)
    shares = Frame([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], ["second", "first"], ["cat", "ant", "bee"])
    with_shares = PreferenceBatch(tables, references=shares, names=("first", "second"))  # type: ignore[arg-type]
    np.testing.assert_allclose(with_shares.references, [[0.1, 0.8, 0.1], [0.2, 0.5, 0.3]])
    columns = [Column([0.2, 0.5, 0.3], ["cat", "ant", "bee"])] * 2
    np.testing.assert_allclose(
        PreferenceBatch(tables, references=columns).references,  # type: ignore[arg-type]
        [[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]],
    )


def test_weights_of_reward_samples_are_lined_up_with_the_samples() -> None:
    rewards = Frame([[1.0, 0.0], [0.0, 3.0]], ["x", "y"], ["ant", "bee"])
    found = reward_preferences(rewards, Column([1.0, 0.0], ["y", "x"]))
    np.testing.assert_array_equal(found, reward_preferences([[0.0, 3.0]]))


FAULTS: dict[str, tuple[Callable[[], object], str]] = {
    "a label twice": (
        lambda: PreferenceGame(Frame(MATRIX, ["ant", "ant", "bee"])),  # type: ignore[arg-type]
        "the label 'ant' occurs twice in the index of the preference matrix",
    ),
    "rows and columns of other names": (
        lambda: PreferenceGame(Frame(MATRIX, LABELS, ["ant", "bee", "cow"])),  # type: ignore[arg-type]
        "the preference matrix lacks the label 'cat'",
    ),
    "labels that are not the table's": (
        lambda: PreferenceGame(Frame(MATRIX, LABELS), ("ant", "bee", "cow")),  # type: ignore[arg-type]
        "the preference matrix lacks the label 'cow'",
    ),
    "fewer labels than the table has": (
        lambda: Votes(Frame(WINS, LABELS), labels=("ant", "bee")),  # type: ignore[arg-type]
        "wins has the unknown label 'cat'",
    ),
    "a mask with labels": (
        lambda: PreferenceBatch(MATRIX[None], Frame([[True, True, True]], columns=LABELS)),  # type: ignore[arg-type]
        "the mask of a batch has labels, which nothing lines up",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_lined_up_is_refused(fault: str) -> None:
    make, sentence = FAULTS[fault]
    with pytest.raises(ValueError, match=sentence):
        make()
