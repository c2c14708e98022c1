"""Files that cannot be read: one sentence that names the file, and the line where there is one; never anything else."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from games.preference import PreferenceBatch, PreferenceGame, read_preference_game
from games.preference.read import SUFFIXES
from games.preference.validation import UNSEEN

MATRIX = np.array([[0.5, 0.9, 0.25], [0.1, 0.5, 0.75], [0.75, 0.25, 0.5]])


def saved(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


SKIP = " (--skip-invalid leaves such lines out)"
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
        ", line 3, column 3: the cell is empty, and only the diagonal may be "
        "(--unseen takes pairs with empty cells as never compared)",
    ),
    "NaN": (".csv", ".5,nan\n.1,.5\n", f": the entry of '0' against '1' is nan, not a number in [0, 1] {UNSEEN}"),
    "rows and columns differ": (
        ".csv",
        ",ant,bee\nant,.5,.9\nbe,.1,.5\n",
        ": the column 'bee' has no row of that name: rows and columns must agree",
    ),
    "label twice": (
        ".csv",
        "ant,ant\n.5,.9\n.1,.5\n",
        ", line 1, column 2: 'ant' is the name of another column, too",
    ),
    "label twice on top": (
        ".csv",
        ",ant,ant\nant,.5,.9\nbee,.1,.5\n",
        ", line 1, column 3: 'ant' is the name of another column, too",
    ),
    "percentages": (
        ".csv",
        "50,90\n10,50\n",
        ": the entry of '0' against '0' is 50: a probability lies in [0, 1], so divide percentages by 100, "
        "or write them with %",
    ),
    "header of votes only": (".csv", "winner,loser\n", " has no votes"),
    "vote too short": (
        ".csv",
        "winner,loser\na,b\na\n",
        ", line 3: the number of cells is 1, and the first line has 2" + SKIP,
    ),
    "vote for itself": (".csv", "winner,loser\na,a\n", ", line 2: 'a' is compared with itself" + SKIP),
    "vote without loser": (
        ".csv",
        "winner,loser\na,\n",
        ", line 2: a vote needs the labels of two alternatives, and one is empty" + SKIP,
    ),
    "weight": (".csv", "winner,loser,weight\na,b,many\n", ", line 2: the weight 'many' is not a number" + SKIP),
    "weight zero": (
        ".csv",
        "winner,loser,weight\na,b,0\n",
        ", line 2: the weight must be a finite number above 0, not 0" + SKIP,
    ),
    "weight NaN": (
        ".csv",
        "winner,loser,weight\na,b,nan\n",
        ", line 2: the weight must be a finite number above 0, not nan" + SKIP,
    ),
    "tie": (".csv", "winner,loser,tie\na,b,perhaps\n", ", line 2: tie must be 1 or 0, not 'perhaps'" + SKIP),
    "arena winner": (
        ".csv",
        "model_a,model_b,winner\na,b,c\n",
        ", line 2: the winner must be model_a, model_b, tie or tie (bothbad), not 'c'" + SKIP,
    ),
    "one-hot": (
        ".csv",
        "model_a,model_b,winner_model_a,winner_model_b,winner_tie\na,b,1,0,1\n",
        ", line 2: exactly one of winner_model_a, winner_model_b, winner_tie must be 1" + SKIP,
    ),
    "vote keys": (
        ".jsonl",
        '{"winner": "a", "loser": "b"}\n{"winner": "a"}\n',
        ", line 2: it looks like a vote log with a winner, and lacks the columns of the two sides: loser, model_a and "
        "model_b, left and right, model_1 and model_2, generator_1 and generator_2, baseline and model" + SKIP,
    ),
    "vote not an object": (
        ".jsonl",
        '{"winner": "a", "loser": "b"}\n["a", "b"]\n',
        ", line 2: an object with the keys winner,loser[,weight] or model_a,model_b,winner is expected" + SKIP,
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
    "not an array": (".npy", "abc", " is not a NumPy array file of numbers (.npy), or is cut short"),
    "not an archive": (".npz", "abc", " is not a NumPy archive (.npz), or is cut short"),
}


@pytest.mark.parametrize("fault", TEXT_FAULTS)
def test_a_faulty_file_gives_one_sentence(tmp_path: Path, fault: str) -> None:
    suffix, text, sentence = TEXT_FAULTS[fault]
    path = saved(tmp_path, f"a{suffix}", text)
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


def test_broken_json_names_its_line(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.jsonl", '{"winner": "a", "loser": "b"}\n\n{"winner": "a",\n')
    with pytest.raises(
        ValueError, match=rf"^{re.escape(str(path))}, line 3: the line is not JSON: \w.* \(character \d+\) "
    ):
        read_preference_game(path)
    path = saved(tmp_path, "deep.jsonl", "[" * 100_000 + "\n")
    with pytest.raises(ValueError, match=r"line 1 is n(ot JSON|ested too deeply to be read)"):
        read_preference_game(path)


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
    from games import arrays

    path = tmp_path / "large.npy"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    monkeypatch.setattr(arrays, "available_memory", lambda: 4 << 30)
    expected = (
        rf"^{re.escape(str(path))} holds 2\.0 GiB: reading it needs about 6\.0 GiB of memory, and 4\.0 GiB are free$"
    )
    with pytest.raises(ValueError, match=expected):
        read_preference_game(path)


def test_an_archive_is_judged_by_what_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from games import arrays

    path = tmp_path / "a.npz"
    np.savez_compressed(path, matrices=np.full((4096, 16, 16), 0.5))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(arrays, "SIZE_LIMIT", 1 << 20)
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))} holds 0\.0 GiB, more than the limit"):
        read_preference_game(path)


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    trap = np.array([[{"a": 1}]], dtype=object)
    np.save(tmp_path / "a.npy", trap, allow_pickle=True)
    with pytest.raises(ValueError, match=r"a\.npy is not a NumPy array file of numbers"):
        read_preference_game(tmp_path / "a.npy")
    np.savez(tmp_path / "b.npz", matrices=trap)
    with pytest.raises(ValueError, match=r"b\.npz holds an array that is not one of numbers or text, or is damaged"):
        read_preference_game(tmp_path / "b.npz")


def test_faulty_archives_and_arrays_give_one_sentence(tmp_path: Path) -> None:
    matrices = np.stack([MATRIX, MATRIX])
    wrong = matrices.copy()
    wrong[1, 0, 1] = 0.8
    archives: dict[str, tuple[dict[str, np.ndarray], str]] = {
        "name": ({"games": matrices}, "holds 'games.npy', which does not belong there: known are"),
        "stranger": (
            {"matrices": matrices, "weights": matrices},
            "holds 'weights.npy', which does not belong there: known are",
        ),
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


PIECES = st.sampled_from(
    [
        *("winner,loser", "model_a,model_b,winner", "a,b", "a,b,tie", ".5,.4", "0,1", "#", "# NUMBER ALTERNATIVES: 2"),
        *("1: 1,2", "2: {1,2}", "1,2,3", '{"matrix": [[0.5]]}', '{"winner": 1, "loser": 2}', "[1, 2]", '"', ";", "\t"),
        *("{}", "[]", "null", "1e999", "nan", "-1", "é\x00", "\ufeff", "[" * 2000, '{"matrix": {"a": 1}}', "x" * 50),
        *('{"matrix": [[0.5]], "reference": "a"}', '{"matrix": [[0.5]], "reference": {"0": "a"}}', "1: 1,,2", ",,,"),
    ]
)


@settings(derandomize=True, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from(SUFFIXES),
    kind=st.sampled_from(["auto", "auto", "auto", "matrix", "votes", "rewards", "batch"]),
    content=st.one_of(
        st.binary(max_size=60),
        st.tuples(st.lists(st.lists(PIECES, max_size=3), max_size=5), st.sampled_from(["\n", "\r\n", "\r"])).map(
            lambda parts: parts[1].join(",".join(line) for line in parts[0]).encode()
        ),
    ),
)
def test_whatever_a_file_holds_it_is_a_game_or_one_sentence(
    tmp_path: Path, suffix: str, kind: str, content: bytes
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    sentence = ""
    try:
        assert isinstance(read_preference_game(path, kind=kind), PreferenceGame | PreferenceBatch)
    except ValueError as error:
        sentence = str(error)
    assert not sentence or sentence.startswith(str(path))
    assert "\n" not in sentence
