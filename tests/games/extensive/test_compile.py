from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
import pytest
from hypothesis import given
from hypothesis import strategies as st

import games.extensive.compile as compiling
from games.extensive import (
    Chance,
    Decision,
    ExtensiveGame,
    GameError,
    NotTwoPlayerZeroSum,
    Terminal,
    compile_game,
    from_arrays,
    from_tree,
)
from games.extensive.compile import estimate_histories
from games.extensive.game import Texts
from games.extensive.tree import Node
from tests.solvers.extensive import naive as naive

GAMES = [
    "kuhn_poker",
    "liars_dice(dice_sides=3)",
    "dark_hex(board_size=2,gameversion=adh)",
    "goofspiel(num_cards=3,imp_info=True,points_order=random)",
    "oshi_zumo(coins=3,size=1,horizon=4)",
]


def dense(game: ExtensiveGame, player: int) -> np.ndarray[Any, Any]:
    matrix = np.zeros((game.sequences[player], game.sequences[1 - player]))
    start, column, value = game.payoffs[player]
    rows = np.repeat(np.arange(len(start) - 1), np.diff(start))
    np.add.at(matrix, (rows, column), value)
    return matrix


def assert_same(one: ExtensiveGame, other: ExtensiveGame) -> None:
    for first, second in zip((*one.treeplexes, *one.payoffs), (*other.treeplexes, *other.payoffs), strict=True):
        for mine, theirs in zip(first, second, strict=True):
            assert mine.dtype == theirs.dtype
            np.testing.assert_array_equal(mine, theirs)
    for mine, theirs in zip(one.names, other.names, strict=True):
        assert list(mine.information_states) == list(theirs.information_states)


def assert_same_with_names(one: ExtensiveGame, other: ExtensiveGame) -> None:
    assert_same(one, other)
    assert (one.name, one.statistics) == (other.name, other.statistics)
    for player in (0, 1):
        np.testing.assert_array_equal(one.names[player].actions, other.names[player].actions)
        for sequence in range(1, one.sequences[player]):
            assert one.action_string(player, sequence) == other.action_string(player, sequence)


# Published sizes (Sokota et al., "A unified approach to reinforcement learning, quantal response equilibria, and
# two-player zero-sum games", ICLR 2023): histories without those where chance moves.
@pytest.mark.parametrize(
    ("name", "histories"),
    [
        ("kuhn_poker", 54),
        ("dark_hex(board_size=2,gameversion=adh)", 471),
        ("liars_dice(dice_sides=4)", 8176),
        ("leduc_poker", 9300),
    ],
)
def test_sizes_are_the_published_ones(name: str, histories: int) -> None:
    counted = compile_game(name).statistics
    assert counted.histories - counted.chance_nodes == histories


@pytest.mark.parametrize("name", GAMES)
def test_the_layout_is_the_canonical_one(name: str) -> None:
    game = compile_game(name)
    for player, (parent, first, owner, level) in enumerate(game.treeplexes):
        assert {array.dtype for array in (parent, first, owner, level)} == {np.dtype(np.int32)}
        assert first[0] == 1
        assert first[-1] == game.sequences[player] == len(owner)
        assert owner[0] == -1
        for i in range(game.infosets[player]):
            assert (owner[first[i] : first[i + 1]] == i).all()
            assert first[i] > parent[i]
        assert (np.diff(first) > 0).all()
        assert (np.diff(parent) >= 0).all()
        depth = [0] * len(parent)
        for i, before in enumerate(parent):
            depth[i] = depth[owner[before]] + 1 if before else 0
        assert (np.repeat(np.arange(len(level) - 1), np.diff(level)) == depth).all()
        start, column, _ = game.payoffs[player]
        for s in range(game.sequences[player]):
            assert (np.diff(column[start[s] : start[s + 1]]) > 0).all()
    np.testing.assert_array_equal(dense(game, 0), -dense(game, 1).T)
    assert game.max_actions == max(int(np.diff(tree.first).max()) for tree in game.treeplexes)


@pytest.mark.parametrize("name", GAMES)
def test_every_history_is_where_open_spiel_says(name: str) -> None:
    game = compile_game(name)
    matrix = np.zeros(game.sequences)
    reference = pyspiel.load_game_as_turn_based(name)

    def visit(state: Any, sequences: tuple[int, int], chance: float) -> None:
        if state.is_terminal():
            matrix[sequences] += chance * state.player_return(0)
        elif state.is_chance_node():
            for action, probability in state.chance_outcomes():
                visit(state.child(action), sequences, chance * probability)
        else:
            player = state.current_player()
            infoset = game.index[player][state.information_state_string(player)]
            assert game.treeplexes[player].parent[infoset] == sequences[player]
            first = int(game.treeplexes[player].first[infoset])
            legal = state.legal_actions()
            assert game.names[player].actions[first : first + len(legal)].tolist() == legal
            for k, action in enumerate(legal):
                assert game.action_string(player, first + k) == state.action_to_string(player, action)
                following = (first + k, sequences[1]) if player == 0 else (sequences[0], first + k)
                visit(state.child(action), following, chance)

    visit(reference.new_initial_state(), (0, 0), 1.0)
    np.testing.assert_allclose(dense(game, 0), matrix, atol=1e-15)


def test_kuhn_poker_is_the_game_of_the_textbook() -> None:
    game = compile_game("kuhn_poker")
    assert game.infosets == (6, 6)
    assert game.sequences == (13, 13)
    assert game.utility_range == 4.0
    assert game.statistics.terminal_histories == 30
    assert set(np.abs(dense(game, 0)).ravel()) == {0.0, 1 / 6, 2 / 6}
    assert "kuhn_poker" in repr(game)
    assert sorted(game.index[1]) == ["0b", "0p", "1b", "1p", "2b", "2p"]


def test_simultaneous_games_and_games_as_objects_compile_to_the_same() -> None:
    name = "goofspiel(num_cards=3,imp_info=True,points_order=descending)"
    game = compile_game(name)
    assert_same(game, compile_game(pyspiel.load_game(name)))
    assert_same(game, compile_game(pyspiel.load_game_as_turn_based(name)))


def test_a_gambit_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "kuhn, with (odd) name.efg"
    file.write_text(pyspiel.get_kuhn_poker_efg_data())
    game = compile_game(str(file))
    assert game.name == str(file)
    assert (game.infosets, game.sequences) == ((6, 6), (13, 13))
    assert sorted(dense(game, 0).ravel()) == pytest.approx(sorted(dense(compile_game("kuhn_poker"), 0).ravel()))
    file.write_text(pyspiel.get_sample_efg_data())
    with pytest.raises(NotTwoPlayerZeroSum, match="is not zero-sum: the utilities after"):
        compile_game(str(file))
    file.write_text("no game")
    with pytest.raises(GameError, match="line 1, column 1: 'no' stands where EFG 2 R"):
        compile_game(str(file))


def test_a_game_may_end_with_a_chance_event(tmp_path: Path) -> None:
    file = tmp_path / "coin.efg"
    file.write_text(
        'EFG 2 R "coin" { "one" "two" } ""\n'
        'c "" 1 "" { "end" 1/4 "go on" 3/4 } 0\n'
        't "" 1 "" { 4 -4 }\n'
        'p "" 1 1 "" { "left" "right" } 0\n'
        't "" 2 "" { 8 -8 }\n'
        't "" 3 "" { -2 2 }\n'
    )
    game = compile_game(str(file))
    assert dense(game, 0).tolist() == [[1.0], [6.0], [-1.5]]
    assert game.statistics.chance_nodes == 1
    assert game.action_string(0, 2) == "right"


class OneInfoset:
    """What of a game and a state the walk asks: a first move, and a second at an infoset whose actions differ."""

    def __init__(self, past: tuple[int, ...] = ()) -> None:
        self.past = past

    def get_type(self) -> pyspiel.GameType:
        return pyspiel.load_game("kuhn_poker").get_type()

    def num_players(self) -> int:
        return 2

    def min_utility(self) -> float:
        return -1.0

    def max_utility(self) -> float:
        return 1.0

    def get_game(self) -> OneInfoset:
        return self

    def history(self) -> list[int]:
        return list(self.past)

    def new_initial_state(self) -> OneInfoset:
        return OneInfoset()

    def is_terminal(self) -> bool:
        return len(self.past) == 2

    def current_player(self) -> int:
        return -4 if self.is_terminal() else len(self.past)

    def information_state_string(self) -> str:
        return "all"

    def legal_actions(self) -> list[int]:
        return [0, 1, 2] if self.past == (1,) else [0, 1]

    def action_to_string(self, player: int, action: int) -> str:
        return str(action)

    def child(self, action: int) -> OneInfoset:
        return OneInfoset((*self.past, action))

    def apply_action(self, action: int) -> None:
        self.past = (*self.past, action)

    def returns(self) -> list[float]:
        return [1.0, -1.0]


def test_an_infoset_with_different_actions_is_refused() -> None:
    with pytest.raises(GameError, match=r"player 1 has different legal actions .* 'all': \[0, 1\] and \[0, 1, 2\]"):
        compile_game(OneInfoset())


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("kuhn_poker(players=3)", "has 3 players"),
        ("matrix_pd", r"is not zero-sum: the utilities after \[0, 0\] are 5 and 5"),
        ("liars_dice_ir", "player 1 has imperfect recall: the infoset 'P1"),
        ("hanabi", "no information-state strings"),
        ("leduc_pokr", r"no game 'leduc_pokr': did you mean leduc_poker\?"),
        ("xyzzy", r"no game 'xyzzy' \(pyspiel"),
        ("mfg_crowd_modelling", "players"),
        ("phantom_ttt", r"phantom_ttt\(\) has about 2e\+10 histories"),
        ("nowhere.efg", "there is no file nowhere.efg"),
    ],
)
def test_what_cannot_be_compiled_is_refused_with_the_property_that_fails(name: str, sentence: str) -> None:
    with pytest.raises(GameError, match=sentence) as error:
        compile_game(name, memory_limit=24 * 2**30)
    assert "\n" not in str(error.value)


def test_the_walk_stops_at_the_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GameError, match=r"has about 1e\+04 histories, and 0.0 GiB of memory are enough for 1e\+03"):
        compile_game("leduc_poker", memory_limit=1e5)
    monkeypatch.setattr(compiling, "estimate_histories", lambda game: 1.0)  # as if the estimate had been too low
    with pytest.raises(GameError, match=r"leduc_poker\(\) has more than [\d,]+ histories, \d+ infosets"):
        compile_game("leduc_poker", memory_limit=1e5)
    # 9,457 histories at 100 bytes would do, but for the 936 infosets at 450.
    with pytest.raises(GameError, match=r"more than \d,\d+ histories, \d+ infosets among them, and 0.0 GiB"):
        compile_game("leduc_poker", memory_limit=1.1e6)
    assert compile_game("leduc_poker", memory_limit=1.5e6).infosets == (468, 468)


@pytest.mark.parametrize("content", ['EFG 2 R "x" { "a" "b" }\n', "", "garbage", 'EFG 2 R "x" { "a" "b" } ""\np "" 1'])
def test_a_gambit_file_that_ends_too_early_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "broken.efg").write_text(content)
    with pytest.raises(GameError, match=r"broken.efg, line \d, column \d+: "):
        compile_game(str(tmp_path / "broken.efg"))


def test_a_game_taken_from_disk_has_the_name_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAMAYA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiling, "_CACHED_FROM", 0)
    for name in ("one.efg", "other.efg"):
        file = tmp_path / name
        file.write_text(
            'EFG 2 R "x" { "a" "b" } ""\np "" 1 1 "" { "L" "R" } 0\nt "" 1 "" { 1, -1 }\nt "" 2 "" { 0, 0 }\n'
        )
        assert compile_game(str(file)).name == str(file)


def test_the_estimate_of_histories_is_exact_where_the_tree_is_even_and_unbiased_elsewhere() -> None:
    assert estimate_histories(pyspiel.load_game_as_turn_based("matrix_rps"), probes=1) == 13
    leduc = pyspiel.load_game("leduc_poker")
    estimates = [estimate_histories(leduc, seed=seed) for seed in range(25)]
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - 9457) < 4 * error
    assert error < 300


def test_large_games_are_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMAYA_CACHE_DIR", str(tmp_path))
    compile_game("kuhn_poker")
    assert list(tmp_path.iterdir()) == []  # too small
    monkeypatch.setattr(compiling, "_CACHED_FROM", 0)
    compile_game("kuhn_poker", cache=False)
    compile_game(pyspiel.load_game("kuhn_poker"))
    assert list(tmp_path.iterdir()) == []
    game = compile_game("kuhn_poker")
    (file,) = (tmp_path / "games").iterdir()
    with monkeypatch.context() as patched:
        patched.setattr(compiling._Walk, "run", None)
        assert_same_with_names(compile_game("kuhn_poker"), game)
        assert_same_with_names(compile_game("kuhn_poker()"), game)
    file.write_bytes(file.read_bytes()[:1000])
    assert_same_with_names(compile_game("kuhn_poker"), game)
    with monkeypatch.context() as patched:
        patched.setattr(compiling._Walk, "run", None)
        assert_same_with_names(compile_game("kuhn_poker"), game)  # the damaged file has been replaced
    monkeypatch.setenv("TAMAYA_CACHE_DIR", str(file))  # no folder
    assert_same_with_names(compile_game("kuhn_poker"), game)


@pytest.mark.parametrize("as_parameter", [False, True])
def test_the_contents_of_a_file_decide_what_is_taken_from_disk(
    as_parameter: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAMAYA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiling, "_CACHED_FROM", 0)
    file = tmp_path / "game.efg"
    name = f"efg_game(filename={file})" if as_parameter else str(file)
    text = pyspiel.get_kuhn_poker_efg_data()
    file.write_text(text)
    before = compile_game(name)
    file.write_text(text.replace("2.0", "3.0"))
    assert compile_game(name).statistics != before.statistics
    file.write_text(text)
    assert_same_with_names(compile_game(name), before)


def test_progress_is_shown_when_asked_for(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    compile_game("leduc_poker")
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr("games._base.progress.QUIET", 0.0)
    compile_game("leduc_poker", progress=True)
    output, errors = capfd.readouterr()
    assert output == ""
    assert "compiling leduc_poker()" in errors
    assert "9,457 of" in errors


@given(st.randoms(use_true_random=False), st.integers(0, 6))
def test_a_tree_in_python_is_compiled(source: random.Random, depth: int) -> None:
    tree = naive.random_tree(source, depth)
    game = from_tree(tree)
    statistics = game.statistics
    assert (statistics.histories, statistics.chance_nodes, statistics.terminal_histories) == naive.count(tree)
    for player in (0, 1):
        widths = naive.widths(tree, player)
        first = game.treeplexes[player].first
        assert {state: int(first[i + 1] - first[i]) for state, i in game.index[player].items()} == widths


def coin(heads: float, tails: float) -> Node:
    return Chance([(heads, Terminal(1.0)), (tails, Terminal(-1.0))])


def move(player: int, state: str, *children: Node) -> Node:
    return Decision(player, state, dict(zip("abc", children, strict=False)))


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        (coin(0.5, 0.6), "sum to 1"),
        (coin(1.5, -0.5), "at least 0"),
        (move(2, "x", Terminal(0.0)), r"the players are 0 and 1, not 2 \(infoset 'x'\)"),
        (move(0, "x"), "player 0 has no action at the infoset 'x'"),
        (Terminal(float("nan")), "utility nan"),
        (move(0, "x", move(0, "x", Terminal(0.0))), "player 0 has imperfect recall: the infoset 'x'"),
        (move(0, "x", move(1, "y", Terminal(0.0)), move(1, "y", *[Terminal(0.0)] * 2)), "player 1 has different legal"),
        (
            move(0, "x", move(0, "y", Terminal(0.0)), move(0, "y", Terminal(0.0))),
            "player 0 has imperfect recall: the infoset 'y' is reached with two different sequences",
        ),
    ],
)
def test_a_tree_that_is_no_game_is_refused(tree: Node, sentence: str) -> None:
    with pytest.raises(GameError, match=sentence):
        from_tree(tree)


@pytest.mark.parametrize("name", GAMES)
def test_a_game_in_canonical_order_comes_back_from_its_arrays(name: str) -> None:
    game = compile_game(name)
    rows = np.repeat(np.arange(game.sequences[0]), np.diff(game.payoffs[0].start))
    first, second = game.treeplexes
    states = tuple(list(names.information_states) for names in game.names)
    again = from_arrays(
        (first.parent, second.parent),
        (np.diff(first.first), np.diff(second.first)),
        (rows, game.payoffs[0].column, game.payoffs[0].value),
        (states[0], states[1]),
    )
    assert_same(again, game)


def test_arrays_in_another_order_are_put_in_order_and_repeated_payoffs_added_up() -> None:
    # Player 0: infoset 0, then 1 after its second action (sequence 2), then 2 at the root: depth first.
    game = from_arrays(([0, 2, 0], []), ([2, 2, 1], []), ([3, 3, 5, 1], [0, 0, 0, 0], [1.0, 2.0, 7.0, 0.0]))
    tree = game.treeplexes[0]
    assert list(game.names[0].information_states) == ["0", "2", "1"]
    assert tree.parent.tolist() == [0, 0, 2]
    assert tree.first.tolist() == [1, 3, 4, 6]
    assert tree.level.tolist() == [0, 2, 3]
    assert dense(game, 0).ravel().tolist() == [0.0, 0.0, 0.0, 7.0, 3.0, 0.0]
    assert len(game.payoffs[0].value) == 2
    assert game.sequences == (6, 1)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"parents": ([1], [0])}, r"parents\[0\]\[0\] is 1, but must be a sequence of an earlier infoset \(0 .. 0\)"),
        ({"parents": ([0, 0], [0])}, "player 0 has 2 parents but 1 action counts"),
        ({"action_counts": ([2], [0])}, r"action_counts\[1\]\[0\] is 0"),
        ({"action_counts": ([2.5], [2])}, r"action_counts\[0\] must be a list of whole numbers, not float64"),
        ({"payoffs": ([1], [3], [1.0])}, r"payoffs\[1\]\[0\] is 3, but the sequences of player 1 are 0 .. 2"),
        ({"payoffs": ([1], [1], [1.0, 2.0])}, "three lists of one length"),
        ({"payoffs": ([1, 1], [1, 2], [1.0, np.inf])}, r"payoffs\[2\]\[1\] is not a finite number"),
        ({"payoffs": ([1], [1], ["a"])}, r"payoffs\[2\] must be a list of numbers, not <U1"),
        ({"payoffs": ([1], [1], [1j])}, r"payoffs\[2\] must be a list of numbers, not complex128"),
        ({"chances": [[1.0, 1.0]]}, r"chances must be a list of numbers, not float64 of shape \(1, 2\)"),
        ({"payoffs": ([], [], [])}, "at least one terminal history"),
        ({"information_states": (["x", "x"], ["y"])}, r"information_states\[0\] must be 1 different strings"),
    ],
)
def test_arrays_that_are_no_game_are_refused(changed: dict[str, Any], sentence: str) -> None:
    good: dict[str, Any] = {
        "parents": ([0], [0]),
        "action_counts": ([2], [2]),
        "payoffs": ([1, 2], [1, 2], [1.0, 1.0]),
    }
    assert from_arrays(**good).sequences == (3, 3)
    with pytest.raises(GameError, match=sentence):
        from_arrays(**good | changed)


@given(st.lists(st.text()))
def test_packed_texts_are_the_texts(strings: list[str]) -> None:
    strings = [string.encode(errors="ignore").decode() for string in strings]
    packed = Texts.of(strings)
    assert list(packed) == strings
    assert [packed[i] for i in range(len(packed))] == strings
    with pytest.raises(IndexError):
        packed[len(strings)]
