"""Dilated optimistic mirror descent: its two-sequence definition, last-iterate convergence, the regularised target."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.extensive import compile_game, from_tree
from games.extensive.policies import random_policy
from solvers.extensive.evaluation import exploitability
from solvers.extensive.quantal_response import regularised_gap
from solvers.extensive.registry import algorithm
from solvers.extensive.run import start
from solvers.extensive.solving import solve
from tests.solvers.extensive import naive as naive_extensive
from tests.solvers.extensive import naive_mirror_descent as naive


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 1000))
def test_domwu_is_the_two_sequence_method_of_the_paper(source: random.Random, seed: int) -> None:
    game, eta = from_tree(naive_extensive.random_tree(source, 3)), 0.3
    anchor = played = random_policy(game, seed)
    run = start(game, algorithm("domwu"), step_size=eta, initial=anchor)
    for _ in range(4):
        run.advance(1)
        gradient = naive.gradients(game, played)
        step = [naive.dilated_step(game, p, gradient[p], anchor[p], anchor[p], eta, 0.0) for p in (0, 1)]
        anchor = (step[0], step[1])
        step = [naive.dilated_step(game, p, gradient[p], anchor[p], anchor[p], eta, 0.0) for p in (0, 1)]
        played = (step[0], step[1])
        for mine, expected in zip(run.policy(), played, strict=True):
            np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-11)


def test_the_last_iterate_goes_to_nash_where_mirror_descent_circles() -> None:
    game = compile_game("dark_hex(board_size=2,gameversion=adh)")
    reached = {}
    for name, options in (("domwu", {}), ("mmd-dilated", {"alpha": 0.0, "step_size": 0.125})):
        run = start(game, algorithm(name), **options)  # type: ignore[arg-type]
        run.advance(15_000)
        reached[name] = exploitability(game, run.policy())
    assert reached["domwu"] < 1e-11
    assert reached["mmd-dilated"] > 0.1


@pytest.mark.parametrize("alpha", [0.02, 0.2])
def test_the_regularised_form_has_the_quantal_response_of_mirror_descent(alpha: float) -> None:
    game = compile_game("leduc_poker")
    solutions = [
        solve(game, name, alpha=alpha, iterations=20_000, tolerance=1e-13 / 26) for name in ("reg-domwu", "mmd-dilated")
    ]
    assert all(solution.converged for solution in solutions)
    for one, other in zip(solutions[0].policy, solutions[1].policy, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert regularised_gap(game, solutions[0].policy, alpha) <= 1e-13


def test_it_has_no_temperature_unless_regularised() -> None:
    with pytest.raises(ValueError, match="domwu has no alpha"):
        solve("kuhn_poker", "domwu", alpha=0.1, iterations=1)
