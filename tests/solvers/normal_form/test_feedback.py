"""Sampled feedback: unbiased, counted exactly, repeatable on any number of threads, and good enough to solve by."""

from __future__ import annotations

import numpy as np
import pytest

from games._base.jit import kernel
from games.matrix import random_matrix_game
from games.preference import PreferenceBatch, comal_cycle, egpo_protocol, random_batch
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.feedback import QUERIES, Feedback, Kind, sampled_action_values
from solvers.normal_form.problem import Game, Problem, problem_of
from solvers.normal_form.registry import algorithm
from solvers.normal_form.run import start
from solvers.normal_form.solving import solve
from solvers.normal_form.state import MEMORY, OPPONENT, PROBABILITY, REFERENCE, VALUES
from solvers.schedules import Power

DRAWS = 40_000
KINDS: list[tuple[Kind, int]] = [
    ("duels", 1),
    ("duels", 3),
    ("pairs", 1),
    ("pairs", 4),
    ("teams", 2),
    ("teams", 5),
]


@kernel
def estimates(row, column, state, feedback, out):
    """Write one estimate of the action values a line of ``out`` [draws, actions]."""
    for draw in range(out.shape[0]):
        sampled_action_values(row, column, state, feedback)
        out[draw] = state[VALUES]


def drawn(
    problem: Problem, feedback: Feedback, seed: int, index: int = 0, draws: int = DRAWS
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], np.ndarray[tuple[int, int], np.dtype[np.float64]], int]:
    """Return estimates [draws, actions], the state, and the queries asked, of one game with random policies."""
    generator = np.random.default_rng(seed)
    state = np.zeros((MEMORY, problem.actions))
    state[REFERENCE] = problem.log_reference[index]
    for place in (OPPONENT, PROBABILITY):
        policy = generator.random(problem.actions) * np.isfinite(state[REFERENCE])
        policy[0] *= 0.01
        blocks = [slice(0, problem.first)] + ([] if problem.symmetric else [slice(problem.first, None)])
        for block in blocks:
            state[place, block] = policy[block] / policy[block].sum()
    compiled = feedback.array(problem)
    out = np.empty((draws, problem.actions))
    estimates(problem.row[index], problem.column[index], state, compiled[index], out)
    return out, state, int(compiled[index, QUERIES])


def exact(problem: Problem, opponent: np.ndarray[tuple[int], np.dtype[np.float64]], index: int) -> object:
    if problem.symmetric:
        return problem.row[index] @ opponent
    first = problem.first
    return np.concatenate([problem.row[index] @ opponent[first:], problem.column[index] @ opponent[:first]])


@pytest.mark.parametrize("feedback", KINDS, ids=str)
@pytest.mark.parametrize(
    ("game", "index"),
    [
        (egpo_protocol(1, 5), 0),
        (random_matrix_game(2, 4, np.random.default_rng(1)), 0),
        (PreferenceBatch.from_games([egpo_protocol(2, 5), comal_cycle()]), 1),
    ],
    ids=["preference", "matrix", "ragged"],
)
def test_means_are_the_exact_values(game: Game, index: int, feedback: tuple[Kind, int]) -> None:
    problem = problem_of(game, 0.0)
    sampled, state, _ = drawn(problem, Feedback(*feedback, seed=7), 3, index)
    wrong = sampled.mean(axis=0) - exact(problem, state[OPPONENT], index)
    error = sampled.std(axis=0) / np.sqrt(DRAWS)
    assert (np.abs(wrong) <= 5.0 * error + 1e-12).all()
    absent = ~np.isfinite(problem.log_reference[index])
    assert (sampled[:, absent] == 0.0).all()
    assert (error[~absent] > 0.0).all()


@pytest.mark.parametrize(
    ("kind", "samples", "queries"),
    [("duels", 3, 15), ("pairs", 4, 4), ("teams", 2, 1), ("teams", 5, 6), ("teams", 6, 9)],
)
def test_queries_are_counted(kind: Kind, samples: int, queries: int) -> None:
    feedback = Feedback(kind, samples)
    assert drawn(problem_of(egpo_protocol(1, 5), 0.0), feedback, 0, draws=10)[2] == 10 * queries
    solution = solve(egpo_protocol(1, 5), "nash-mp", beta=0.1, iterations=7, tolerance=0.0, feedback=feedback)
    assert solution.queries == 7 * 2 * queries


def test_absent_alternatives_and_both_players_are_counted_as_they_are() -> None:
    ragged = PreferenceBatch.from_games([egpo_protocol(2, 5), comal_cycle()])
    counted = solve(ragged, "mwu", iterations=10, tolerance=0.0, feedback=Feedback("duels", 2))
    assert counted.queries == 10 * 2 * (5 + 3)
    matrix = random_matrix_game(2, 4, np.random.default_rng(1))
    counted = solve(matrix, "mwu", iterations=10, tolerance=0.0, feedback=Feedback("duels", 2))
    assert counted.queries == 10 * 2 * (2 + 4)


def test_no_query_meets_an_alternative_that_does_not_exist() -> None:
    """The payoffs of absent alternatives are replaced by infinity, which one query would carry into the values."""
    ragged = PreferenceBatch.from_games([egpo_protocol(2, 6), comal_cycle()])
    problem = problem_of(ragged, 0.0)
    row = problem.row.copy()
    row[1, 3:] = np.inf
    row[1, :, 3:] = np.inf
    poisoned = Problem(row, problem.column, problem.log_reference, 0.0, binary=False)
    for kind, samples in KINDS:
        sampled, _, _ = drawn(poisoned, Feedback(kind, samples), 1, index=1, draws=2000)
        assert np.isfinite(sampled).all()


def test_payoffs_of_matrix_games_are_seen_without_noise_and_preferences_as_wins_and_losses() -> None:
    matrix = random_matrix_game(3, 1, np.random.default_rng(1))
    sampled, _, _ = drawn(problem_of(matrix, 0.0), Feedback("duels", 1), 2, draws=50)
    np.testing.assert_array_equal(sampled[:, :3], np.broadcast_to(matrix.payoffs[:, 0], (50, 3)))
    sampled, _, _ = drawn(problem_of(egpo_protocol(1, 5), 0.0), Feedback("duels", 1), 2, draws=50)
    assert set(np.unique(sampled)) == {-0.5, 0.5}


@pytest.mark.parametrize("kind", ["duels", "pairs", "teams"])
def test_the_result_repeats_on_any_number_of_threads_and_in_pieces(kind: Kind) -> None:
    batch = random_batch(70, 4, np.random.default_rng(0), smallest=2)
    chosen: Algorithm = algorithm("mwu")

    def policies(workers: int, pieces: list[int], seed: int = 5) -> object:
        run = start(problem_of(batch, 0.0), chosen, feedback=Feedback(kind, 3, seed))
        for count in pieces:
            run.advance(count, workers)
        return run.policies()[1]

    first = policies(1, [12])
    np.testing.assert_array_equal(policies(3, [12]), first)
    np.testing.assert_array_equal(policies(2, [5, 7]), first)
    assert not np.array_equal(policies(1, [12], seed=6), first)


@pytest.mark.parametrize("feedback", [("duels", 1), ("pairs", 3), ("teams", 4)], ids=str)
@pytest.mark.parametrize(
    ("name", "beta", "step_size"),
    [
        ("mwu", 0.0, None),
        ("optimistic-ftrl", 0.0, Power(1.0)),
        ("rm+", 0.0, None),
        ("prm+", 0.0, None),
        ("fictitious-play", 0.0, None),
        ("nash-md", 0.1, None),
        ("mdpo", 0.1, None),
        ("mmd", 0.1, Power(4.0, 0.75)),
    ],
)
def test_sampled_solvers_approach_equilibrium(
    name: str, beta: float, step_size: Power | None, feedback: tuple[Kind, int]
) -> None:
    """A hundred times the iterations divide the mean gap of eight runs by four at least; unbiased noise, by ten."""
    runs = PreferenceBatch.from_games([comal_cycle()] * 8)
    gaps = [
        solve(
            runs,
            name,
            beta=beta,
            step_size=step_size,
            iterations=iterations,
            tolerance=0.0,
            growth=10.0,
            feedback=Feedback(*feedback, seed=11),
        ).duality_gaps
        for iterations in (300, 30_000)
    ]
    assert len(np.unique(gaps[1])) == 8  # games of a batch draw for themselves
    assert gaps[1].mean() < gaps[0].mean() / 4.0
    assert gaps[1].max() < 0.1


def test_sampled_solutions_carry_exact_certificates_and_no_bound() -> None:
    solution = solve(comal_cycle(), "mwu", iterations=50, tolerance=0.0, feedback=Feedback("duels", 1))
    assert solution.bound is None
    best = (comal_cycle().matrix @ solution.policy).max() - 0.5
    assert solution.exploitability == pytest.approx(best, abs=1e-14)


@pytest.mark.parametrize(
    ("kind", "samples", "message"),
    [("votes", 1, "feedback must be one of"), ("duels", 0, "at least 1"), ("teams", 1, "at least 2")],
)
def test_feedback_without_meaning_is_refused(kind: Kind, samples: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Feedback(kind, samples)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="the seed must be at least 0, not -1"):
        Feedback("duels", 1, -1)
