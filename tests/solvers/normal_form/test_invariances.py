"""What must not matter: the order of alternatives, clones, dominated alternatives, the batch, the threads."""

from __future__ import annotations

import numpy as np
import pytest

from games.matrix import MatrixGame, random_matrix_game
from games.preference import PreferenceBatch, PreferenceGame, comal_cycle, egpo_protocol, random_batch
from solvers.normal_form.algorithm import Algorithm
from solvers.normal_form.problem import Game, problem_of
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.run import Run, start
from solvers.normal_form.solving import solve
from solvers.schedules import Schedule
from tests.solvers.normal_form import naive

ITERATIONS = 25


@pytest.fixture(params=algorithm_names())
def chosen(request: pytest.FixtureRequest) -> Algorithm:
    return algorithm(request.param)


def beta_of(chosen: Algorithm) -> float:
    return 0.1 if chosen.target == "regularised" else 0.0


def begin(game: Game, chosen: Algorithm, like: Run | None = None) -> Run:
    """Return a run at its start; with the step sizes and temperatures of another, which may depend on its size."""
    problem = problem_of(game, beta_of(chosen))
    if like is None:
        return start(problem, chosen)
    return start(problem, chosen, step_size=like.settings.step_size, temperature=_own_temperature(chosen, like))


def policies(run: Run, iterations: int = ITERATIONS, workers: int | None = None) -> naive.Vector:
    run.advance(iterations, workers)
    return run.policies()[1]


def reordered(game: PreferenceGame, order: list[int]) -> PreferenceGame:
    labels = tuple(game.labels[i] for i in order)
    return PreferenceGame(game.matrix[np.ix_(order, order)], labels, game.reference[order])


def test_names_and_order_do_not_matter(chosen: Algorithm) -> None:
    game, order = egpo_protocol(7, 5), [3, 0, 4, 1, 2]
    left, right = policies(begin(reordered(game, order), chosen)), policies(begin(game, chosen))
    np.testing.assert_allclose(left[0], right[0, order], rtol=0, atol=1e-9)


def test_the_players_of_a_matrix_game_may_change_places(chosen: Algorithm) -> None:
    game = random_matrix_game(3, 5, np.random.default_rng(2))
    swapped = MatrixGame(-game.payoffs.T)
    left, right = policies(begin(game, chosen))[0], policies(begin(swapped, chosen))[0]
    np.testing.assert_allclose(right, np.concatenate([left[3:], left[:3]]), rtol=0, atol=1e-9)


def test_a_preference_game_is_a_symmetric_matrix_game(chosen: Algorithm) -> None:
    game = egpo_protocol(9, 4)
    both = MatrixGame(game.payoffs, row_reference=game.reference, column_reference=game.reference)
    problem = problem_of(both, beta_of(chosen))
    alone = begin(game, chosen)
    # Defaults come from the range of the payoffs, which is at most 1 in a preference game: give both the same.
    run = start(problem, chosen, step_size=alone.settings.step_size, temperature=_own_temperature(chosen, alone))
    for each in (alone, run):
        each.advance(ITERATIONS)
    expected = alone.policies()[1][0]
    np.testing.assert_allclose(run.policies()[1][0], np.concatenate([expected, expected]), rtol=0, atol=1e-9)


def _own_temperature(chosen: Algorithm, run: Run) -> Schedule | None:
    return None if chosen.default_temperature is None else run.settings.temperature


def cloned(game: PreferenceGame, share: float) -> PreferenceGame:
    """The game with a copy of its first alternative at the end, which takes a share of the reference."""
    places = [*range(game.alternatives), 0]
    reference = game.reference[places].copy()
    reference[0] *= 1 - share
    reference[-1] *= share
    return PreferenceGame(game.matrix[np.ix_(places, places)], reference=reference)


def merged(policy: naive.Vector) -> naive.Vector:
    return np.concatenate([[policy[0] + policy[-1]], policy[1:-1]])


def test_a_clone_shares_the_probability_of_its_original(chosen: Algorithm) -> None:
    game = egpo_protocol(4, 4)
    # Regrets do not know of the reference, so that two clones weigh twice; a policy gradient moves a logit by its own
    # probability, so that two clones move half as fast; steps that adapt go by the least probability of the reference.
    # They have other iterates and the same solutions.
    if chosen.log_space and chosen.name not in ("group-relative", "optimistic-ftrl-adaptive"):
        alone = begin(game, chosen)
        both = policies(begin(cloned(game, 0.25), chosen, alone))[0]
        np.testing.assert_allclose(merged(both), policies(alone)[0], rtol=0, atol=1e-9)
        assert both[-1] == pytest.approx(0.25 * (both[0] + both[-1]), rel=1e-9)
    else:
        solution = solve(cloned(game, 0.25), chosen, iterations=3000)
        gap = naive.duality_gap(game, (merged(solution.policy),), 0.0)
        assert gap == pytest.approx(solution.duality_gap, abs=1e-12)
        assert gap < 0.05 or chosen.returns == "last"


def test_a_dominated_alternative_changes_nothing_without_regularisation(chosen: Algorithm) -> None:
    game = comal_cycle()
    matrix = np.full((4, 4), 0.5)
    matrix[:3, :3] = game.matrix
    matrix[3, :3] = game.matrix.min(axis=0) - 0.05
    matrix[:3, 3] = 1 - matrix[3, :3]
    solution = solve(PreferenceGame(matrix), chosen, beta=beta_of(chosen), iterations=20_000, tolerance=1e-9)
    if chosen.target == "regularised":
        assert 0.0 < solution.policy[3] < solution.policy[:3].min()  # regularisation keeps it alive, and the last
        return
    assert solution.policy[3] < 0.01
    # The last iterates of some algorithms go round the equilibrium: they are only asked to forget the alternative.
    accuracy = 1e-7 if solution.converged else 0.06 if chosen.returns == "average" else 1.0
    np.testing.assert_allclose(solution.policy, [4 / 11, 3 / 11, 4 / 11, 0.0], rtol=0, atol=accuracy)


def test_a_batch_gives_what_its_games_give_alone(chosen: Algorithm) -> None:
    games = [egpo_protocol(seed, size) for seed, size in ((0, 2), (1, 5), (2, 1), (3, 4))]
    run = begin(PreferenceBatch.from_games(games), chosen)
    for row, game in zip(policies(run), games, strict=True):
        size = game.alternatives
        np.testing.assert_allclose(row[:size], policies(begin(game, chosen, run))[0], rtol=0, atol=1e-11)
        assert (row[size:] == 0.0).all()


def test_the_number_of_threads_does_not_matter(chosen: Algorithm) -> None:
    batch = random_batch(70, 6, np.random.default_rng(3), smallest=2)
    one, three = (policies(begin(batch, chosen), 10, workers) for workers in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_iterating_in_pieces_is_iterating(chosen: Algorithm) -> None:
    game = egpo_protocol(6, 5)
    run = begin(game, chosen)
    for count in (1, 7, 17):
        run.advance(count)
    np.testing.assert_array_equal(run.policies()[1], policies(begin(game, chosen)))
