"""One of many equilibria: which one is returned, what is said of the others, whatever the order of rows.

The oracle is HiGHS on the definition, min and max over {p >= 0, sum p = 1, A p <= 0}: no support, no null space.
"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from games.matrix import MatrixGame
from games.preference import PreferenceGame, Votes, random_batch
from solvers.matrix.__main__ import main as solve_matrix
from solvers.normal_form import linear_program
from solvers.normal_form.equilibrium_set import EquilibriumSet, equilibrium_set
from solvers.normal_form.problem import problem_of
from solvers.normal_form.selection import of_maximum_entropy
from solvers.normal_form.solving import solve
from solvers.preference.__main__ import main as solve_preference

FloatArray = NDArray[np.float64]


def sparse_log(seed: int, n: int) -> PreferenceGame:
    """Return a game of few votes in which at least half of the pairs never met."""
    generator = np.random.default_rng(seed)
    votes = np.triu(generator.integers(0, 5, size=(n, n)), 1) * np.triu(generator.uniform(size=(n, n)) < 0.45, 1)
    won = generator.binomial(votes, generator.uniform(0.2, 0.8, size=(n, n)))
    wins = (won + (votes - won).T).astype(float)
    wins[0, 1] += 1.0
    return PreferenceGame.from_votes(Votes(wins))


def best_over_equilibria(payoffs: FloatArray, value: float, cost: FloatArray) -> float:
    """Return the least of ``cost @ p`` over the column policies with ``A p <= value``."""
    found = linprog(
        cost,
        A_ub=payoffs,
        b_ub=np.full(len(payoffs), value + 1e-13),
        A_eq=np.ones((1, payoffs.shape[1])),
        b_eq=[1.0],
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    assert found.success
    return float(found.fun)


def equilibria(game: PreferenceGame | MatrixGame) -> EquilibriumSet:
    return equilibrium_set(problem_of(game, 0.0))


def is_of_maximum_entropy(payoffs: FloatArray, value: float, policy: FloatArray) -> bool:
    """Whether no equilibrium has more entropy: going towards any other never raises it (variational inequality)."""
    slope = -np.log(np.maximum(policy, 1e-300))
    held = policy > 0.0
    outside = -best_over_equilibria(payoffs, value, -(~held).astype(float))  # what any equilibrium gives to the others
    raised = -best_over_equilibria(payoffs, value, -np.where(held, slope, 0.0))
    return bool(outside <= 1e-8 and raised <= float(slope[held] @ policy[held]) + 1e-7)


@pytest.mark.parametrize("seed", range(12))
def test_a_log_with_half_of_the_pairs_missing_against_linear_programs(seed: int) -> None:
    game = sparse_log(seed, 4 + seed)
    found = equilibria(game)
    payoffs = game.payoffs
    assert (payoffs @ found.policy).max() < 1e-14 and found.policy.sum() == pytest.approx(1.0, abs=1e-14)
    assert is_of_maximum_entropy(payoffs, 0.0, found.policy)
    ranges = found.policy_range
    assert ranges is not None
    for i, unit in enumerate(np.eye(game.alternatives)):
        assert ranges[0, i] == pytest.approx(best_over_equilibria(payoffs, 0.0, unit), abs=1e-7)
        assert ranges[1, i] == pytest.approx(-best_over_equilibria(payoffs, 0.0, -unit), abs=1e-7)
    assert found.unique == (np.ptp(ranges, axis=0).max() < 1e-7)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(3, 16))
def test_the_order_of_rows_is_nothing_to_the_answer(seed: int, n: int) -> None:
    game = sparse_log(seed, n)
    order = np.random.default_rng(seed).permutation(n)
    other = PreferenceGame(game.matrix[np.ix_(order, order)])
    one, two = solve(game), solve(other)
    np.testing.assert_allclose(two.policy, one.policy[order], rtol=0, atol=1e-8)
    assert one.unique == two.unique and one.converged and one.duality_gap < 1e-13
    if one.policy_range is not None and two.policy_range is not None:
        np.testing.assert_allclose(two.policy_range, one.policy_range[:, order], rtol=0, atol=1e-8)


@settings(derandomize=True, max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), shape=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_both_players_of_a_matrix_game(seed: int, shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(seed)
    payoffs = generator.integers(-1, 2, size=shape).astype(float)
    found = solve(MatrixGame(payoffs))
    value = found.value
    assert found.duality_gap < 1e-12
    assert is_of_maximum_entropy(payoffs, value, found.column_policy)
    assert is_of_maximum_entropy(-payoffs.T, -value, found.policy)
    rows, columns = generator.permutation(shape[0]), generator.permutation(shape[1])
    other = solve(MatrixGame(payoffs[np.ix_(rows, columns)]))
    np.testing.assert_allclose(other.policy, found.policy[rows], rtol=0, atol=1e-8)
    np.testing.assert_allclose(other.column_policy, found.column_policy[columns], rtol=0, atol=1e-8)
    assert found.column_policy_range is not None and found.policy_range is not None
    for i, unit in enumerate(np.eye(shape[1])):
        assert found.column_policy_range[0, i] == pytest.approx(best_over_equilibria(payoffs, value, unit), abs=1e-7)


def test_copies_share_the_probability_of_the_one_that_they_copy() -> None:
    cycle = np.array([[0.5, 0.9, 0.2], [0.1, 0.5, 0.9], [0.8, 0.1, 0.5]])
    places = [0, 0, 1, 2, 2, 2]
    once, often = solve(PreferenceGame(cycle)), solve(PreferenceGame(cycle[np.ix_(places, places)]))
    assert once.unique and not often.unique and often.dimension == 3
    np.testing.assert_allclose(often.policy, once.policy[places] / np.array([2, 2, 1, 3, 3, 3]), atol=1e-12)
    low = np.where(np.arange(6) == 2, once.policy[1], 0.0)  # the one that was not copied
    np.testing.assert_allclose(often.policy_range, [low, once.policy[places]], atol=1e-9)


def test_where_the_equilibrium_is_unique_it_is_that_of_linear_programming_to_the_last_bit() -> None:
    from solvers.normal_form.linear_program import solve_exactly

    batch = random_batch(20, 7, np.random.default_rng(4), smallest=2)
    program = solve_exactly(batch)
    chosen = of_maximum_entropy(program)
    assert chosen.unique and (chosen.uniqueness == 1).all()
    np.testing.assert_array_equal(chosen.policies, program.policies)


def has_one_equilibrium(payoffs: list[list[int]]) -> bool:
    """Whether a game has one equilibrium, by trying all supports of equal size in rational numbers.

    It has exactly if there is one whose equations have one solution, all of it positive, and every other action is
    worse than the value (Goldman and Tucker 1956).
    """
    rows, columns = len(payoffs), len(payoffs[0])
    for size in range(1, min(rows, columns) + 1):
        for own in combinations(range(rows), size):
            for other in combinations(range(columns), size):
                y = level([[payoffs[i][j] for j in other] for i in own])
                x = level([[payoffs[i][j] for i in own] for j in other])
                if x is None or y is None or min(x[:-1]) <= 0 or min(y[:-1]) <= 0:
                    continue
                earned = [sum(payoffs[i][j] * p for j, p in zip(other, y, strict=False)) for i in range(rows)]
                conceded = [sum(payoffs[i][j] * p for i, p in zip(own, x, strict=False)) for j in range(columns)]
                worse = all(earned[i] < y[-1] for i in range(rows) if i not in own)
                if worse and all(conceded[j] > x[-1] for j in range(columns) if j not in other):
                    return True
    return False


def level(core: list[list[int]]) -> list[Fraction] | None:
    """Return the policy that makes the rows of a square matrix level, and their value; None if it is not one."""
    size = len(core)
    system = [[Fraction(entry) for entry in row] + [Fraction(-1), Fraction(0)] for row in core]
    system.append([Fraction(1)] * size + [Fraction(0), Fraction(1)])
    for k in range(size + 1):
        pivot = next((row for row in range(k, size + 1) if system[row][k]), None)
        if pivot is None:
            return None
        system[k], system[pivot] = system[pivot], system[k]
        system[k] = [entry / system[k][k] for entry in system[k]]
        for row in range(size + 1):
            if row != k and system[row][k]:
                factor = system[row][k]
                system[row] = [entry - factor * top for entry, top in zip(system[row], system[k], strict=True)]
    return [row[-1] for row in system]


MANY_BESIDE_LARGE = [
    [[2, 0, -(10**8)], [1, 1, 2]],
    [[2, 0, -(10**9)], [1, 1, 2]],
    [[-2, -1], [0, -1], [10**9, -2]],
    [[10**6, -2, 2, 0], [-999998, 2, -1, 0]],
    [[1000000002, 10**9, 1000002], [1000000001, 1000000001, 1000000002]],
]
ONE_BESIDE_LARGE = [
    [[-1, -(10**7), 1, -2], [-(10**7), 1, 0, 2], [2, -1, 1, -1]],
    [[10**12, -1], [-1, 1]],
]


@pytest.mark.parametrize("payoffs", MANY_BESIDE_LARGE)
def test_a_large_payoff_does_not_make_one_of_many_equilibria_the_only_one(payoffs: list[list[int]]) -> None:
    assert not has_one_equilibrium(payoffs)
    solution = solve(MatrixGame(np.array(payoffs, dtype=float)))
    assert not solution.unique and solution.converged
    if solution.unique is None:
        assert solution.policy_range is None and solution.dimension is None


@pytest.mark.parametrize("payoffs", ONE_BESIDE_LARGE)
def test_the_only_equilibrium_beside_a_large_payoff_is_kept(payoffs: list[list[int]]) -> None:
    assert has_one_equilibrium(payoffs)
    solution = solve(MatrixGame(np.array(payoffs, dtype=float)))
    assert solution.unique and solution.dimension == 0
    if len(payoffs) == 3:
        np.testing.assert_allclose(solution.column_policy[:2], [2e-7 - 8e-14, 1 - 2e-7], rtol=1e-6)
        assert solution.column_policy[2:].tolist() == [0.0, 0.0]
        assert solution.value == pytest.approx(-0.9999994, abs=1e-9)
    assert solution.policy_range is not None
    np.testing.assert_array_equal(solution.policy_range[0], solution.policy_range[1])


@settings(derandomize=True, max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(2, 3), st.integers(2, 4)),
    power=st.integers(3, 13),
)
def test_what_is_said_of_uneven_games_is_so_in_rational_numbers(seed: int, shape: tuple[int, int], power: int) -> None:
    generator = np.random.default_rng(seed)
    payoffs = generator.integers(-2, 3, size=shape)
    payoffs += 10**power * generator.choice([-1, 0, 1], p=[0.1, 0.8, 0.1], size=shape)
    for table in (payoffs, -payoffs.T):
        unique = solve(MatrixGame(table.astype(float))).unique
        assert unique is None or unique == has_one_equilibrium(table.tolist())


def test_a_game_that_highs_cannot_solve_is_solved_in_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("HiGHS could not solve the linear program")

    monkeypatch.setattr(linear_program, "_by_highs", fail)
    x, y, value = linear_program.maximin(np.array([[3.0, -1.0], [-2.0, 1.0]]))
    np.testing.assert_allclose([*x, *y, value], np.array([3, 4, 2, 5, 1]) / 7, rtol=1e-15)
    with pytest.raises(ValueError, match="HiGHS could not"):
        linear_program.maximin(np.eye(30))


def test_regularised_games_are_unique_and_iterative_solvers_of_the_game_itself_do_not_know() -> None:
    game = sparse_log(3, 6)
    assert solve(game, beta=0.1).unique is True
    assert solve(game, "prm+", iterations=10).unique is None


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def content_of(door: Any, path: Path, *options: str) -> dict[str, Any]:
    output = path.with_suffix(".json")
    assert door([str(path), "--output", str(output), *options]) == 0
    content: dict[str, Any] = json.loads(output.read_text())
    return content


Z_TOP = "".join(f"z-top,m{k},700\nm{k},z-top,300\n" for k in range(1, 6))
OTHERS = "".join(f"m{i},m{j},550\nm{j},m{i},450\n" for i in range(1, 6) for j in range(i + 1, 6))


def test_a_newcomer_with_one_vote_is_one_of_two_undefeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path / "a.csv", "winner,loser,weight\n" + Z_TOP + OTHERS + "a-newcomer,m5,1\n")
    content = content_of(solve_preference, log)
    policy = dict(zip(content["labels"], content["policy"], strict=True))
    assert policy["z-top"] == pytest.approx(0.5, abs=1e-12) == policy["a-newcomer"]
    assert content["unique"] is False and content["dimension"] == 1 and content["pairs_never_compared"] == 5
    assert content["policy_range"]["high"][0] == pytest.approx(1.0, abs=1e-9)
    printed = capsys.readouterr().out
    assert "not unique" in printed and "5 of 21 pairs never compared" in printed and "0.000 to 1.000" in printed


def test_two_that_never_met_are_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path / "a.csv", "winner,loser,weight\nA,C,70\nC,A,30\nB,C,70\nC,B,30\n")
    content = content_of(solve_preference, log)
    np.testing.assert_allclose(content["policy"], [0.5, 0.5, 0.0], atol=1e-12)
    assert content["policy_range"]["low"][0] == pytest.approx(content["policy_range"]["low"][1], abs=1e-9)
    assert "1 of 3 pairs never compared" in capsys.readouterr().out


def test_nothing_but_ties_is_uniform(tmp_path: Path) -> None:
    ties = "model_a,model_b,winner\n" + "zeta,alpha,tie\nalpha,mid,tie\nmid,zeta,tie\n" * 40
    content = content_of(solve_preference, written(tmp_path / "a.csv", ties))
    np.testing.assert_allclose(content["policy"], 1 / 3, atol=1e-12)
    assert content["unique"] is False and content["dimension"] == 2


def test_matrices_say_it_of_both_players(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = content_of(solve_matrix, written(tmp_path / "a.csv", "1,1,0\n0,0,1\n"))
    np.testing.assert_allclose(content["column_policy"], [0.25, 0.25, 0.5], atol=1e-12)
    np.testing.assert_allclose(content["column_policy_range"]["high"], [0.5, 0.5, 0.5], atol=1e-9)
    assert content["unique"] is False and content["policy_range"]["low"] == pytest.approx([0.5, 0.5])
    assert "not unique" in capsys.readouterr().out
    tiny = written(tmp_path / "tiny.csv", "0,1e-10,-1e-10\n-1e-10,0,3e-10\n1e-10,-3e-10,0\n")
    content = content_of(solve_matrix, tiny)
    np.testing.assert_allclose(content["policy"], [0.6, 0.2, 0.2], atol=1e-12)
    assert content["unique"] is True
