"""Whether payoffs have a constant sum is judged outcome by outcome, at the size of each."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from games.extensive import NotTwoPlayerZeroSum, compile_game
from games.extensive.compact import compact_tree
from games.extensive.open_spiel import load_open_spiel


def bimatrix(path: Path, payoffs: list[str]) -> Path:
    """Write a game of two moves each that nobody sees, with the payoffs of the four outcomes in their order."""
    nodes = [f't "" {number} "" {{ {payoff} }}' for number, payoff in enumerate(payoffs, start=1)]
    nodes[2:2] = nodes[:0] = ['p "" 2 1 "j" { "h" "t" } 0']
    path.write_text("\n".join(['EFG 2 R "" { "A" "B" }', 'p "" 1 1 "i" { "H" "T" } 0', *nodes, ""]))
    return path


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
@pytest.mark.parametrize("large", ["1e12, -1e12", "1e15, -1e15"])
@pytest.mark.parametrize("other", ["1, -0.5", "1e-3, -9e-4", "0, 1e-6"])
def test_one_large_payoff_does_not_make_a_game_zero_sum(
    large: str, other: str, order: tuple[int, ...], tmp_path: Path
) -> None:
    payoffs = [large, other, "-1, 1", "1, -1"]
    file = bimatrix(tmp_path / "game.efg", [payoffs[place] for place in order])
    with pytest.raises(NotTwoPlayerZeroSum, match=r"is not zero-sum: the utilities after .* is no constant sum"):
        compile_game(str(file))


@pytest.mark.parametrize(
    ("payoffs", "constant"),
    [
        (["1e12, -1e12", "-1, 1", "0, 0", "1, -1"], 0.0),
        (["1, 0", "0, 1", "1/2, 1/2", "0.3, 0.7"], 1.0),
        (["0.1, -0.1", "-0.3, 0.3", "1e-10, -1e-10", "1/3, -1/3"], 0.0),
        (["1000000000000.1, -1000000000000", "0.3, -0.2", "0.1, 0", "0, 0.1"], 0.1),
        (["0.33333333333, -0.33333333334", "1, -1", "2, -2", "3, -3"], 0.0),  # decimals of thirds
    ],
)
def test_a_constant_sum_is_found_beside_payoffs_of_any_size(
    payoffs: list[str], constant: float, tmp_path: Path
) -> None:
    for order in itertools.permutations(payoffs):
        file = bimatrix(tmp_path / "game.efg", list(order))
        assert compile_game(str(file)).statistics.constant == pytest.approx(constant, abs=1e-15)
        assert compact_tree(load_open_spiel(str(file))).constant == pytest.approx(constant, abs=1e-15)


def test_a_tree_takes_no_constant_from_what_has_none(tmp_path: Path) -> None:
    file = bimatrix(tmp_path / "game.efg", ["1e12, -999999999999", "1, 0.5", "-1, 2", "1, 0"])
    tree = compact_tree(load_open_spiel(str(file)))
    assert tree.constant == 0.0 and 0.5 in tree.nodes.utility
