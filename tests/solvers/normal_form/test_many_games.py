"""Batches whose games are stepped eight at a time: the same policies, iterations and certificates as one by one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from games.preference import PreferenceBatch, egpo_protocol, random_batch
from solvers.normal_form import iterate
from solvers.normal_form.problem import problem_of
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.run import start
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solving import solve

TOGETHER = [name for name in algorithm_names() if algorithm(name).entropic is not None]
Solved = Callable[..., NormalFormSolution]


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> Solved:
    """Return ``solve`` as it is without stepping games together."""

    def solved(*arguments: object, **settings: object) -> NormalFormSolution:
        with monkeypatch.context() as patched:
            patched.setattr(iterate, "together", lambda *_: False)
            return solve(*arguments, **settings)  # type: ignore[arg-type]

    return solved


def ragged(games: int, seed: int) -> PreferenceBatch:
    """Return games of 1 to 11 alternatives, with references of their own."""
    batch = random_batch(games, 11, np.random.default_rng(seed), smallest=1)
    weights = np.random.default_rng(seed + 1).uniform(0.01, 1.0, size=batch.mask.shape) * batch.mask
    return PreferenceBatch(batch.matrices, batch.mask, references=weights / weights.sum(axis=1, keepdims=True))


def test_which_algorithms_take_entropic_steps_only() -> None:
    assert TOGETHER == ["nash-mp", "egpo", "omd", "mmd-constant"]


@pytest.mark.parametrize("name", TOGETHER)
@pytest.mark.parametrize("beta", [0.02, 0.1, 5.0])
def test_solutions_are_those_of_games_one_by_one(name: str, beta: float, one_by_one: Solved) -> None:
    batch = ragged(21, 3)
    settings = {"beta": beta, "iterations": 300, "tolerance": 1e-8}
    found, expected = solve(batch, name, **settings), one_by_one(batch, name, **settings)  # type: ignore[arg-type]
    np.testing.assert_allclose(found.policies, expected.policies, rtol=1e-11, atol=1e-300)
    np.testing.assert_array_equal(found.iterations_of_games, expected.iterations_of_games)
    np.testing.assert_allclose(found.duality_gaps, expected.duality_gaps, rtol=1e-6, atol=1e-22)
    np.testing.assert_allclose(found.exploitabilities, expected.exploitabilities, rtol=1e-9, atol=1e-15)
    assert found.queries == expected.queries and found.bound == expected.bound
    assert len(set(found.iterations_of_games.tolist())) > 1


def test_an_algorithm_with_a_step_of_its_own_is_not_taken_for_the_one_that_it_is_made_of() -> None:
    batch, other = ragged(5, 1), algorithm("nash-ema")
    made = dataclasses.replace(
        algorithm("mmd-constant"), name="mine", step=other.step, memory=other.memory, parameters=other.parameters
    )
    assert made.entropic is not None
    own, usual = (
        solve(batch, which, beta=0.1, iterations=20, tolerance=0.0, step_size=0.3).policies
        for which in (made, algorithm("mmd-constant"))
    )
    assert np.abs(own - usual).max() > 1e-4


def gaps(batch: PreferenceBatch, policies: NDArray[np.float64], beta: float) -> NDArray[np.float64]:
    """Return the duality gaps of policies, given as logits, from their definition, beta KL(pi || best response)."""
    found = []
    for matrix, reference, policy in zip(batch.matrices, batch.references, policies, strict=True):
        with np.errstate(divide="ignore"):
            best = np.log(reference) + matrix @ policy / beta
        best -= best.max() + np.log(np.exp(best - best.max()).sum())
        seen = policy > 0.0
        found.append(2.0 * beta * float(policy[seen] @ (np.log(policy[seen]) - best[seen])))
    return np.array(found)


def test_gaps_far_from_equilibrium_are_those_of_the_definition() -> None:
    """Near it, where the definition cancels, the series is that of ``certify``, which the test above compares."""
    batch = ragged(12, 5)
    run = start(problem_of(batch, 0.05), algorithm("nash-mp"))
    run.advance(1)
    np.testing.assert_allclose(run.certificates()[:, 0], gaps(batch, run.policies()[1], 0.05), rtol=1e-10, atol=1e-14)


def test_a_game_does_not_depend_on_its_neighbours_or_on_the_threads() -> None:
    batch = random_batch(21, 8, np.random.default_rng(7), smallest=8)
    settings = {"beta": 0.1, "iterations": 50, "tolerance": 1e-6}
    whole = solve(batch, "nash-mp", **settings, workers=1)  # type: ignore[arg-type]
    part = solve(batch[5:18], "nash-mp", **settings, workers=2)  # type: ignore[arg-type]
    np.testing.assert_array_equal(whole.policies[5:18], part.policies)
    np.testing.assert_array_equal(whole.duality_gaps[5:18], part.duality_gaps)


def test_averages_and_measuring_from_an_equilibrium_are_left_to_the_other_loop() -> None:
    batch = PreferenceBatch.from_games([egpo_protocol(seed, 4) for seed in range(3)])
    settings = {"beta": 0.1, "iterations": 20, "tolerance": 0.0}
    averaged = solve(batch, "nash-mp", average=True, **settings)  # type: ignore[arg-type]
    last = solve(batch, "nash-mp", **settings)  # type: ignore[arg-type]
    assert np.abs(averaged.policies - last.policies).max() > 1e-3
    measured = solve(batch, "nash-mp", equilibrium=last.policies, **settings)  # type: ignore[arg-type]
    assert measured.history[-1].divergence is not None and measured.history[-1].divergence < 1e-20
