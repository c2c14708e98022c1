"""Choosing the next pair: the intervals hold, the theorem's inequality, the bound of the answers, and what is asked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from games.preference import PreferenceGame, comal_cycle, egpo_protocol
from solvers.normal_form.asking import (
    JudgedSolution,
    _maximin,
    chances,
    ends,
    exploited,
    pairs_to_judge,
    solve_by_judgements,
)
from solvers.normal_form.problem import problem_of
from solvers.normal_form.run import measure
from solvers.preference.__main__ import main
from tests.solvers.normal_form.test_duels import judge


def voted(matrix: NDArray[np.float64], most: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return wins of up to ``most`` judgements of each pair. [n, n]"""
    counts = np.triu(generator.integers(0, most + 1, size=matrix.shape), 1)
    won = generator.binomial(counts, matrix)
    return np.asarray(won + (counts - won).T, dtype=np.float64)


def test_intervals_of_all_pairs_hold_together_at_all_times() -> None:
    """At level 1/2, so that too small a width shows: 80 judgements of each of three pairs, looked at always."""
    generator, held = np.random.default_rng(0), 0
    matrix = comal_cycle().matrix
    above = np.triu_indices(3, 1)
    for _ in range(40):
        won = generator.random((80, 3)) < matrix[above]
        wins = np.zeros((3, 3))
        inside = True
        for row in won:
            wins[above] += row
            wins[above[1], above[0]] += ~row
            low, high = ends(wins, level=0.5)
            inside = inside and bool(((low <= matrix) & (matrix <= high)).all())
        held += inside
    assert held >= 20


def test_widths_are_those_of_the_formula() -> None:
    wins = np.array([[0.0, 30.0, 0.0], [10.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    width = np.sqrt(np.log(2 * 3 * 40 * 41 / 0.1) / 80)
    low, high = ends(wins, level=0.9, optimism=0.5)
    np.testing.assert_allclose(high[0, 1], 0.75 + 0.5 * width, rtol=1e-12)
    np.testing.assert_allclose(low, 1.0 - high.T, atol=1e-15)
    assert (low[0, 2], high[0, 2], low[2, 2], high[2, 2]) == (0.0, 1.0, 0.5, 0.5)


@given(st.integers(0, 10**6), st.integers(2, 5), st.sampled_from([3, 30, 300]), st.sampled_from([0.0, 0.2]))
@settings(max_examples=8, deadline=None)
def test_the_optimistic_policy_is_exploited_by_no_more_than_the_widths(
    seed: int, n: int, most: int, beta: float
) -> None:
    """The inequality of the theorem, for every table that lies within the intervals."""
    generator = np.random.default_rng(seed)
    low, high = ends(voted(egpo_protocol(seed, n).matrix, most, generator))
    above = np.triu(generator.uniform(size=(n, n)), 1)
    matrix = np.triu(low + above * (high - low), 1)
    matrix = matrix + np.tril(1.0 - matrix.T, -1) + 0.5 * np.eye(n)
    reference = np.full(n, 1.0 / n)
    policy = _maximin(high, reference, beta)
    regret = exploited(policy, matrix, reference, beta)
    values = policy @ low
    opponent = np.eye(n)[values.argmin()] if beta == 0.0 else np.exp(-values / beta) / np.exp(-values / beta).sum()
    assert regret <= policy @ (high - low) @ opponent + 1e-5


@pytest.mark.parametrize("beta", [0.0, 0.3])
def test_what_a_policy_is_exploited_by_is_what_the_certificate_says(beta: float) -> None:
    game = egpo_protocol(2, 4)
    policy = np.random.default_rng(0).dirichlet(np.ones(4))
    gap = measure(problem_of(game, beta), np.log(policy)[None], policy[None], beta)[0, 0]
    np.testing.assert_allclose(exploited(policy, game.matrix, game.reference, beta), 0.5 * gap, rtol=1e-12)


def asked(game: PreferenceGame, seed: int, **given: object) -> JudgedSolution:
    chosen = {"budget": 600, "samples": 5, "game": game, "growth": 4.0, "seed": seed} | given
    return solve_by_judgements(judge(game, seed), game.labels, **chosen)  # type: ignore[arg-type]


def test_the_bound_of_the_answers_holds() -> None:
    for seed in range(10):
        game = PreferenceGame(egpo_protocol(seed, 4).matrix)
        for asking in ("optimistic", "uniform"):
            solution = asked(game, seed, asking=asking)
            assert solution.exploitability <= solution.bound.value <= 0.5
            assert solution.queries == solution.wins.sum() == 600
            assert solution.history[-1].queries == 600
    regularised = asked(game, 3, beta=0.2, budget=100)
    assert 0.5 * regularised.duality_gap <= regularised.bound.value


def test_optimism_asks_about_those_who_may_be_first() -> None:
    """Eight alternatives, two of them level and far above: uniform asking spends one in 28 on that pair."""
    strengths = np.array([3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    game = PreferenceGame(1.0 / (1.0 + np.exp(strengths[None, :] - strengths[:, None])))
    counts = np.sum([asked(game, seed, budget=800).wins for seed in range(3)], axis=0)
    counts = counts + counts.T
    assert counts[:2, :2].sum() > 5.0 * 2400 / 28 * 2
    assert counts[2:, 2:].sum() < 0.3 * counts.sum()


def test_the_same_seed_asks_the_same() -> None:
    first, second = (asked(comal_cycle(), 4, budget=100) for _ in "ab")
    np.testing.assert_array_equal(first.wins, second.wins)
    assert not np.array_equal(first.wins, asked(comal_cycle(), 5, budget=100).wins)


def test_pairs_to_judge_are_ranked_by_their_chance_and_those_that_tell_nothing_are_left_out() -> None:
    wins = np.array([[0, 0, 900, 900], [0, 0, 900, 900], [0, 0, 0, 5], [0, 0, 5, 0]], dtype=float)
    found = pairs_to_judge(wins, 10)
    assert [pair[:2] for pair in found[:1]] == [(0, 1)]
    assert (2, 3) not in [pair[:2] for pair in found]
    np.testing.assert_allclose(sum(pair[2] for pair in found), 1.0)
    certain = np.array([[0.0, 1e9], [0.0, 0.0]])
    np.testing.assert_allclose(chances(certain).sum(), 1.0)  # nothing is open, and a pair is asked anyway
    np.testing.assert_array_equal(chances(certain).diagonal(), 0.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"asking": "boldly"}, "asking must be one of optimistic, uniform, not 'boldly'"),
        ({"budget": 0}, "budget and samples must be at least 1"),
        ({"samples": 0}, "budget and samples must be at least 1"),
        ({"level": 1.0}, "level between 0 and 1"),
        ({"optimism": float("nan")}, "optimism must be at least 0"),
        ({"game": egpo_protocol(0, 4)}, "there are 3 alternatives"),
    ],
)
def test_settings_without_meaning_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        solve_by_judgements(judge(comal_cycle(), 0), 3, **({"budget": 10} | given))  # type: ignore[arg-type]


def test_the_command_names_the_pairs_to_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two that beat all others and never met it names that pair first, in words and in the JSON."""
    log, output = tmp_path / "votes.csv", tmp_path / "solution.json"
    log.write_text("winner,loser,weight\na,c,90\nb,c,90\na,d,90\nb,d,90\nc,d,5\n")
    assert main([str(log), "--ask", "2", "--output", str(output)]) == 0
    found = json.loads(output.read_text())["ask"]
    assert found[0] | {"chance": 0.0} == {"first": "a", "second": "b", "votes": 0.0, "chance": 0.0}
    assert 0.5 < found[0]["chance"] <= 1.0 and len(found) <= 2
    assert "whose judgement would tell most" in capsys.readouterr().out
