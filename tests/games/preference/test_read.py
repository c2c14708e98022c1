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
    "semicolons": (".csv", "# names, then numbers\n;ant;bee;cat\nant;;.9;.25\nbee;.1;;.75\ncat;.75;.25;\n", LABELS),
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
