"""PrefLib files: rankings counted by hand, the graph of edges, and the sentence for each way to break the format."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from games.preference import PreferenceGame, read_preference_game
from games.preference.preflib import read_preflib

HEADER = """# FILE NAME: example
# TITLE: A town
# NUMBER ALTERNATIVES: 4
# NUMBER VOTERS: {voters}
# NUMBER UNIQUE ORDERS: 3
# ALTERNATIVE NAME 1: Ada
# ALTERNATIVE NAME 2: Bo: the second
# ALTERNATIVE NAME 3: Cy
# ALTERNATIVE NAME 4: Di
"""


def written(folder: Path, name: str, data: str, voters: int = 10) -> Path:
    path = folder / name
    path.write_text(HEADER.format(voters=voters) + data, encoding="utf-8")
    return path


def test_complete_strict_orders(tmp_path: Path) -> None:
    votes = read_preflib(written(tmp_path, "a.soc", "5: 1,2,3,4\n3: 2,3,1,4\n2: 4, 1, 3, 2\n"))
    assert votes.labels == ("Ada", "Bo: the second", "Cy", "Di")
    # Ada over Bo: 5 + 2; over Cy: 5 + 2; over Di: 5 + 3. Bo over Cy: 5 + 3; over Di: 8. Cy over Di: 8.
    np.testing.assert_array_equal(votes.wins, [[0, 7, 7, 8], [3, 0, 8, 8], [3, 2, 0, 8], [2, 2, 2, 0]])
    assert not votes.ties.any()


def test_incomplete_strict_orders_leave_pairs_uncompared_or_rank_the_rest_last(tmp_path: Path) -> None:
    path = written(tmp_path, "a.soi", "5: 1,2\n3: 2,3,1,4\n2: 4\n")
    ignored = read_preflib(path)
    np.testing.assert_array_equal(ignored.wins, [[0, 5, 0, 3], [3, 0, 3, 3], [3, 0, 0, 3], [0, 0, 0, 0]])
    assert not ignored.ties.any()
    last = read_preflib(path, unranked="last")
    np.testing.assert_array_equal(last.ties, [[0, 2, 2, 0], [2, 0, 2, 0], [2, 2, 0, 5], [0, 0, 5, 0]])
    np.testing.assert_array_equal(last.wins, [[0, 6, 6, 8], [4, 0, 9, 8], [4, 1, 0, 5.5], [2, 2, 4.5, 0]])
    game = read_preference_game(path, unranked="last", prior=0)
    assert isinstance(game, PreferenceGame)
    np.testing.assert_allclose(game.matrix[2], [0.4, 0.1, 0.5, 0.55])


def test_complete_orders_with_ties(tmp_path: Path) -> None:
    votes = read_preflib(written(tmp_path, "a.toc", "5: 1,{2,3},4\n3: {4, 3},2,1\n2: {1,2,3,4}\n"))
    np.testing.assert_array_equal(votes.ties, [[0, 2, 2, 2], [2, 0, 7, 2], [2, 7, 0, 5], [2, 2, 5, 0]])
    np.testing.assert_array_equal(votes.wins, [[0, 6, 6, 6], [4, 0, 3.5, 6], [4, 6.5, 0, 7.5], [4, 4, 2.5, 0]])


def test_incomplete_orders_with_ties(tmp_path: Path) -> None:
    votes = read_preflib(written(tmp_path, "a.toi", "5: {1,2}\n3: 3\n2: 2,{1,4}\n"))
    np.testing.assert_array_equal(votes.ties, [[0, 5, 0, 2], [5, 0, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0]])
    np.testing.assert_array_equal(votes.wins, [[0, 2.5, 0, 1], [4.5, 0, 0, 2], [0, 0, 0, 0], [1, 0, 0, 0]])


def test_edges_are_votes_for_their_source(tmp_path: Path) -> None:
    path = written(tmp_path, "a.wmd", "1,2,3.5\n2,1,1\n4,3,2\n")
    votes = read_preflib(path)
    np.testing.assert_array_equal(votes.wins, [[0, 3.5, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 2, 0]])
    game = read_preference_game(path)
    assert isinstance(game, PreferenceGame)
    assert game.matrix[0, 1] == pytest.approx(4.5 / 6.5)


def naive_wins(ballots: list[tuple[int, list[list[int]]]], n: int) -> np.ndarray:
    """Count every pair of every ballot, one after the other; a tie is half a win each way."""
    wins = np.zeros((n, n))
    for voters, levels in ballots:
        for upper, level in enumerate(levels):
            for i in level:
                for lower in levels[upper + 1 :]:
                    for j in lower:
                        wins[i, j] += voters
                for j in level:
                    if j != i:
                        wins[i, j] += voters / 2
    return wins


@st.composite
def ballot(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    order = draw(st.permutations(range(4)))[: draw(st.integers(1, 4))]
    cuts = [draw(st.booleans()) for _ in order]
    levels: list[list[int]] = []
    for alternative, cut in zip(order, cuts, strict=True):
        if cut or not levels:
            levels.append([])
        levels[-1].append(alternative)
    return draw(st.integers(1, 9)), levels


@settings(derandomize=True, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ballots=st.lists(ballot(), min_size=1, max_size=8))
def test_any_file_of_rankings_is_counted_as_the_definition_counts(
    tmp_path: Path, ballots: list[tuple[int, list[list[int]]]]
) -> None:
    ballots.append((1, [[0], [1]]))
    lines = []
    for voters, levels in ballots:
        texts = [",".join(str(i + 1) for i in level) for level in levels]
        braced = [f"{{{text}}}" if "," in text else text for text in texts]
        lines.append(f"{voters}: {','.join(braced)}")
    path = written(tmp_path, "a.toi", "\n".join(lines), voters=sum(voters for voters, _ in ballots))
    np.testing.assert_array_equal(read_preflib(path).wins, naive_wins(ballots, 4))


FAULTS = {
    "voters missing": (
        "a.soc",
        "1,2,3,4\n",
        ", line 10: a ranking is written as 'voters: first,second,…', not '1,2,3,4'",
    ),
    "voters not whole": ("a.soc", "1.5: 1,2,3,4\n", ", line 10: '1.5' is not a whole number"),
    "unknown alternative": (
        "a.soi",
        "10: 1,5\n",
        ", line 10: there is no alternative 5: they are numbered from 1 to 4",
    ),
    "alternative zero": ("a.soi", "10: 0,1\n", ", line 10: there is no alternative 0: they are numbered from 1 to 4"),
    "a name in a ranking": ("a.soi", "9: 1,2\n1: 1,Bo\n", ", line 11: 'Bo' is not a whole number"),
    "twice": ("a.soi", "10: 1,2,1\n", ", line 10: alternative 1 is ranked twice"),
    "braces": ("a.toc", "10: 1,{2,3,4\n", ", line 10: '{2,3,4' is not a list such as 1,{4,3},2"),
    "tie in soc": ("a.soc", "10: 1,{2,3},4\n", ", line 10: a .soc file has no ties, and this ranking has"),
    "tie in soi": ("a.soi", "10: {2,3}\n", ", line 10: a .soi file has no ties, and this ranking has"),
    "incomplete soc": ("a.soc", "10: 1,2,4\n", ", line 10: a .soc file ranks every alternative, and 3 is missing"),
    "incomplete toc": ("a.toc", "10: 1,{2,4}\n", ", line 10: a .toc file ranks every alternative, and 3 is missing"),
    "cut short": ("a.soc", "5: 1,2,3,4\n", " has 5 voters and says 10: it may have been cut short"),
    "no votes": ("a.soc", "", " has metadata and no votes"),
    "nothing compared": (
        "a.soi",
        "10: 1\n",
        ": there are no votes: at least one vote with a weight above 0 is needed",
    ),
    "edge": ("a.wmd", "1,2\n", ", line 10: an edge is written as 'source,destination,weight', not '1,2'"),
    "edge weight": ("a.wmd", "1,2,x\n", ", line 10: the weight 'x' is not a number"),
    "edge negative": ("a.wmd", "1,2,-1\n", ", line 10: the weight must be a finite number of at least 0, not -1"),
    "edge to itself": ("a.wmd", "1,1,1\n", ", line 10: alternative 1 has an edge to itself"),
    "edge nowhere": ("a.wmd", "1,9,1\n", ", line 10: there is no alternative 9: they are numbered from 1 to 4"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_file_gives_one_sentence(tmp_path: Path, fault: str) -> None:
    name, data, sentence = FAULTS[fault]
    path = written(tmp_path, name, data)
    with pytest.raises(ValueError, match=f"^{re.escape(str(path) + sentence)}$"):
        read_preference_game(path)


HEADERS = {
    "old format": (
        "3\n1,Ada\n2,Bo\n3,Cy\n",
        ": the line 'voters,sum,orders' is expected after the 3 names of alternatives",
    ),
    "no format": (
        "Ada,Bo\n1: 1\n",
        ' lacks the line "# NUMBER ALTERNATIVES: …": PrefLib files have begun with',
    ),
    "count": ("# NUMBER ALTERNATIVES: three\n1: 1\n", ": NUMBER ALTERNATIVES: 'three' is not a whole number"),
    "none": ("# NUMBER ALTERNATIVES: 0\n1: 1\n", ": NUMBER ALTERNATIVES must be at least 1, not 0"),
    "same names": (
        "# NUMBER ALTERNATIVES: 2\n# ALTERNATIVE NAME 1: Ada\n# ALTERNATIVE NAME 2: Ada\n1: 1,2\n",
        ": two alternatives are named 'Ada': names must differ",
    ),
    "edges": ("# NUMBER ALTERNATIVES: 2\n# NUMBER EDGES: x\n1: 1,2\n", None),
}


@pytest.mark.parametrize("fault", HEADERS)
def test_broken_metadata_give_one_sentence(tmp_path: Path, fault: str) -> None:
    text, sentence = HEADERS[fault]
    path = tmp_path / "a.soc"
    path.write_text(text, encoding="utf-8")
    if sentence is None:  # what belongs to another kind of file does not matter
        assert read_preflib(path).labels == ("1", "2")
        return
    with pytest.raises(ValueError, match=f"^{re.escape(str(path) + sentence)}"):
        read_preflib(path)


def test_unranked_has_two_meanings(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^unranked alternatives can be ignored or last, not 'first'$"):
        read_preflib(written(tmp_path, "a.soi", "10: 1,2\n"), unranked="first")
