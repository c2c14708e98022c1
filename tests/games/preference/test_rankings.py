"""Rankings: one order of all that is shown, with the pairs of the model's table; mixtures; what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from games.preference import PreferenceGame, RankingModel, Votes

MIXTURE = RankingModel.plackett_luce([[8.0, 4.0, 1.0], [1.0, 8.0, 4.0], [4.0, 1.0, 8.0]], [0.5, 0.3, 0.2])
BALLOTS = Votes.from_ballots([[0, 1, 2], [2, 0, 1], [1, 1, 0]], [5, 3, 2], ("a", "b", "c"))


def luce(strengths: NDArray[np.float64], order: tuple[int, ...]) -> float:
    """Return the probability of an order: a product of choices from what remains."""
    chance = 1.0
    for place in range(len(order)):
        chance *= strengths[order[place]] / sum(strengths[i] for i in order[place:])
    return chance


def test_every_order_comes_as_often_as_choices_from_what_remains() -> None:
    strengths = np.array([5.0, 2.0, 1.0, 0.5])
    model = RankingModel.plackett_luce(strengths)
    shown, count = (3, 0, 2), 60_000
    ranked = model.rank(np.tile(shown, (count, 1)), np.random.default_rng(0))
    for order in itertools.permutations(shown):
        share = (ranked == order).all(axis=1).mean()
        expected = luce(strengths, order)
        assert abs(share - expected) < 5.0 * np.sqrt(expected * (1.0 - expected) / count)


@pytest.mark.parametrize("prior", [0.0, 1.0])
def test_recorded_rankings_have_the_table_of_their_votes(prior: float) -> None:
    game = PreferenceGame.from_votes(BALLOTS, prior=prior)
    model = game.ranking_model()
    np.testing.assert_allclose(model.probabilities, game.matrix, atol=1e-15)
    np.testing.assert_allclose(PreferenceGame.from_rankings(model).matrix, game.matrix, atol=1e-15)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(1, 4), st.booleans())
def test_pairs_of_complete_rankings_are_those_of_the_table(seed: int, n: int, rankers: int, recorded: bool) -> None:
    """Also where ties of recorded rankings are broken by coins: the pairs of one ranking, whoever else is in it."""
    generator = np.random.default_rng(seed)
    scores = generator.integers(-2, 3, size=(rankers, n)).astype(float)
    weights = generator.random(rankers) + 0.1
    model = RankingModel(scores, weights, np.zeros(rankers) if recorded else None)
    count = 4_000
    ballots = model.draw(count, generator)
    assert (np.sort(ballots.ranks, axis=1) == np.arange(n)).all()
    wins = Votes.from_ballots(ballots.ranks, prior=0.0).wins / count
    chances = model.probabilities
    np.testing.assert_allclose(chances + chances.T, 1.0, atol=1e-15)
    spread = np.sqrt(chances * (1.0 - chances) / count)
    assert (np.abs(wins - chances) <= 5.0 * spread + 1e-12)[~np.eye(n, dtype=bool)].all()


def test_a_mixture_may_go_in_circles_and_no_single_model_does() -> None:
    cyclic = RankingModel.plackett_luce([[8.0, 4.0, 1.0], [1.0, 8.0, 4.0], [4.0, 1.0, 8.0]]).probabilities
    expected = (8 / 12 + 1 / 9 + 4 / 5) / 3
    assert cyclic[0, 1] == pytest.approx(expected) and expected > 0.5
    np.testing.assert_allclose([cyclic[1, 2], cyclic[2, 0]], expected)
    single = RankingModel.plackett_luce([8.0, 4.0, 1.0]).probabilities
    assert (np.triu(single, 1) > 0.5)[np.triu_indices(3, 1)].all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[np.nan, 0.0]],), "the scores of rankers must be finite"),
        (([0.0, 1.0],), r"must have the shape \(rankers, alternatives\)"),
        (([[0.0, 1.0]], [0.0]), "the weight of a ranker must be a finite number above 0"),
        (([[0.0, 1.0]], [1.0, 2.0]), "one weight for each of the 1 rankers"),
        (([[0.0, 1.0]], None, [0.5]), "the noise of a ranker must be 1"),
        (([[0.0, 1.0]], None, None, ("a",)), "there is 1 label for 2 alternatives"),
    ],
)
def test_a_model_without_meaning_is_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RankingModel(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("strengths", [[1.0, 0.0], [1.0, -1.0], [1.0, np.inf]])
def test_strengths_are_positive(strengths: list[float]) -> None:
    with pytest.raises(ValueError, match="the strengths of alternatives must be finite numbers above 0"):
        RankingModel.plackett_luce(strengths)


@pytest.mark.parametrize(
    ("sets", "message"),
    [([0, 1], "must have the shape"), ([[0, 3]], "numbered from 0 to 2"), ([[1, 1]], "shows an alternative twice")],
)
def test_what_cannot_be_ranked_is_refused(sets: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MIXTURE.rank(sets, np.random.default_rng(0))  # type: ignore[arg-type]


def test_a_ranking_that_leaves_something_out_cannot_be_asked_for_it() -> None:
    with pytest.raises(ValueError, match="a recorded ranking leaves out 'b'"):
        RankingModel.from_votes(Votes.from_ballots([[0, -1, 1], [0, 1, 2]], labels=("a", "b", "c")))
    with pytest.raises(ValueError, match="no rankings were recorded"):
        RankingModel.from_votes(Votes([[0, 1], [2, 0]]))
    with pytest.raises(ValueError, match="a table of pairs cannot be asked for rankings"):
        PreferenceGame([[0.5, 0.6], [0.4, 0.5]]).ranking_model()  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="rankings are of 3 alternatives, the matrix of 2"):
        PreferenceGame([[0.5, 0.6], [0.4, 0.5]], rankings=MIXTURE)  # type: ignore[arg-type]
