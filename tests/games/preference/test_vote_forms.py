"""Vote logs in the forms that tools write, each with the counts that a reader by hand finds in them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.preference import PreferenceGame, Votes, read_preference_game, read_vote_log
from games.preference.vote_forms import FORMS, form_of, vote_of


def saved(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def votes_of(path: Path, **options: Any) -> Votes:
    game = read_preference_game(path, **options)
    assert isinstance(game, PreferenceGame) and game.votes is not None
    return game.votes


def wins(votes: Votes, winner: str, loser: str) -> float:
    return float(votes.wins[votes.labels.index(winner), votes.labels.index(loser)])


ARENA = [
    {"model_a": "ada", "model_b": "bob", "winner": "model_a", "judge": "j1", "turn": 1},
    {"model_a": "bob", "model_b": "cyd", "winner": "model_a", "judge": "j1", "turn": 2},
    {"model_a": "cyd", "model_b": "ada", "winner": "tie", "judge": "j2", "turn": 1},
    {"model_a": "ada", "model_b": "cyd", "winner": "model_a", "judge": "j2", "turn": 2},
]
GRADED = [
    {"generator_1": "base", "generator_2": "new", "preference": 2, "annotator": "j1"},
    {"generator_1": "base", "generator_2": "new", "preference": 1.5, "annotator": "j1"},
    {"generator_1": "base", "generator_2": "new", "preference": 1.99, "annotator": "j2"},
    {"generator_1": "base", "generator_2": "new", "preference": None, "annotator": "j2"},
]


def test_an_array_of_votes(tmp_path: Path) -> None:
    votes = votes_of(saved(tmp_path, "array.json", ARENA))
    assert votes.labels == ("ada", "bob", "cyd") and votes.left_out is None
    np.testing.assert_array_equal(votes.wins, [[0, 1, 1.5], [0, 0, 1], [0.5, 0, 0]])
    np.testing.assert_array_equal(votes.ties, [[0, 0, 1], [0, 0, 0], [1, 0, 0]])


def test_graded_preferences_are_shares_and_a_null_is_counted_as_left_out(tmp_path: Path) -> None:
    votes = votes_of(saved(tmp_path, "annotations.json", GRADED))
    assert wins(votes, "new", "base") == pytest.approx(1 + 0.5 + 0.99)
    assert wins(votes, "base", "new") == pytest.approx(0.5 + 0.01)
    assert votes.left_out is not None and (votes.left_out.silent, votes.left_out.faulty) == (1, 0)
    with pytest.raises(ValueError, match=r"annotations\.json, entry 1: the preference must be between 1 .* not 3 "):
        read_preference_game(saved(tmp_path, "annotations.json", [{**GRADED[0], "preference": 3}]))


SAME = {  # a beats b twice, b beats a once, a and b tie once
    "left, right": ("votes.csv", "left,right,winner\na,b,left\nb,a,right\na,b,right\nb,a,tie\n"),
    "left, right in JSON lines": (
        "votes.jsonl",
        '{"left": "a", "right": "b", "winner": "Left", "count": 2}\n{"left": "a", "right": "b", "winner": "B"}\n'
        '{"left": "a", "right": "b", "winner": "tie (bothbad)"}\n',
    ),
    "MT-bench: agreeing games win, others tie": (
        "votes.jsonl",
        '{"model_1": "a", "model_2": "b", "g1_winner": "model_1", "g2_winner": "model_1", "turn": 1}\n'
        '{"model_1": "b", "model_2": "a", "g1_winner": "model_2", "g2_winner": "model_2", "turn": 1}\n'
        '{"model_1": "a", "model_2": "b", "g1_winner": "model_2", "g2_winner": "model_2", "turn": 1}\n'
        '{"model_1": "a", "model_2": "b", "g1_winner": "model_1", "g2_winner": "model_2", "turn": 2}\n',
    ),
    "chosen, rejected, and models for names": (
        "votes.json",
        [
            {"chosen": ["text"], "rejected": ["text"], "chosen_model": "a", "rejected_model": "b", "weight": 2},
            {"chosen": "x", "rejected": "y", "chosen_model": "b", "rejected_model": "a"},
            {"chosen": "x", "rejected": "y", "chosen_model": "a", "rejected_model": "b", "tie": True},
        ],
    ),
    "games: the second with the sides exchanged": (
        "votes.jsonl",
        '{"model": "a", "baseline": "b", "games": [{"score": "B>>A"}, {"score": "A>B"}]}\n'
        '{"model": "a", "baseline": "b", "games": [{"score": "[[A>B]]"}, {"score": "A=B"}]}\n',
    ),
    "a suffix in capitals": ("VOTES.TSV", "Winner\tLoser\tWeight\na\tb\t2\nb\ta\t1\na\tb\ttie\n"),
}


@pytest.mark.parametrize("form", SAME)
def test_the_same_four_votes_in_every_form(tmp_path: Path, form: str) -> None:
    votes = votes_of(saved(tmp_path, *SAME[form]))
    np.testing.assert_array_equal(votes.wins, [[0, 2.5], [1.5, 0]])
    np.testing.assert_array_equal(votes.ties, [[0, 1], [1, 0]])


def test_a_baseline_without_a_name_is_called_so(tmp_path: Path) -> None:
    votes = votes_of(saved(tmp_path, "a.jsonl", '{"model": "a", "judge": "j", "games": [{"score": "A>B"}]}'))
    assert votes.labels == ("a", "baseline") and wins(votes, "baseline", "a") == 1


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(form.columns))
def test_every_form_of_the_table_is_found_by_its_columns(form: Any) -> None:
    assert form_of({*form.columns, "id", "text"}) is form


@settings(derandomize=True, max_examples=60)
@given(
    left=st.sampled_from(["a", "b", "left", "tie", "model 1"]),
    verdict=st.sampled_from(["left", "right", "tie", "[[A>>B]]", "B>A", "A=B", "draw", "Both", "", "error"]),
)
def test_exchanging_the_sides_exchanges_the_verdict(left: str, verdict: str) -> None:
    exchanged = {"left": "right", "right": "left", "[[A>>B]]": "[[B>>A]]", "B>A": "A>B"}.get(verdict, verdict)
    one = vote_of({"left": left, "right": "zoe", "winner": verdict})
    other = vote_of({"left": "zoe", "right": left, "winner": exchanged})
    if left in (verdict, exchanged):  # the name of an alternative comes before the name of a side
        return
    assert [(vote.left, vote.share) for vote in one] == [(vote.right, 1.0 - vote.share) for vote in other]


DIRTY = "winner,loser,weight\na,b,3\nb,a,1\nb,c,0\nc,c,2\nc,a,1\n,b,1\nb,c,2\n"


def test_faults_are_named_with_the_option_that_skips_them_and_listed_when_skipped(tmp_path: Path) -> None:
    path = saved(tmp_path, "dirty.csv", DIRTY)
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}, line 4: the weight must .* \(--skip-invalid "):
        read_preference_game(path)
    votes = votes_of(path, skip_invalid=True)
    assert votes.left_out is not None and votes.left_out.faulty == 3 and votes.total == 7
    assert [sentence.partition(": ")[0] for sentence in votes.left_out.sentences] == [
        f"{path}, line {number}" for number in (4, 5, 7)
    ]
    broken = saved(tmp_path, "a.jsonl", '{"winner": "a", "loser": "b"}\n{"winner"\n[1]\n{"winner": "a"}\n')
    assert votes_of(broken, skip_invalid=True).left_out.faulty == 3  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="holds no list of votes"):
        read_preference_game(saved(tmp_path, "table.csv", "0.5,1\n0,0.5\n"), skip_invalid=True)


def test_lines_are_chosen_and_parted_by_the_values_of_columns(tmp_path: Path) -> None:
    path = saved(tmp_path, "array.json", ARENA)
    assert votes_of(path, where={"judge": "j1", "turn": "1"}).labels == ("ada", "bob")
    log = read_vote_log(path, by="Judge")
    assert list(log.groups) == ["j1", "j2"] and log.votes.total == 4
    assert log.groups["j2"].labels == ("ada", "cyd") and wins(log.groups["j2"], "ada", "cyd") == 1.5
    with pytest.raises(ValueError, match=r"no vote has a column 'juge': did you mean 'judge'\?"):
        read_vote_log(path, by="juge")
    with pytest.raises(ValueError, match="has no votes that fit"):
        read_vote_log(path, where={"judge": "j3"})


class Frame:
    """What the readers ask of a table: ``columns``, ``index`` and ``to_numpy``; pandas' has these."""

    def __init__(self, columns: list[str], rows: list[list[Any]]) -> None:
        self.columns, self.index, self._rows = columns, range(len(rows)), rows

    def to_numpy(self) -> np.ndarray[Any, Any]:
        return np.array(self._rows, dtype=object)


def test_a_table_in_memory_is_read_like_a_file(tmp_path: Path) -> None:
    table = Frame(list(ARENA[0]), [list(row.values()) for row in ARENA] + [["ada", "bob", float("nan"), "j1", 3]])
    found, expected = read_vote_log(table, by="judge"), read_vote_log(saved(tmp_path, "a.json", ARENA), by="judge")
    np.testing.assert_array_equal(found.votes.wins, expected.votes.wins)
    assert list(found.groups) == ["j1", "j2"] and found.votes.left_out.silent == 1  # type: ignore[union-attr]
    with pytest.raises(ValueError, match=r"^the table, row 1: 'ada' is compared with itself"):
        read_vote_log(Frame(["winner", "loser"], [["ada", "ada"]]))


COUNTS = ",x,y,z\nx,0,7,2\ny,3,0,6\nz,8,4,\n"


def test_counts_of_wins_are_read_on_request_and_named_otherwise(tmp_path: Path) -> None:
    path = saved(tmp_path, "counts.csv", COUNTS)
    votes = votes_of(path, kind="counts")
    np.testing.assert_array_equal(votes.wins, [[0, 7, 2], [3, 0, 6], [8, 4, 0]])
    assert votes.probabilities[0, 1] == 8 / 12
    with pytest.raises(ValueError, match=r"these look like counts of wins, which --kind counts reads") as caught:
        read_preference_game(path)
    assert "100" not in str(caught.value)
    table = {"wins": [[0, 7, 2], [3, None, 6], [8, 4, 0]], "labels": ["x", "y", "z"]}
    np.testing.assert_array_equal(votes_of(saved(tmp_path, "a.json", table), kind="counts").wins, votes.wins)
    with pytest.raises(ValueError, match=r"alternative 'x' is compared with itself"):
        read_preference_game(saved(tmp_path, "b.csv", ",x,y\nx,1,7\ny,3,0\n"), kind="counts")


def test_empty_cells_are_pairs_that_never_met_on_request(tmp_path: Path) -> None:
    path = saved(tmp_path, "unplayed.csv", ",a,b,c\na,0.5,0.7,\nb,0.3,0.5,60 %\nc,,,0.5\n")
    with pytest.raises(ValueError, match=r"line 2, column 4: the cell is empty, .* \(--unseen takes"):
        read_preference_game(path)
    game = read_preference_game(path, unseen=True)
    assert isinstance(game, PreferenceGame)
    np.testing.assert_allclose(game.matrix, [[0.5, 0.7, 0.5], [0.3, 0.5, 0.6], [0.5, 0.4, 0.5]])
    assert (game.pairs_never_compared, game.pairs) == (1, 3)
    np.save(tmp_path / "a.npy", np.array([[0.5, np.nan], [np.nan, 0.5]]))
    assert read_preference_game(tmp_path / "a.npy", unseen=True).pairs_never_compared == 1  # type: ignore[union-attr]


def test_pairs_of_a_log_that_never_met_are_counted(tmp_path: Path) -> None:
    log = "winner,loser,weight\nA,C,70\nC,A,30\nB,C,70\nC,B,30\n"
    game = read_preference_game(saved(tmp_path, "unseen.csv", log))
    assert isinstance(game, PreferenceGame) and (game.pairs_never_compared, game.pairs) == (1, 3)
    assert PreferenceGame(game.matrix).pairs_never_compared is None


def test_packed_files_are_read_and_refused_where_they_are_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "votes.CSV.gz"
    packed = gzip.compress(b"winner,loser\na,b\nb,c\n")
    path.write_bytes(packed)
    assert votes_of(path).labels == ("a", "b", "c")
    path.write_bytes(packed[:-9])
    with pytest.raises(ValueError, match=r"votes\.CSV\.gz is not a file packed by gzip, or is cut short$"):
        read_preference_game(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "model_a,model_b,verdict\na,b,model_a\n",
            "looks like a vote log of model_a and model_b, and lacks the column",
        ),
        ("left,right,judge,outcome\na,b,x,left\n", "winner is one of left, right, tie$"),
        ("winner,turn,judge\na,1,x\n", "looks like a vote log with a winner, and lacks the columns of the two sides"),
    ],
)
def test_what_is_nearly_a_vote_log_is_named_as_such(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_preference_game(saved(tmp_path, "a.csv", text))


OLD = "3\n1,Ant\n2,Bee, the\n3,Cat\n12,12,3\n5,1,2,3\n4,{2,3},1\n3,3,1\n"


def test_the_layout_of_preflib_before_2022(tmp_path: Path) -> None:
    votes = votes_of(saved(tmp_path, "old.toi", OLD))
    assert votes.labels == ("Ant", "Bee, the", "Cat")
    # Ballots: 5 voters A > B > C, 4 voters B = C > A, 3 voters C > A with B left out.
    np.testing.assert_array_equal(votes.wins, [[0, 5, 5], [4, 0, 5 + 2], [4 + 3, 2, 0]])
    graph = votes_of(saved(tmp_path, "old.wmd", "2,1\n1,Ant\n2,Bee\n1,2,2.5\n"))
    np.testing.assert_array_equal(graph.wins, [[0, 2.5], [0, 0]])
    with pytest.raises(ValueError, match="has 2 orders and says 3: it may have been cut short"):
        read_preference_game(saved(tmp_path, "cut.toi", OLD.rpartition("3,3")[0]))
