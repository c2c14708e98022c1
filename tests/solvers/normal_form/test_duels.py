"""Solving by an oracle in Python: the policy, the budget, the questions, and answers that make no sense."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from games.preference import PreferenceGame, comal_cycle, egpo_protocol
from solvers.normal_form.duels import Oracle, solve_by_duels
from solvers.normal_form.feedback import Feedback, Kind
from solvers.normal_form.solving import solve
from solvers.schedules import Power


def judge(game: PreferenceGame, seed: int) -> Oracle:
    generator = np.random.default_rng(seed)
    return lambda first, second: generator.random(len(first)) < game.matrix[first, second]


@pytest.mark.parametrize(
    ("kind", "samples", "questions"), [("duels", 2, 6), ("pairs", 5, 5), ("teams", 4, 4), ("teams", 5, 6)]
)
@pytest.mark.parametrize(("name", "products"), [("mwu", 1), ("nash-mp", 2)])
def test_the_budget_is_kept_and_every_question_counted(
    name: str, products: int, kind: Kind, samples: int, questions: int
) -> None:
    asked: list[int] = []

    def oracle(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        assert first.shape == second.shape and min(first.min(), second.min()) >= 0 and max(*first, *second) < 3
        asked.append(len(first))
        return np.full(len(first), 0.5)

    budget = 100
    solution = solve_by_duels(
        oracle, 3, name, budget=budget, beta=0.1 if products == 2 else 0.0, feedback=Feedback(kind, samples)
    )
    assert solution.queries == sum(asked) <= budget < solution.queries + questions * products
    assert solution.iterations * products == len(asked)
    assert set(asked) == {questions}
    assert np.isnan(solution.duality_gap) and solution.history == ()


def test_an_oracle_that_answers_with_probabilities_and_one_opponent_gives_exact_iterates() -> None:
    """Fictitious play meets pure policies only: one duel an alternative, answered by its probability, is exact."""
    game = PreferenceGame(egpo_protocol(7, 3).matrix, reference=np.array([1 - 2e-15, 1e-15, 1e-15]))
    found = solve_by_duels(
        lambda first, second: game.matrix[first, second], 3, "fictitious-play", budget=300, game=game
    )
    np.testing.assert_allclose(
        found.policy, solve(game, "fictitious-play", iterations=100, tolerance=0.0).policy, atol=1e-12
    )


@pytest.mark.parametrize(("kind", "samples"), [("duels", 1), ("pairs", 3), ("teams", 4)])
@pytest.mark.parametrize(("name", "beta"), [("mwu", 0.0), ("nash-md", 0.1), ("optimistic-ftrl", 0.0)])
def test_more_questions_bring_the_policy_nearer(name: str, beta: float, kind: Kind, samples: int) -> None:
    game = egpo_protocol(3, 4)
    step = Power(1.0) if name == "optimistic-ftrl" else None
    gaps = []
    for budget in (100, 6_000):
        solution = solve_by_duels(
            judge(game, 1),
            game.labels,
            name,
            budget=budget,
            beta=beta,
            step_size=step,
            feedback=Feedback(kind, samples, seed=2),
            game=game,
            growth=3.0,
        )
        assert np.isfinite(solution.duality_gap) and solution.history[-1].queries == solution.queries
        gaps.append(solution.duality_gap)
    assert gaps[1] < gaps[0] / 3.0


def test_it_repeats_with_the_same_seed_and_not_with_another() -> None:
    def policy(seed: int) -> NDArray[np.float64]:
        oracle = judge(comal_cycle(), 4)
        return solve_by_duels(oracle, ("a", "b", "c"), "mwu", budget=200, feedback=Feedback("pairs", 1, seed)).policy

    np.testing.assert_array_equal(policy(1), policy(1))
    assert not np.array_equal(policy(1), policy(2))


def test_the_reference_is_the_one_given_else_that_of_the_game() -> None:
    game = egpo_protocol(5, 3)

    def start(reference: NDArray[np.float64] | None, known: PreferenceGame | None) -> NDArray[np.float64]:
        ties: Oracle = lambda first, second: np.full(len(first), 0.5)  # noqa: E731
        return solve_by_duels(ties, 3, "nash-md", budget=30, beta=0.1, reference=reference, game=known).policy

    np.testing.assert_allclose(start(None, None), np.full(3, 1 / 3), atol=1e-12)
    np.testing.assert_allclose(start(None, game), game.reference, atol=1e-12)
    np.testing.assert_allclose(start(np.array([0.2, 0.3, 0.5]), game), [0.2, 0.3, 0.5], atol=1e-12)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (lambda first, second: np.ones(len(first) + 1), "answered with the shape"),
        (lambda first, second: np.full(len(first), 2.0), "nothing is outside"),
        (lambda first, second: np.full(len(first), np.nan), "the oracle answered nan"),
    ],
)
def test_answers_without_meaning_are_refused(answers: Oracle, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        solve_by_duels(answers, 3, "mwu", budget=30)


def test_a_budget_for_less_than_one_iteration_is_refused() -> None:
    with pytest.raises(ValueError, match="one iteration of nash-mp asks 6 questions, and the budget is 5"):
        solve_by_duels(judge(comal_cycle(), 0), 3, "nash-mp", budget=5, beta=0.1)


def test_a_game_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="there are 4 alternatives"):
        solve_by_duels(judge(comal_cycle(), 0), 4, "mwu", budget=50, game=comal_cycle())
