from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from games.phantom.compact import write_compact
from games.phantom.game import phantom_game
from games.phantom.information_states import DECIDING, WAITING, information_states
from games.phantom.policies import load_policies, uniform_policies, uniform_rows
from games.phantom.sequences import attempts_of, row_of
from games.phantom.symmetry import equalise, fold, folded, stabilisers, symmetries, unfold

SMALL = ["dark_hex_2x2", "abrupt_dark_hex_2x3", "phantom_ttt_2x3", "abrupt_phantom_ttt_2x3"]


@pytest.mark.parametrize(
    ("name", "count"),
    [("phantom_ttt", 8), ("dark_hex", 2), ("abrupt_dark_hex_2x3", 2), ("phantom_ttt_2x3", 4), ("dark_hex_2x2", 2)],
)
def test_motions_leave_winning_sets_winning(name: str, count: int) -> None:
    game = phantom_game(name)
    assert len(symmetries(game)) == len(set(symmetries(game))) == count
    assert symmetries(game)[0] == tuple(range(game.cells))
    for motion in symmetries(game):
        for player in range(2):
            for stones in range(1 << game.cells):
                moved = sum(1 << to for cell, to in enumerate(motion) if stones >> cell & 1)
                assert game.winning[player, stones] == game.winning[player, moved]


@pytest.mark.parametrize("name", SMALL)
def test_rows_that_share_a_number_are_images_of_each_other(name: str) -> None:
    """A policy that writes its own row number and cell at every kept state, read at all of them."""
    game = phantom_game(name)
    states, small = information_states(game), folded(game)
    for player in range(2):
        rows = small.numberings[player][DECIDING].total
        labels = np.arange(rows * game.cells, dtype=float).reshape(rows, game.cells)
        whole = unfold(small, player, labels)
        kept = fold(small, player, np.arange(len(whole)))
        assert np.array_equal(whole[kept], labels)
        for row in range(len(whole)):
            attempts = attempts_of(states, player, row)
            source = int(kept[int(whole[row].min()) // game.cells])
            cells = (whole[row] % game.cells).astype(int).tolist()
            wanted = attempts_of(states, player, source)
            assert tuple(cells) in symmetries(game)
            assert [(cells[cell], refused) for cell, refused in attempts] == list(wanted)


@pytest.mark.parametrize("name", SMALL)
def test_folded_states_have_one_block_for_each_orbit(name: str) -> None:
    game = phantom_game(name)
    states, small = information_states(game), folded(game)
    low = (1 << game.cells) - 1
    for player in range(2):
        for kind in (DECIDING, WAITING):

            def moved(code: int, motion: tuple[int, ...]) -> tuple[int, int]:
                parts = code & low, code >> game.cells
                first, second = (sum(1 << to for cell, to in enumerate(motion) if part >> cell & 1) for part in parts)
                return first, second

            whole, part = states.numberings[player][kind], small.numberings[player][kind]
            orbits = {min(moved(code, motion) for motion in symmetries(game)) for code in whole.blocks.tolist()}
            assert {(code & low, code >> game.cells) for code in part.blocks.tolist()} == orbits
            assert part.total == sum(int(whole.size[code]) for code in part.blocks)


@pytest.mark.parametrize("name", SMALL)
def test_equalised_policies_are_those_that_no_motion_changes(name: str) -> None:
    game = phantom_game(name)
    states, small = information_states(game), folded(game)
    generator = np.random.default_rng(3)
    for player in range(2):
        rows = small.numberings[player][DECIDING].total
        assert len(stabilisers(game, player).codes)
        values, numbers = generator.random((rows, game.cells)), generator.random(rows)
        equalise(small, player, values, numbers)
        whole = unfold(small, player, np.column_stack([values, numbers])[:, : game.cells])
        every = [attempts_of(states, player, row) for row in range(len(whole))]
        for motion in symmetries(game):
            images = [row_of(states, player, [(motion[cell], refused) for cell, refused in each]) for each in every]
            assert np.array_equal(whole[images][:, list(motion)], whole)
        before = values.copy()
        equalise(small, player, values, numbers)
        assert np.array_equal(before, values)


def test_states_that_are_not_folded_are_left_alone() -> None:
    states = information_states("phantom_ttt_2x3")
    rows = np.random.default_rng(0).random((states.counts()[0], 6))
    before, numbers = rows.copy(), np.arange(float(len(rows)))
    equalise(states, 0, rows, numbers)
    assert np.array_equal(before, rows)
    assert np.array_equal(unfold(states, 0, rows), rows) and np.array_equal(fold(states, 0, rows), rows)


def test_compact_files_hold_what_is_marked_and_are_uniform_elsewhere(tmp_path: Path) -> None:
    game = phantom_game("dark_hex_2x3")
    small, path = folded(game), tmp_path / "compact.npz"
    generator = np.random.default_rng(5)
    uniform = uniform_rows(small)
    drawn = [generator.exponential(size=rows.shape) * (rows > 0.0) for rows in uniform]
    drawn = [rows / rows.sum(axis=1, keepdims=True) for rows in drawn]
    marked = [np.arange(len(rows)) % 3 == 0 for rows in uniform]
    write_compact(path, game, marked, drawn)
    found, policies = load_policies(path)
    assert found == game
    for player, policy in enumerate(policies):
        expected = np.where(marked[player][:, None], drawn[player], uniform[player])
        np.testing.assert_allclose(policy, unfold(small, player, expected), rtol=0, atol=1e-7)
        assert np.any(policy != uniform_policies(game)[player])
    again = tmp_path / "again.npz"
    write_compact(again, game, marked, drawn)
    assert again.read_bytes() == path.read_bytes()


def test_a_compact_file_of_another_size_is_refused(tmp_path: Path) -> None:
    game, path = phantom_game("dark_hex_2x2"), tmp_path / "compact.npz"
    rows = [len(policy) for policy in uniform_rows(folded(game))]
    wrong = [np.zeros((count + 8, game.cells)) for count in rows]
    write_compact(path, game, [np.ones(len(array), np.bool_) for array in wrong], wrong)
    with pytest.raises(ValueError, match="does not mark 9 information states of player 0"):
        load_policies(path)
