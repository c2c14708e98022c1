"""Every file that people have, written in every way that they write it, and the sentence for what cannot be read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from games.preference import (
    PreferenceBatch,
    PreferenceGame,
    random_batch,
    random_game,
    read_preference_game,
    read_reference,
    reward_preferences,
)

MATRIX = np.array([[0.5, 0.9, 0.25], [0.1, 0.5, 0.75], [0.75, 0.25, 0.5]])
LABELS = ("ant", "bee", "cat")


def saved(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def one_game(path: Path, **options: object) -> PreferenceGame:
    game = read_preference_game(path, **options)  # type: ignore[arg-type]
    assert isinstance(game, PreferenceGame)
    return game


def batch(path: Path, **options: object) -> PreferenceBatch:
    games = read_preference_game(path, **options)  # type: ignore[arg-type]
    assert isinstance(games, PreferenceBatch)
    return games


TABLES = {
    "bare": (".csv", ".5,.9,.25\n.1,.5,.75\n.75,.25,.5\n", ("0", "1", "2")),
    "bare, empty diagonal": (".csv", ",.9,.25\n.1,,.75\n.75,.25,\n", ("0", "1", "2")),
    "bare, NaN diagonal": (".csv", "nan,.9,.25\n.1,nan,.75\n.75,.25,nan\n", ("0", "1", "2")),
    "header": (".csv", "ant,bee,cat\n.5,.9,.25\n.1,.5,.75\n.75,.25,.5\n", LABELS),
    "names on the left": (".csv", "ant,.5,.9,.25\nbee,.1,.5,.75\ncat,.75,.25,.5\n", LABELS),
    "both, empty corner": (".csv", ",ant,bee,cat\nant,,.9,.25\nbee,.1,,.75\ncat,.75,.25,\n", LABELS),
    "both, named corner": (".csv", "model,ant,bee,cat\nant,.5,.9,.25\nbee,.1,.5,.75\ncat,.75,.25,.5\n", LABELS),
    "both, no corner": (".csv", "ant,bee,cat\nant,.5,.9,.25\nbee,.1,.5,.75\ncat,.75,.25,.5\n", LABELS),
    "both, columns in another order": (".csv", ",cat,ant,bee\nant,.25,,.9\nbee,.75,.1,\ncat,,.75,.25\n", LABELS),
    "numbers for names, both": (".csv", ",7,8,9\n7,.5,.9,.25\n8,.1,.5,.75\n9,.75,.25,.5\n", ("7", "8", "9")),
    "numbers for names, on top": (".csv", "7,8,9\n.5,.9,.25\n.1,.5,.75\n.75,.25,.5\n", ("7", "8", "9")),
    "numbers for names, on the left": (".csv", "7,.5,.9,.25\n8,.1,.5,.75\n9,.75,.25,.5\n", ("7", "8", "9")),
    "tabs": (".tsv", "\tant\tbee\tcat\nant\t\t.9\t.25\nbee\t.1\t\t.75\ncat\t.75\t.25\t\n", LABELS),
    "semicolons": (".csv", ";ant;bee;cat\nant;;.9;.25\nbee;.1;;.75\ncat;.75;.25;\n", LABELS),
    "quotes, spaces, comments, blank lines, Windows": (
        ".csv",
        '# win rates\r\n\r\n, "ant", "bee" ,"cat"\r\nant, .5 , .9, .25\r\n\r\nbee,.1,.5,.75\r\ncat,.75,.25,.5\r\n',
        LABELS,
    ),
    "a byte-order mark": (".csv", "\ufeffant,bee,cat\n.5,.9,.25\n.1,.5,.75\n.75,.25,.5", LABELS),
}


@pytest.mark.parametrize("form", TABLES)
def test_a_square_table_in_every_form(tmp_path: Path, form: str) -> None:
    suffix, text, labels = TABLES[form]
    game = one_game(saved(tmp_path, f"a{suffix}", text))
    np.testing.assert_allclose(game.matrix, MATRIX, rtol=0, atol=1e-15)
    assert game.labels == labels


@settings(derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    n=st.integers(2, 6),
    names=st.sampled_from([(False, False), (True, False), (False, True), (True, True)]),
)
def test_a_table_written_is_the_table_read(tmp_path: Path, seed: int, n: int, names: tuple[bool, bool]) -> None:
    game = random_game(n, np.random.default_rng(seed))
    top, left = names
    labels = [f"m{i}, a model" for i in range(n)]
    rows = [[repr(float(value)) for value in row] for row in game.matrix]
    if left:
        rows = [[f'"{label}"', *row] for label, row in zip(labels, rows, strict=True)]
    if top:
        rows.insert(0, [""] * left + [f'"{label}"' for label in labels])
    same = one_game(saved(tmp_path, "a.csv", "\n".join(",".join(row) for row in rows)))
    np.testing.assert_array_equal(same.matrix, game.matrix)
    assert same.labels == (tuple(labels) if top or left else game.labels)


def test_arrays_and_json(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", MATRIX)
    np.testing.assert_allclose(one_game(tmp_path / "a.npy").matrix, MATRIX, rtol=0, atol=1e-15)
    hollow = MATRIX.copy()
    np.fill_diagonal(hollow, np.nan)
    np.save(tmp_path / "b.npy", hollow.astype(np.float32))
    np.testing.assert_allclose(one_game(tmp_path / "b.npy").matrix, MATRIX, rtol=0, atol=1e-7)
    rows = [[None if i == j else value for j, value in enumerate(row)] for i, row in enumerate(MATRIX.tolist())]
    text = json.dumps({"matrix": rows, "labels": LABELS, "reference": {"ant": 1, "bee": 2, "cat": 1}})
    game = one_game(saved(tmp_path, "c.json", text))
    np.testing.assert_allclose(game.matrix, MATRIX, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(game.reference, [0.25, 0.5, 0.25])


def test_symmetrise_and_reference_are_options(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.csv", "ant,bee\n0,.8\n.6,0\n")
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}: P\('ant' beats 'bee'\)|diagonal entry"):
        read_preference_game(path)
    game = one_game(path, symmetrise=True, reference={"bee": 3, "ant": 1})
    np.testing.assert_allclose(game.matrix, [[0.5, 0.6], [0.4, 0.5]])
    np.testing.assert_array_equal(game.reference, [0.25, 0.75])


VOTES = {
    "winner, loser": (".csv", "winner,loser\na,b\na,b\nb,a\na,c\n"),
    "weights": (".csv", "loser,winner,weight\nb,a,2\na,b,1\nc,a,1.0\n"),
    "no header": (".csv", "a,b\na,b\nb,a\na,c\n"),
    "no header, weights": (".tsv", "a\tb\t2\nb\ta\t1\na\tc\t1\n"),
    "JSONL": (
        ".jsonl",
        '{"winner": "a", "loser": "b", "weight": 2}\n{"winner": "b", "loser": "a"}\n\n{"winner": "a", "loser": "c"}\n',
    ),
    "arena": (
        ".csv",
        "id,model_a,model_b,winner\n1,a,b,model_a\n2,b,a,model_b\n3,a,b,model_b\n4,c,a,a\n",
    ),
    "arena, JSONL": (
        ".ndjson",
        '{"model_a": "a", "model_b": "b", "winner": "model_a", "count": 2, "turn": 1}\n'
        '{"model_a": "a", "model_b": "b", "winner": "model_b"}\n{"model_a": "a", "model_b": "c", "winner": "a"}\n',
    ),
    "one-hot": (
        ".csv",
        "model_a,model_b,winner_model_a,winner_model_b,winner_tie,text\n"
        'a,b,1,0,0,"two\nlines"\na,b,1,0,0,\nb,a,1,0,0,\na,c,1,0,0,\n',
    ),
}


@pytest.mark.parametrize("form", VOTES)
def test_the_same_votes_in_every_form(tmp_path: Path, form: str) -> None:
    suffix, text = VOTES[form]
    game = one_game(saved(tmp_path, f"a{suffix}", text))
    assert game.labels == ("a", "b", "c")
    assert game.votes is not None
    np.testing.assert_array_equal(game.votes.wins, [[0, 2, 1], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(game.matrix, [[0.5, 0.6, 2 / 3], [0.4, 0.5, 0.5], [1 / 3, 0.5, 0.5]])


TIED = {
    "tie column": (".csv", "winner,loser,tie\na,b,1\nb,a,true\na,b,0\na,b,\n"),
    "tie for a weight": (".csv", "winner,loser,weight\na,b,tie\nb,a,draw\na,b,2\n"),
    "no header": (".csv", "a,b,tie\nb,a,tie\na,b,1\na,b,1\n"),
    "arena": (
        ".csv",
        "model_a,model_b,winner\na,b,tie\na,b,tie (bothbad)\na,b,model_a\nb,a,model_b\n",
    ),
    "arena, one word": (".csv", "model_a,model_b,winner\na,b,both_bad\na,b,Both\na,b,A\nb,a,B\n"),
    "one-hot": (
        ".csv",
        "model_a,model_b,winner_model_a,winner_model_b,winner_tie\na,b,0,0,1\nb,a,0,0,1\na,b,1,0,0\nb,a,0,1,0\n",
    ),
    "JSONL": (
        ".jsonl",
        '{"winner": "a", "loser": "b", "tie": true, "weight": 2}\n'
        '{"winner": "a", "loser": "b", "tie": false, "weight": 2}\n',
    ),
}


@pytest.mark.parametrize("form", TIED)
def test_the_same_ties_in_every_form(tmp_path: Path, form: str) -> None:
    suffix, text = TIED[form]
    votes = one_game(saved(tmp_path, f"a{suffix}", text)).votes
    assert votes is not None
    np.testing.assert_array_equal(votes.ties, [[0, 2], [2, 0]])
    np.testing.assert_array_equal(votes.wins, [[0, 3], [1, 0]])


@settings(derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    votes=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 5)).filter(lambda vote: vote[0] != vote[1]),
        min_size=1,
    ),
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_votes_does_not_matter(tmp_path: Path, votes: list[tuple[int, int, int]], random: object) -> None:
    def game() -> PreferenceGame:
        lines = [f"{winner},{loser},{weight}" for winner, loser, weight in votes]
        return one_game(saved(tmp_path, "a.csv", "\n".join(["winner,loser,weight", *lines])))

    first = game()
    random.shuffle(votes)  # type: ignore[attr-defined]
    second = game()
    assert first.labels == second.labels == tuple(sorted(first.labels, key=int))
    np.testing.assert_array_equal(first.matrix, second.matrix)
    i, j = first.labels.index(str(votes[0][0])), first.labels.index(str(votes[0][1]))
    won = sum(weight for winner, loser, weight in votes if (winner, loser) == votes[0][:2])
    lost = sum(weight for winner, loser, weight in votes if (loser, winner) == votes[0][:2])
    assert first.matrix[i, j] == pytest.approx((won + 1) / (won + lost + 2))


def test_very_long_answers_beside_a_vote_do_no_harm(tmp_path: Path) -> None:
    text = "model_a,model_b,winner,answer\n" + f"a,b,model_a,{'x' * 300_000}\n" * 2
    votes = one_game(saved(tmp_path, "a.csv", text)).votes
    assert votes is not None
    assert votes.total == 2


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + float(np.exp(-x)))


def test_rewards_in_every_form_average_their_preferences(tmp_path: Path) -> None:
    rewards = np.array([[1.0, 0.0, -2.0], [0.5, 1.5, 0.0]])
    expected = np.array(
        [[np.mean([sigmoid((r[i] - r[j]) / 0.5) for r in rewards]) for j in range(3)] for i in range(3)]
    )
    np.save(tmp_path / "a.npy", rewards)
    files = {
        "array": tmp_path / "a.npy",
        "bare": saved(tmp_path, "b.csv", "1,0,-2\n.5,1.5,0\n"),
        "named": saved(tmp_path, "c.csv", "prompt,ant,bee,cat\np1,1,0,-2\np2,.5,1.5,0\n"),
        "lists": saved(tmp_path, "d.jsonl", "[1, 0, -2]\n[0.5, 1.5, 0]\n"),
        "objects": saved(tmp_path, "e.jsonl", '{"rewards": [1, 0, -2]}\n{"rewards": [0.5, 1.5, 0]}\n'),
    }
    for form, path in files.items():
        game = one_game(path, kind="rewards", temperature=0.5)
        np.testing.assert_allclose(game.matrix, expected, rtol=0, atol=1e-14)
        assert game.labels == (LABELS if form == "named" else ("0", "1", "2"))
    assert one_game(files["lists"]).alternatives == 3  # lists of numbers on lines can be nothing else
    np.testing.assert_allclose(
        reward_preferences(rewards, weights=[3, 1])[0, 1], 0.75 * sigmoid(1.0) + 0.25 * sigmoid(-1.0)
    )


def test_batches_in_every_form(tmp_path: Path) -> None:
    games = random_batch(7, 4, np.random.default_rng(0))
    ragged = random_batch(7, 4, np.random.default_rng(1), smallest=2)
    np.save(tmp_path / "a.npy", games.matrices)
    np.testing.assert_array_equal(batch(tmp_path / "a.npy").matrices, games.matrices)
    labels = np.array([["w", "x", "y", "z"]] * 7)
    np.savez_compressed(
        tmp_path / "b.npz",
        matrices=ragged.matrices,
        mask=ragged.mask,
        references=ragged.references,
        labels=labels,
        names=np.arange(7),
    )
    lines = [
        json.dumps(
            {
                "matrix": g.matrix.tolist(),
                "labels": list("wxyz"[: g.alternatives]),
                "id": i,
                "reference": list(g.reference),
            }
        )
        for i, g in enumerate(ragged)
    ]
    for path in (tmp_path / "b.npz", saved(tmp_path, "c.jsonl", "\n".join(lines) + "\n\n")):
        same = batch(path)
        np.testing.assert_array_equal(same.mask, ragged.mask)
        np.testing.assert_allclose(same.references, ragged.references, rtol=1e-15)
        assert same.labels == tuple(tuple("wxyz"[:size]) for size in ragged.sizes)
        assert same.names == tuple("0123456")
        for game, other in zip(same, ragged, strict=True):
            np.testing.assert_array_equal(game.matrix, other.matrix)
    with pytest.raises(ValueError, match=r"^game \d: there is no alternative '[yz]': did you mean '[wxy]'\?$"):
        batch(tmp_path / "c.jsonl", reference={"w": 1, "x": 2, "y": 3, "z": 4})


def test_one_reference_for_a_batch(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.stack([MATRIX, MATRIX]))
    by_label = batch(tmp_path / "a.npy", reference={"0": 1, "1": 2, "2": 1})
    by_array = batch(tmp_path / "a.npy", reference=[0.25, 0.5, 0.25])
    np.testing.assert_array_equal(by_label.references, [[0.25, 0.5, 0.25]] * 2)
    np.testing.assert_array_equal(by_array.references, by_label.references)


def test_a_batch_may_be_symmetrised_and_have_an_empty_diagonal(tmp_path: Path) -> None:
    text = '{"matrix": [[null, 0.8], [0.6, null]], "id": "p1"}\n{"matrix": [[NaN]]}\n'
    path = saved(tmp_path, "a.jsonl", text)
    games = batch(path, symmetrise=True)
    np.testing.assert_allclose(games[0].matrix, [[0.5, 0.6], [0.4, 0.5]])
    assert games.names == ("p1", "1")
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}, line 1: P\('0' beats '1'\)"):
        read_preference_game(path)


def test_a_reference_file(tmp_path: Path) -> None:
    for path in (
        saved(tmp_path, "a.csv", "label,weight\nant,1\nbee,2.5\n"),
        saved(tmp_path, "b.tsv", "ant\t1\nbee\t2.5\n"),
        saved(tmp_path, "c.json", '{"ant": 1, "bee": 2.5}'),
    ):
        assert read_reference(path) == {"ant": 1.0, "bee": 2.5}
    for text, sentence in {
        "ant,1\nbee\n": ", line 2: a label and its weight are expected, not 'bee'",
        "ant,1\nant,2\n": ", line 2: the label 'ant' has a weight already",
        "label,weight\n": " has no label with a weight",
    }.items():
        path = saved(tmp_path, "d.csv", text)
        with pytest.raises(ValueError, match=f"^{re.escape(str(path) + sentence)}$"):
            read_reference(path)


TEXT_FAULTS = {
    "empty file": (".csv", "", " is empty"),
    "blank file": (".csv", "\n \n", " has no line that is not blank"),
    "names only": (".csv", "ant,bee\n", " has names and no numbers"),
    "not square": (
        ".csv",
        ".5,.9,.25\n.1,.5,.75\n",
        " has 2 rows and 3 columns of numbers: a preference matrix is square",
    ),
    "short row": (".csv", ",ant,bee\nant,.5,.9\nbee,.1\n", ", line 3: 2 cells, and line 1 has 3"),
    "word": (".csv", ",ant,bee\nant,.5,good\nbee,.1,.5\n", ", line 2, column 3: 'good' is not a number"),
    "empty cell": (
        ".csv",
        "# comment\n,ant,bee\nant,.5,\nbee,.1,.5\n",
        ", line 3, column 3: the cell is empty, and only the diagonal may be",
    ),
    "NaN": (".csv", ".5,nan\n.1,.5\n", ": the entry of '0' against '1' is nan, not a number in [0, 1]"),
    "rows and columns differ": (
        ".csv",
        ",ant,bee\nant,.5,.9\nbe,.1,.5\n",
        ": the column 'bee' has no row of that name: rows and columns must agree",
    ),
    "label twice": (
        ".csv",
        "ant,ant\n.5,.9\n.1,.5\n",
        ": the label 'ant' occurs twice: the labels of the alternatives must differ",
    ),
    "label twice on top": (
        ".csv",
        ",ant,ant\nant,.5,.9\nbee,.1,.5\n",
        ": the label 'ant' occurs twice on top: labels must differ",
    ),
    "percentages": (
        ".csv",
        "50,90\n10,50\n",
        ": the entry of '0' against '0' is 50: a probability lies in [0, 1], so divide percentages by 100",
    ),
    "header of votes only": (".csv", "winner,loser\n", " has no votes"),
    "vote too short": (
        ".csv",
        "winner,loser\na,b\na\n",
        ", line 3: the number of cells is 1, and the first line has 2",
    ),
    "vote for itself": (".csv", "winner,loser\na,a\n", ", line 2: 'a' is compared with itself"),
    "vote without loser": (
        ".csv",
        "winner,loser\na,\n",
        ", line 2: a vote needs the labels of two alternatives, and one is empty",
    ),
    "weight": (".csv", "winner,loser,weight\na,b,many\n", ", line 2: the weight 'many' is not a number"),
    "weight zero": (
        ".csv",
        "winner,loser,weight\na,b,0\n",
        ", line 2: the weight must be a finite number above 0, not 0",
    ),
    "weight NaN": (
        ".csv",
        "winner,loser,weight\na,b,nan\n",
        ", line 2: the weight must be a finite number above 0, not nan",
    ),
    "tie": (".csv", "winner,loser,tie\na,b,perhaps\n", ", line 2: tie must be 1 or 0, not 'perhaps'"),
    "arena winner": (
        ".csv",
        "model_a,model_b,winner\na,b,c\n",
        ", line 2: the winner must be model_a, model_b, tie or tie (bothbad), not 'c'",
    ),
    "one-hot": (
        ".csv",
        "model_a,model_b,winner_model_a,winner_model_b,winner_tie\na,b,1,0,1\n",
        ", line 2: exactly one of winner_model_a, winner_model_b, winner_tie must be 1",
    ),
    "JSON": (
        ".jsonl",
        '{"winner": "a", "loser": "b"}\n{"winner": "a",\n',
        None,
    ),
    "vote keys": (
        ".jsonl",
        '{"winner": "a", "loser": "b"}\n{"winner": "a"}\n',
        ", line 2: the keys of a vote are winner,loser[,weight] or model_a,model_b,winner, not 'winner'",
    ),
    "vote not an object": (
        ".jsonl",
        '{"winner": "a", "loser": "b"}\n["a", "b"]\n',
        ", line 2: an object with the keys winner,loser[,weight] or model_a,model_b,winner is expected",
    ),
    "game without matrix": (".jsonl", '{"labels": ["a"]}\n', ', line 1: an object with the key "matrix" is expected'),
    "game ragged": (
        ".jsonl",
        '{"matrix": [[0.5]]}\n{"matrix": [[0.5, 1], [0]]}\n',
        ", line 2: the matrix must be rows of numbers, all of one length",
    ),
    "game not square": (
        ".jsonl",
        '{"matrix": [[0.5, 1]]}\n',
        ", line 1: a preference matrix must be square and not empty, and this one has shape (1, 2)",
    ),
    "game with NaN": (
        ".jsonl",
        '{"matrix": [[0.5]]}\n\n{"matrix": [[0.5, null], [0, 0.5]]}\n',
        ", line 3: the entry of '0' against '1' is nan, not a number in [0, 1]",
    ),
    "game with a zero in the reference": (
        ".jsonl",
        '{"matrix": [[0.5, 1], [0, 0.5]], "reference": [1, 0]}\n',
        ", line 1: the reference gives 0 to alternative '1': every weight must be finite and above 0",
    ),
    "game with an unknown label": (
        ".jsonl",
        '{"matrix": [[0.5, 1], [0, 0.5]], "labels": ["ant", "bee"], "reference": {"ant": 1, "be": 1}}\n',
        ", line 1: there is no alternative 'be': did you mean 'bee'?",
    ),
    "game with labels that are none": (
        ".jsonl",
        '{"matrix": [[0.5]], "labels": "ant"}\n',
        ", line 1: the labels must be a list",
    ),
    "blank lines": (".jsonl", "\n\n", " has no line that is not blank"),
    "JSON object": (".json", "[[0.5]]", ': an object with the key "matrix" is expected'),
    "rewards of two lengths": (
        ".jsonl",
        "[1, 2]\n[1]\n",
        ", line 2: the shape is (1,), and 2 rewards like the first line is expected",
    ),
    "rewards of words": (".jsonl", '[1, 2]\n[1, "x"]\n', ", line 2: rewards must be a rectangular array of numbers"),
    "rewards infinite": (
        ".jsonl",
        "[1, 2]\n[1, Infinity]\n",
        ": the reward of row 1, alternative 1 is inf, not a finite number",
    ),
    "suffix": (
        ".xlsx",
        "x",
        ": the suffix must be one of .csv, .tsv, .npy, .npz, .json, .jsonl, .ndjson, .soc, .soi, .toc, .toi, .wmd, "
        "not '.xlsx'",
    ),
    "no suffix": (
        "",
        "x",
        ": the suffix must be one of .csv, .tsv, .npy, .npz, .json, .jsonl, .ndjson, .soc, .soi, .toc, .toi, .wmd, "
        "not 'none'",
    ),
    "capitals": (".CSV", "x", ": write the suffix in small letters (.csv)"),
    "not an array": (".npy", "abc", " is not a NumPy array file of numbers (.npy), or is cut short"),
    "not an archive": (".npz", "abc", " is not a NumPy archive (.npz), or is cut short"),
}


@pytest.mark.parametrize("fault", TEXT_FAULTS)
def test_a_faulty_file_gives_one_sentence(tmp_path: Path, fault: str) -> None:
    suffix, text, sentence = TEXT_FAULTS[fault]
    path = saved(tmp_path, f"a{suffix}", text)
    if sentence is None:
        with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}, line 2 is not JSON: \w.* \(character \d+\)$"):
            read_preference_game(path)
        return
    with pytest.raises(ValueError, match=f"^{re.escape(str(path) + sentence)}$"):
        read_preference_game(path)


def test_a_kind_that_does_not_fit_gives_one_sentence(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.csv", "a,b,c,d\na,b,c,d\n")
    with pytest.raises(
        ValueError, match=rf"^{re.escape(str(path))}, line 1: the columns of a vote list are .*'a,b,c,d'$"
    ):
        read_preference_game(path, kind="votes")
    with pytest.raises(ValueError, match=r"a\.csv: a file of the kind 'preflib' must end in \.soc, \.soi, "):
        read_preference_game(path, kind="preflib")
    with pytest.raises(ValueError, match=r"^the kind of a file must be one of auto, matrix, .*, not 'wins'$"):
        read_preference_game(path, kind="wins")
    with pytest.raises(ValueError, match=r"^the temperature must be|: the temperature must be a finite number above 0"):
        read_preference_game(saved(tmp_path, "b.csv", "1,2\n"), kind="rewards", temperature=0.0)
    with pytest.raises(FileNotFoundError):
        read_preference_game(tmp_path / "missing.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ValueError, match=r"folder\.csv is a folder: name a file$"):
        read_preference_game(tmp_path / "folder.csv")


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b".5,.9\n\xff\xfe,.5\n")
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))} is not a text file in UTF-8$"):
        read_preference_game(path)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".npy", ".npz", ".json", ".jsonl", ".soc", ".wmd"])
def test_a_file_of_20_gigabytes_is_refused_before_it_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"huge{suffix}"
    with path.open("wb") as file:
        file.truncate(20 << 30)  # sparse: it takes no room on the disk
    expected = rf"^{re.escape(str(path))} holds 20\.0 GiB, more than the limit of 8 GiB$"
    with pytest.raises(ValueError, match=expected):
        read_preference_game(path)


def test_a_file_too_large_for_the_free_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from games.preference import sources

    path = tmp_path / "large.npy"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    monkeypatch.setattr(sources, "available_memory", lambda: 4 << 30)
    expected = (
        rf"^{re.escape(str(path))} holds 2\.0 GiB: reading it needs about 6\.0 GiB of memory, and 4\.0 GiB are free$"
    )
    with pytest.raises(ValueError, match=expected):
        read_preference_game(path)


def test_an_archive_is_judged_by_what_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from games.preference import sources

    path = tmp_path / "a.npz"
    np.savez_compressed(path, matrices=np.full((4096, 16, 16), 0.5))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(sources, "SIZE_LIMIT", 1 << 20)
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))} holds 0\.0 GiB, more than the limit"):
        read_preference_game(path)


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    trap = np.array([[{"a": 1}]], dtype=object)
    np.save(tmp_path / "a.npy", trap, allow_pickle=True)
    with pytest.raises(ValueError, match=r"a\.npy is not a NumPy array file of numbers"):
        read_preference_game(tmp_path / "a.npy")
    np.savez(tmp_path / "b.npz", matrices=trap)
    with pytest.raises(ValueError, match=r"b\.npz holds an array that is not one of numbers or text: pickles are not"):
        read_preference_game(tmp_path / "b.npz")


def test_faulty_archives_and_arrays_give_one_sentence(tmp_path: Path) -> None:
    matrices = np.stack([MATRIX, MATRIX])
    wrong = matrices.copy()
    wrong[1, 0, 1] = 0.8
    archives: dict[str, tuple[dict[str, np.ndarray], str]] = {
        "name": ({"games": matrices}, "holds games: an array named matrices, of shape (games, n, n), is needed"),
        "stranger": ({"matrices": matrices, "weights": matrices}, "holds an array named 'weights': known are"),
        "labels": ({"matrices": matrices, "labels": np.array(["a", "b"])}, "the labels have shape (2, 2): it must be"),
        "mask": ({"matrices": matrices, "mask": np.ones((2, 2), bool)}, "the mask has shape (2, 2)"),
        "matrix": ({"matrices": wrong}, "game 1: P('0' beats '1') + P('1' beats '0') = 0.8 + 0.1, not 1 within 1e-06"),
        "square": ({"matrices": matrices[:, :2]}, "a batch must have the shape (games, n, n), not (2, 2, 3)"),
    }
    for name, (fields, sentence) in archives.items():
        path = tmp_path / f"{name}.npz"
        np.savez(path, **fields)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}:? {re.escape(sentence)}"):
            read_preference_game(path)
    for name, array, sentence in (
        ("vector", np.zeros(3), "a preference matrix must be square, not of shape (3,)"),
        ("text", np.array([["a"]]), "a preference matrix must be a rectangular array of numbers"),
        ("three", wrong, "game 1: P('0' beats '1')"),
    ):
        np.save(tmp_path / f"{name}.npy", array)
        with pytest.raises(ValueError, match=rf"{name}\.npy: {re.escape(sentence)}"):
            read_preference_game(tmp_path / f"{name}.npy")
    with (tmp_path / "three.npy").open("r+b") as file:
        file.truncate(200)
    with pytest.raises(
        ValueError, match=r"three\.npy is not a NumPy array file of numbers \(\.npy\), or is cut short$"
    ):
        read_preference_game(tmp_path / "three.npy")
