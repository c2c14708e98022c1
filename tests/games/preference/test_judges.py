"""Judges: their tables from votes, batches and rewards, what is the mean of them, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from games.preference import JudgedGame, PreferenceBatch, Votes, read_judged_game, reward_preferences
from games.preference.judges import read_judged_rewards

LOG = (
    "judge,model_a,model_b,winner,language\n"
    "ann,a,b,model_a,en\nann,a,b,model_a,de\nann,b,c,tie,en\nben,b,a,model_a,en\nben,a,d,model_b,en\nben,d,b,bad,en\n"
)


def read(tmp_path: Path, text: str = LOG, **settings: object) -> JudgedGame:
    path = tmp_path / "votes.csv"
    path.write_text(text)
    return read_judged_game(path, **settings)  # type: ignore[arg-type]


def test_each_judge_is_estimated_alone_over_the_alternatives_of_all(tmp_path: Path) -> None:
    judged = read(tmp_path, prior=0.5, skip_invalid=True)
    assert judged.judges == ("ann", "ben") and judged.labels == ("a", "b", "c", "d") and len(judged) == 2
    np.testing.assert_allclose(judged.matrices[0, 0, 1], 2.5 / 3.0)
    np.testing.assert_allclose(judged.matrices[1, 0, 1], 0.25)
    np.testing.assert_allclose(judged.matrices[1, 0, 3], 0.25)
    assert judged.matrices[0, 0, 3] == 0.5 and judged.compared is not None and not judged.compared[0, 0, 3]
    np.testing.assert_allclose(judged.mean.matrix, judged.matrices.mean(axis=0), atol=1e-15)
    assert judged.mean.pairs_never_compared == 3  # ac, bd, cd
    assert judged.together is not None and judged.together.total == 5 and judged.together.left_out is not None
    assert judged[1].votes is judged.votes[1] and judged[1].pairs_never_compared == 4


def test_only_those_who_compared_a_pair_disagree_on_it(tmp_path: Path) -> None:
    judged = read(tmp_path, prior=0.0, skip_invalid=True)
    spread = judged.disagreement
    np.testing.assert_allclose(spread[0, 1], 0.5)  # 1 and 0
    assert np.isnan(spread[0, 3]) and np.isnan(spread[1, 2])
    np.testing.assert_allclose(judged.variance[0, 3], 0.0625)  # 1/2 and 0: one who never compared it counts as 1/2
    array = JudgedGame(judged.matrices)
    np.testing.assert_allclose(array.disagreement, judged.matrices.std(axis=0))
    assert array.judges == ("0", "1") and array.compared is None


class Frame:
    """What is asked of a table: ``columns``, ``index`` and ``to_numpy``; pandas' has these."""

    def __init__(self, rows: list[list[Any]], columns: Sequence[str], index: Sequence[str] = ()) -> None:
        self.rows, self.columns = rows, columns
        self.index = index or range(len(rows))

    def to_numpy(self) -> NDArray[Any]:
        return np.array(self.rows)


def test_lines_can_be_chosen_and_tables_with_labels_are_lined_up(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the column 'judge' names one judge, 'ann'"):
        read(tmp_path, where={"language": "de"}, skip_invalid=True)
    names, *lines = [line.split(",") for line in LOG.splitlines()[:-1]]
    found = read_judged_game(Frame(lines, names), reference={"a": 3, "b": 1, "c": 1, "d": 1})
    np.testing.assert_array_equal(found.matrices, read(tmp_path, skip_invalid=True).matrices)
    assert found.reference[0] == pytest.approx(0.5)
    one = Frame([[0.5, 0.9], [0.1, 0.5]], "xy", "xy")
    other = Frame([[0.5, 0.2], [0.8, 0.5]], "yx", "yx")
    judged = JudgedGame([one, other])  # type: ignore[arg-type]
    assert judged.labels == ("x", "y") and judged.matrices[:, 0, 1].tolist() == [0.9, 0.8]


def test_rewards_are_a_judge_a_row(tmp_path: Path) -> None:
    rewards = np.array([[0.0, 1.0, 3.0], [2.0, 0.5, 0.0]])
    judged = JudgedGame.from_rewards(rewards, ("one", "two"), ("a", "b", "c"), temperature=0.7)
    odds = np.exp((rewards[:, :, None] - rewards[:, None, :]) / 0.7)
    np.testing.assert_allclose(judged.matrices, odds / (1.0 + odds), rtol=1e-12)
    np.testing.assert_allclose(judged.mean.matrix, reward_preferences(rewards, temperature=0.7), atol=1e-15)
    (tmp_path / "rewards.csv").write_text("model,a,b,c\none,0,1,3\ntwo,2,0.5,0\n")
    found = read_judged_rewards(tmp_path / "rewards.csv", 0.7)
    assert found.judges == judged.judges and found.labels == judged.labels
    np.testing.assert_array_equal(found.matrices, judged.matrices)


TABLE = np.array([[0.5, 0.7], [0.3, 0.5]])
FAULTS = {
    "one": (lambda: JudgedGame(TABLE[None]), "judges that differ are at least two"),
    "flat": (lambda: JudgedGame(TABLE), r"shape \(judges, n, n\), not \(2, 2\)"),
    "empty": (lambda: JudgedGame(np.empty((2, 0, 0))), "at least one alternative"),
    "asymmetric": (lambda: JudgedGame(np.array([TABLE, np.full((2, 2), 0.6)])), "judge 1: "),
    "names": (lambda: JudgedGame(np.array([TABLE, TABLE]), ("x", "x")), "the label 'x' occurs twice"),
    "votes": (
        lambda: JudgedGame(np.array([TABLE, TABLE]), votes=(Votes(TABLE - 0.5 * np.eye(2)),)),
        "votes of 1 judge",
    ),
    "no votes": (lambda: JudgedGame.from_votes({}), "judges that differ are at least two"),
    "compared": (lambda: JudgedGame(np.array([TABLE, TABLE]), compared=np.ones((2, 2), bool)), "the pairs compared"),
    "sizes": (
        lambda: JudgedGame.from_batch(PreferenceBatch(np.array([TABLE, TABLE]), [[1, 1], [1, 0]])),  # type: ignore[arg-type]
        "judges judge the same alternatives",
    ),
    "references": (
        lambda: JudgedGame.from_batch(
            PreferenceBatch(np.array([TABLE, TABLE]), references=[[0.5, 0.5], [0.1, 0.9]])  # type: ignore[arg-type]
        ),
        "judges share one reference policy",
    ),
    "rewards": (lambda: JudgedGame.from_rewards([1.0, 2.0]), r"shape \(judges, alternatives\), not \(2,\)"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_wrong_with_judges_is_said_in_a_sentence(case: str) -> None:
    make, sentence = FAULTS[case]
    with pytest.raises(ValueError, match=sentence):
        make()
