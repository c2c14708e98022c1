from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from games.extensive import Payoffs, compile_game
from solvers.extensive import blocks
from solvers.extensive.blocks import Blocks, block_gradient, blocks_of, make_blocks
from solvers.extensive.iterate import run
from solvers.extensive.registry import algorithm
from solvers.extensive.run import start


def product(made: Blocks, weights: np.ndarray, rows: int) -> np.ndarray:
    out = np.full(rows, np.nan)
    block_gradient(made, weights, out, 0, len(made.row_start) - 1)
    return out


def payoffs_of(matrix: csr_matrix) -> Payoffs:
    matrix.sort_indices()
    return Payoffs(matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12), st.integers(1, 4))
def test_the_product_is_that_of_the_matrix(seed: int, rows: int, columns: int, patterns: int) -> None:
    source = np.random.default_rng(seed)
    shapes = source.random((patterns, columns)) < source.random()
    chosen = source.integers(patterns, size=rows)
    dense = np.where(shapes[chosen], source.normal(size=(rows, columns)), 0.0)
    payoffs = payoffs_of(csr_matrix(dense))
    made = make_blocks(payoffs)
    assert len(made.row_start) - 1 == len({tuple(row) for row in shapes[chosen]})
    assert sorted(made.row) == list(range(rows))
    weights = source.random(columns)
    np.testing.assert_allclose(product(made, weights, rows), dense @ weights, rtol=1e-12, atol=1e-14)


def test_parts_make_the_whole() -> None:
    payoffs = compile_game("liars_dice(dice_sides=3)").payoffs[0]
    made = make_blocks(payoffs)
    weights = np.random.default_rng(0).random(payoffs.column.max() + 1)
    rows, count = len(payoffs.start) - 1, len(made.row_start) - 1
    out = np.full(rows, np.nan)
    for begin in range(0, count, 5):
        block_gradient(made, weights, out, begin, min(begin + 5, count))
    np.testing.assert_array_equal(out, product(made, weights, rows))


def test_private_dice_make_blocks_and_cards_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LEAST_PAYOFFS", 0)
    dice, cards = compile_game("liars_dice(dice_sides=4)"), compile_game("leduc_poker")
    for made, payoffs in zip(blocks_of(dice), dice.payoffs, strict=True):
        assert len(made.column) == len(payoffs.column) / 4
    assert all(len(made.row) == 0 for made in blocks_of(cards))
    assert blocks_of(dice) is blocks_of(dice)


def test_small_games_have_none() -> None:
    assert all(len(made.row) == 0 for made in blocks_of(compile_game("liars_dice(dice_sides=4)")))


@pytest.mark.parametrize("workers", [1, 3])
def test_iterates_by_blocks_are_those_by_rows(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one, results = algorithm("dcfr"), []
    for least in (10**9, 0):
        monkeypatch.setattr(blocks, "LEAST_PAYOFFS", least)
        game = compile_game("liars_dice(dice_sides=4)")
        going = start(game, one)
        run(
            one.step,
            game,
            going.states,
            one.iteration_numbers(going.settings, 1, 15, True),
            True,
            going.reaches,
            workers,
        )
        results.append(going.policy())
        assert (len(blocks_of(game)[0].row) > 0) == (least == 0)
    for by_rows, by_blocks in zip(*results, strict=True):
        np.testing.assert_allclose(by_rows, by_blocks, atol=1e-10)
