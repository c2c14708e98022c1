"""Feedback from rankings: ZO-RankSGD's direction, unbiased action values, solvers fed by them, judges in Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from games.matrix import biased_rock_paper_scissors
from games.preference import PreferenceBatch, PreferenceGame, RankingModel, Votes
from solvers.normal_form.asked_rankings import solve_by_rankings
from solvers.normal_form.duels import solve_by_duels
from solvers.normal_form.feedback import EXPLORATION, QUERIES, Feedback
from solvers.normal_form.problem import problem_of
from solvers.normal_form.rankings import Ranked, rank_direction
from solvers.normal_form.registry import algorithm
from solvers.normal_form.run import start
from solvers.normal_form.solving import solve
from solvers.normal_form.state import MEMORY, OPPONENT, PROBABILITY

FloatArray = NDArray[np.float64]
MIXTURE = RankingModel.plackett_luce(
    [[9.0, 3.0, 1.0, 1.0], [1.0, 9.0, 3.0, 0.1], [3.0, 1.0, 9.0, 1.0]], [0.4, 0.3, 0.3], ("a", "b", "c", "d")
)
GAME = PreferenceGame.from_rankings(MIXTURE)
BALLOTS = Votes.from_ballots([[0, 1, 2, 2], [2, 0, 1, 3], [1, 2, 0, 3]], [4, 3, 3], ("a", "b", "c", "d"))


def naive_direction(order: list[int], points: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum over the edges of the paper's graph: within the best, and from each of them to each of the rest."""
    rest = [i for i in range(len(points)) if i not in order]
    edges = [(i, j) for place, i in enumerate(order) for j in [*order[place + 1 :], *rest]]
    total = sum((points[i] * weights[j] - points[j] * weights[i] for i, j in edges), np.zeros(points.shape[1]))
    return np.asarray(total / len(edges))


@settings(max_examples=50, deadline=None)
@given(st.data(), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_the_direction_is_the_sum_over_the_edges(data: st.DataObject, m: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    order = data.draw(st.permutations(range(m)))[: data.draw(st.integers(1, m))]
    points, weights = generator.normal(size=(m, 3)), generator.random(m)
    np.testing.assert_allclose(rank_direction(order, points), naive_direction(order, points, np.ones(m)), atol=1e-12)
    np.testing.assert_allclose(
        rank_direction(order, points, weights), naive_direction(order, points, weights), atol=1e-12
    )


@pytest.mark.parametrize("best", [1, 3, 8])
def test_the_direction_leads_uphill_on_a_quadratic(best: int) -> None:
    """On ``-|x|^2 / 2`` around x, its mean is along the gradient ``-x``, whether one or all of eight are ranked."""
    generator = np.random.default_rng(best)
    x, radius = np.array([1.0, -2.0, 0.5, 0.0]), 0.01
    total = np.zeros(4)
    for _ in range(600):
        noise = generator.normal(size=(8, 4))
        heights = -0.5 * ((x + radius * noise) ** 2).sum(axis=1)
        total += rank_direction(np.argsort(-heights)[:best], noise)
    assert -x @ total / (np.linalg.norm(x) * np.linalg.norm(total)) > 0.98


@pytest.mark.parametrize(
    ("order", "message"),
    [([0, 0], "must name different"), ([3], "numbered from 0 to 2"), ([-1], "numbered"), ([], "decides no pair")],
)
def test_an_order_without_meaning_is_refused(order: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rank_direction(order, np.zeros((3, 2)))


def sampled(
    model: RankingModel, shown: int, own: FloatArray, opponent: FloatArray, draws: int
) -> tuple[FloatArray, int]:
    """Return estimates [draws, n] against ``opponent``, and the queries counted."""
    problem = problem_of(PreferenceGame.from_rankings(model), 0.0)
    state = np.zeros((MEMORY, model.alternatives))
    state[PROBABILITY], state[OPPONENT] = own, opponent
    feedback = Feedback("rankings", shown, seed=5).array(problem)[0]
    out = Ranked(model).values(state, feedback, draws)
    return out, int(feedback[QUERIES])


@pytest.mark.parametrize("shown", [2, 3, 6])
@pytest.mark.parametrize("model", [MIXTURE, RankingModel.from_votes(BALLOTS)], ids=["mixture", "ballots"])
def test_means_are_the_exact_values_whoever_is_asked_for(model: RankingModel, shown: int) -> None:
    """Of the compiled estimate and of the one for judges in Python; also where the policy asked against is another."""
    own, opponent = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.7, 0.3, 0.0, 0.0])
    exact = (model.probabilities - 0.5) @ opponent
    draws = 12_000
    found, queries = sampled(model, shown, own, opponent, draws)
    assert (np.abs(found.mean(axis=0) - exact) <= 5.0 * found.std(axis=0) / np.sqrt(draws)).all()
    assert 0 < queries <= draws * shown * (shown - 1) // 2

    generator, draws = np.random.default_rng(3), 4_000
    chances = 0.5 * (1.0 - EXPLORATION) * (own + opponent) + EXPLORATION / 4
    drawn = generator.choice(4, size=(draws, shown), p=chances)
    ranked = np.argsort(model.draw(draws, generator).ranks, axis=1)  # of all four; its part is the ranking of a part
    other = np.empty((draws, 4))
    for line, shown_here, order in zip(other, drawn, ranked, strict=True):
        place = np.argsort(order)
        points = np.eye(4)[shown_here] / chances[shown_here, None]
        line[:] = 0.25 * naive_direction(
            list(np.argsort(place[shown_here], kind="stable")), points, opponent[shown_here] / chances[shown_here]
        )
    assert (np.abs(other.mean(axis=0) - exact) <= 5.0 * other.std(axis=0) / np.sqrt(draws)).all()
    np.testing.assert_allclose(other.std(axis=0), found.std(axis=0), rtol=0.1)


def test_a_ranking_is_consistent_where_pairs_would_not_be() -> None:
    """Of recorded rankings by one voter, all estimates are those of one transitive order."""
    certain = RankingModel([[3.0, 2.0, 1.0]], noise=[0.0])  # type: ignore[arg-type]
    uniform = np.full(3, 1 / 3)
    found, _ = sampled(certain, 3, uniform, uniform, 500)
    assert (found[:, 0] >= 0.0).all() and (found[:, 2] <= 0.0).all()


@pytest.mark.parametrize(("name", "beta"), [("nash-md", 0.1), ("mwu", 0.0)])
def test_solvers_approach_equilibrium_by_rankings(name: str, beta: float) -> None:
    gaps = [
        solve(
            GAME,
            name,
            beta=beta,
            iterations=iterations,
            tolerance=0.0,
            growth=50.0,
            feedback=Feedback("rankings", 4, 1),
        ).duality_gap
        for iterations in (100, 10_000)
    ]
    assert gaps[1] < gaps[0] / 3.0 and gaps[1] < 0.1


def test_it_goes_on_in_pieces_and_repeats_with_its_seed() -> None:
    def policy(pieces: list[int], seed: int = 2) -> FloatArray:
        run = start(problem_of(GAME, 0.0), algorithm("mwu"), feedback=Feedback("rankings", 3, seed))
        for count in pieces:
            run.advance(count)
        return run.policies()[1]

    np.testing.assert_array_equal(policy([12]), policy([5, 7]))
    assert not np.array_equal(policy([12]), policy([12], seed=3))
    others = start(
        problem_of(PreferenceGame(GAME.matrix, rankings=RankingModel.from_votes(BALLOTS)), 0.0),
        algorithm("mwu"),
        feedback=Feedback("rankings", 3, 2),
    )
    same = start(problem_of(GAME, 0.0), algorithm("mwu"), feedback=Feedback("rankings", 3, 2))
    assert same.identity()["game"] == others.identity()["game"]
    assert same.identity()["--feedback"] != others.identity()["--feedback"]


@pytest.mark.parametrize(
    ("game", "message"),
    [
        (PreferenceGame(GAME.matrix), "a table of pairs cannot be asked for rankings"),
        (PreferenceBatch.from_games([GAME, GAME]), "rankings are of one preference game"),
        (biased_rock_paper_scissors(), "rankings are of one preference game"),
    ],
)
def test_what_knows_only_pairs_is_refused(game: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        solve(game, "mwu", iterations=10, feedback=Feedback("rankings", 3))  # type: ignore[arg-type]


def test_a_judge_in_python_is_shown_different_alternatives_within_the_budget() -> None:
    asked: list[list[int]] = []
    generator = np.random.default_rng(0)

    def judge(shown: NDArray[np.int64]) -> NDArray[np.int64]:
        asked.append(shown.tolist())
        return MIXTURE.rank([shown], generator)[0]

    found = solve_by_rankings(judge, GAME.labels, "nash-mp", shown=3, budget=81, beta=0.1, game=GAME, growth=4.0)
    assert found.queries == 80 and found.iterations == 40  # two a step
    assert all(1 < len(set(shown)) == len(shown) <= 3 for shown in asked) and len(asked) <= 80
    assert found.history[-1].queries == 80 and np.isfinite(found.duality_gap)


def test_more_rankings_bring_the_policy_nearer() -> None:
    def gap(budget: int) -> float:
        generator = np.random.default_rng(1)
        return solve_by_rankings(
            lambda shown: MIXTURE.rank([shown], generator)[0],
            4, "nash-md", shown=4, budget=budget, beta=0.1, game=GAME, growth=9.0,
        ).duality_gap  # fmt: skip

    assert gap(2_000) < gap(40) / 3.0


@pytest.mark.parametrize("answer", [[0, 1, 2], [0], [[0, 1]], [0, 0]])
def test_an_answer_that_is_no_order_of_what_was_shown_is_refused(answer: object) -> None:
    with pytest.raises(ValueError, match="the same alternatives are expected, best first"):
        solve_by_rankings(lambda shown: answer, 2, "mwu", shown=2, budget=50)  # type: ignore[arg-type, return-value]


def test_settings_without_meaning_are_refused() -> None:
    with pytest.raises(ValueError, match="a ranking needs at least 2 alternatives, not 1"):
        solve_by_rankings(lambda shown: shown, 3, "mwu", shown=1, budget=50)
    with pytest.raises(ValueError, match="one iteration of nash-mp asks 2 questions, and the budget is 1"):
        solve_by_rankings(lambda shown: shown, 3, "nash-mp", shown=2, budget=1, beta=0.1)
    with pytest.raises(ValueError, match="solve_by_rankings"):
        solve_by_duels(lambda first, second: first * 0.5, 3, "mwu", budget=50, feedback=Feedback("rankings", 3))
